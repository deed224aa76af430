"""Outcome: what became of one expectation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from dkdata.validation.expectation import Expectation


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one expectation; also reads like its JSON: ``outcome["success"]``.

    Parameters
    ----------
    number
        Place of the expectation in its suite, from 0.
    result, meta, exception_info
        As in Great Expectations' JSON.
    configuration
        The expectation as Great Expectations writes it into a result.
    positions
        Rows that break the rule, from 0 and in order; ``None`` if it is not about rows, or
        could not be evaluated.
    raised
        What was raised about single rows, as text, and the positions of those rows.
    """

    number: int
    expectation: Expectation
    success: bool
    result: Mapping[str, Any]
    configuration: Mapping[str, Any]
    meta: Mapping[str, Any]
    exception_info: Mapping[str, Any]
    positions: np.ndarray[Any, Any] | None = field(default=None, repr=False)
    raised: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict, repr=False)

    @property
    def error(self) -> str:
        """Why it could not be evaluated; empty if it could."""
        infos = [self.exception_info, *self.exception_info.values()]
        for info in infos:
            if isinstance(info, dict) and info.get("raised_exception"):
                return " ".join(str(info.get("exception_message")).split())
        return ""

    @property
    def is_row_rule(self) -> bool:
        """Whether single rows can break it."""
        entry = self.expectation.entry
        return self.positions is not None or (entry is not None and entry.is_row_rule)

    def reasons(self) -> Iterator[tuple[int, str]]:
        """Yield each row that breaks the rule, and why: the column, the rule, what was raised."""
        rule = str(self.expectation)
        told = {row: text for text, rows in self.raised.items() for row in rows.tolist()}
        for row in () if self.positions is None else self.positions.tolist():
            yield row, f"{rule} raised {told[row]}" if row in told else rule

    @property
    def tier(self) -> str:
        """What answered: ``"gx"`` is Great Expectations itself."""
        return str(self.meta["dkdata"]["tier"])

    def to_dict(self) -> dict[str, Any]:
        """Return it as Great Expectations writes it in JSON."""
        return {
            "success": self.success,
            "expectation_config": dict(self.configuration),
            "result": dict(self.result),
            "meta": dict(self.meta),
            "exception_info": dict(self.exception_info),
        }

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - the name decides
        return self.to_dict()[name]
