"""What others do while a table is replaced: they read it, and change what belongs to it."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pandas as pd
import psycopg2
import pytest
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED, ISOLATION_LEVEL_REPEATABLE_READ

import dkdata as dk
from tests.services import postgres

ROWS = 50_000
COUNT = "SELECT count(*), min(n), max(n) FROM t"
REPLACE = {"mode": "replace"}
TIED = {"plain": "SELECT", "tied": "CREATE VIEW w AS SELECT * FROM t"}


def frame(version):
    return pd.DataFrame({"id": range(ROWS), "n": version})


@pytest.fixture(params=TIED)
def table(sql, request):
    """A table whose rows all have the same number, with and without a view of it."""
    dk.save(frame(0), "warehouse.t")
    sql(TIED[request.param])
    return "warehouse.t"


@pytest.fixture
def reader(postgres_url):
    """Run a query in one session of somebody else."""
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:

        def execute(statement):
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

        execute.connection = connection
        yield execute


def test_readers_see_the_old_rows_or_the_new(table, reader):
    reader.connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED, autocommit=True)
    saving = threading.Thread(
        target=lambda: [dk.save(frame(n), table, mode="replace") for n in (1, 2, 3)]
    )
    seen = []
    saving.start()
    while saving.is_alive():
        seen += reader(COUNT)
    saving.join()
    assert {(count, low == high) for count, low, high in seen} == {(ROWS, True)}
    versions = [low for _, low, _ in [*seen, *reader(COUNT)]]
    assert versions == sorted(versions)
    assert versions[-1] == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda: dk.save(frame(1), "warehouse.t", mode="replace"),
        lambda: dk.save(frame(2**40), "warehouse.t", mode="append"),
        lambda: dk.rename("warehouse.t", "warehouse.u"),
        lambda: dk.drop("warehouse.t"),
        lambda: dk.rename("warehouse.v", "warehouse.u"),
        lambda: dk.drop("warehouse.v"),
        lambda: dk.drop("warehouse.m"),
    ],
    ids=[
        "replace",
        "widen",
        "rename",
        "drop",
        "rename a view",
        "drop a view",
        "a materialized one",
    ],
)
def test_what_waits_for_a_reader_holds_up_no_other_one(sql, postgres_url, reader, change):
    dk.save(frame(0).astype({"n": "int32"}), "warehouse.t")
    sql(
        "CREATE TABLE s AS SELECT 1;CREATE VIEW v AS TABLE s; CREATE MATERIALIZED VIEW m AS TABLE s"
    )
    reader("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM v), (SELECT count(*) FROM m)")
    changing = threading.Thread(target=change)
    changing.start()
    try:
        postgres.wait_for_lock(postgres_url)
        for _ in range(10):
            time.sleep(0.05)
            sql("SET lock_timeout = '1s'; SELECT FROM t, v, m LIMIT 1")
            assert changing.is_alive()
    finally:
        reader.connection.commit()
        changing.join()


@pytest.fixture
def snapshot(reader):
    """Run a query in a transaction of somebody else that sees one state of the database."""
    reader.connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)
    return reader


def test_a_snapshot_of_the_table_holds_it_but_for_the_moment_of_the_exchange(
    sql, postgres_url, snapshot
):
    dk.save(frame(0), "warehouse.t")
    snapshot(COUNT)
    saving = threading.Thread(target=dk.save, args=(frame(1), "warehouse.t"), kwargs=REPLACE)
    saving.start()
    postgres.wait_for_lock(postgres_url)
    assert snapshot(COUNT) == [(ROWS, 0, 0)]
    snapshot.connection.commit()
    saving.join()
    assert sql(COUNT) == [(ROWS, 1, 1)]


def test_a_snapshot_of_a_table_with_a_view_holds_nobody_up(sql, snapshot):
    dk.save(frame(0), "warehouse.t")
    sql(TIED["tied"])
    snapshot(COUNT)
    dk.save(frame(1), "warehouse.t", mode="replace")
    assert snapshot(COUNT) == [(ROWS, 0, 0)]
    assert sql(COUNT) == [(ROWS, 1, 1)]


def test_a_snapshot_of_nothing_yet_sees_whole_rows(table, sql, snapshot):
    snapshot("SELECT 1")
    dk.save(frame(1), table, mode="replace")
    assert snapshot(COUNT) in ([(ROWS, 0, 0)], [(ROWS, 1, 1)])
    assert sql(COUNT) == [(ROWS, 1, 1)]


def test_prepared_queries_and_functions_go_on(sql, table, reader):
    sql("CREATE FUNCTION f() RETURNS numeric LANGUAGE plpgsql AS 'BEGIN RETURN sum(n) FROM t; END'")
    reader("PREPARE q AS SELECT count(*), sum(n) FROM t WHERE id < $1")
    assert reader("EXECUTE q (10)") == [(10, 0)]
    assert reader("SELECT f()") == [(0,)]
    reader.connection.commit()
    dk.save(frame(2), table, mode="replace")
    assert reader("EXECUTE q (10)") == [(10, 20)]
    assert reader("SELECT f()") == [(2 * ROWS,)]


def test_a_prepared_query_of_other_columns_fails_clearly(sql, reader):
    dk.save(frame(0), "warehouse.t")
    reader("PREPARE q AS SELECT * FROM t WHERE id < 2")
    reader("EXECUTE q")
    reader.connection.commit()
    dk.save(frame(0).assign(more=1), "warehouse.t", mode="replace")
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match="must not change result type"):
        reader("EXECUTE q")
    assert sql("SELECT more FROM t LIMIT 1") == [(1,)]


# What somebody does, and how it is seen that it is still there.
CHANGES = {
    "CREATE VIEW w AS SELECT id FROM t": "SELECT count(*) = 50000 FROM w",
    "CREATE INDEX i ON t (n)": (
        "SELECT indrelid = 't'::regclass FROM pg_index WHERE indexrelid = 'i'::regclass"
    ),
    "GRANT SELECT ON t TO PUBLIC": "SELECT has_table_privilege('public', 't', 'select')",
    "COMMENT ON COLUMN t.n IS 'c'": "SELECT col_description('t'::regclass, 2) = 'c'",
    "CREATE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION suppress_redundant_updates_trigger()": (
        "SELECT tgrelid = 't'::regclass FROM pg_trigger"
    ),
    "INSERT INTO t VALUES (-1, -1)": "SELECT count(*) = 50000 FROM t",
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_change_between_the_look_and_the_exchange_is_not_lost(
    sql, postgres_url, change
):
    dk.save(frame(0), "warehouse.t")
    saving = threading.Thread(target=dk.save, args=(frame(1), "warehouse.t"), kwargs=REPLACE)
    with postgres.locked(postgres_url, "t", "access share"):
        saving.start()
        postgres.wait_for_session(postgres_url, "%LOCK TABLE%")
        sql(change)
    saving.join()
    assert sql(CHANGES[change]) == [(True,)]
    assert sql("SELECT DISTINCT n FROM t") == [(1,)]
