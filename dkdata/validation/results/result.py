"""Result: what a suite says of a frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dkdata.errors import UnsupportedError, UsageError, ValidationError, listing
from dkdata.validation.expectation import SEVERITIES
from dkdata.validation.results import report
from dkdata.validation.results.reasons import Reasons, reasons

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from dkdata.validation.answering.held import Held
    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.suite import Suite


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a suite says of a frame; true when every expectation is met.

    Parameters
    ----------
    suite
        What was asked.
    results
        What became of each expectation, grouped by column as Great Expectations does.
    meta
        Great Expectations' own about the run.

    Examples
    --------
    >>> import pandas as pd
    >>> from dkdata.validation import expect, validate
    >>> ages = pd.DataFrame({"age": [36, 410, None]}, index=["Ada", "Bob", "Cy"])
    >>> result = validate(ages, expect("age").not_null().between(0, 120))
    >>> result.success, result.invalid().index.tolist()
    (False, ['Bob', 'Cy'])
    """

    suite: Suite
    results: tuple[Outcome, ...]
    meta: Mapping[str, Any]
    _rows: Held = field(repr=False)

    @property
    def success(self) -> bool:
        """Whether every expectation is met."""
        return all(outcome.success for outcome in self.results)

    def __bool__(self) -> bool:
        return self.success

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """What became of the expectations that are not met."""
        return tuple(outcome for outcome in self.results if not outcome.success)

    @property
    def severity(self) -> str | None:
        """The gravest severity among the expectations that are not met; ``None`` if all are."""
        found = {outcome.expectation.severity for outcome in self.failures}
        return next((severity for severity in SEVERITIES if severity in found), None)

    @property
    def statistics(self) -> dict[str, Any]:
        """How many expectations were evaluated and met, as in Great Expectations."""
        evaluated = len(self.results)
        successful = evaluated - len(self.failures)
        return {
            "evaluated_expectations": evaluated,
            "successful_expectations": successful,
            "unsuccessful_expectations": len(self.failures),
            "success_percent": successful / evaluated * 100 if evaluated else None,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the result as the JSON of Great Expectations 1.x."""
        return {
            "success": self.success,
            "results": [outcome.to_dict() for outcome in self.results],
            "suite_name": self.suite.name,
            "suite_parameters": {},
            "statistics": self.statistics,
            "meta": dict(self.meta),
            "id": None,
        }

    def to_gx(self) -> Any:  # noqa: ANN401 - ExpectationSuiteValidationResult
        """Return the genuine ``ExpectationSuiteValidationResult``, for Data Docs and others."""
        from dkdata.validation.answering import gx  # noqa: PLC0415 - takes seconds to import

        return gx.genuine_result(self.to_dict())

    def counts(self) -> dict[str, int]:
        """Return for each row rule how many rows break it, also where ``mostly`` allows it.

        Rules whose texts are the same have their numbers in the suite behind them.

        Examples
        --------
        >>> from dkdata.validation import expect, validate
        >>> validate([{"a": 1}, {"a": 1}, {"a": 2}], expect("a").unique()).counts()
        {'a: unique': 2}
        """
        ordered = sorted(self.results, key=lambda outcome: outcome.number)
        texts = self.suite.texts
        return {
            texts[outcome.number]: len(outcome.positions)
            for outcome in ordered
            if outcome.positions is not None
        }

    def invalid(self) -> Any:  # noqa: ANN401 - the kind of frame that went in
        """Return all rows that break a row rule, with the column ``_dk_reasons``.

        That column lists for each row the rules that it breaks, also those that ``mostly``
        lets pass. The rows keep their order; those of pandas keep their index.

        Raises
        ------
        UnsupportedError
            A row rule could not be evaluated, so that its rows are unknown.
        """
        found = self._reasons
        return self._rows.take(found.positions, found.lists())

    def valid(self) -> Any:  # noqa: ANN401 - the kind of frame that went in
        """Return the rows that break no row rule.

        Raises
        ------
        UnsupportedError
            A row rule could not be evaluated, so that its rows are unknown.
        """
        keeps = np.ones(len(self._rows), dtype=bool)
        keeps[self._reasons.positions] = False
        return self._rows.take(np.flatnonzero(keeps))

    def at(self, places: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401 - the kind of frame that went in
        """Return the rows at some places, numbered from 0, of what was validated.

        Raises
        ------
        ConflictError
            It is a table that was changed since.
        """
        return self._rows.take(places)

    def failing(self, number: int, limit: int | None = None, offset: int = 0) -> Any:  # noqa: ANN401
        """Return rows that break one row rule, given by its number in the suite from 0.

        Parameters
        ----------
        limit, offset
            How many of them, after how many others; without a limit all.

        Raises
        ------
        UsageError
            It is no rule about rows, or there is no such number.

        Examples
        --------
        >>> import pandas as pd
        >>> from dkdata.validation import expect, validate
        >>> result = validate(pd.DataFrame({"a": [1, 7, 9]}), expect("a").between(0, 5))
        >>> result.failing(0, limit=1)["a"].tolist()
        [7]
        """
        places = next((one.positions for one in self.results if one.number == number), None)
        if places is None:
            rules = listing(f"{place} ({one})" for place, one in enumerate(self.suite))
            message = f"no rows break rule {number!r} by themselves. There are: {rules}."
            raise UsageError(message)
        end = None if limit is None else offset + limit
        return self.at(np.asarray(places)[offset:end])

    @cached_property
    def _reasons(self) -> Reasons:
        """The rows that break row rules, with the rules in the order of the suite."""
        self._check_evaluated()
        ordered = sorted(self.results, key=lambda outcome: outcome.number)
        texts = self.suite.texts
        broken = [reason for one in ordered for reason in one.reasons(texts[one.number])]
        return reasons(broken, len(self._rows))

    def _check_evaluated(self) -> None:
        unknown = [
            f"{outcome.expectation} ({outcome.error})"
            for outcome in self.results
            if outcome.error and outcome.is_row_rule
        ]
        if unknown:
            message = (
                f"which rows are valid is not known: {listing(unknown)} could not be evaluated."
                " Leave it out with suite - 'column.rule', or mend it."
            )
            raise UnsupportedError(message)

    def raise_for_failure(self) -> None:
        """Raise ``ValidationError`` if an expectation is not met; it carries the result.

        Raises
        ------
        ValidationError
            It names the rules that are not met.
        """
        if not self.success:
            raise ValidationError(str(self), self)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the result as one HTML file without scripts or outside resources."""
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(report.page(self), encoding="utf-8")

    def __str__(self) -> str:
        return report.text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return report.table(self)
