"""A table that is exchanged while it is read: what is read is the old one, or the new one."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

import dkdata as dk
from dkdata.testing import Delay, FaultProxy
from dkdata.testing.comparing import assert_same
from tests.services.databases import address, run, through
from tests.services.waiting import wait_until

KINDS = pd.DataFrame({"kind": pd.Categorical(["a", "b"] * 500), "n": range(1000)})
LONG = pd.DataFrame({"kind": pd.Categorical(["a", "b"] * 100_000), "text": "x" * 100})
WIDER = pd.Series([1 << 40], dtype="int64")


def _replaced(frame):
    return lambda: dk.save(frame, "direct.t", mode="replace")


def _widened():
    dk.save(pd.DataFrame({"n": WIDER}), "direct.t", mode="append")


# What is there, what somebody does when it is about to be read, and what may be loaded then.
CASES = {
    "other categories": (KINDS, _replaced(KINDS.assign(kind=pd.Categorical(["z"] * 1000)))),
    "other columns": (KINDS, _replaced(pd.DataFrame({"other": ["x"] * 9}))),
    "another type": (KINDS, _replaced(KINDS.assign(n="text"))),
    "written anew": (pd.DataFrame({"n": pd.Series(range(1000), dtype="int32")}), _widened),
    "a long table": (LONG, _replaced(LONG[:9].assign(kind=pd.Categorical(["z"] * 9)))),
}


@pytest.fixture
def exchanging(postgres_url):
    """Make a change when a table is about to be read; return what the read gives."""
    with FaultProxy(address(postgres_url)) as proxy:
        urls = {"direct": postgres_url, "slow": through(postgres_url, proxy.address)}
        dk.configure({"stores": {n: {"backend": "postgres", "url": u} for n, u in urls.items()}})

        def exchanged(before, change, read, moment=b"TO STDOUT"):
            dk.save(before, "direct.t", mode="replace")
            slow = Delay(after=moment, seconds=2)  # a busy machine has made the change by then
            proxy.inject(slow)
            found = []
            reading = threading.Thread(target=lambda: found.append(read()))
            reading.start()
            wait_until(lambda: proxy.fired(slow), "nothing is about to be read")
            change()
            proxy.inject()
            reading.join()
            return found[0]

        yield exchanged


@pytest.mark.parametrize(("before", "change"), CASES.values(), ids=list(CASES))
def test_a_load_is_of_one_table(exchanging, before, change):
    loaded = exchanging(before, change, lambda: dk.load("slow.t"))
    assert_same(loaded, dk.load("direct.t"))


def test_a_load_of_a_table_that_is_dropped_misses_it(exchanging):
    def missed():
        with pytest.raises(dk.errors.TableNotFoundError):
            dk.load("slow.t")
        return True

    assert exchanging(KINDS, lambda: dk.drop("direct.t"), missed)


def test_an_update_of_a_table_that_is_replaced_is_of_the_new_one(exchanging, postgres_url):
    new = pd.DataFrame({"kind": pd.Categorical(["z"] * 5), "n": range(5)})
    changed = exchanging(
        KINDS, _replaced(new), lambda: dk.update("slow.t", {"n": 7}, "kind = 'z'"), b"UPDATE"
    )
    assert changed == 5
    assert run(postgres_url, "select distinct n from t") == [(7,)]
