"""What every store's save shares: preparing rows, checking keys, verifying, deadlines."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import engine, fitting, spilling
from dkdata.dialects import keys
from dkdata.dialects.fragment import Fragment
from dkdata.errors import ConflictError, DeadlineError, SchemaError, StoreError, UsageError
from dkdata.frames import envelope
from dkdata.physical import convert_rows
from dkdata.predicate import IsIn
from dkdata.query import Aggregate, Measure, Query, Verify, Write, WriteMode
from dkdata.types import Rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.predicate import Predicate
    from dkdata.store import Store

COUNT = Aggregate(measures=(Measure("rows", None, "size"),))
_EXAMPLES = 5
_FEW = 100  # rows whose keys are asked for one by one


def new_run_id() -> str:
    """Return an id for one write; ids of later writes sort after it."""
    return f"{run_id_since(time.time())}-{uuid.uuid4().hex[:12]}"


def run_id_since(moment: float) -> str:
    """Return what ids sort after that ``new_run_id`` makes from a moment of ``time.time()`` on."""
    return f"{int(moment * 1e9):016x}"


def remaining(deadline: float | None, waiting_for: str) -> float | None:
    """Return the seconds left until ``deadline``, or raise when there are none."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        message = f"the time allowed ran out while waiting for {waiting_for}. Raise timeout=."
        raise DeadlineError(message)
    return left


def until(deadline: float | None, rows: Rows) -> Rows:
    """Return the same rows; a stream that is too slow ends with ``DeadlineError``."""
    if deadline is None or isinstance(rows, pa.Table):
        return rows

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            remaining(deadline, "the rows")
            yield batch

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def require_key(existing: pa.Schema | None, write: Write) -> None:
    """Refuse an upsert or a skip where neither the caller nor the table tells the key."""
    held = () if existing is None else envelope.key_of(existing)
    if write.mode in (WriteMode.UPSERT, WriteMode.SKIP) and not (write.key or held):
        message = f"mode={str(write.mode)!r} needs key=[…]: the columns that identify a row."
        raise UsageError(message)


@contextmanager
def untouched(table: str) -> Iterator[None]:
    """Say of an interrupt that it came before anything was written."""
    try:
        with engine.interruptible():
            yield
    except KeyboardInterrupt as interrupt:
        message = f"{table!r}: interrupted; nothing was changed."
        raise KeyboardInterrupt(message) from interrupt


@contextmanager
def prepared(
    store: Store,
    table: str,
    existing: pa.Schema | None,
    rows: Rows,
    write: Write,
) -> Iterator[tuple[Rows, Write]]:
    """Give rows that fit the table, and the write with its mode, key and partitions settled."""
    key = tuple(envelope.resolved(write.key, rows.schema, "key"))
    parts = tuple(envelope.resolved(write.partition_by, rows.schema, "partition_by"))
    plan = replace(write, key=key, partition_by=parts)
    if existing is None or write.mode is WriteMode.REPLACE:
        makes = existing is None and write.mode is not WriteMode.REPLACE
        plan = replace(plan, mode=WriteMode.REPLACE, makes=makes)
        rows = _relabel(rows, envelope.with_key(rows.schema, key))
    else:
        held = _held_key(store, table, existing, key)
        plan = replace(plan, key=held)
        rows = fitting.fitted(rows, existing, table)
        rows = _relabel(rows, envelope.with_key(rows.schema, held))
    if not plan.key:
        yield rows, plan
        return
    with spilling.rereadable(rows) as table_rows:
        check_key(table_rows, plan.key)
        if plan.mode is WriteMode.APPEND and not store.checks_keys:
            check_free(store, table, table_rows, plan.key)
        yield table_rows, plan


def _held_key(
    store: Store, table: str, existing: pa.Schema, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the key of a table: its own, or the one that it gets, if its rows have such a key."""
    own = envelope.key_of(existing)
    if own and given and set(own) != set(given):
        message = (
            f"key={list(given)!r}: table {table!r} has the key {list(own)!r}. Leave key= out, or"
            " write with mode='replace'."
        )
        raise UsageError(message)
    if own or not given:
        return own
    known = [name for name in given if name in existing.names]
    if known == list(given):
        with spilling.rereadable(store.read(table, Query(columns=given))) as rows:
            check_key(rows, given, f" in table {table!r}")
    return given


def _relabel(rows: Rows, schema: pa.Schema) -> Rows:
    return rows if rows.schema.equals(schema, check_metadata=True) else convert_rows(rows, schema)


def check_key(rows: pa.Table, key: tuple[str, ...], place: str = "") -> None:
    """Refuse rows whose key is null or repeated; ``place`` says where they are."""
    if rows.num_rows == 1 and not any(rows[name].null_count for name in key):
        return  # as most records come
    connection = engine.connection()
    with engine.register(connection, rows) as source:
        nulls, repeated = null_and_repeated(connection, source, key)
    if nulls or repeated:
        problem = "holds null" if nulls else "is repeated"
        raise SchemaError.keys(key, problem + place, nulls or repeated)


def null_and_repeated(
    connection: duckdb.DuckDBPyConnection, rows: Source, key: tuple[str, ...]
) -> tuple[list[object], list[object]]:
    """Return a few keys that hold null, and where there are none, a few that several rows have."""
    nulls = engine.fetched(connection, Fragment(keys.null_keys(rows.sql, key, _EXAMPLES)))
    if nulls:
        return _plain(nulls), []
    query = Fragment(keys.repeated_keys(rows.sql, key, _EXAMPLES))
    return [], _plain(engine.fetched(connection, query))


def check_free(store: Store, table: str, rows: pa.Table, key: tuple[str, ...]) -> None:
    """Refuse appended rows whose key the table has already."""
    connection = engine.connection()
    held = store.read(table, Query(columns=key, where=_of_few(rows, key)))
    with (
        engine.register(connection, rows.select(list(key))) as new,
        engine.register(connection, held) as old,
    ):
        refuse_taken(connection, table, old, new, key)


def refuse_taken(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    held: Source,
    new: Source,
    key: tuple[str, ...],
) -> None:
    """Raise if there are rows of ``new`` whose key the rows ``held`` have.

    Raises
    ------
    ConflictError
        There are; it names some.
    """
    query = Fragment(keys.taken_keys(held.sql, new.sql, key, _EXAMPLES))
    found = engine.fetched(connection, query)
    if found:
        raise ConflictError.taken(table, key, _plain(found))


def _of_few(rows: pa.Table, key: tuple[str, ...]) -> Predicate | None:
    """Return a condition that rows of the same key meet, where it is worth it to ask for them."""
    name, types = key[0], (pa.int64(), pa.int32(), pa.large_string())
    if len(key) > 1 or rows.num_rows > _FEW or rows.schema.field(name).type not in types:
        return None
    described = envelope.descriptor_of(rows.schema)
    column = described.column(name) if described else None
    if column is not None and column.meaning:
        return None
    return IsIn(name, tuple(rows[name].to_pylist()))


@contextmanager
def merged(held: Callable[[], Rows], rows: pa.Table, write: Write) -> Iterator[tuple[Rows, int]]:
    """Give all rows of a table after an upsert or a skip, and how many keys it had already.

    Parameters
    ----------
    held
        Starts to read the rows of the table, in the schema of ``rows``; called twice.
    """
    given, names = engine.connection(), rows.schema.names
    with engine.register(given, rows) as new:
        with engine.register(given, held()) as known:
            query = Fragment(keys.count_taken(known.sql, new.sql, write.key))
            taken = int(engine.fetched(given, query)[0][0])
        if write.mode is WriteMode.UPSERT:
            with engine.register(given, held()) as known:
                sql = keys.upserted(known.sql, new.sql, write.key, names)
                yield convert_rows(engine.bound(given, sql, ()), rows.schema), taken
            return
        with engine.register(given, held()) as known:
            sql = keys.skipped(known.sql, new.sql, write.key, names)
            fresh = convert_rows(engine.bound(given, sql, ()).read_all(), rows.schema)
        yield joined(rows.schema, held(), fresh), taken


def joined(schema: pa.Schema, *parts: Rows) -> pa.RecordBatchReader:
    """Return the rows of several streams of one schema, one after the other."""

    def batches() -> Iterator[pa.RecordBatch]:
        for part in parts:
            yield from batches_of(part)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _plain(found: list[tuple[Any, ...]]) -> list[object]:
    return [row[0] if len(row) == 1 else row for row in found]


def sync(path: Path) -> None:
    """Force a file or a folder onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass
class Tally:
    """Counts rows, and sums what identifies their values, as they pass on their way out."""

    verify: Verify
    rows: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    chain: int = 0
    _seen: int = 0
    _when_written: list[Callable[[], None]] = field(default_factory=list)

    def watch(self, rows: Rows, progress: Callable[[int], None] | None = None) -> Rows:
        """Return the same rows, tallied: a table at once, a reader batch by batch.

        Progress is told of the batches as they pass, and of a table once it was written.
        """
        if isinstance(rows, pa.Table):
            for batch in rows.to_batches() if self._hashes else ():
                self._add(batch)
            self.rows = rows.num_rows
            if progress:
                self._when_written.append(partial(progress, rows.num_rows))
            return rows
        return pa.RecordBatchReader.from_batches(rows.schema, self._watched(rows, progress))

    def _watched(
        self,
        rows: pa.RecordBatchReader,
        progress: Callable[[int], None] | None,
    ) -> Iterator[pa.RecordBatch]:
        for batch in rows:
            self._add(batch)
            self.rows += batch.num_rows
            if progress:
                progress(batch.num_rows)
            yield batch

    @property
    def _hashes(self) -> bool:
        return self.verify in ("checksum", "full")

    def _add(self, batch: pa.RecordBatch) -> None:
        if self._hashes and batch.num_rows:
            sums, chain = engine.checksums(batch, in_order=self.verify == "full", first=self._seen)
            self._seen += batch.num_rows
            for name, value in sums.items():
                self.sums[name] = (self.sums.get(name, 0) + value) % 2**64
            self.chain = (self.chain + chain) % 2**64

    def check_count(self, table: str, rows: int) -> None:
        """Compare how many rows were sent with how many arrived."""
        while self._when_written:
            self._when_written.pop()()
        if self.verify != "none" and rows != self.rows:
            message = f"{table!r}: {self.rows:,} rows were sent and {rows:,} arrived; undone."
            raise StoreError(message)

    def check(self, table: str, rows: int, read: Callable[[], Rows]) -> None:
        """Compare with what was written: ``rows`` counted there, ``read`` gives all of it.

        Raises
        ------
        StoreError
            They differ; the caller has to undo the write.
        """
        self.check_count(table, rows)
        if not self._hashes:
            return
        found = Tally(self.verify)
        for batch in batches_of(read()):
            found._add(batch)
        wrong = [name for name, value in self.sums.items() if found.sums.get(name) != value]
        if wrong or found.chain != self.chain:
            message = f"{table!r}: what arrived differs from what was sent in {wrong}; undone."
            raise StoreError(message)
