"""The rows of a PostgreSQL query by ADBC: faster than COPY as text, for the usual types.

Its driver reads the binary form. It has a connection of its own, which sees what the other one
saw when the query began, but not what that has written and not committed. Where that connection
cannot be had or fails, so does the read: what is wrong, COPY says better, which knows the server's
codes where this driver has only texts, in the server's language.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import DeadlineError, DkError, SchemaError
from dkdata.stores.postgres.connection.settings import setting
from dkdata.stores.postgres.connection.streams import arriving
from dkdata.stores.postgres.reading.copying import warn_of_infinity
from dkdata.stores.postgres.reading.far_times import ENDS
from dkdata.stores.postgres.tables.types import EPOCH_DAYS, EPOCH_MICROSECONDS, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.reading.columns import Column

_BATCH = 8 << 20
_FAILED = "ADBC did not give the rows"
# A pooler may let the second connection wait for the first one, which waits for it.
_OPENING_SECONDS = 5
# By a name of several servers or through a pooler, the second connection may be to another one,
# where the name of a snapshot means another or none.
_SERVER = "extract(epoch FROM pg_postmaster_start_time())::text"
# What the driver returns exactly; numbers and intervals, for example, it does not.
_EXACT = {
    name: t for t, name in TYPES.items() if not (is_type.is_time(t) or is_type.is_duration(t))
}
# Infinity is one of the ends of the integers. Counted from 1970 as the driver does, what is too
# late goes round to before the first time that there is.
_LATE = {
    True: EPOCH_DAYS + 2**31 - 1 - 2**32,
    False: EPOCH_MICROSECONDS + 2**63 - 1 - 2**64,
}


class FailedError(DkError):
    """ADBC did not give the rows, of which some may have been read."""


def is_faster(columns: Sequence[Column]) -> bool:
    """Return whether ADBC is installed and returns all of the columns exactly.

    Examples
    --------
    >>> from dkdata.stores.postgres.reading.columns import Column
    >>> is_faster([Column("price", "numeric(8,2)", pa.decimal128(8, 2))])
    False
    """
    exact = all(_EXACT.get(column.postgres_type) == column.type for column in columns)
    return exact and find_spec("adbc_driver_postgresql") is not None


def received(
    session: Session, prelude: str | None, select: str, columns: Sequence[Column]
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT like ``copying.received``, where ``is_faster``.

    Parameters
    ----------
    session
        In a transaction whose snapshot the rows are of; it has to stay open until they are read.
    prelude
        A statement that is run before.
    select
        The names of its tables hold their schemas.

    Raises
    ------
    FailedError
        While reading: the connection cannot be had, or the server or the line failed.
    SchemaError
        While reading: a time is later than frames can have.
    """
    schema = pa.schema([(column.name, column.type) for column in columns])
    return pa.RecordBatchReader.from_batches(
        schema, _batches(session, _query(session, prelude, select), columns, schema)
    )


def _query(session: Session, prelude: str | None, select: str) -> _Query:
    snapshot, server = session.one(f"SELECT pg_export_snapshot(), {_SERVER}")
    transaction = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SET TRANSACTION SNAPSHOT '{snapshot}'",
    )
    asked = [setting(session.parameters), *([prelude] if prelude else [])]
    return _Query(_address(session.connection), transaction, asked, server, select)


def _address(connection: Connection) -> str:
    from psycopg2.extensions import make_dsn  # noqa: PLC0415 - a driver, on use

    given = connection.get_dsn_parameters() | {"connect_timeout": str(_OPENING_SECONDS)}
    return make_dsn(**given, password=connection.info.password or None)


def _batches(
    session: Session, query: _Query, columns: Sequence[Column], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    infinite: Counter[str] = Counter()
    rows = 0
    with closing(_arriving(session, query)) as batches:
        for batch in batches:
            arrays = [
                _canonical(array, column, rows, infinite)
                for array, column in zip(batch.columns, columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
            rows += batch.num_rows
    warn_of_infinity(infinite)


def _arriving(session: Session, query: _Query) -> Generator[pa.RecordBatch]:
    deadline = session.deadline
    soon = time.monotonic() + _OPENING_SECONDS
    first = soon if deadline is None else min(soon, deadline)
    with closing(arriving(query.run, query.cancel, session.doing, deadline, first)) as batches:
        try:
            next(batches, None)  # it has begun
        except DeadlineError as error:
            if first == deadline:
                raise
            raise FailedError(_FAILED) from error
        yield from filter(None, batches)


def _canonical(array: pa.Array, column: Column, first_row: int, infinite: Counter[str]) -> pa.Array:
    is_date = is_type.is_date(column.type)
    if not (is_date or is_type.is_timestamp(column.type)):
        return array.cast(column.type)
    first, last = ENDS[is_date]
    counts = array.view(pa.int32() if is_date else pa.int64())
    early = pc.less(counts, first)
    if not early.true_count:
        return array.cast(column.type)
    late = _LATE[is_date]
    before, after = pc.equal(counts, late + 1), pc.equal(counts, late)
    if early.true_count > before.true_count + after.true_count:
        lost = pc.and_(early, pc.invert(pc.or_(before, after)))
        row = first_row + pc.index(lost, value=True).as_py()
        message = f"column {column.name!r}, row {row}: a time after the year 294246 does not fit."
        raise SchemaError(message)
    infinite[column.name] += early.true_count
    finite = pc.if_else(before, pa.scalar(first, counts.type), counts)
    return pc.if_else(after, pa.scalar(last, counts.type), finite).view(column.type)


@dataclass
class _Query:
    """A query in a connection of its own."""

    address: str = field(repr=False)
    transaction: Sequence[str]
    asked: Sequence[str]
    server: str
    select: str
    cursor: Any = field(default=None, init=False)
    is_cancelled: bool = field(default=False, init=False)
    _in_use: threading.Lock = field(default_factory=threading.Lock, init=False)

    def run(self, put: Callable[[pa.RecordBatch | None], object]) -> None:
        """Put nothing once, when the query is about to begin, and all rows then, in batches."""
        from adbc_driver_manager import Error  # noqa: PLC0415 - a driver, on use
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - the same

        try:
            with closing(dbapi.connect(self.address)) as session:
                self.cursor = session.cursor()
                try:
                    self._begin()
                    put(None)
                    self._rows(put)
                finally:
                    self._close()
        except (Error, OSError, pa.ArrowException) as error:
            raise FailedError(_FAILED) from error

    def _begin(self) -> None:
        for statement in self.transaction:
            self.cursor.execute(statement)
        for statement in self.asked:
            self._answer(statement)
        if self._answer(f"SELECT {_SERVER}") != (self.server,):
            message = f"{_FAILED}: the second connection is to another server"
            raise FailedError(message)

    def _answer(self, statement: str) -> tuple[Any, ...]:
        self.cursor.execute(statement)
        (row,) = self.cursor.fetchall()
        return tuple(row)

    def _rows(self, put: Callable[[pa.RecordBatch], object]) -> None:
        hint = {"adbc.postgresql.batch_size_hint_bytes": str(_BATCH)}
        self.cursor.adbc_statement.set_options(**hint)
        if self.is_cancelled:
            return
        self.cursor.execute(self.select)
        for batch in self.cursor.fetch_record_batch():
            if self.is_cancelled:
                return
            put(batch)

    def cancel(self) -> None:
        """Ask the server to end it.

        Where the line hangs, the thread that reads it stays until that ends: the driver does not
        show its socket, which would have to be closed.
        """
        self.is_cancelled = True
        threading.Thread(target=self._cancel, daemon=True).start()  # it may not answer

    def _cancel(self) -> None:
        with suppress(Exception), self._in_use:  # it has ended by itself, or not begun
            self.cursor.adbc_cancel()

    def _close(self) -> None:
        with self._in_use:  # by a thread that cancels: the driver would crash
            self.cursor.close()
            self.cursor = None
