"""Connections are kept for the next call, leave the server's settings alone, and survive a fork."""

from __future__ import annotations

import os
import sys
import threading

import pandas as pd
import pytest

import dkdata as dk
from dkdata.attending import Work
from dkdata.stores.postgres.connection.parameters import Parameters
from dkdata.stores.postgres.connection.pool import pool_of
from tests.services.databases import run
from tests.services.postgres import wait_for_session
from tests.services.waiting import wait_until

PEOPLE = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bob"]})


@pytest.fixture
def warehouse(postgres_url):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    return postgres_url


def _backends(url):
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    return {pid for (pid,) in run(url, f"{sql} AND application_name = 'dkdata'")}


def test_a_connection_serves_many_calls(warehouse):
    dk.save(PEOPLE, "warehouse.people")
    before = _backends(warehouse)
    for _ in range(5):
        dk.load("warehouse.people")
    assert _backends(warehouse) == before


def test_closing_a_store_closes_its_connections(warehouse):
    dk.save(PEOPLE, "warehouse.people")
    assert _backends(warehouse)
    dk.config().store("warehouse").close()
    wait_until(lambda: not _backends(warehouse), "a connection is open")
    assert dk.count("warehouse.people") == 2


def test_a_connection_is_closed_only_when_the_driver_has_left_it(postgres_url):
    ready = threading.Event()

    def chunks():
        yield b"1\n"
        ready.wait()
        yield b"2\n"

    with pool_of(Parameters.of({"dsn": postgres_url}, {})).session("the look", None) as session:
        session.run("CREATE TEMPORARY TABLE sent (n integer)")
        copy = Work(
            lambda: session.copy_in("COPY sent FROM STDIN", chunks()), ready.set, ""
        ).start()
        wait_for_session(postgres_url, "copy sent%")
        before = set(threading.enumerate())
        session.discard()
        (closing,) = set(threading.enumerate()) - before
        wait_until(lambda: _runs(closing, "_close"), "nobody closes the connection")
        assert not session.connection.closed
        ready.set()
        assert copy.result() == 2
    wait_until(lambda: session.connection.closed, "the connection is open")


def _runs(thread, function):
    """Whether a thread is just within that function."""
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == function


def test_settings_end_with_the_transaction(postgres_url):
    pool = pool_of(Parameters.of({"dsn": postgres_url}, {"search_path": "pg_catalog"}))
    sql = "SELECT current_setting('TimeZone'), current_setting('search_path')"
    with pool.session("the look", None) as session:
        inside = session.first(sql)
        assert inside == ("UTC", "pg_catalog")
        session.commit()
        assert session.first(sql) != inside
    pool.close()


def test_a_forked_process_opens_its_own(warehouse):
    dk.save(PEOPLE, "warehouse.people")
    before = _backends(warehouse)
    child = os.fork()
    if not child:
        os._exit(int(dk.count("warehouse.people") != 2))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert dk.count("warehouse.people") == 2
    assert before <= _backends(warehouse)


def test_what_is_read_only_is_refused_by_the_server(postgres_url):
    options = {"backend": "postgres", "url": postgres_url}
    dk.configure({"stores": {"shown": {**options, "read_only": True}, "warehouse": options}})
    dk.save(PEOPLE, "warehouse.people")
    assert dk.count("shown.people") == 2
    with pytest.raises(dk.errors.StoreError, match=r"read-only.*Nothing was changed"):
        dk.save(PEOPLE, "shown.people", mode="append")
    assert dk.count("warehouse.people") == 2
