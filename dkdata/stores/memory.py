"""Tables in the memory of this process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, fitting
from dkdata.errors import DeadlineError, TableNotFoundError
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.store import Store
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.predicate import Predicate
    from dkdata.types import Rows


@dataclass(frozen=True)
class _Held:
    """A table, which is never changed but replaced, and the writes that have an id."""

    rows: pa.Table
    runs: Mapping[str, SaveResult]


_tables: dict[str, _Held] = {}
_writing = threading.RLock()


class MemoryStore(Store):
    """Tables that live as long as the process; every ``MemoryStore`` shows the same ones.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata import Write
    >>> with MemoryStore() as store:
    ...     _ = store.write("orders", pa.table({"id": [1, 2]}), Write(mode="replace"))
    ...     store.read("orders").read_all()["id"].to_pylist()
    [1, 2]
    """

    rewrites = True

    def __init__(self, name: str = "memory") -> None:
        super().__init__(name)

    def tables(self) -> list[str]:
        """Return the names of the tables, sorted."""
        return sorted(_tables)

    def _held(self, table: str) -> _Held:
        try:
            return _tables[table]
        except KeyError:
            raise TableNotFoundError(table, self.name, sorted(_tables)) from None

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Source]:
        """Make a table readable on ``connection`` for as long as the context lasts."""
        with engine.register(connection, self._held(table).rows) as source:
            yield source

    def _schema(self, table: str) -> pa.Schema:
        return self._held(table).rows.schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        rows = self._held(table).rows
        return rows.to_reader() if query.is_whole_table else engine.read_rows(rows, query)

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        waiting_for = f"another writer of {table!r}"
        left = commit.remaining(deadline, waiting_for)
        if not _writing.acquire(timeout=-1 if left is None else left):
            message = f"the time allowed ran out while waiting for {waiting_for}. Raise timeout=."
            raise DeadlineError(message)
        try:
            yield
        finally:
            _writing.release()

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        held = _tables.get(table)
        return held.runs.get(run_id) if held else None

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        held = _tables.get(table)
        try:
            return self._replace(table, held, rows, write)
        except KeyboardInterrupt as interrupt:
            is_old = _tables.get(table) is held
            outcome = "nothing was changed" if is_old else "it was saved already"
            message = f"{table!r}: interrupted; {outcome}."
            raise KeyboardInterrupt(message) from interrupt

    def _replace(self, table: str, held: _Held | None, rows: Rows, write: Write) -> SaveResult:
        tally = commit.Tally(write.verify)
        given = _copied(tally.watch(rows, write.progress))
        tally.check(table, given.num_rows, lambda: given)
        together, result = self._together(table, held, given, write)
        runs = dict(held.runs) if held else {}
        if write.repeatable:
            runs[write.run_id] = replace(result, run_id=write.run_id)
        write.before_commit()
        _tables[table] = _Held(together, runs)
        return result

    def _together(
        self,
        table: str,
        held: _Held | None,
        rows: pa.Table,
        write: Write,
    ) -> tuple[pa.Table, SaveResult]:
        """Return all rows of the table afterwards, and what was done."""
        result = SaveResult(table, inserted=rows.num_rows, bytes=rows.nbytes)
        if held is None or write.mode is WriteMode.REPLACE:
            return rows, result
        old = fitting.recast(held.rows, rows.schema)
        if write.mode is WriteMode.APPEND:
            return pa.concat_tables([old, rows]), result
        with commit.merged(lambda: old, rows, write) as (together, taken):
            whole = batches_of(together).read_all()
        if write.mode is WriteMode.UPSERT:
            return whole, replace(result, inserted=rows.num_rows - taken, updated=taken)
        return whole, replace(result, inserted=rows.num_rows - taken, skipped=taken)

    def _delete(self, table: str, where: Predicate) -> int:
        with self._exclusive(table, engine.current_deadline()):
            held = self._held(table)
            connection = engine.connection()
            with engine.register(connection, held.rows) as source:
                left = engine.without(connection, source, where).read_all()
            _tables[table] = replace(held, rows=left)
            return held.rows.num_rows - left.num_rows

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        held = self._held(table)
        connection = engine.connection()
        with engine.register(connection, held.rows) as source:
            changed = engine.count(connection, source, where)
            rows = engine.updated(connection, source, row, where).read_all()
        _tables[table] = replace(held, rows=rows)
        return changed

    @property
    def identity(self) -> str:
        """The same for all: they show the same tables."""
        return "memory"

    def _rename(self, table: str, new: str) -> None:
        _tables[new] = _tables.pop(table)

    def _drop(self, table: str) -> None:
        with self._exclusive(table, engine.current_deadline()):
            self._held(table)
            del _tables[table]


def _copied(rows: Rows) -> pa.Table:
    """Return rows that share no memory with the frame that they come from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as to:
        for batch in batches_of(rows):
            to.write_batch(batch)
    return pa.ipc.open_stream(sink.getvalue()).read_all()
