"""The embedded DuckDB: where rows are registered, filtered, joined and hashed."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from dkdata import ongoing, spilling
from dkdata.attending import attended
from dkdata.dialects import select
from dkdata.dialects.fragment import Fragment, quote
from dkdata.dialects.select import Selection, Source
from dkdata.errors import DeadlineError, DkError, QueryError, StoreError
from dkdata.instance import GROUP_ROWS, unlimited
from dkdata.instance import connection as connection  # noqa: PLC0414 - a part of the engine
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.secrets import scrubbed
from dkdata.types import Rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.predicate import Predicate
    from dkdata.query import Query

_INTERRUPT = re.compile(r"^(.* failed: )?KeyboardInterrupt\b", re.MULTILINE)
_ENDING_SECONDS = 10.0
_ASKING_SECONDS = 0.02
_carried: deque[DkError] = deque(maxlen=16)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def register(given: duckdb.DuckDBPyConnection, rows: Rows) -> Iterator[Source]:
    """Make rows readable on a connection; those of a stream once only."""
    kept = convert_rows(rows, physical_schema(rows.schema, Carrier.DUCKDB))
    name = f"dk_{uuid.uuid4().hex}"
    given.register(name, kept)
    try:
        yield Source(quote(name), kept.schema.remove_metadata(), rows.schema)
    finally:
        forget(given, name)


def forget(given: duckdb.DuckDBPyConnection, name: str) -> None:
    """Take a name back; after an error it may stay until the connection goes."""
    with suppress(duckdb.Error):
        given.unregister(name)


@contextmanager
def time_limit(deadline: float | None) -> Iterator[None]:
    """Let what is done inside end at ``deadline``, a moment of ``time.monotonic()``."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def current_deadline() -> float | None:
    """Return the moment at which the call has to end, or ``None``."""
    return _deadline.get()


@contextmanager
def running(given: duckdb.DuckDBPyConnection, deadline: float | None) -> Iterator[None]:
    """Interrupt what runs on a connection at ``deadline``, and say so.

    So does a cancellation of the work that the caller is a part of.
    """
    if deadline is None:
        with ongoing.stopped_by(given.interrupt):
            yield
        return
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), given.interrupt)
    timer.daemon = True
    timer.start()
    try:
        with ongoing.stopped_by(given.interrupt):
            yield
    except (duckdb.Error, DkError, pa.ArrowException) as error:
        if time.monotonic() < deadline:
            raise
        message = "the time allowed ran out; nothing was changed. Raise timeout=."
        raise DeadlineError(message) from error
    finally:
        timer.cancel()


def read(given: duckdb.DuckDBPyConnection, source: Source, query: Query) -> pa.RecordBatchReader:
    """Return the rows that ``query`` asks for, with canonical types; they stream.

    Raises
    ------
    ColumnNotFoundError, QueryError
        The query does not fit the columns.
    """
    return _stream(given, select.selection(source, query))


def without(
    given: duckdb.DuckDBPyConnection,
    source: Source,
    where: Predicate,
) -> pa.RecordBatchReader:
    """Return the rows for which ``where`` is not true."""
    return _stream(given, select.without(source, where))


@contextmanager
def new_values(given: duckdb.DuckDBPyConnection, row: pa.Table, source: Source) -> Iterator[Source]:
    """Make one row readable, in the types in which a source keeps columns of those names."""
    types = dict(zip(source.schema.names, source.physical.types, strict=True))
    kept = pa.schema([(name, types[name]) for name in row.schema.names])
    with register(given, convert_rows(row, kept)) as new:
        yield new


def updated(
    given: duckdb.DuckDBPyConnection,
    source: Source,
    row: pa.Table,
    where: Predicate,
) -> pa.RecordBatchReader:
    """Return all rows; those for which ``where`` is true have the values of ``row``."""
    with ExitStack() as stack:
        new = stack.enter_context(new_values(given, row, source))
        rows = _stream(given, select.updated(source, where, new))
        return spilling.holding(rows, stack.pop_all())


def _stream(given: duckdb.DuckDBPyConnection, selection: Selection) -> pa.RecordBatchReader:
    found = bound(given, selection.sql.sql, selection.sql.parameters)
    return batches_of(convert_rows(found, selection.schema))


def bound(
    given: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any],
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT with the values of its parameters, as DuckDB types them."""
    return _watched(given, _begun(relation(given, sql, parameters), given))


def relation(
    given: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any],
    *,
    shows_sql: bool = False,
) -> duckdb.DuckDBPyRelation:
    """Return a SELECT with the values of its parameters, not run yet.

    An error shows the place in it only where it is the caller's own.
    """
    values = dict(parameters) if hasattr(parameters, "keys") else list(parameters)
    with running(given, current_deadline()), explained(shows_sql=shows_sql):
        return given.sql(sql, params=values)


def _begun(
    found: duckdb.DuckDBPyRelation, given: duckdb.DuckDBPyConnection
) -> pa.RecordBatchReader:
    with running(given, current_deadline()), explained(), unlimited():
        return found.to_arrow_reader(GROUP_ROWS)


@contextmanager
def streaming(
    given: duckdb.DuckDBPyConnection, found: duckdb.DuckDBPyRelation
) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a relation, as DuckDB types them; it runs while they are read.

    At the end it runs no more, and holds no file: also where an error is kept with its traceback.
    """
    rows = _begun(found, given)
    try:
        yield _watched(given, rows)
    finally:
        rows.close()


def spooled(given: duckdb.DuckDBPyConnection, source: Source, query: Query) -> pa.RecordBatchReader:
    """Return the rows that ``query`` asks for, all read: they need the source no more."""
    chosen = select.selection(source, query)
    found = relation(given, chosen.sql.sql, chosen.sql.parameters)
    with streaming(given, found) as rows:
        return spilling.spool(batches_of(convert_rows(rows, chosen.schema)))


@contextmanager
def explained(*, shows_sql: bool = False) -> Iterator[None]:
    """Turn DuckDB's errors into errors of a query or of a store."""
    try:
        with interruptible():
            yield
    except duckdb.Error as error:
        raise translated(error, shows_sql=shows_sql) from error


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be what it is: DuckDB, and Arrow's streams, make another error of it."""
    try:
        yield
    except (RuntimeError, OSError, duckdb.Error, pa.ArrowException) as error:
        if _is_interrupt(error):
            raise KeyboardInterrupt from error
        raise


def _is_interrupt(error: BaseException) -> bool:
    """Whether DuckDB stopped because of a signal, or Python did so in a stream that it read."""
    text = str(error)
    in_python = "registered as 'dk_" in text and _INTERRUPT.search(text) is not None
    return in_python or text.endswith("Query interrupted")


def run(given: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Run a long statement that reads no stream of the caller; it ends soon after Ctrl-C.

    DuckDB itself sees Ctrl-C late, but ends at once when another thread asks it to.
    """
    ended = threading.Event()

    def work() -> None:
        try:
            given.execute(sql)
        finally:
            ended.set()

    def stop() -> None:
        """Ask until it has ended: before, nothing else can be done on the connection."""
        until = time.monotonic() + _ENDING_SECONDS
        while not ended.is_set() and time.monotonic() < until:
            given.interrupt()
            ended.wait(_ASKING_SECONDS)

    attended(work, stop, "the query")


def carried(error: DkError) -> DkError:
    """Return an error of what DuckDB reads, and know it again when its text comes from DuckDB."""
    _carried.append(error)
    return error


def _known(text: str) -> DkError | None:
    """Return the error of ours that DuckDB has made a text of, if it has."""
    return next((error for error in reversed(_carried) if str(error) in text), None)


def translated(error: duckdb.Error, *, shows_sql: bool = False) -> DkError:
    """Return the error that a failed query means, without the SQL that the caller did not write."""
    if known := _known(str(error)):
        return known
    kind, _, reason = str(error).partition(": ")
    reason = (reason or kind).strip()
    reason = scrubbed(reason) if shows_sql else _without_sql(reason)
    match error:
        case duckdb.InterruptException():
            return DeadlineError("the query was interrupted. Raise timeout= if it needs longer.")
        case duckdb.IOException() | duckdb.OutOfMemoryException() | duckdb.FatalException():
            return StoreError(f"the data cannot be read: {reason}")
        case duckdb.InternalException():
            return StoreError(f"DuckDB failed: {reason}")
    return QueryError(f"the query cannot be answered: {reason}")


def _without_sql(reason: str) -> str:
    return reason.partition("\n\nLINE ")[0].strip()


def _watched(
    given: duckdb.DuckDBPyConnection,
    rows: pa.RecordBatchReader,
) -> pa.RecordBatchReader:
    """Return the same rows, of which every batch obeys the time limit of now."""
    deadline = current_deadline()

    def batches() -> Iterator[pa.RecordBatch]:
        with running(given, deadline):
            try:
                with interruptible():
                    yield from rows
            except (OSError, pa.ArrowException) as error:
                if known := _known(str(error)):
                    raise known from error
                reason = _without_sql(str(error).removeprefix("Invalid Input Error: "))
                message = f"the query cannot be answered: {reason}"
                raise QueryError(message) from error

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def count(given: duckdb.DuckDBPyConnection, source: Source, where: Predicate | None) -> int:
    """Return the number of rows for which ``where`` is true."""
    return int(fetched(given, select.counting(source, where))[0][0])


def fetched(given: duckdb.DuckDBPyConnection, sql: Fragment) -> list[tuple[Any, ...]]:
    """Return the few rows of a result as tuples."""
    table = bound(given, sql.sql, sql.parameters).read_all()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def first_row(
    given: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] = (),
) -> tuple[Any, ...] | None:
    """Run a statement and return its first row; an unfinished result would block the connection."""
    rows = given.execute(sql, list(parameters)).fetchall()
    return rows[0] if rows else None


def guarded(rows: Rows, raised: list[BaseException]) -> Rows:
    """Return rows that note what is raised in them; DuckDB hands on no more than the text."""
    if isinstance(rows, pa.Table):
        return rows

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows
        except BaseException as error:
            raised.append(error)
            raise

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def read_rows(rows: Rows, query: Query) -> pa.RecordBatchReader:
    """Return what ``query`` asks for of rows that are at hand."""
    given = connection()
    with ExitStack() as stack:
        source = stack.enter_context(register(given, rows))
        return spilling.holding(read(given, source, query), stack.pop_all())


def explain(given: duckdb.DuckDBPyConnection, source: Source, query: Query) -> str:
    """Return the SELECT that answers a query, and DuckDB's plan of it."""
    sql = select.selection(source, query).sql
    explaining = Fragment(f"EXPLAIN {sql.sql}", sql.parameters)
    plan = fetched(given, explaining)[0][1]
    values = f"\nwith {list(sql.parameters)!r}" if sql.parameters else ""
    return f"DuckDB: {sql.sql}{values}\n{plan}"


def checksums(batch: pa.RecordBatch, *, in_order: bool, first: int) -> tuple[dict[str, int], int]:
    """Return a sum of hashes of each column, and one of whole rows at their places.

    Sums of two batches can be added (modulo 2**64). Rows at their places are summed only
    ``in_order``; ``first`` is the number of rows before the batch.
    """
    given = connection()
    names = [f"c{i}" for i in range(batch.num_columns)]
    rows = pa.Table.from_batches([batch.rename_columns(names)]).replace_schema_metadata()
    row = f"hash({first} + row_number() OVER (), {', '.join(names)})" if in_order else "0"
    with register(given, rows) as source:
        sums = ", ".join(f"sum(hash({name})) % 18446744073709551616" for name in ["r", *names])
        sql = f"SELECT {sums} FROM (SELECT *, {row} AS r FROM {source.sql})"
        chain, *found = (int(value) for value in fetched(given, Fragment(sql))[0])
    return dict(zip(batch.schema.names, found, strict=True)), chain if in_order else 0


def name_views(given: duckdb.DuckDBPyConnection, selects: Mapping[str, str]) -> None:
    """Give SELECTs the names by which a statement knows them, as long as a connection is open."""
    for name, sql in selects.items():
        with explained():
            given.execute(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS {sql}")
