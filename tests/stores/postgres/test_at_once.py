"""Calls that meet: in one thread, in several, in a forked process, and with those of others."""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing

import pandas as pd
import psycopg2
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import commit
from dkdata.errors import ConflictError, DeadlineError, DkError
from tests.services.postgres import locked, role, wait_for_lock
from tests.stores.postgres.faulty import configure

COUNT = 100_000
MANY = pd.DataFrame({"id": range(COUNT), "text": "x" * 40})
ONE = pd.DataFrame({"k": [1], "v": ["mine"]})


def _stream(batches):
    return pa.RecordBatchReader.from_batches(pa.Schema.from_pandas(MANY), batches)


def _read_meanwhile(target):
    """Yield the rows of a table in batches, and look at it between them."""
    for batch in dk.table(target).filter(dk.col("id") < COUNT).batches():
        yield batch
        assert dk.count(target) == COUNT
        assert dk.exists(target)


@pytest.mark.parametrize("to", ["many", "copied"])
@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_stream_may_read_the_store_that_it_is_saved_into(sql, to, mode):
    dk.save(MANY, "warehouse.many")
    result = dk.save(_stream(_read_meanwhile("warehouse.many")), f"warehouse.{to}", mode=mode)
    assert (result.rows, result.retries) == (COUNT, 0)
    has_both = (to, mode) == ("many", "append")
    assert sql(f"SELECT count(*) FROM {to}") == [(COUNT * (1 + has_both),)]


def test_a_stream_may_write_to_the_store_that_it_is_saved_into(sql):
    def noted():
        for batch in pa.Table.from_pandas(MANY).to_batches(10_000):
            dk.save(pd.DataFrame({"rows": [batch.num_rows]}), "warehouse.log", mode="append")
            yield batch

    dk.save(MANY.head(0), "warehouse.many")
    dk.save(_stream(noted()), "warehouse.many", mode="append")
    assert sql("SELECT sum(rows), (SELECT count(*) FROM many) FROM log") == [(COUNT, COUNT)]


def test_a_process_that_is_forked_while_rows_are_made_has_connections_of_its_own(sql):
    def forking():
        for batch in pa.Table.from_pandas(MANY).to_batches(50_000):
            child = os.fork()
            if not child:
                os._exit(0 if dk.count("warehouse.kept") == 1 else 1)
            assert os.waitpid(child, 0)[1] == 0
            yield batch

    dk.save(ONE, "warehouse.kept")
    assert dk.save(_stream(forking()), "warehouse.many").retries == 0
    assert sql("SELECT count(*) FROM many") == [(COUNT,)]


@pytest.mark.parametrize("key", [None, "k"])
def test_replaces_that_meet_all_succeed(sql, key):
    dk.save(ONE, "warehouse.t", key=key)
    raised = []

    def replace():
        try:
            for _ in range(25):
                dk.save(ONE, "warehouse.t", mode="replace", key=key)
        except BaseException as error:  # noqa: BLE001 - shown by the thread of the test
            raised.append(error)

    threads = [threading.Thread(target=replace) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    assert sql("SELECT * FROM t") == [(1, "mine")]


def _replacing_meanwhile(key):
    """Yield rows, before whose end somebody else replaces the table."""
    yield from pa.Table.from_pandas(ONE).to_batches()
    other = ONE.assign(v="other's", more=1.5)
    assert dk.save(other, "warehouse.t", mode="replace", key=key).retries == 0


@pytest.mark.parametrize("key", [None, "k"])
def test_rows_are_sent_once_where_others_replace_the_table_meanwhile(sql, key):
    dk.save(ONE, "warehouse.t", key=key)
    sql("CREATE INDEX by_v ON t (v)")
    rows = pa.RecordBatchReader.from_batches(pa.Schema.from_pandas(ONE), _replacing_meanwhile(key))
    assert dk.save(rows, "warehouse.t", mode="replace", key=key).retries == 0
    assert sql("SELECT * FROM t") == [(1, "mine")]
    assert sql("SELECT count(*) FROM pg_indexes WHERE indexname = 'by_v'") == [(1,)]


def test_a_replace_does_not_undo_what_others_have_tied_to_the_table_meanwhile(sql):
    def indexing():
        yield from pa.Table.from_pandas(ONE).to_batches()
        dk.save(ONE.assign(v="other's"), "warehouse.t", mode="replace")
        sql("CREATE INDEX by_v ON t (v)")

    dk.save(ONE, "warehouse.t")
    rows = pa.RecordBatchReader.from_batches(pa.Schema.from_pandas(ONE), indexing())
    with pytest.raises(ConflictError, match="somebody else changed table 't'"):
        dk.save(rows, "warehouse.t", mode="replace")
    assert sql("SELECT * FROM t") == [(1, "other's")]


def test_what_meets_drops_and_renames_is_done_or_finds_no_table(sql):
    raised = []

    def loop(work):
        for _ in range(25):
            try:
                work()
            except DkError as error:
                raised.append(error)

    calls = [
        lambda: dk.save(ONE, "warehouse.t", mode="replace"),
        lambda: dk.save(ONE, "warehouse.t", mode="append"),
        lambda: dk.update("warehouse.t", {"v": "z"}, "k = 1"),
        lambda: dk.delete("warehouse.t", "k = 1"),
        lambda: dk.drop("warehouse.t"),
    ]
    threads = [threading.Thread(target=loop, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = "no table named 't'"
    assert [error for error in raised if told not in str(error)] == []
    dk.save(ONE, "warehouse.t", mode="replace")
    assert sql("SELECT * FROM t") == [(1, "mine")]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
@pytest.mark.parametrize("mode", ["upsert", "replace"])
def test_a_level_of_isolation_of_the_role_hides_no_row(sql, postgres_url, level, mode):
    sql("CREATE TABLE t (k bigint, v text); CREATE VIEW w AS TABLE t")
    with (
        role(postgres_url, "all on t", default_transaction_isolation=level) as url,
        closing(psycopg2.connect(postgres_url)) as other,
        other.cursor() as cursor,
    ):
        configure(url)
        cursor.execute("INSERT INTO t VALUES (1, 'other')")
        key = "k" if mode == "upsert" else None
        arguments = {"mode": mode, "key": key}
        saving = threading.Thread(target=dk.save, args=(ONE, "warehouse.t"), kwargs=arguments)
        saving.start()
        wait_for_lock(postgres_url)
        other.commit()
        saving.join()
    assert sql("SELECT * FROM t") == [(1, "mine")]


def test_a_replace_and_an_append_do_not_wait_in_a_circle(sql, postgres_url):
    dk.save(ONE, "warehouse.t")
    before = commit.run_id_since(time.time() - 2 * 24 * 3600)
    sql(f"UPDATE dkdata.commits SET run_id = '{before}', saved_at = now() - interval '2 days'")
    saving = [
        threading.Thread(
            target=dk.save, args=(ONE, "warehouse.t"), kwargs={"mode": mode, "timeout": 20}
        )
        for mode in ("replace", "append")
    ]
    with locked(postgres_url, "t", "access share"):
        saving[0].start()
        wait_for_lock(postgres_url)
        saving[1].start()
        saving[1].join(10)
        assert not saving[1].is_alive()
    saving[0].join()
    assert sql("SELECT count(*) FROM t") in ([(1,)], [(2,)])


def test_a_limit_of_the_role_on_waiting_for_a_row_holds(postgres_url):
    configure(postgres_url)
    dk.save(ONE, "warehouse.t", key="k")
    with (
        role(postgres_url, "all on t", lock_timeout="200ms") as url,
        closing(psycopg2.connect(postgres_url)) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("UPDATE t SET v = 'other'")
        configure(url)
        with pytest.raises(DeadlineError, match="lock timeout"):
            dk.save(ONE, "warehouse.t", mode="upsert", key="k", timeout=30)


def test_a_save_of_an_id_comes_again_once_others_have_dropped_the_table(sql):
    dk.save(ONE, "warehouse.t", run_id="day1")
    sql("DROP TABLE t")
    again = dk.save(ONE, "warehouse.t", run_id="day1")
    assert (again.inserted, again.repeated, again.retries) == (1, False, 0)
    assert sql("SELECT * FROM t") == [(1, "mine")]
