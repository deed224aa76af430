"""Tables in Delta Lake format: folders of Parquet files under one log."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, frames
from dkdata.dialects.sql import where_sql
from dkdata.errors import TableNotFoundError, UsageError
from dkdata.query import SaveResult, Write, WriteMode
from dkdata.store import Store
from dkdata.stores.delta import reading, upkeep
from dkdata.stores.delta.commit import MadeMeanwhileError
from dkdata.stores.delta.folders import FolderOfTables
from dkdata.stores.delta.log import Snapshot, opened
from dkdata.stores.delta.protocol import require_readable, require_writable
from dkdata.stores.delta.saving import Saving, result

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import duckdb
    import pandas as pd

    from dkdata.dialects.fragment import Fragment
    from dkdata.dialects.select import Source
    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.query import Query
    from dkdata.stores.delta.place import Place, Root
    from dkdata.types import Rows

_VERSIONED = re.compile(r"(.+)@(\d+)", re.DOTALL)


class DeltaTables(Store):
    """Tables in Delta Lake format beside each other; ``name@3`` is version 3 of one.

    Every write is one commit: readers find the version before or the one after it. A folder of
    Parquet files without a log can be read, not written to.

    Parameters
    ----------
    root
        Where they are.
    """

    own_arguments = frozenset({"format", "partition_by"})

    def __init__(self, root: Root, name: str) -> None:
        super().__init__(name)
        self.root = root
        self._latest: dict[str, Snapshot] = {}
        self._pinned = threading.local()

    def tables(self) -> list[str]:
        """Return the names of the places with a log, sorted."""
        return self.root.tables()

    def _parsed(self, table: str) -> tuple[Place, int | None]:
        """Return where a table is, and the version that is asked for."""
        versioned = _VERSIONED.fullmatch(table)
        version = None
        if versioned and not self.root.holds(table):
            table, version = versioned[1], int(versioned[2])
        return self.root.place(table), version

    def _found(self, table: str) -> Snapshot | None:
        """Return a version of a table, or ``None``."""
        place, version = self._parsed(table)
        pinned: dict[str, Snapshot | None] = self._pinned.__dict__
        if version is None and place.uri in pinned:
            return pinned[place.uri]
        latest = self._latest.get(place.uri)
        if latest is not None and version is None and latest.is_latest:
            return latest
        try:
            found = opened(place, version) if place.has_log() else None
        except FileNotFoundError:
            return None
        if found is not None and version is None:
            self._latest[place.uri] = found
        return found

    def _snapshot(self, table: str) -> Snapshot:
        """Return a version of a table; ``TableNotFoundError`` if there is none."""
        found = self._found(table)
        if found is None:
            name = _VERSIONED.fullmatch(table)
            latest = self._found(name[1]) if name else None
            ends = dict.fromkeys((0, latest.version)) if latest else ()
            known = [f"{name[1]}@{n}" for n in ends] if name else []
            raise TableNotFoundError(table, self.name, known or self.tables())
        return found

    def _plain_files(self, table: str) -> list[str]:
        """Return the files of a folder of Parquet files that has no log."""
        place, version = self._parsed(table)
        return [] if version is not None or place.has_log() else reading.plain_files(place)

    def _source(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        where: Predicate | None = None,
    ) -> Source:
        if files := self._plain_files(table):
            return reading.plain_source(connection, self._parsed(table)[0], files)
        return reading.source_of(self._snapshot(table), where)

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Source]:
        """Make a table readable on ``connection`` for as long as the context lasts."""
        yield self._source(connection, table)

    def explain(self, table: str, query: Query) -> str:
        """Return how many files a query reads, and DuckDB's plan."""
        connection = engine.connection()
        source = self._source(connection, table, query.where)
        told = engine.explain(connection, source, query)
        if self._plain_files(table):
            return told
        snapshot = self._snapshot(table)
        read = len(reading.files_of(snapshot, query.where))
        there = len(snapshot.files)
        return f"Delta: version {snapshot.version}, {read} of {there} files read\n{told}"

    def _schema(self, table: str) -> pa.Schema:
        if self._plain_files(table):
            return self._source(engine.connection(), table).schema
        return self._snapshot(table).schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        if query.is_whole_table and not self._plain_files(table):
            rows = reading.whole(self._snapshot(table))
            if rows is not None:
                return rows
        connection = engine.connection()
        return engine.read(connection, self._source(connection, table, query.where), query)

    def count(self, table: str, where: Predicate | None = None) -> int:
        """Return the number of rows for which ``where`` is true."""
        if where is None and not self._plain_files(table):
            snapshot = self._snapshot(table)
            require_readable(snapshot)
            if snapshot.rows is not None:
                return snapshot.rows
        connection = engine.connection()
        return engine.count(connection, self._source(connection, table, where), where)

    def version(self, table: str) -> int:
        """Return the number of the version that is read."""
        return self._snapshot(table).version

    def history(self, table: str) -> pd.DataFrame:
        """Return the versions of a table, the newest first."""
        commits = upkeep.told(self._snapshot(table))
        return frames.from_arrow(commits, "pandas")

    def optimize(self, table: str) -> None:
        """Merge the small files of a table into larger ones; rows keep their order."""
        upkeep.optimize(self._writable(table), table)

    def _writable(self, table: str) -> Snapshot:
        """Return the table, of which a version is not to be written to."""
        place, version = self._parsed(table)
        self._refuse_version(place, table, version)
        self._refuse_plain(table)
        snapshot = self._snapshot(table)
        require_writable(snapshot)
        return snapshot

    def _refuse_version(self, place: Place, table: str, version: int | None) -> None:
        if version is not None:
            message = (
                f"{table!r} is version {version} of a table: it can be read, not written to."
                f" Write to {place.name!r}."
            )
            raise UsageError(message)

    def _refuse_plain(self, table: str) -> None:
        if self._plain_files(table):
            message = (
                f"{table!r} is a plain folder of Parquet files: it can be read, not written to."
                " Save to another target, which becomes a Delta table."
            )
            raise UsageError(message)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        try:
            return super().write(table, rows, write)
        except MadeMeanwhileError:
            if write.mode is WriteMode.REPLACE or isinstance(rows, pa.RecordBatchReader):
                raise
            return super().write(table, rows, write)

    def foresee(self, table: str, write: Write) -> SaveResult | None:
        """Refuse a write, as far as that takes no rows; see ``Store.foresee``."""
        place, version = self._parsed(table)
        self._refuse_version(place, table, version)
        self._refuse_plain(table)
        return super().foresee(table, write)

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one version; its commit finds out what came after it."""
        del deadline
        place, version = self._parsed(table)
        self._refuse_version(place, table, version)
        self._refuse_plain(table)
        self._pinned.__dict__[place.uri] = self._found(table)
        try:
            yield
        finally:
            del self._pinned.__dict__[place.uri]

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        found = self._found(table)
        return None if found is None else _done(found, table, run_id)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        place, _ = self._parsed(table)

        def recheck(now: Snapshot) -> SaveResult | None:
            self._pinned.__dict__[place.uri] = now
            earlier = _done(now, table, write.run_id) if write.repeatable else None
            if earlier is None and write.key and isinstance(rows, pa.Table):
                commit.check_free(self, table, rows, write.key)
            return earlier

        with place.made():
            return Saving(place, self._found(table), table, write, recheck).save(rows)

    def _delete(self, table: str, where: Predicate) -> int:
        snapshot = self._writable(table)
        return upkeep.change(snapshot, table, where, _condition(snapshot, where))

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        snapshot = self._writable(table)
        return upkeep.change(snapshot, table, where, _condition(snapshot, where), row)

    def _rename(self, table: str, new: str) -> None:
        place, version = self._parsed(new)
        self._refuse_version(place, new, version)
        self._snapshot(table).place.rename(place)

    @property
    def identity(self) -> Hashable:
        """Where the tables are."""
        return self.root.identity

    def _drop(self, table: str) -> None:
        place, version = self._parsed(table)
        self._refuse_version(place, table, version)
        self._refuse_plain(table)
        self._snapshot(table)
        place.drop()


class DeltaStore(DeltaTables):
    """A folder whose folders are tables in Delta Lake format.

    Parameters
    ----------
    path
        The folder; the first write makes it.

    Examples
    --------
    >>> import tempfile, pyarrow as pa
    >>> from dkdata import Write
    >>> with DeltaStore(tempfile.mkdtemp()) as store:
    ...     _ = store.write("orders", pa.table({"id": [1, 2]}), Write())
    ...     _ = store.write("orders", pa.table({"id": [3]}), Write(mode="append"))
    ...     store.count("orders"), store.count("orders@0"), store.version("orders")
    (3, 2, 1)
    """

    options_model = "dkdata.stores.delta.options:DeltaOptions"

    def __init__(self, path: Path | str, name: str | None = None) -> None:
        self.path = Path(path).expanduser()
        super().__init__(FolderOfTables(self.path), name or str(path))


def _condition(snapshot: Snapshot, where: Predicate) -> Fragment:
    return where_sql(where, reading.source_of_files(snapshot.layout, []).find)


def _done(snapshot: Snapshot, table: str, run_id: str) -> SaveResult | None:
    """Return the result of an earlier write with this id, or ``None``."""
    version = snapshot.written_by(run_id)
    if version is None:
        return None
    note = snapshot.note_of(version, run_id)
    return replace(result(table, note, version, None), run_id=run_id)
