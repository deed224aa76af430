"""What an earlier call has left of a migration, and whether that is all of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, TypedDict

from dkdata.errors import ConflictError, ExistsError
from dkdata.query import SaveResult, Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.migration.journal import Journal
    from dkdata.migration.plan import Plan
    from dkdata.store import Store


class Counts(TypedDict):
    """What became of the rows of a source."""

    read: int
    written: int
    skipped: int
    failed: int


@dataclass(frozen=True, eq=False)
class Earlier:
    """The journal of a migration that has begun, and what its target has."""

    plan: Plan
    journal: Journal

    @property
    def held(self) -> dict[str, Any]:
        """What was told when it began."""
        assert self.journal.plan is not None  # noqa: S101 - it has begun
        return self.journal.plan

    @property
    def store(self) -> Store:
        """Where the rows go."""
        return self.plan.target.store

    @property
    def size(self) -> int | None:
        """Rows of each part; ``None``: there is one part."""
        return self.held["size"]

    @property
    def is_new(self) -> bool:
        """Whether there was no target when it began."""
        return self.held["new"]

    @property
    def is_staged(self) -> bool:
        """Whether the parts gather in a table beside the target."""
        return self.is_new and self.size is not None

    @property
    def table(self) -> str:
        """The table that is written to."""
        return self.plan.staging if self.is_staged else self.plan.target.table

    @property
    def parts(self) -> Iterator[dict[str, Any]]:
        """What was told of the parts, each before it was committed."""
        return (line for line in self.journal.lines if "part" in line)

    def part(self, number: int) -> dict[str, Any] | None:
        """Return what was told of a part the last time, or ``None``."""
        return next((line for line in reversed(list(self.parts)) if line["part"] == number), None)

    def run_id(self, number: int) -> str:
        """Return the id by which the store knows a part."""
        return self.held["run"] if self.size is None else f"{self.held['run']}-{number}"

    @property
    def is_repeatable(self) -> bool:
        """Whether the store remembers which parts it has.

        A new file is simply there once it is written, and is written faster without that; but the
        caller may ask again for a migration that has a name.
        """
        return self.plan.run_id is not None or not (self.store.rewrites and self.is_new)

    def done(self, number: int) -> SaveResult | None:
        """Return what was done by a part, if the target has it."""
        if self.is_repeatable:
            return _written(self.store, self.table, self.run_id(number))
        told = self.part(number)
        if told is None or not self.store.exists(self.table):
            return None
        rows = self.store.count(self.table)
        return SaveResult(self.table, inserted=rows) if rows == told["sent"] else None

    @property
    def has_begun(self) -> bool:
        """Whether anything is written."""
        if self.is_staged and (self.store.exists(self.table) or self.journal.last("finished")):
            return True
        return self.done(0) is not None

    def finished(self) -> Counts | None:
        """Return the counts of a migration of which everything is written, else ``None``."""
        if self.is_staged:
            counts = self.journal.last("finished")
            if counts is not None and self.store.exists(self.plan.staging):
                self._end_naming()
            return counts
        told, done = self.part(0), self.done(0)
        if self.size is not None or done is None:
            return None
        if told is None:  # the store has no moment before its commit
            told = {"read": done.rows, "left_out": 0, "failed": 0}
        skipped = told["left_out"] + done.skipped
        return {
            "read": told["read"],
            "written": told["read"] - skipped - told["failed"],
            "skipped": skipped,
            "failed": told["failed"],
        }

    def _end_naming(self) -> None:
        """Give the rows their name; where that is a copy, it may be there, and they too."""
        target = self.plan.target.table
        if self.store.exists(target) and _written(self.store, target, self.run_id(0)):
            self.store.drop(self.plan.staging)
        else:
            self.name_target()

    def name_target(self) -> None:
        """Give the rows that have gathered the name of the target.

        Raises
        ------
        ConflictError
            Somebody else has made such a table meanwhile.
        """
        try:
            self.store.rename(self.plan.staging, self.plan.target.table)
        except ExistsError as error:
            message = (
                f"somebody else has made {self.plan.target.label!r} meanwhile. The migrated rows"
                f" are in {self.plan.staging!r}: give them another name by dk.rename."
            )
            raise ConflictError(message) from error

    def remove(self) -> None:
        """Remove the rows that have gathered."""
        if self.is_staged and self.store.exists(self.plan.staging):
            self.store.drop(self.plan.staging)


def named(plan: Plan) -> Counts | None:
    """Return what a migration of that name wrote to the target, if it has ended."""
    store, table = plan.target.store, plan.target.table
    if plan.run_id is None or not store.exists(table):
        return None
    whole = _written(store, table, plan.run_id)
    parts = (_written(store, table, f"{plan.run_id}-{number}") for number in count())
    found = [whole] if whole else [one for one in takewhile(bool, parts) if one]
    if not found:
        return None
    skipped = sum(one.skipped for one in found)
    written = sum(one.inserted + one.updated for one in found)
    return Counts(read=written + skipped, written=written, skipped=skipped, failed=0)


def _written(store: Store, table: str, run_id: str) -> SaveResult | None:
    return store.foresee(table, Write(WriteMode.APPEND, run_id=run_id, repeatable=True))
