"""The quality gate of a save: which rows a suite lets pass, and where the others go."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args

import pyarrow as pa

from dkdata import commit, validation
from dkdata.api.arguments import OnInvalid, check_choice
from dkdata.api.judged import Judged
from dkdata.api.spilled import spilled
from dkdata.errors import DkWarning, SchemaError, UsageError, ValidationError, listing
from dkdata.frames.polars_frames import PolarsRows
from dkdata.frames.widening import widen
from dkdata.query import SaveResult, Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.api.spilled import Spilled
    from dkdata.catalog import Location
    from dkdata.types import Rows
    from dkdata.validation.results.outcome import Outcome

_ENDING: Final = "__invalid"


@dataclass(frozen=True, eq=False)
class Gate:
    """What a save does with rows that break a suite.

    Parameters
    ----------
    suite
        What ``validate`` takes as one.
    on_invalid
        Whether the save is refused, the rows are put aside, or all are saved with a warning.
        Rules that are not about single rows refuse it in any case.
    """

    suite: Any
    on_invalid: OnInvalid

    @classmethod
    def of(cls, suite: Any, on_invalid: OnInvalid) -> Gate | None:  # noqa: ANN401 - in any form
        """Return the gate that the arguments of a save describe; ``None`` without a suite."""
        check_choice("on_invalid", on_invalid, get_args(OnInvalid))
        if suite is not None:
            read = validation.as_suite(suite)
            return cls(suite if hasattr(suite, "suite_for") else read, on_invalid)
        if on_invalid != "raise":
            message = f"on_invalid={on_invalid!r} needs suite=: the rules that rows have to meet."
            raise UsageError(message)
        return None

    def save(
        self,
        frame: Any,  # noqa: ANN401 - any frame
        rows: Rows | PolarsRows,
        location: Location,
        write: Write,
        put: Callable[[Rows | PolarsRows, Write], SaveResult],
    ) -> SaveResult:
        """Write what a frame has of valid rows by ``put``, and keep the others out.

        Raises
        ------
        ValidationError
            The suite does not let the rows pass. Nothing was written.
        SchemaError
            The rejected rows do not fit the table where they are put. Nothing was written.
        """
        earlier = location.store.foresee(location.table, write)
        if earlier is not None and self.on_invalid != "quarantine":
            return replace(earlier, target=location.label)
        judged = Judged.by(self.suite, frame, _held(rows, write))
        commit.remaining(write.deadline, f"the validation of the rows of {location.label!r}")
        if earlier is None:
            self._judge(judged, location.label)
        passing = judged.rows if isinstance(rows, pa.RecordBatchReader) else rows
        if self.on_invalid != "quarantine":
            return put(passing, write)
        if earlier is not None:
            return replace(earlier, target=location.label, rejected=judged.shown())
        if len(judged.reasons.positions):
            passing = judged.valid()
            write = replace(write, before_commit=_putting_aside(judged.rejected, location, write))
        return replace(put(passing, write), rejected=judged.shown())

    def _judge(self, judged: Judged, target: str) -> None:
        """Refuse a save, or say what is wrong with one that is made all the same."""
        whole = [one.expectation for one in judged.without_rows]
        if whole or (self.on_invalid == "raise" and judged.broken):
            raise ValidationError.save(target, judged.result, whole)
        told = ("critical", "warning") if self.on_invalid == "warn" else ("warning",)
        failed = [one for one in judged.result.failures if one.expectation.severity in told]
        if failed:
            message = (
                f"the rows that are saved in {target!r} do not meet suite"
                f" {judged.result.suite.name!r}: {listing(map(_told, failed))}."
            )
            warnings.warn(message, DkWarning, stacklevel=_level())


def _held(rows: Rows | PolarsRows, write: Write) -> pa.Table | Spilled:
    """Return rows such that they can be read again."""
    if isinstance(rows, PolarsRows):
        return rows.to_arrow()
    timely = commit.until(write.deadline, rows)
    return spilled(timely) if isinstance(timely, pa.RecordBatchReader) else timely


def _putting_aside(rows: pa.Table, location: Location, write: Write) -> Callable[[], object]:
    """Return what writes rejected rows beside their table, once, if they fit what is there."""
    store, table = location.store, location.store.beside(location.table, _ENDING)
    disagreements = widen(store.schema(table), rows.schema)[1] if store.exists(table) else []
    if disagreements:
        raise SchemaError.rejected(table, disagreements)
    aside = replace(
        write, mode=WriteMode.APPEND, key=(), partition_by=(), batch_rows=None, progress=None
    )
    return cache(lambda: store.write(table, rows, aside))


def _told(outcome: Outcome) -> str:
    """Return a rule that is not met, and how many rows break it."""
    if outcome.error:
        return f"{outcome.expectation} could not be evaluated ({outcome.error})"
    if outcome.positions is None:
        return str(outcome.expectation)
    count = len(outcome.positions)
    return f"{outcome.expectation} ({count:,} {'row' if count == 1 else 'rows'})"


def _level() -> int:
    """Return how many calls up the code is that is not ours: warnings name it."""
    level, frame = 0, sys._getframe()  # noqa: SLF001 - there is no other way before Python 3.12
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "dkdata":
        level, frame = level + 1, frame.f_back
    return level
