"""A cell that is interrupted ends at once, and says what has become of the save; that is true."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager

import pytest

import dkdata as dk
from dkdata.testing import BlackHole, FaultProxy
from tests.services.databases import address, through
from tests.services.postgres import locked, wait_for_lock
from tests.services.waiting import wait_until
from tests.stores.in_processes import in_process
from tests.stores.postgres.faulty import MODES, NEW, OLD, configure, held, leftovers, put_old

MOST = 3.0
MODE_KEYS = {"replace": None, "append": None, "upsert": "id"}
SAVE = """
    import sys, time, pandas as pd, pyarrow as pa, dkdata as dk
    url, form, mode, key = sys.argv[1:]
    new = pd.DataFrame({"id": range(500, 2500), "text": [f"new {n}" for n in range(500, 2500)]})
    rows = pa.Table.from_pandas(new, preserve_index=False)
    def slow():
        for batch in rows.to_batches(100):
            print("a batch", flush=True)
            yield batch
            time.sleep(0.2)
    given = rows if form == "frame" else pa.RecordBatchReader.from_batches(rows.schema, slow())
    dk.count(url + "#orders")
    print("connected", flush=True)
    input()
    try:
        dk.save(given, url + "#orders", mode=mode, key=key or None, progress=False)
    except KeyboardInterrupt as interrupt:
        print(interrupt, flush=True)
    """


@contextmanager
def ended(process):
    """End a process whose test has failed."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


@contextmanager
def saving(url, form="frame", mode="append", first=lambda: None):
    """Save in a process of its own, which is interrupted at the end; give what is told then."""
    told = []
    with in_process(SAVE, url, form, mode, MODE_KEYS[mode] or "") as process, ended(process):
        assert process.stdout.readline() == "connected\n"
        first()
        process.stdin.write("save\n")
        process.stdin.flush()
        yield process, told
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.wait(timeout=20)
        assert time.monotonic() - started < MOST
        out, errors = process.communicate()
        assert (errors, process.returncode) == ("", 0)
        told.append(out.splitlines()[-1])


def _is_as_told(url, told, mode="append"):
    """Compare what was said with what is there, and save again."""
    configure(url)
    rows = len(held(url))
    before = len(OLD)
    assert told in (
        "the save of 'orders': interrupted; nothing was changed.",
        "the save of 'orders': interrupted; it was saved already.",
    )
    assert (rows == before) == ("nothing was changed" in told)
    assert leftovers(url) == []
    assert dk.save(NEW, "warehouse.orders", mode=mode, key=MODE_KEYS[mode]).rows == len(NEW)


def test_while_the_rows_are_made(postgres_url):
    configure(postgres_url)
    put_old("append")
    with saving(postgres_url, "stream") as (process, told):
        assert process.stdout.readline() == "a batch\n"
    assert told == ["the save of 'orders': interrupted; nothing was changed."]
    _is_as_told(postgres_url, *told)


@pytest.mark.parametrize("mode", MODES)
def test_while_rows_are_sent(postgres_url, mode):
    told = _interrupted_at(postgres_url, b"PGCOPY", mode)
    assert told == "the save of 'orders': interrupted; nothing was changed."


@pytest.mark.parametrize("mode", MODES)
def test_while_it_waits_for_a_lock(postgres_url, mode):
    configure(postgres_url)
    put_old(mode)
    with (
        locked(postgres_url, "orders", "access share" if mode == "replace" else "share"),
        saving(postgres_url, mode=mode) as (_, told),
    ):
        wait_for_lock(postgres_url)
    assert told == ["the save of 'orders': interrupted; nothing was changed."]
    _is_as_told(postgres_url, *told, mode)


@pytest.mark.parametrize("mode", MODES)
def test_while_the_answer_to_the_commit_is_awaited(postgres_url, mode):
    told = _interrupted_at(postgres_url, b"COMMIT\0", mode)
    assert told == "the save of 'orders': interrupted; it was saved already."


def test_while_the_commit_does_not_arrive(postgres_url):
    told = _interrupted_at(postgres_url, b"\0\0\0\x0bCOMMIT", "append")
    assert told == "the save of 'orders': interrupted; nothing was changed."


def _interrupted_at(url, moment, mode):
    """Interrupt a save at whose moment the network dies; return what it says.

    On a busy machine it may say that it could not find out in time; then it is done again.
    """
    for _ in range(3):
        told = _told_at(url, moment, mode)
        if "is not known" not in told:
            break
    _is_as_told(url, told, mode)
    return told


def _told_at(url, moment, mode):
    configure(url)
    put_old(mode)
    hole = BlackHole(after=moment)
    with FaultProxy(address(url)) as proxy:
        reached = through(url, proxy.address)
        with saving(reached, mode=mode, first=lambda: proxy.inject(hole)) as (_, told):
            wait_until(lambda: proxy.fired(hole), f"{moment!r} was not sent")
    return told[0]
