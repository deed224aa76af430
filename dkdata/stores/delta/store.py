"""Tables in Delta Lake format: folders of Parquet files under one log."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, frames
from dkdata.dialects.sql import where_sql
from dkdata.errors import TableNotFoundError, UsageError
from dkdata.pinning import Pins
from dkdata.query import SaveResult, Write, WriteMode
from dkdata.store import Store
from dkdata.stores.delta import cleaning, reading, upkeep
from dkdata.stores.delta.commit import MadeMeanwhileError
from dkdata.stores.delta.commit import commit as commit_change
from dkdata.stores.delta.folders import FolderOfTables
from dkdata.stores.delta.log import Snapshot, opened, write_checkpoint
from dkdata.stores.delta.protocol import require_readable, require_writable
from dkdata.stores.delta.reading import Plain
from dkdata.stores.delta.saving import Saving, result

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import duckdb
    import pandas as pd

    from dkdata.alteration import Remade
    from dkdata.dialects.fragment import Fragment
    from dkdata.dialects.select import Source
    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.query import Query
    from dkdata.stores.delta.commit import Change
    from dkdata.stores.delta.parts import Parts
    from dkdata.stores.delta.place import Place, Root
    from dkdata.types import Rows

_DEAD_AFTER = 86_400.0  # seconds: a long stream may write nothing for hours
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
        self._pins = Pins[Snapshot | Plain | None]()

    def tables(self) -> list[str]:
        """Return the names of the places with a log, sorted."""
        return self.root.tables()

    def exists(self, table: str) -> bool:
        """Return whether there is a table of that name; it does not look at the others."""
        return self._look(table) is not None

    def has_read(self, table: str) -> bool:
        """Whether a table was read or written by this store before."""
        return self.root.place(table).uri in self._latest

    def _parsed(self, table: str) -> tuple[Place, int | None]:
        """Return where a table is, and the version that is asked for."""
        versioned = _VERSIONED.fullmatch(table)
        version = None
        if versioned and not self.root.holds(table):
            table, version = versioned[1], int(versioned[2])
        return self.root.place(table), version

    def _look(self, table: str) -> Snapshot | Plain | None:
        """Return what is there by that name: a version of a table, plain files, or nothing."""
        place, version = self._parsed(table)
        if version is not None:
            return _opened(place, version)
        if place.uri in self._pins.found:
            return self._pins.found[place.uri]
        latest = self._latest.get(place.uri)
        if latest is not None and latest.is_latest:
            return latest
        found = _opened(place)
        if found is None:
            self._latest.pop(place.uri, None)
            return reading.plain(place)
        self._latest[place.uri] = found
        return found

    def _readable(self, table: str) -> Snapshot | Plain:
        """Return what is there by that name; ``TableNotFoundError`` if nothing is."""
        found = self._look(table)
        if found is None:
            raise self._missing(table)
        return found

    def _missing(self, table: str) -> TableNotFoundError:
        name = _VERSIONED.fullmatch(table)
        latest = self._look(name[1]) if name else None
        if isinstance(latest, Snapshot):
            known = [f"{latest.place.name}@{n}" for n in dict.fromkeys((0, latest.version))]
            return TableNotFoundError(table, self.name, known)
        return TableNotFoundError(table, self.name, self.tables())

    def _snapshot(self, table: str) -> Snapshot:
        """Return a version of a table; ``TableNotFoundError`` if there is none."""
        found = self._look(table)
        if not isinstance(found, Snapshot):
            raise self._missing(table)
        return found

    def _commit(
        self, place: Place, snapshot: Snapshot | None, change: Change, parts: Parts
    ) -> Snapshot:
        """Make a change the next version of a table, and know that as the latest."""
        made = commit_change(place, snapshot, change, parts)
        self._latest[place.uri] = made
        write_checkpoint(made)
        return made

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Source]:
        """Make a table readable on ``connection`` for as long as the context lasts."""
        yield _source(connection, self._readable(table))

    def explain(self, table: str, query: Query) -> str:
        """Return how many files a query reads, and DuckDB's plan."""
        connection = engine.connection()
        found = self._readable(table)
        told = engine.explain(connection, _source(connection, found, query.where), query)
        return told if isinstance(found, Plain) else f"{reading.told(found, query)}\n{told}"

    def _schema(self, table: str) -> pa.Schema:
        match self._readable(table):
            case Plain() as files:
                return files.source(engine.connection()).schema
            case snapshot:
                return snapshot.schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        found = self._readable(table)
        if query.is_whole_table and isinstance(found, Snapshot):
            rows = reading.whole(found)
            if rows is not None:
                return rows
        connection = engine.connection()
        return engine.read(connection, _source(connection, found, query.where), query)

    def count(self, table: str, where: Predicate | None = None) -> int:
        """Return the number of rows for which ``where`` is true."""
        found = self._readable(table)
        if where is None and isinstance(found, Snapshot):
            require_readable(found)
            if found.rows is not None:
                return found.rows
        connection = engine.connection()
        return engine.count(connection, _source(connection, found, where), where)

    def version(self, table: str) -> int:
        """Return the number of the version that is read."""
        return self._snapshot(table).version

    def history(self, table: str) -> pd.DataFrame:
        """Return the versions of a table, the newest first."""
        commits = upkeep.told(self._snapshot(table))
        return frames.from_arrow(commits, "pandas")

    def optimize(self, table: str) -> None:
        """Merge the small files of a table into larger ones; rows keep their order."""
        upkeep.optimize(self._changeable(table), table, self._commit)

    def _changeable(self, table: str) -> Snapshot:
        """Return a table whose rows are to change."""
        found = self._writable(table)
        if found is None:
            raise self._missing(table)
        require_writable(found)
        return found

    def _writable(self, table: str) -> Snapshot | None:
        """Return the table that is to be written to, if it is there; refuse what is none."""
        place, version = self._parsed(table)
        if version is not None:
            message = (
                f"{table!r} is version {version} of a table: it can be read, not written to."
                f" Write to {place.name!r}."
            )
            raise UsageError(message)
        found = self._look(table)
        if isinstance(found, Plain):
            message = (
                f"{table!r} is a plain folder of Parquet files: it can be read, not written to."
                " Save to another target, which becomes a Delta table."
            )
            raise UsageError(message)
        return found

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all; see ``Store.write``."""
        with engine.time_limit(write.deadline or engine.current_deadline()):
            try:
                return super().write(table, rows, write)
            except MadeMeanwhileError:
                if write.mode is WriteMode.REPLACE or isinstance(rows, pa.RecordBatchReader):
                    raise
                return super().write(table, rows, write)

    def foresee(self, table: str, write: Write) -> SaveResult | None:
        """Refuse a write, as far as that takes no rows; see ``Store.foresee``."""
        limit = engine.time_limit(write.deadline or engine.current_deadline())
        with limit, self._exclusive(table, None):
            return super().foresee(table, write)

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one version; its commit finds out what came after it."""
        del deadline
        found = self._writable(table)
        place, _ = self._parsed(table)
        with self._pins.pinned(place.uri, found):
            yield

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        found = self._writable(table)
        return None if found is None else _done(found, table, run_id)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        place, _ = self._parsed(table)
        snapshot = self._writable(table)

        def recheck(now: Snapshot) -> SaveResult | None:
            self._pins.found[place.uri] = now
            earlier = _done(now, table, write.run_id) if write.repeatable else None
            if earlier is None and write.key and isinstance(rows, pa.Table):
                commit.check_free(self, table, rows, write.key)
            return earlier

        with place.made(is_new=snapshot is None):
            return Saving(place, snapshot, table, write, recheck, self._commit).save(rows)

    def _delete(self, table: str, where: Predicate) -> int:
        snapshot = self._changeable(table)
        return upkeep.change(snapshot, table, where, _condition(snapshot, where), self._commit)

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        snapshot = self._changeable(table)
        condition = _condition(snapshot, where)
        return upkeep.change(snapshot, table, where, condition, self._commit, row)

    def _remake(self, table: str, remade: Remade, write: Write) -> None:
        parts = remade.renamed(self._changeable(table).partition_by)
        self._write(table, remade.rows, replace(write, partition_by=parts))

    def _rename(self, table: str, new: str) -> None:
        self._writable(new)
        place, _ = self._parsed(new)
        self._snapshot(table).place.rename(place)

    @property
    def identity(self) -> Hashable:
        """Where the tables are."""
        return self.root.identity

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return the files of saves that did not end, and of versions that are no longer kept."""
        age = _DEAD_AFTER if older_than is None else older_than
        found: dict[str, Callable[[], object]] = {}
        for place in self.root.places():
            snapshot = _opened(place)
            found |= (
                cleaning.leftovers_of_none(place, age)
                if snapshot is None
                else (cleaning.leftovers(snapshot, age))
            )
        return found

    def trial(self, table: str, folder: Path) -> tuple[Store, str]:
        """Return a folder of Delta tables: they are the same everywhere."""
        del table
        return DeltaStore(folder), "sample"

    def _drop(self, table: str) -> None:
        found = self._writable(table)
        if found is None:
            raise self._missing(table)
        found.place.drop()


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


def _opened(place: Place, version: int | None = None) -> Snapshot | None:
    """Return a table as it is now, or was in a version, if it is there."""
    try:
        return opened(place, version)
    except FileNotFoundError:
        return None


def _source(
    connection: duckdb.DuckDBPyConnection,
    found: Snapshot | Plain,
    where: Predicate | None = None,
) -> Source:
    """Return the rows of what is there as DuckDB reads them."""
    if isinstance(found, Plain):
        return found.source(connection)
    return reading.source_of(found, where)


def _condition(snapshot: Snapshot, where: Predicate) -> Fragment:
    return where_sql(where, reading.source_of_files(snapshot.layout, []).find)


def _done(snapshot: Snapshot, table: str, run_id: str) -> SaveResult | None:
    """Return the result of an earlier write with this id, or ``None``."""
    version = snapshot.written_by(run_id)
    if version is None:
        return None
    note = snapshot.note_of(version, run_id)
    return replace(result(table, note, version, None), run_id=run_id)
