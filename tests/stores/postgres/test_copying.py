from __future__ import annotations

import gc
import os
import signal
import threading
import time
from contextlib import contextmanager

import psycopg2
import pyarrow as pa
import pytest

from dkdata.errors import DkWarning, QueryError, SchemaError
from dkdata.retrying import TransientError
from dkdata.stores.postgres.connection import streams
from dkdata.stores.postgres.reading.columns import Column
from tests.interrupting import interrupted
from tests.services.databases import run
from tests.services.waiting import wait_until
from tests.stores.postgres.faulty import leftovers, threads_left
from tests.stores.postgres.sessions import NUMBER, counted, selected, session

TEXT = Column("t", "text", pa.large_string())
MANY = "SELECT n::integer AS n, repeat('x', 100) AS t FROM generate_series(1, 1000000) AS s(n)"

ENDLESS = f"{MANY}, generate_series(1, 1000)"


@pytest.fixture
def connection(postgres_url):
    known = set(threading.enumerate())
    with session(postgres_url) as opened:
        yield opened
    assert threads_left(known) == []
    assert leftovers(postgres_url) == []


@pytest.fixture
def wait_for_end(connection, postgres_url):
    """Wait until the connection is of no use any more, and its server process is gone."""
    pid = connection.info.backend_pid  # which one that is closed does not know
    query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"

    def wait():
        wait_until(lambda: connection.closed, "the connection is open")
        wait_until(lambda: not run(postgres_url, query, (pid,)), "the query runs")

    return wait


def _can_be_used(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def test_rows_come_in_their_order_and_in_batches(connection):
    batches = list(selected(connection, MANY, [NUMBER, TEXT]))
    table = pa.Table.from_batches(batches)
    assert table.column("n").to_pylist() == list(range(1, 1_000_001))
    assert table.column("t").unique().to_pylist() == ["x" * 100]
    assert len(batches) > 10
    assert max(batch.nbytes for batch in batches) <= 16 << 20
    assert _can_be_used(connection)


def test_many_nulls_come_in_batches_of_bounded_size(connection):
    columns = [Column(name, "bigint", pa.int64()) for name in "abcdefghij"]
    nulls = ", ".join(f'NULL::bigint AS "{column.name}"' for column in columns)
    batches = list(
        selected(connection, f"SELECT {nulls} FROM generate_series(1, 1000000)", columns)
    )
    assert sum(batch.num_rows for batch in batches) == 1_000_000
    assert max(batch.get_total_buffer_size() for batch in batches) <= 64 << 20
    assert max(batch.nbytes for batch in batches) <= 16 << 20


def test_no_row_is_no_batch(connection):
    table = selected(connection, "SELECT 1 AS n WHERE false", [NUMBER]).read_all()
    assert table == pa.table({"n": pa.array([], pa.int32())})


def test_one_column_keeps_its_nulls(connection):
    select = "SELECT nullif(n, 2)::integer AS n FROM generate_series(1, 3) AS s(n)"
    assert selected(connection, select, [NUMBER]).read_all().column(0).to_pylist() == [1, None, 3]


def test_names_of_columns_may_hold_anything(connection):
    name = 'say "größe"; --'
    select = 'SELECT \'a\' AS "say ""größe""; --"'
    table = selected(connection, select, [Column(name, "text", pa.large_string())]).read_all()
    assert table.to_pylist() == [{name: "a"}]


def test_line_ends_and_quotes_never_split_a_row(connection, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK_BYTES", 64)
    values = [f'"\n{"x" * n}\r\n,""\n\\.\n' for n in range(200)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE t AS SELECT * FROM unnest(%s) WITH ORDINALITY AS u(t, n)", (values,)
        )
    table = selected(connection, "SELECT t, n FROM t ORDER BY n", [TEXT, NUMBER]).read_all()
    assert table.column("t").to_pylist() == values


def test_a_large_value_is_a_batch_of_its_own(connection):
    select = "SELECT repeat('\"é', n * 3000000) AS t FROM generate_series(0, 2) AS s(n)"
    table = selected(connection, select, [TEXT]).read_all()
    assert table.column("t").to_pylist() == ['"é' * (n * 3_000_000) for n in range(3)]


def test_distant_times_are_read_among_others(connection, monkeypatch):
    monkeypatch.setattr(streams, "_BLOCK_BYTES", 10_000)
    moment = "timestamp '2000-01-01' - n * interval '10 days'"
    select = (
        f"SELECT CASE n % 1000 WHEN 0 THEN 'infinity' ELSE {moment} END AS m"
        " FROM generate_series(1, 80000) AS s(n)"
    )
    column = Column("m", "timestamp without time zone", pa.timestamp("us"))
    with pytest.warns(DkWarning, match="column 'm' holds infinity 80 times, ") as warned:
        table = selected(connection, select, [column]).read_all()
    start, step = 946_684_800_000_000, 864_000_000_000
    expected = [start - n * step if n % 1000 else 2**63 - 1 for n in range(1, 80_001)]
    assert counted(table.column("m")).to_pylist() == expected
    assert len(warned) == 1


def test_an_error_of_the_server_names_its_reason(connection):
    select = "SELECT 1 / (n - 500000) AS n FROM generate_series(1, 1000000) AS s(n)"
    reader = selected(connection, select, [NUMBER])
    with pytest.raises(QueryError, match=r"division by zero\.") as raised:
        reader.read_all()
    assert isinstance(raised.value.__cause__, psycopg2.Error)
    assert _can_be_used(connection)


def test_a_value_that_does_not_fit_is_named_by_its_row_in_the_whole(connection):
    value = "CASE n WHEN 900000 THEN 'NaN' ELSE n::numeric(8,0) END"
    select = f"SELECT {value} AS d FROM generate_series(0, 999999) AS s(n)"
    column = Column("d", "numeric(8,0)", pa.decimal128(8, 0))
    with pytest.raises(SchemaError, match="column 'd', row 900000: 'NaN' cannot be kept exactly"):
        selected(connection, select, [column]).read_all()


def test_a_reader_that_is_released_cancels_its_query(connection, wait_for_end):
    reader = selected(connection, ENDLESS, [NUMBER, TEXT])
    assert reader.read_next_batch().num_rows > 0
    del reader
    gc.collect()
    wait_for_end()


def test_a_reader_that_is_released_when_the_server_waits_to_send_ends_it(
    connection, postgres_url, wait_for_end
):
    reader = selected(connection, ENDLESS, [NUMBER, TEXT])
    assert reader.read_next_batch().num_rows > 0
    waits = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'ClientWrite'"
    pid = connection.info.backend_pid
    wait_until(lambda: run(postgres_url, waits, (pid,)), "the server does not wait")
    time.sleep(0.5)  # by now it asks only now and then whether it may go on
    del reader
    gc.collect()
    wait_for_end()


def test_a_reader_that_is_never_read_asks_nothing(connection):
    reader = selected(connection, "SELECT x", [NUMBER])
    assert _can_be_used(connection)
    del reader


def test_an_interrupt_between_rows_ends_the_query(connection, wait_for_end):
    with interrupted(0.5):
        for _ in selected(connection, ENDLESS, [NUMBER, TEXT]):
            pass
    wait_for_end()


def test_an_interrupt_while_the_server_works_ends_the_query(connection, wait_for_end):
    with interrupted(0.3):
        selected(connection, "SELECT 1 AS n FROM pg_sleep(60)", [NUMBER]).read_all()
    wait_for_end()


def test_a_session_that_is_ended_by_the_server_is_told(connection, postgres_url):
    reader = selected(connection, ENDLESS, [NUMBER, TEXT])
    reader.read_next_batch()
    run(postgres_url, "SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
    with pytest.raises(TransientError, match="the connection was lost"):
        reader.read_all()


def test_a_server_that_does_not_answer_is_left(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    with _stopped(process), interrupted(0.3):
        selected(connection, "SELECT 1 AS n", [NUMBER]).read_all()


@contextmanager
def _stopped(process):
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)
