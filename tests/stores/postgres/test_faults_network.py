"""A network between client and server that breaks: a save happens once, or not at all."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import DkError, StoreError
from dkdata.testing import Cut, Delay, DropReply
from tests.services.databases import run
from tests.services.postgres import terminate, wait_for_session
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
    threads_left,
    told,
)  # fmt: skip

COMMIT = b"COMMIT\0"
CUT_SHORT = b"\0\0\0\x0bCOMMIT"  # its length, and its text without the end
INSTANTS = [0, 1, 100, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 40_000, 60_000]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("form", [pd.DataFrame, as_stream])
def test_a_save_whose_commit_is_not_answered_happens_once(postgres_url, mode, form):
    lost = DropReply(after=COMMIT)
    with behind_proxy(postgres_url) as proxy:
        put_old(mode)
        proxy.inject(lost)
        done = dk.save(form(NEW), "warehouse.orders", mode=mode, key=key_of(mode))
        assert proxy.fired(lost) == 1
    assert (done.rows, done.repeated) == (len(NEW), False)
    assert done.retries > 0
    assert held(postgres_url) == after(mode)
    assert leftovers(postgres_url) == []


@pytest.mark.parametrize("mode", MODES)
def test_a_commit_that_does_not_arrive_is_repeated(postgres_url, mode):
    with behind_proxy(postgres_url) as proxy:
        put_old(mode)
        proxy.inject(Cut(after=CUT_SHORT))
        done = dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode))
    assert (done.rows, done.retries) == (len(NEW), 1)
    assert held(postgres_url) == after(mode)


def test_a_stream_whose_commit_does_not_arrive_was_not_saved(postgres_url):
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        proxy.inject(Cut(after=CUT_SHORT))
        with pytest.raises(StoreError, match=r"lost during the save of 'orders'.* Nothing was wri"):
            dk.save(as_stream(NEW), "warehouse.orders", mode="append")
    assert len(held(postgres_url)) == len(OLD)


def test_a_stream_that_was_not_saved_is_called_by_its_whole_name(postgres_url):
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        proxy.inject(Cut(after=CUT_SHORT))
        with pytest.raises(StoreError, match=r"the save of 'a Nothing was b'.* Nothing was wri"):
            dk.save(as_stream(NEW), "warehouse.a Nothing was b")


@pytest.mark.parametrize("direction", ["request", "reply"])
@pytest.mark.parametrize("mode", MODES)
def test_a_connection_that_breaks_at_any_byte_saves_once(postgres_url, mode, direction):
    with behind_proxy(postgres_url) as proxy:
        put_old(mode)
        fired = 0
        for instant in INSTANTS:
            cut = Cut(after=instant, direction=direction)
            proxy.inject(cut)
            done = dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode))
            assert (done.rows, held(postgres_url)) == (len(NEW), after(mode))
            fired += proxy.fired(cut)
            proxy.inject()
            put_old(mode)
    assert fired > len(INSTANTS) / 3
    assert leftovers(postgres_url) == []


def _refusal(save):
    """Return why a save was refused, or ``None``."""
    try:
        save()
    except StoreError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("direction", "instants"), [("request", INSTANTS), ("reply", range(500, 5_000, 250))]
)
def test_a_stream_whose_connection_breaks_is_saved_once_or_not_at_all(
    postgres_url, direction, instants
):
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        rows, refused = len(OLD), 0
        for instant in instants:
            proxy.inject(Cut(after=instant, direction=direction))
            said = _refusal(lambda: dk.save(as_stream(NEW), "warehouse.orders", mode="append"))
            assert said is None or "Nothing was written. The rows are a stream" in said
            rows += len(NEW) if said is None else 0
            refused += said is not None
            assert len(held(postgres_url)) == rows
    assert 0 < refused < len(instants)
    assert leftovers(postgres_url) == []


@pytest.mark.parametrize("direction", ["request", "reply"])
@pytest.mark.parametrize(
    ("where", "rows"),
    [(None, OLD), ("id % 2 = 0", OLD[::2].reset_index(drop=True))],
    ids=["by PostgreSQL", "by DuckDB"],
)
def test_a_load_whose_connection_breaks_has_all_rows(postgres_url, where, rows, direction):
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        fired = 0
        for instant in INSTANTS:
            cut = Cut(after=instant, direction=direction)
            proxy.inject(cut)
            assert dk.load("warehouse.orders", where=where).equals(rows)
            fired += proxy.fired(cut)
    assert fired > len(INSTANTS) / 3


@pytest.mark.parametrize("direction", ["request", "reply"])
def test_a_long_load_whose_connection_breaks_has_all_rows(postgres_url, direction):
    put_long(postgres_url)
    known = set(threading.enumerate())
    fired = 0
    with behind_proxy(postgres_url) as proxy:
        dk.tables("warehouse")
        for instant in [*INSTANTS, 1_000_000, 12_000_000]:
            cut = Cut(after=instant, direction=direction)
            proxy.inject(cut)
            assert load_long() == LONG
            fired += proxy.fired(cut)
        assert threads_left(known) == []
    assert fired > 5
    assert leftovers(postgres_url) == []


def test_a_long_load_whose_every_connection_breaks_says_so(postgres_url):
    put_long(postgres_url)
    known = set(threading.enumerate())
    with behind_proxy(postgres_url) as proxy:
        dk.tables("warehouse")
        proxy.inject(Cut(after=1_000_000, direction="reply", times=None))
        with pytest.raises(DkError, match="during the read of 'long'") as caught:
            load_long(timeout=2)
        assert urlsplit(postgres_url).password not in told(caught.value)
        assert threads_left(known) == []
    assert leftovers(postgres_url) == []


class TestEndedByAnAdministrator:
    def test_a_long_load_has_all_rows(self, postgres_url):
        put_long(postgres_url)
        known = set(threading.enumerate())
        with behind_proxy(postgres_url) as proxy:
            proxy.inject(slow := Delay(after=2_000_000, direction="reply", seconds=0.01))
            ended = threading.Thread(target=self._end_the_query, args=(postgres_url,))
            ended.start()
            assert load_long() == LONG
            ended.join()
            assert proxy.fired(slow) == 1
            assert threads_left(known) == []
        assert leftovers(postgres_url) == []

    def _end_the_query(self, url):
        wait_for_session(url, "copy %")
        assert terminate(url, "copy %format binary%") == 1

    def test_a_frame_is_sent_again(self, postgres_url):
        with behind_proxy(postgres_url) as proxy:
            put_old("append")
            proxy.inject(Delay(after=b"FROM STDIN", seconds=0.3))
            ended = threading.Thread(target=self._end_the_copy, args=(postgres_url,))
            ended.start()
            done = dk.save(NEW, "warehouse.orders", mode="append")
            ended.join()
        assert (done.rows, done.retries) == (len(NEW), 1)
        assert held(postgres_url) == after("append")

    def _end_the_copy(self, url):
        wait_for_session(url, "copy %")
        terminate(url, "copy %")

    def test_a_stream_is_refused(self, postgres_url):
        def batches():
            rows = as_stream(NEW)
            yield rows.read_next_batch()
            self._end_the_copy(postgres_url)
            yield from rows

        configure(postgres_url)
        put_old("append")
        schema = as_stream(NEW).schema
        with pytest.raises(
            StoreError, match=r"connection was lost .* Nothing was written\. The rows are"
        ):
            dk.save(
                pa.RecordBatchReader.from_batches(schema, batches()),
                "warehouse.orders",
                mode="append",
            )
        assert len(held(postgres_url)) == len(OLD)

    def test_between_two_calls_nobody_notices(self, postgres_url):
        configure(postgres_url)
        put_old("append")
        terminate(postgres_url)
        assert dk.load("warehouse.orders").equals(OLD)
        terminate(postgres_url)
        assert dk.save(NEW, "warehouse.orders", mode="append").rows == len(NEW)
        terminate(postgres_url)
        assert dk.count("warehouse.orders") == len(OLD) + len(NEW)
        terminate(postgres_url)
        assert "SELECT" in dk.table("warehouse.orders").explain()


# What is changed, what the call returns, and the tables afterwards.
CHANGES = {
    "delete": (lambda: dk.delete("warehouse.orders", "id < 10"), 10, {"orders": OLD[10:]}),
    "update": (
        lambda: dk.update("warehouse.orders", {"text": "seen"}, "id < 10"),
        10,
        {"orders": OLD.assign(text=OLD["text"].where(OLD["id"] >= 10, "seen"))},
    ),
    "rename": (lambda: dk.rename("warehouse.orders", "warehouse.kept"), None, {"kept": OLD}),
    "drop": (lambda: dk.drop("warehouse.orders"), None, {}),
}


def _tables(url):
    """Return the rows of all tables, read around dkdata."""
    names = run(url, "select tablename from pg_tables where schemaname = 'public'")
    return {name: run(url, f"select id, text from {name} order by id") for (name,) in names}


def _rows(frames):
    return {name: list(frame.itertuples(index=False, name=None)) for name, frame in frames.items()}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_whose_commit_is_not_answered_says_so(postgres_url, name):
    change, _, changed = CHANGES[name]
    lost = DropReply(after=COMMIT)
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        proxy.inject(lost)
        with pytest.raises(DkError, match="not known"):
            change()
        assert proxy.fired(lost) == 1
    assert _tables(postgres_url) == _rows(changed)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in its statement"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_whose_connection_breaks_before_happens_once(postgres_url, name, at_once):
    change, returned, changed = CHANGES[name]
    cut = Cut(after=300 if at_once else name.upper().encode())
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        proxy.inject(cut)
        assert change() == returned
        assert proxy.fired(cut) == 1
    assert _tables(postgres_url) == _rows(changed)
    assert leftovers(postgres_url) == []
