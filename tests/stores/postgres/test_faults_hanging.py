"""A server that does not answer: `timeout=` ends the call, truthfully, and nothing stays behind."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

import dkdata as dk
from dkdata.errors import DeadlineError
from dkdata.testing import BlackHole, FaultProxy
from tests.interrupting import interrupted
from tests.services.databases import address, run, through
from tests.stores.in_processes import in_process
from tests.stores.postgres.faulty import (
    LONG,
    MODES,
    NEW,
    OLD,
    after,
    as_stream,
    behind_proxy,
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
TIMEOUT, MOST = 2.0, 3.0  # a busy machine gets as far as the fault within the first
CONNECTING = BlackHole(direction="reply", times=None)
MOMENTS = {
    "connecting": CONNECTING,
    "looking": BlackHole(after=b"pg_class"),
    "sending": BlackHole(after=b"PGCOPY"),
    "counting": BlackHole(after=b"SELECT count(*)"),
}


@contextmanager
def hanging(url, hole, mode="append"):
    """Let ``orders`` be there, and the server hang from a moment on; nothing may stay behind."""
    with behind_proxy(url) as proxy:
        put_old(mode)
        if hole is CONNECTING:
            dk.config().store("warehouse").close()
        known = set(threading.enumerate())
        proxy.inject(hole)
        yield proxy
        assert proxy.fired(hole) >= 1
        assert threads_left(known) == []
    assert leftovers(url) == []


def _late(what):
    """Return the message of a call whose time runs out."""
    started = time.monotonic()
    with pytest.raises(DeadlineError) as caught:
        what()
    assert TIMEOUT <= time.monotonic() - started < TIMEOUT + MOST
    return str(caught.value)


@pytest.mark.parametrize("hole", MOMENTS.values(), ids=list(MOMENTS))
@pytest.mark.parametrize("form", [lambda frame: frame, as_stream], ids=["frame", "stream"])
def test_a_save_ends_in_time(postgres_url, hole, form):
    with hanging(postgres_url, hole):
        message = _late(
            lambda: dk.save(form(NEW), "warehouse.orders", mode="append", timeout=TIMEOUT)
        )
        undone = "during the connection to" if hole is CONNECTING else "Nothing was changed. Raise"
        assert undone in message
    assert len(held(postgres_url)) == len(OLD)


@pytest.mark.parametrize("mode", MODES)
def test_a_commit_that_is_not_answered_in_time_is_not_called_undone(postgres_url, mode):
    with hanging(postgres_url, BlackHole(after=COMMIT), mode):
        message = _late(
            lambda: dk.save(
                NEW, "warehouse.orders", mode=mode, key=key_of(mode), timeout=TIMEOUT, run_id="r1"
            )
        )
        assert message.endswith(
            "whether it was done is not known: the answer to the commit did not come. Look at it."
            " Or repeat the save under run_id='r1': it writes once."
        )
        again = dk.save(NEW, "warehouse.orders", mode=mode, key=key_of(mode), run_id="r1")
    assert again.repeated
    assert held(postgres_url) == after(mode)


@pytest.mark.parametrize("hole", [MOMENTS["looking"], BlackHole(after=4000, direction="reply")])
def test_a_load_ends_in_time(postgres_url, hole):
    with hanging(postgres_url, hole):
        _late(lambda: dk.load("warehouse.orders", timeout=TIMEOUT))
        assert dk.load("warehouse.orders").equals(OLD)


@contextmanager
def _long_hanging(url):
    """Let the server hang in the middle of a long load; nothing stays when the line has ended.

    Gives what says whether it hangs.
    """
    put_long(url)
    known = set(threading.enumerate())
    with behind_proxy(url) as proxy:
        proxy.inject(hole := BlackHole(after=2_000_000, direction="reply"))
        yield lambda: proxy.fired(hole) == 1
        assert proxy.fired(hole) == 1
    dk.config().store("warehouse").close()
    assert threads_left(known) == []
    assert leftovers(url) == []


def test_a_long_load_ends_in_time(postgres_url):
    with _long_hanging(postgres_url):
        started = time.monotonic()
        with pytest.raises(DeadlineError, match="ran out during the read of 'long'") as caught:
            load_long(timeout=2 * TIMEOUT)
        assert time.monotonic() - started < 2 * TIMEOUT + MOST
        assert urlsplit(postgres_url).password not in told(caught.value)
        assert load_long() == LONG


def test_a_long_load_can_be_interrupted(postgres_url):
    with _long_hanging(postgres_url) as hangs, interrupted(0.5, hangs):
        load_long()


def test_a_server_that_comes_back_in_time_is_waited_for(postgres_url):
    with behind_proxy(postgres_url) as proxy:
        put_old("append")
        dk.config().store("warehouse").close()
        proxy.inject(BlackHole(direction="reply", times=1))
        _late(lambda: dk.load("warehouse.orders", timeout=TIMEOUT))
        assert dk.load("warehouse.orders", timeout=5).equals(OLD)


@pytest.mark.parametrize("after", [0, b"PGCOPY", COMMIT], ids=["connecting", "sending", "commit"])
def test_the_process_ends_at_once(postgres_url, after):
    with FaultProxy(address(postgres_url)) as proxy:
        proxy.inject(BlackHole(after=after, direction="request", times=None))
        saving = in_process(_SAVE, through(postgres_url, proxy.address))
        assert saving.stdout.readline().startswith("DeadlineError")
        saving.wait(timeout=MOST)
        assert (saving.returncode, saving.communicate()[1]) == (0, "")
    run(postgres_url, "drop table if exists orders")


_SAVE = """
    import sys, pandas as pd, dkdata as dk
    try:
        frame = pd.DataFrame({"id": range(1000)})
        dk.save(frame, sys.argv[1] + "#orders", mode="replace", timeout=1)
    except dk.errors.DkError as error:
        print(type(error).__name__, error, flush=True)
    """
