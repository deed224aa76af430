"""A server of the tests' own, which takes little at once, or lies in parts."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkError, RejectedError, StoreError
from dkdata.testing.comparing import assert_same
from tests.services import fixtures
from tests.services.elasticsearch import indices
from tests.services.harness import ELASTICSEARCH

ROWS = pd.DataFrame({"id": np.arange(40_000), "text": ["x" * 40] * 40_000})
SETTINGS = {
    "http.max_content_length": "1mb",
    "node.processors": 1,  # as many documents are written at once
    "thread_pool.write.queue_size": 1,
}


@pytest.fixture(scope="module")
def server():
    """One for all tests of this module."""
    with fixtures.own(ELASTICSEARCH, **SETTINGS) as own:
        yield own


@pytest.fixture
def small(server):
    """The indices of a test on it."""
    with indices.created(server.url) as made:
        dk.configure({"stores": {"small": made.options}})
        yield made


@pytest.mark.usefixtures("small")
def test_requests_are_divided_until_the_server_takes_them():
    dk.save(ROWS, "small.rows", key="id", progress=False)
    assert_same(dk.load("small.rows"), ROWS)
    changed = ROWS.assign(text="y" * 60)
    done = dk.save(changed, "small.rows", mode="upsert", progress=False)
    assert done.counts == "40,000 rows updated"
    assert_same(dk.load("small.rows"), changed)
    assert dk.delete("small.rows", "id >= 1") == 39_999


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_document_that_the_server_does_not_take_is_refused_by_its_row(small, mode):
    old = ROWS.head(3)
    dk.save(old, "small.rows")
    frame = ROWS.copy()
    frame.loc[[7, 30_000], "text"] = "x" * 1_100_000
    message = r"refuses 2 rows: row 7: it is larger .* http.max_content_length; row 30000: it is"
    with pytest.raises(RejectedError, match=message) as caught:
        dk.save(frame, "small.rows", mode=mode, progress=False)
    assert caught.value.rejected["id"].tolist() == [7, 30_000]
    assert_same(dk.load("small.rows"), old)
    assert len(small.names()) == 1


def test_a_server_that_is_too_busy_is_asked_again(small):
    failed, rows = [], ROWS.head(15_000)

    def save(number):
        try:
            dk.save(rows, f"small.rows{number}", progress=False)
        except DkError as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for number in range(4):
        assert_same(dk.load(f"small.rows{number}"), rows)
    (node,) = small.client.nodes.stats(metric="thread_pool")["nodes"].values()
    assert node["thread_pool"]["write"]["rejected"] > 0


@pytest.fixture
def setting(small):
    """Sets something for the whole server, until the end of the test."""
    changed = []

    def put(name, value):
        small.client.cluster.put_settings(persistent={name: value})
        changed.append(name)

    yield put
    for name in changed:
        small.client.cluster.put_settings(persistent={name: None})


@pytest.mark.parametrize("kind", ["read_only", "read_only_allow_delete"])
def test_a_block_of_the_whole_server_is_told_with_what_to_do(small, setting, kind):
    old = ROWS.head(3)
    dk.save(old, "small.rows", key="id")
    setting(f"cluster.blocks.{kind}", value=True)
    for mode in ("replace", "append", "upsert"):
        with pytest.raises(StoreError, match=r"blocked by: \[.*cluster\.blocks\.\* in those of"):
            dk.save(old.assign(id=old["id"] + 3), "small.rows", mode=mode)
    assert_same(dk.load("small.rows"), old)
    setting(f"cluster.blocks.{kind}", value=None)
    assert len(small.names()) == 1
