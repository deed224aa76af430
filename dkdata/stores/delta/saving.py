"""One write into one Delta table: its parts, its checks, its commit."""

from __future__ import annotations

import itertools
import random
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import engine
from dkdata.commit import Tally
from dkdata.dialects import keys
from dkdata.dialects.fragment import Fragment
from dkdata.errors import ConflictError, DkWarning, UsageError
from dkdata.frames.envelope import KEY, with_key
from dkdata.physical import convert_rows
from dkdata.query import Query, SaveResult, WriteMode
from dkdata.stores.delta import rewriting, types
from dkdata.stores.delta.commit import Change, undone_on_failure
from dkdata.stores.delta.following import followed
from dkdata.stores.delta.log import Layout, opened
from dkdata.stores.delta.parts import Parts
from dkdata.stores.delta.protocol import require_replaceable, require_writable
from dkdata.stores.delta.reading import source_of_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from dkdata.query import Write
    from dkdata.stores.delta.commit import Committing, Kind
    from dkdata.stores.delta.log import DataFile, Snapshot
    from dkdata.stores.delta.place import Place
    from dkdata.types import Rows

_WAIT_SECONDS = 60.0
_LONGEST_PAUSE = 0.25


@dataclass(frozen=True)
class Saving:
    """One write into one table.

    Parameters
    ----------
    snapshot
        The table as it is; ``None`` where there is none.
    recheck
        Looks at a later version of the table: gives the result of the same write where that
        was done meanwhile, raises where the rows do not fit any more.
    commit
        Makes a change the next version of the table.
    """

    place: Place
    snapshot: Snapshot | None
    table: str
    write: Write
    recheck: Callable[[Snapshot], SaveResult | None]
    commit: Committing
    connection: duckdb.DuckDBPyConnection = field(default_factory=engine.connection, repr=False)

    def save(self, rows: Rows) -> SaveResult:
        """Write the rows and return what was done."""
        if self.snapshot is None or self.write.mode is WriteMode.REPLACE:
            return self._replace(rows)
        require_writable(self.snapshot)
        self._require_same_partitions(self.snapshot)
        return self._merge(self.snapshot, rows)

    def _require_same_partitions(self, snapshot: Snapshot) -> None:
        wanted, held = self.write.partition_by, snapshot.partition_by
        if wanted and wanted != held:
            told = f"partitioned by {list(held)!r}" if held else "not partitioned"
            message = (
                f"partition_by={list(wanted)!r}: table {self.table!r} is {told}. Leave it out, or"
                " write with mode='replace'."
            )
            raise UsageError(message)

    @contextmanager
    def _parts(self, schema: pa.Schema, partition_by: tuple[str, ...]) -> Iterator[Parts]:
        """Give a writer of parts, which are removed if the write fails."""
        old = None if self.write.mode is WriteMode.REPLACE else self.snapshot
        required = old.required if old else ()
        parts = Parts(
            self.place, types.kept_schema(schema), partition_by, required,
            self.write.deadline,
        )  # fmt: skip
        after = -1 if self.snapshot is None else self.snapshot.version
        with undone_on_failure(self.place, self.table, parts, after):
            yield parts

    def _put(self, parts: Parts, rows: Rows) -> tuple[list[DataFile], int]:
        """Write the caller's rows and check that they arrived; return how many they are."""
        partitioned = bool(parts.partition_by)
        verify = self.write.verify
        tally = Tally("checksum" if partitioned and verify == "full" else verify)
        schema = rows.schema
        written = parts.write(convert_rows(tally.watch(rows, self.write.progress), parts.kept))
        layout = Layout(self.place, parts.kept, schema, parts.partition_by)

        def read() -> Rows:
            source = source_of_files(layout, written)
            return engine.read(engine.connection(), source, Query())

        tally.check(self.table, sum(file.rows or 0 for file in written), read)
        return written, tally.rows

    def _replace(self, rows: Rows) -> SaveResult:
        partition_by = self.write.partition_by
        types.check_partition_by(rows.schema, partition_by)
        if self.snapshot is not None:
            require_replaceable(self.snapshot)
        removed = self.snapshot.files if self.snapshot else ()
        with self._parts(rows.schema, partition_by) as parts:
            written, count = self._put(parts, rows)
            counts = {"inserted": count}
            change = self._change("define", rows.schema, parts, written, counts, removed)
            self.write.before_commit()
            made = self.commit(self.place, self.snapshot, change, parts)
            return self._result(made.version, change)

    def _merge(self, snapshot: Snapshot, rows: Rows) -> SaveResult:
        """Add rows; with a key, in place of those that have it, or only the missing ones."""
        key = self.write.key
        match self.write.mode:
            case WriteMode.SKIP if isinstance(rows, pa.Table):
                missing = rewriting.missing(self.connection, snapshot, rows, key)
                skipped = rows.num_rows - missing.num_rows
                return self._put_beside(snapshot, missing, skipped=skipped)
            case WriteMode.UPSERT if isinstance(rows, pa.Table):
                with engine.register(self.connection, rewriting.kept_keys(rows, key)) as new:
                    taken = Fragment(keys.is_taken(new.sql, key))
                    files = rewriting.candidates(snapshot, rows, key)
                    touched = rewriting.matching(self.connection, snapshot, files, taken)
                    return self._put_beside(snapshot, rows, touched, taken)
        return self._put_beside(snapshot, rows)

    def _put_beside(
        self,
        snapshot: Snapshot,
        rows: Rows,
        touched: Sequence[tuple[DataFile, int]] = (),
        taken: Fragment | None = None,
        skipped: int = 0,
    ) -> SaveResult:
        """Write rows, and anew the files from which rows go; commit both."""
        schema, updated = rows.schema, sum(count for _, count in touched)
        redefines = self._redefines(snapshot, schema)
        removed = snapshot.files if redefines else [file for file, _ in touched]
        with self._parts(schema, snapshot.partition_by) as parts:
            kept = rewriting.rewrite(self.connection, parts, snapshot, removed, schema, taken)
            written, count = self._put(parts, rows)
            counts = {"inserted": count - updated, "updated": updated, "skipped": skipped}
            kind: Kind = "redefine" if redefines else "change"
            change = self._change(kind, schema, parts, [*kept, *written], counts, removed)
            self.write.before_commit()
            if not (change.added or removed or redefines or change.run_id):
                return self._result(snapshot.version, change)
            return self._committed(snapshot, change, parts)

    def _redefines(self, snapshot: Snapshot, schema: pa.Schema) -> bool:
        """Whether the table has other columns or another descriptor afterwards."""
        is_ours = KEY in (snapshot.schema.metadata or {})
        if snapshot.schema.equals(schema, check_metadata=is_ours):
            return False
        if not with_key(snapshot.schema, self.write.key).equals(schema, check_metadata=True):
            warnings.warn(
                f"{self.table!r}: all of its rows are written anew, because the new ones widen its"
                " columns or categories.",
                DkWarning,
                stacklevel=2,
            )
        return True

    def _change(  # noqa: PLR0913, PLR0917 - all that a commit says
        self,
        kind: Kind,
        schema: pa.Schema,
        parts: Parts,
        written: Sequence[DataFile],
        counts: Mapping[str, int],
        removed: Sequence[DataFile] = (),
    ) -> Change:
        note = {"operation": str(self.write.mode), "run_id": self.write.run_id, **counts}
        run_id = self.write.run_id if self.write.repeatable else None
        fields = types.delta_fields(schema)
        return Change(kind, fields, parts.partition_by, written, note, removed, run_id)

    def _committed(self, snapshot: Snapshot, change: Change, parts: Parts) -> SaveResult:
        """Commit; rows that are only added also after somebody else came first."""
        until = self.write.deadline or time.monotonic() + _WAIT_SECONDS
        is_append = self.write.mode is WriteMode.APPEND and change.kind == "change"
        now = snapshot
        for attempt in itertools.count():
            try:
                made = self.commit(self.place, now, change, parts)
                return replace(self._result(made.version, change), retries=attempt)
            except ConflictError:
                if not is_append or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(0, _LONGEST_PAUSE / (1 + attempt)))  # noqa: S311
            now = self._overtaken(now)
            earlier = self.recheck(now)
            if earlier is not None:
                parts.discard()
                return earlier
            if now.fields != snapshot.fields or now.partition_by != snapshot.partition_by:
                raise _changed(self.table)
        raise AssertionError

    def _overtaken(self, before: Snapshot) -> Snapshot:
        """Return the table as somebody else has left it."""
        try:
            now = followed(before) or opened(self.place)
        except FileNotFoundError as error:
            raise _changed(self.table) from error
        require_writable(now)
        return now

    def _result(self, version: int, change: Change) -> SaveResult:
        size = sum(file.size for file in change.added)
        return result(self.table, change.note, version, size)


def result(table: str, note: Mapping[str, Any], version: int, size: int | None) -> SaveResult:
    """Return what a write did, as the note of its commit says."""
    inserted, updated, skipped = (
        int(note.get(name, 0)) for name in ("inserted", "updated", "skipped")
    )
    return SaveResult(table, inserted, updated, skipped, bytes=size, version=version)


def _changed(table: str) -> ConflictError:
    message = f"somebody else changed {table!r} at the same time. Nothing was written. Try again."
    return ConflictError(message)
