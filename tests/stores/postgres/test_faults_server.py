"""A server that is busy, full or dying: a save waits, or says why not; it is whole or not there."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import DeadlineError, StoreError
from dkdata.testing import Delay
from tests.services.databases import run
from tests.services.postgres import (
    filled,
    locked,
    role,
    small_disk,
    wait_for_lock,
    wait_for_session,
)
from tests.services.waiting import wait_until
from tests.stores.postgres.faulty import (
    LONG,
    MODES,
    NEW,
    OLD,
    after,
    as_stream,
    behind_proxy,
    configure,
    held,
    key_of,
    leftovers,
    load_long,
    put_long,
    put_old,
)  # fmt: skip

WAIT, MOST = 1.0, 3.0


@contextmanager
def timed(least, most):
    started = time.monotonic()
    yield
    assert least <= time.monotonic() - started < most


class TestLocks:
    @pytest.mark.parametrize("mode", MODES)
    def test_who_holds_a_table_is_said_when_the_time_is_over(self, orders, mode):
        put_old(mode)
        kind = "access share" if mode == "replace" else "share"
        with (
            locked(orders, "orders", kind),
            timed(WAIT / 2, WAIT + MOST),
            pytest.raises(DeadlineError, match=_HOLDER),
        ):
            dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode), timeout=WAIT)
        assert len(held(orders)) == len(OLD)
        assert leftovers(orders) == []

    def test_a_table_that_is_held_wholly_is_waited_for(self, orders):
        with locked(orders, "orders"), timed(WAIT / 2, WAIT + MOST), pytest.raises(DeadlineError):
            dk.load("warehouse.orders", timeout=WAIT)
        assert dk.load("warehouse.orders", timeout=WAIT).equals(OLD)

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ("access share", lambda: dk.drop("warehouse.orders")),
            ("access share", lambda: dk.rename("warehouse.orders", "warehouse.kept")),
            ("share", lambda: dk.delete("warehouse.orders", "id % 2 = 0")),
            ("share", lambda: dk.update("warehouse.orders", {"text": "seen"}, "id % 2 = 0")),
        ],
        ids=["drop", "rename", "delete by DuckDB", "update by DuckDB"],
    )
    def test_a_change_waits_as_long_as_it_may(self, orders, monkeypatch, kind, change):
        monkeypatch.setattr("dkdata.stores.postgres.tables.locking.WAIT_SECONDS", WAIT)
        with (
            locked(orders, "orders", kind),
            timed(WAIT / 2, WAIT + MOST),
            pytest.raises(DeadlineError, match=_HOLDER),
        ):
            change()
        assert held(orders) == OLD.to_numpy().tolist()
        assert leftovers(orders) == []

    def test_a_replace_goes_on_when_the_reader_has_gone(self, orders):
        with locked(orders, "orders", "access share"):
            saving = threading.Thread(
                target=dk.save, args=(NEW, "warehouse.orders"), kwargs={"mode": "replace"}
            )
            saving.start()
            wait_for_lock(orders)
        saving.join()
        assert held(orders) == after("replace")


_HOLDER = (
    r"the time allowed ran out while waiting for process \d+ \(role 'postgres'\) to let table"
    r" 'orders' go\. Nothing was changed\. Let it finish, (or raise timeout=|and try again)\."
)


class TestLimits:
    def test_a_limit_of_the_role_is_named(self, orders):
        run(orders, "create function pause() returns trigger language plpgsql as"
                    " $$ begin perform pg_sleep(2); return new; end $$")  # fmt: skip
        run(orders, "create trigger pause before insert on orders execute function pause()")
        with role(orders, "all on orders", statement_timeout="300ms") as url:
            configure(url)
            with pytest.raises(DeadlineError, match="due to statement timeout") as caught:
                dk.save(NEW, "warehouse.orders", mode="append")
            assert "Nothing was changed. If it is a limit of role" in str(caught.value)
            assert "ALTER ROLE" in str(caught.value)
        assert len(held(orders)) == len(OLD)

    def test_an_idle_transaction_may_last(self, orders):
        def batches():
            rows = as_stream(NEW)
            yield rows.read_next_batch()
            time.sleep(0.5)
            yield from rows

        put_old("upsert")
        rows = pa.RecordBatchReader.from_batches(as_stream(NEW).schema, batches())
        limits = {"idle_in_transaction_session_timeout": "100ms"}
        with role(orders, "all on orders", **limits) as url:
            configure(url)
            done = dk.save(rows, "warehouse.orders", mode="upsert", key="id")
        assert (done.retries, held(orders)) == (0, after("upsert"))

    def test_an_idle_transaction_may_last_while_rows_come_by_another(self, postgres_url):
        put_long(postgres_url)
        limits = {"idle_in_transaction_session_timeout": "100ms"}
        with (
            role(postgres_url, "select on long", **limits) as url,
            behind_proxy(url) as proxy,
        ):
            proxy.inject(Delay(after=2_000_000, direction="reply", seconds=0.005))
            assert load_long() == LONG
            assert proxy.connections == 3  # ADBC's driver looks at the types in one of its own

    def test_a_connection_that_is_not_free_is_waited_for(self, own_postgres):
        made = []
        append = partial(dk.save, NEW, "warehouse.orders", mode="append")
        with behind_proxy(own_postgres.url) as proxy:
            put_old("append")
            dk.config().store("warehouse").close()
            with filled(own_postgres.url):
                with pytest.raises(StoreError, match=r"cannot connect .* too many clients already"):
                    append(timeout=60)  # all attempts: none begins right before the deadline
                refused = proxy.connections
                saving = threading.Thread(target=lambda: made.append(append()))
                saving.start()
                wait_until(lambda: proxy.connections > refused + 1, "it tries once")
            saving.join()
        assert made[0].retries > 0
        assert held(own_postgres.url) == after("append")

    @pytest.mark.parametrize("mode", MODES)
    def test_a_full_disk_loses_nothing(self, postgres_url, mode):
        big = pd.DataFrame({"id": range(200_000), "text": "x" * 200})
        with small_disk(postgres_url) as url:
            configure(url)
            put_old(mode)
            with pytest.raises(StoreError, match=r"the disk is full: .* Nothing was changed\. Mak"):
                dk.save(big, "warehouse.orders", mode=mode, key=key_of(mode))
            assert held(url) == sorted(OLD.values.tolist(), key=lambda row: row[0])
            assert leftovers(url) == []
            done = dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode))
            assert (done.rows, held(url)) == (len(NEW), after(mode))


class TestDeath:
    def test_a_server_that_dies_and_comes_back_during_a_save(self, own_postgres):
        configure(own_postgres.url)
        for mode in MODES:
            put_old(mode)
            with locked(own_postgres.url, "orders", "access share"):
                restarted = threading.Thread(target=_restarted, args=(own_postgres,))
                restarted.start()
                done = dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode))
            restarted.join()
            assert (done.rows, held(own_postgres.url)) == (len(NEW), after(mode))
            assert leftovers(own_postgres.url) == []

    def test_a_server_that_has_gone(self, own_postgres):
        configure(own_postgres.url)
        put_old("append")
        own_postgres.kill()
        with pytest.raises(StoreError, match=r"cannot connect .* Is the server running there\?"):
            dk.save(NEW, "warehouse.orders", mode="append", timeout=2)
        with pytest.raises(StoreError, match=r"cannot connect .* Is the server running there\?"):
            dk.load("warehouse.orders", timeout=2)
        own_postgres.restart()
        assert dk.load("warehouse.orders").equals(OLD)

    def test_a_stream_whose_server_dies(self, own_postgres):
        def batches():
            rows = as_stream(NEW)
            yield rows.read_next_batch()
            own_postgres.kill()
            own_postgres.restart()
            yield from rows

        configure(own_postgres.url)
        put_old("append")
        rows = pa.RecordBatchReader.from_batches(as_stream(NEW).schema, batches())
        with pytest.raises(StoreError, match=r"Nothing was written\. The rows are a stream"):
            dk.save(rows, "warehouse.orders", mode="append")
        assert len(held(own_postgres.url)) == len(OLD)


def _restarted(server):
    wait_for_session(server.url, "%")
    server.kill()
    server.restart()
