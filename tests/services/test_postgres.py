"""Each fault of a server really happens, on each of them."""

from __future__ import annotations

import threading
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import errors

from tests.services import postgres
from tests.services.databases import run
from tests.services.places import UnavailableError


def _rows(url):
    return [a for (a,) in run(url, "select a from t order by a")]


def test_what_was_committed_survives_a_kill(own_postgres):
    run(own_postgres.url, "create table t as select 1 as a")
    with closing(psycopg2.connect(own_postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute("insert into t values (2)")
        own_postgres.kill()
        with pytest.raises(psycopg2.OperationalError, match="connection"):
            connection.commit()
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        psycopg2.connect(own_postgres.url)
    own_postgres.restart()
    assert _rows(own_postgres.url) == [1]


def test_a_session_is_ended(postgres_url):
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("select 'ends'")
        assert postgres.terminate(postgres_url, "%lasts%") == 0
        assert postgres.terminate(postgres_url, "%ends%") == 1
        with pytest.raises(psycopg2.OperationalError, match="terminat"):
            cursor.execute("select 1")


def test_a_session_is_ended_in_the_middle_of_its_statement(postgres_url):
    caught = []

    def sleep():
        try:
            run(postgres_url, "select pg_sleep(60)")
        except psycopg2.OperationalError as error:
            caught.append(str(error))

    thread = threading.Thread(target=sleep)
    thread.start()
    pid = postgres.wait_for_session(postgres_url, "select pg_sleep%")
    assert postgres.sessions(postgres_url, "select pg_sleep%") == [pid]
    assert postgres.terminate(postgres_url, "select pg_sleep%") == 1
    thread.join()
    assert len(caught) == 1
    assert "terminat" in caught[0]


def test_a_lock_is_held(postgres_url):
    run(postgres_url, "create table t as select 1 as a")
    with postgres.locked(postgres_url, "t"), pytest.raises(errors.LockNotAvailable):
        run(postgres_url, "set lock_timeout = '20ms'; select a from t")
    with postgres.locked(postgres_url, "t", "share"):
        assert _rows(postgres_url) == [1]
        with pytest.raises(errors.LockNotAvailable):
            run(postgres_url, "set lock_timeout = '20ms'; insert into t values (2)")
    run(postgres_url, "insert into t values (2)")
    assert _rows(postgres_url) == [1, 2]


def test_a_role_has_the_rights_that_it_is_given(postgres_url):
    run(postgres_url, "create table t as select 1 as a")
    with postgres.role(postgres_url) as url, pytest.raises(errors.InsufficientPrivilege):
        _rows(url)
    with postgres.role(postgres_url, "select, insert on table t") as url:
        run(url, "insert into t values (2)")
        assert _rows(url) == [1, 2]
        for statement in ("delete from t", "create table u (a int)", "drop table t"):
            with pytest.raises(errors.InsufficientPrivilege):
                run(url, statement)
    assert run(postgres_url, "select rolname from pg_roles where rolname like 'dk~_%%'", ()) == []


def test_a_role_has_settings_of_its_own(postgres_url):
    grants = ("usage, create on schema public",)
    with postgres.role(postgres_url, *grants, default_transaction_read_only="on") as url:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            run(url, "create table t (a int)")
        run(f"{url}?options=-cdefault_transaction_read_only%3Doff", "create table t (a int)")


def test_a_server_is_read_only_for_sessions_old_and_new(own_postgres):
    run(own_postgres.url, "create table t as select 1 as a")
    with closing(psycopg2.connect(own_postgres.url)) as old, old.cursor() as cursor:
        old.autocommit = True
        with postgres.read_only(own_postgres.url):
            for insert in (cursor.execute, lambda sql: run(own_postgres.url, sql)):
                with pytest.raises(errors.ReadOnlySqlTransaction):
                    insert("insert into t values (2)")
            assert _rows(own_postgres.url) == [1]
        cursor.execute("insert into t values (3)")
    assert _rows(own_postgres.url) == [1, 3]


def test_a_server_has_no_connection_left(own_postgres):
    refused = pytest.raises(psycopg2.OperationalError, match="too many clients")
    with postgres.filled(own_postgres.url), refused:
        psycopg2.connect(own_postgres.url)
    assert run(own_postgres.url, "select 1") == [(1,)]


def test_a_disk_is_full(own_postgres):
    run(own_postgres.url, "create table t as select 1 as a")
    try:
        with postgres.small_disk(own_postgres.url) as url:
            run(url, "create table t as select 1 as a")
            with pytest.raises(errors.DiskFull):
                run(
                    url,
                    "create table u as select g, repeat('x', 1000) from generate_series(1, 1e5) g",
                )
            assert _rows(url) == [1]
    except UnavailableError as error:
        pytest.skip(str(error))
    assert _rows(own_postgres.url) == [1]
