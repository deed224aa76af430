"""Outcome: what became of one expectation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.validation.expectation import Expectation


class Places(Protocol):
    """Places of rows, from 0 and in order: an array, or what becomes one when it is needed."""

    def __len__(self) -> int: ...

    def __array__(self) -> np.ndarray[Any, Any]: ...


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
    is_aborted
        Whether Great Expectations gave it up before all others; it then comes first.
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
    positions: Places | None = field(default=None, repr=False)
    is_aborted: bool = False
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

    def reasons(self, rule: str) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
        """Yield why rows break the rule, and which rows: its text, and with what was raised."""
        if self.positions is None:
            return
        positions = np.asarray(self.positions)
        for text, rows in self.raised.items():
            yield f"{rule} raised {text}", rows
            positions = np.setdiff1d(positions, rows, assume_unique=True)
        yield rule, positions

    @property
    def tier(self) -> str:
        """What answered: ``"metadata" "kernels" "server" "sql"``, or ``"gx"`` itself."""
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
