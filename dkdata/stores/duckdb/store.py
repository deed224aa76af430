"""Tables of a DuckDB file, which is opened for the length of a call only."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from dkdata import engine
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.sql import where_sql
from dkdata.errors import StoreError, TableNotFoundError, UsageError
from dkdata.query import SaveResult
from dkdata.store import Store
from dkdata.stores.duckdb import files, tables
from dkdata.stores.duckdb.saving import Saving, changed, committed, update

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    import duckdb
    import pyarrow as pa

    from dkdata.alteration import Alteration
    from dkdata.dialects.select import Source
    from dkdata.pinning import Pins
    from dkdata.predicate import Predicate
    from dkdata.query import Query, Write
    from dkdata.stores.duckdb.tables import Held
    from dkdata.types import Rows


class _Readable(NamedTuple):
    """A table that is there, and how DuckDB reads it."""

    held: Held
    source: Source


class _Joined(threading.local):
    """The transaction of a thread of which its further writes are a part, for a moment."""

    transaction: tuple[duckdb.DuckDBPyConnection, str] | None = None


class DuckDBStore(Store):
    """The tables of one DuckDB file; of the embedded workspace, or any other.

    The file is open, and locked for other processes, only while a call lasts. A call waits for a
    process that has it open. Every write is one transaction.

    Parameters
    ----------
    path
        The file; the first write makes it, and its folder.
    name
        What messages call the store; without it the name of the file.
    wait
        Seconds to wait for a file that another process has open, where a call has no deadline.

    Examples
    --------
    >>> import tempfile, pyarrow as pa
    >>> from dkdata import Write
    >>> with DuckDBStore(tempfile.mkdtemp() + "/shop.duckdb", "shop") as store:
    ...     _ = store.write("orders", pa.table({"id": [1, 2]}), Write())
    ...     store.tables(), store.read("orders").read_all()["id"].to_pylist()
    (['orders'], [1, 2])
    """

    checks_keys: ClassVar[bool] = True
    options_model = "dkdata.stores.duckdb.options:DuckDBOptions"

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        wait: float = files.WAIT_SECONDS,
    ) -> None:
        self.path = Path(path)
        super().__init__(name or self.path.name)
        self.wait = wait
        self._joined = _Joined()

    def tables(self) -> list[str]:
        """Return the names of the tables and views, sorted; ``schema.name`` outside ``main``."""
        if not self._is_there():
            return []
        with self._reading() as (connection, alias):
            return sorted(held.title for held in tables.listed(connection, alias))

    def _is_there(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            message = f"cannot open the DuckDB file {str(self.path)!r}: {error}."
            raise StoreError(message) from error

    @property
    def identity(self) -> Hashable:
        """The file."""
        return DuckDBStore, self.path.resolve()

    def _until(self, deadline: float | None) -> float:
        return deadline if deadline is not None else time.monotonic() + self.wait

    @contextmanager
    def _reading(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        with files.reading(self.path, self._until(engine.current_deadline())) as alias:
            connection = engine.connection()
            try:
                yield connection, alias
            finally:
                connection.close()

    @contextmanager
    def _transaction(
        self,
        table: str,
        deadline: float | None,
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """Attach the file to write, and commit at the end, or change nothing."""
        if self._joined.transaction is not None:
            try:
                yield self._joined.transaction
            finally:
                self._pins.forget()
            return
        with files.writing(self.path, self._until(deadline)) as alias:
            connection = engine.connection()
            try:
                with committed(connection, table), engine.running(connection, deadline):
                    yield connection, alias
            finally:
                self._pins.forget()
                connection.close()

    @property
    def _pins(self) -> Pins[_Readable | None]:
        return files.pins(self.path)

    @contextmanager
    def _joining(self, connection: duckdb.DuckDBPyConnection, alias: str) -> Iterator[None]:
        """Let what the thread writes meanwhile be a part of its transaction."""
        outer, self._joined.transaction = self._joined.transaction, (connection, alias)
        try:
            yield
        finally:
            self._joined.transaction = outer

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Hold the file, in which nobody else changes the table then: it is looked at once."""
        with (
            files.writing(self.path, self._until(deadline)) as alias,
            self._pins.pinned(table, self._look(engine.connection(), alias, table)),
        ):
            yield

    def _look(
        self, connection: duckdb.DuckDBPyConnection, alias: str, table: str
    ) -> _Readable | None:
        if table in self._pins.found:
            return self._pins.found[table]
        held = tables.find(connection, alias, table)
        return _Readable(held, tables.source_of(connection, held)) if held else None

    def _find(self, connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> Held | None:
        if table in self._pins.found:
            found = self._pins.found[table]
            return found and found.held
        return tables.find(connection, alias, table)

    def _found(self, connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> Held:
        held = self._find(connection, alias, table)
        if held is None:
            raise self._missing_among(connection, alias, table)
        return held

    def _readable(self, connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> _Readable:
        found = self._look(connection, alias, table)
        if found is None:
            raise self._missing_among(connection, alias, table)
        return found

    def _missing_among(
        self, connection: duckdb.DuckDBPyConnection, alias: str, table: str
    ) -> TableNotFoundError:
        return self._missing(table, sorted(one.title for one in tables.listed(connection, alias)))

    def _missing(self, table: str, known: Iterable[str] = ()) -> TableNotFoundError:
        is_folder = os.path.isdir(table)  # noqa: PTH112 - false for a name that no folder can have
        hint = f" There is a folder {table!r}: write '{table}/'." if is_folder else ""
        return TableNotFoundError(table, self.name, known, hint=hint)

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Source]:
        """Make a table readable on ``connection``, and keep the file open meanwhile."""
        self._require(table)
        with files.reading(self.path, self._until(engine.current_deadline())) as alias:
            yield self._readable(connection, alias, table).source

    def exists(self, table: str) -> bool:
        """Return whether there is a table or a view of that name."""
        if not self._is_there():
            return False
        with self._reading() as (connection, alias):
            return self._find(connection, alias, table) is not None

    def _schema(self, table: str) -> pa.Schema:
        connection = engine.connection()
        with self.source(connection, table) as source:
            return source.schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        connection = engine.connection()
        with self.source(connection, table) as source:
            return engine.spooled(connection, source, query)

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        if not self._is_there():
            return None
        with self._reading() as (connection, alias):
            held = self._find(connection, alias, table)
            found = held and tables.find_run(connection, held, run_id)
        return SaveResult(table, run_id=run_id, **found) if found else None

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        size = self._size()
        with self._transaction(table, write.deadline) as (connection, alias):
            held, source = self._look(connection, alias, table) or (None, None)
            if held:
                _refuse_view(held)
            target = held or tables.unmade(connection, alias, table)
            counts = Saving(connection, target, source, write).save(rows)
            if write.repeatable:
                tables.record_run(connection, target, write.run_id, counts)
            with self._joining(connection, alias):
                write.before_commit()
        grown = max(0, self._size() - size)
        return SaveResult(table, bytes=grown, **counts)

    def _size(self) -> int:
        """Return the bytes of the file and of its log."""
        parts = (self.path, self.path.with_name(self.path.name + ".wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def _delete(self, table: str, where: Predicate) -> int:
        self._require(table)
        with self._transaction(table, engine.current_deadline()) as (connection, alias):
            held, source = self._readable(connection, alias, table)
            condition = _condition(held, source, where)
            statement = f"DELETE FROM {held.sql} WHERE {condition.sql}"
            return changed(connection, statement, condition.parameters)

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        with self._transaction(table, engine.current_deadline()) as (connection, alias):
            held, source = self._readable(connection, alias, table)
            _refuse_view(held)
            condition = _condition(held, source, where)
            with engine.new_values(connection, row, source) as new:
                return update(connection, held, new, condition)

    def trial(self, table: str, folder: Path) -> tuple[Store, str]:
        """Return the store of another file."""
        del table
        return DuckDBStore(folder / "sample.duckdb"), "sample"

    def _require(self, table: str) -> None:
        if not self._is_there():
            raise self._missing(table)

    def _rename(self, table: str, new: str) -> None:
        with self._transaction(table, engine.current_deadline()) as (connection, alias):
            held = self._found(connection, alias, table)
            tables.rename(connection, held, tables.unmade(connection, alias, new))

    def _alter(self, table: str, alteration: Alteration) -> bool:
        with self._transaction(table, engine.current_deadline()) as (connection, alias):
            held = self._found(connection, alias, table)
            _refuse_view(held)
            if not tables.is_ours(held):  # others may have tied constraints to its columns
                return False
            tables.alter(connection, held, alteration)
        return True

    def _drop(self, table: str) -> None:
        self._require(table)
        with self._transaction(table, engine.current_deadline()) as (connection, alias):
            held = self._found(connection, alias, table)
            connection.execute(f"DROP {'VIEW' if held.is_view else 'TABLE'} {held.sql}")
            tables.forget(connection, held)


def _refuse_view(held: Held) -> None:
    if held.is_view:
        message = f"{held.title!r} is a view: it cannot be written to. Save under another name."
        raise UsageError(message)


def _condition(held: Held, source: Source, where: Predicate) -> Fragment:
    """Return ``where`` as a condition on the rows of the table itself, whatever reads it."""
    condition = where_sql(where, source.find)
    if source.sql == held.sql:
        return condition
    sql = f"rowid IN (SELECT rowid FROM {source.sql} WHERE {condition.sql})"
    return Fragment(sql, condition.parameters)
