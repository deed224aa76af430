from __future__ import annotations

import gc
import threading
import time

import pyarrow as pa
import pytest

from dkdata.errors import DkWarning, SchemaError, StoreError
from dkdata.stores.postgres import adbc, receiving
from dkdata.stores.postgres.columns import Column
from tests.services.databases import run
from tests.stores.postgres.sessions import counted, session
from tests.stores.postgres.test_decoding import CASES
from tests.stores.postgres.test_receiving import ENDLESS, NUMBER, TEXT, interrupted

MOMENT = Column("a", "timestamp without time zone", pa.timestamp("us"))
DAY = Column("a", "date", pa.date32())


@pytest.fixture
def connection(postgres_url):
    before = threading.active_count()
    with session(postgres_url) as opened:
        yield opened
    assert threading.active_count() == before


def test_values_are_the_same_as_by_copy(connection):
    known = [case for case in CASES if adbc.is_faster([Column("a", *case[:2])])]
    assert len(known) > 10
    for of, to, values in known:
        rows = ", ".join(f"(({value})::{of})" for value in values)
        found = adbc.received(
            connection, f"SELECT * FROM (VALUES {rows}) v(a)", [Column("a", of, to)]
        )
        assert repr(counted(found.read_all().column(0)).to_pylist()) == repr(list(values.values()))


@pytest.mark.parametrize("column", [DAY, MOMENT])
def test_infinity_is_the_same_as_by_copy(connection, column):
    of = column.postgres_type
    select = (
        f"SELECT * FROM (VALUES ('infinity'::{of}), ('-infinity'), ('1970-01-01'), (NULL)) v(a)"
    )
    with pytest.warns(DkWarning, match="column 'a' holds infinity 2 times"):
        found = adbc.received(connection, select, [column]).read_all()
    with pytest.warns(DkWarning, match="column 'a' holds infinity 2 times"):
        assert found == receiving.received(connection, select, [column]).read_all()


def test_a_time_that_arrow_lacks_is_refused(connection):
    select = "SELECT * FROM (VALUES ('infinity'::timestamp), ('294276-12-31')) v(a)"
    with pytest.raises(SchemaError, match="column 'a', row 1: a time after the year 294246"):
        adbc.received(connection, select, [MOMENT]).read_all()


def test_other_types_are_read_by_copy():
    assert not adbc.is_faster([NUMBER, Column("a", "numeric(3,1)", pa.decimal128(3, 1))])
    assert not adbc.is_faster([Column("a", "bigint", pa.timestamp("ns"))])


def test_rows_are_those_of_the_transaction(connection, postgres_url):
    run(postgres_url, "CREATE TABLE t AS SELECT 1 AS n")
    connection.autocommit = False
    connection.set_session(isolation_level="REPEATABLE READ")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM t")
    run(postgres_url, "INSERT INTO t VALUES (2)")
    assert adbc.received(connection, "SELECT n FROM public.t", [NUMBER]).read_all().num_rows == 1


def test_an_error_of_the_server_is_told_without_the_query(connection):
    late = "SELECT 1 / (n - 50000) AS n FROM generate_series(1, 100000) AS s(n)"
    for select, reason in ((late, "division by zero"), ("SELECT x", 'column "x" does not exist')):
        with pytest.raises(StoreError) as raised:
            adbc.received(connection, select, [NUMBER]).read_all()
        assert str(raised.value) == f"PostgreSQL did not send the rows: {reason}."


def test_a_reader_that_is_released_cancels_its_query(connection):
    start = time.monotonic()
    reader = adbc.received(connection, ENDLESS, [NUMBER, TEXT])
    assert reader.read_next_batch().num_rows > 0
    del reader
    gc.collect()
    assert time.monotonic() - start < 3


def test_an_interrupt_ends_the_query(connection):
    with interrupted(0.5):
        adbc.received(connection, "SELECT 1 AS n FROM pg_sleep(60)", [NUMBER]).read_all()
