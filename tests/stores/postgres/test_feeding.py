"""What a driver reads while a thread makes it, and what is left when either of them stops."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from itertools import repeat

import psycopg2
import pyarrow as pa
import pytest
from psycopg2 import errors

from dkdata.errors import SchemaError
from dkdata.stores.postgres.encoding import encoded
from dkdata.stores.postgres.feeding import feeding

COPY = "copy numbers from stdin (format binary)"
BATCH = pa.record_batch({"n": pa.array(range(1_000))})


@pytest.fixture
def cursor(postgres_url):
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as made:
        made.execute("create table numbers (n bigint check (n < 5000))")
        connection.commit()
        yield made


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert [thread.name for thread in threading.enumerate() if "dkdata" in thread.name] == []


def counted(cursor):
    cursor.connection.rollback()
    cursor.execute("select count(*) from numbers")
    return cursor.fetchone()[0]


def test_what_is_read_is_what_was_made():
    with feeding(memoryview(bytes([n]) * n) for n in range(6)) as feed:
        read = [feed.read(3) for _ in range(9)]
    assert read == [
        b"\1", b"\2\2", b"\3\3\3", b"\4\4\4", b"\4", b"\5\5\5", b"\5\5", b"", b"",
    ]  # fmt: skip


def test_rows_are_copied(cursor):
    with feeding(encoded([BATCH, BATCH], BATCH.schema)) as feed:
        cursor.copy_expert(COPY, feed)
    cursor.connection.commit()
    assert counted(cursor) == 2_000


def test_few_chunks_are_made_ahead():
    made = []

    def chunks():
        for n in range(100):
            made.append(n)
            yield b"x"

    with feeding(chunks()) as feed:
        feed.read(1)
        time.sleep(0.1)
        assert len(made) <= 6


def test_chunks_are_closed_when_the_reader_stops_early():
    closed = threading.Event()

    def chunks():
        try:
            yield from repeat(b"x")
        finally:
            closed.set()

    with feeding(chunks()) as feed:
        assert feed.read(10) == b"x"
    assert closed.is_set()


def test_the_error_of_a_row_is_raised_and_nothing_is_kept(cursor):
    wrong = pa.record_batch({"t": pa.array(["fine", "\0secret"], pa.large_string())})
    right = pa.record_batch({"t": pa.array(["fine"] * 9, pa.large_string())})
    cursor.execute("create table words (t text)")
    cursor.connection.commit()
    told = r"^column 't', row 10: '\\x00secret' cannot be kept exactly"
    with (
        pytest.raises(SchemaError, match=told) as raised,
        feeding(encoded([right, wrong], right.schema)) as feed,
    ):
        cursor.copy_expert("copy words from stdin (format binary)", feed)
    assert isinstance(raised.value.__context__, errors.QueryCanceled)
    assert "secret" not in str(raised.value.__context__)
    cursor.connection.rollback()
    cursor.execute("select count(*) from words")
    assert cursor.fetchone() == (0,)


def test_the_error_of_the_server_is_raised(cursor):
    wrong = pa.record_batch({"n": pa.array([5_000])})
    rows = encoded([wrong, *[BATCH] * 1_000], BATCH.schema)
    with pytest.raises(errors.CheckViolation), feeding(rows) as feed:
        cursor.copy_expert(COPY, feed)
    assert counted(cursor) == 0


def test_an_ended_session_stops_the_rows(cursor, postgres_url):
    def batches():
        yield BATCH
        with closing(psycopg2.connect(postgres_url)) as other, other.cursor() as killer:
            killer.execute("select pg_terminate_backend(%s)", [cursor.connection.info.backend_pid])
        yield from repeat(BATCH)

    with (
        pytest.raises(psycopg2.OperationalError),
        feeding(encoded(batches(), BATCH.schema)) as feed,
    ):
        cursor.copy_expert(COPY, feed)


@pytest.mark.parametrize("pause", [0.0, 0.01])
def test_an_interrupt_stops_the_rows_and_leaves_the_connection(cursor, pause):
    """Whether it comes while the driver sends, or while it waits for rows."""

    def batches():
        for n in range(10**9):
            if n == 200:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(pause)
            yield BATCH

    with pytest.raises(KeyboardInterrupt), feeding(encoded(batches(), BATCH.schema)) as feed:
        cursor.copy_expert(COPY, feed)
    assert counted(cursor) == 0
