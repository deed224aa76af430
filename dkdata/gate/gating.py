"""The quality gate of a save: which rows a suite lets pass, and where the others go."""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import pyarrow as pa

from dkdata import commit
from dkdata.errors import DkWarning, UsageError, ValidationError, check_choice, listing
from dkdata.frames.polars_frames import PolarsRows
from dkdata.gate.aside import Aside
from dkdata.gate.judged import Judged
from dkdata.gate.spilled import spilled
from dkdata.validation.answering.running import as_asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.catalog import Location
    from dkdata.gate.spilled import Spilled
    from dkdata.query import SaveResult, Write
    from dkdata.types import Rows
    from dkdata.validation.results.outcome import Outcome

OnInvalid = Literal["raise", "quarantine", "warn"]


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
            return cls(as_asked(suite), on_invalid)
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
        started = time.monotonic()
        earlier = location.store.foresee(location.table, write)
        if earlier is not None and self.on_invalid != "quarantine":
            return replace(earlier, target=location.label)
        judged = Judged.by(self.suite, frame, _held(rows, write))
        commit.remaining(write.deadline, f"the validation of the rows of {location.label!r}")
        if earlier is not None:
            aside = Aside.of(location, judged.rejected, write)
            rejected = judged.shown() if aside.is_there() else None
            return replace(earlier, target=location.label, rejected=rejected)
        self._judge(judged, location.label)
        passing = judged.rows if isinstance(rows, pa.RecordBatchReader) else rows
        if self.on_invalid == "quarantine":
            saved = _divided(judged, passing, location, write, put)
        else:
            saved = put(passing, write)
        return replace(saved, seconds=time.monotonic() - started)

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


def _divided(
    judged: Judged,
    passing: Rows | PolarsRows,
    location: Location,
    write: Write,
    put: Callable[[Rows | PolarsRows, Write], SaveResult],
) -> SaveResult:
    """Write the valid rows, and before these count the others beside them."""
    aside = Aside.of(location, judged.rejected, write)
    passing = judged.valid() if aside.rows.num_rows else passing
    try:
        with location.store.writing_beside(location.table, write.deadline):
            saved = put(passing, replace(write, before_commit=aside.put))
            if not saved.repeated:
                aside.put()  # of a store that has no moment before its commit
    except BaseException as error:
        aside.tell(error)
        raise
    return replace(saved, rejected=judged.shown())


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
