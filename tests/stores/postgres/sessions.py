"""Sessions in which values are read, and what is read in them."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg2
import pyarrow as pa

from dkdata.stores.postgres.connection.parameters import Parameters
from dkdata.stores.postgres.connection.session import Session
from dkdata.stores.postgres.connection.settings import SETTINGS
from dkdata.stores.postgres.reading import adbc
from dkdata.stores.postgres.reading.columns import Column, read_expression
from dkdata.stores.postgres.reading.copying import copy_statement, received

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class

NUMBER = Column("n", "integer", pa.int32())


@contextmanager
def session(url: str) -> Iterator[Connection]:
    """Open a session with the settings that reading needs."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name, value in SETTINGS.items():
                cursor.execute(f"SET {name} = %s", (value,))
            cursor.execute("SET client_connection_check_interval = '200ms'")
        yield connection


def selected(
    connection: Connection, select: str, columns: Sequence[Column]
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT, as they arrive."""
    session = Session(connection, Parameters.of({}, {}))
    return received(session.copy_out(copy_statement(select, columns)), columns)


@contextmanager
def by_adbc(
    connection: Connection, select: str, columns: Sequence[Column]
) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a SELECT, which ADBC reads in the snapshot of a transaction."""
    connection.autocommit = False
    try:
        session = Session(connection, Parameters.of({}, {}))
        yield adbc.received(session, None, select, columns)
    finally:
        connection.rollback()
        connection.autocommit = True


def read(connection: Connection, values: Sequence[str], of: str, to: pa.DataType) -> list[Any]:
    """Return the values of SQL literals of a type; times as what Arrow counts."""
    rows = ", ".join(f"(({value})::{of})" for value in values)
    expression = read_expression('"a b"', of, to)
    select = f'SELECT {expression} AS "a b" FROM (VALUES {rows}) AS v("a b")'
    table = selected(connection, select, [Column("a b", of, to)]).read_all()
    assert table.schema == pa.schema([("a b", to)])
    return counted(table.column(0)).to_pylist()


def counted(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as counts: Python's own do not reach as far."""
    t = values.type
    if pa.types.is_date(t):
        return values.cast(pa.int32())
    return values.cast(pa.int64()) if pa.types.is_temporal(t) else values
