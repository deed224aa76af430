"""Requests and bytes of estimates, and those that are counted on the way to a server."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.costs import Requests
from dkdata.costs.requests import of_opening
from tests.benchmarks.counting import counted
from tests.benchmarks.mixed import mixed

SMALL = pd.DataFrame({"id": [1, 2, 3], "city": ["Oslo", "Rome", None]})


@pytest.fixture
def lake(bucket):
    """A store, and what counts the requests to it."""
    with counted(bucket) as (proxy, seen):
        dk.configure({"stores": {"lake": seen.options}})
        dk.save(SMALL, "lake.first")  # tries the server
        proxy.took()
        yield proxy
        dk.configure()


def _requests(proxy):
    kinds = proxy.took().requests
    return Requests(kinds["PUT"] + kinds["POST"], kinds["LIST"], kinds["GET"] + kinds["HEAD"])


def _stored(bucket, prefix):
    pages = bucket.client.get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket.name, Prefix=prefix)
    return sum(one["Size"] for page in found for one in page["Contents"])


@pytest.mark.parametrize("rows", [3, 300_000])
def test_single_calls_make_the_requests_that_are_told(lake, bucket, rows):
    frame = SMALL if rows == 3 else mixed(rows)
    columns = [frame.columns[0], frame.columns[-1]]
    cost = dk.estimate_cost(frame, "lake.orders", columns=columns)
    assert _requests(lake).total == 0
    dk.save(frame, "lake.orders", progress=False)
    assert cost.saved == pytest.approx(_stored(bucket, "orders/"), rel=0.01)
    lake.took()
    dk.save(frame, "lake.orders", mode="replace", progress=False)
    assert _requests(lake) == cost.save
    dk.load("lake.orders", progress=False)
    assert _requests(lake) == cost.load
    dk.load("lake.orders", columns=columns, progress=False)
    taken = lake.took()
    assert taken.requests["LIST"] == cost.query.lists
    # DuckDB fetches columns that are near each other at once.
    assert taken.requests["GET"] == cost.query.gets or rows == 3
    if rows > 3:
        assert taken.received == pytest.approx(cost.scanned, rel=0.1)


def test_large_objects_are_fetched_in_pieces(lake):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2**62, (700_000, 8))).add_prefix("n")
    cost = dk.estimate_cost(frame, "lake.large")
    dk.save(frame, "lake.large", progress=False)
    lake.took()
    dk.load("lake.large", progress=False)
    assert cost.saved > 32 << 20
    assert _requests(lake) == cost.load


@pytest.mark.parametrize("name", ["orders.csv", "orders.parquet"])
def test_single_objects(lake, bucket, name):
    frame, target = mixed(2_000), f'lake."{name}"'
    cost = dk.estimate_cost(frame, target)
    dk.save(frame, target)
    lake.took()
    dk.save(frame, target, mode="replace")
    assert _requests(lake) == cost.save
    dk.load(target)
    assert _requests(lake) == cost.load
    assert cost.saved == pytest.approx(_stored(bucket, name), rel=0.01)


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
@pytest.mark.parametrize("saves", [1, 5, 30])
def test_a_new_process_reads_the_log(bucket, saves):
    with counted(bucket) as (proxy, seen):
        dk.configure({"stores": {"lake": bucket.options}})
        for number in range(saves):
            dk.save(SMALL, "lake.daily", mode="append")
            if number == saves // 2 or saves == 1:
                dk.configure({"stores": {"lake": seen.options}})  # knows nothing of the table
                dk.count("lake.daily")
                found = _requests(proxy)
        dk.configure()
    told = of_opening(saves)
    assert found.lists == told.lists + 1
    assert found.gets == pytest.approx(told.gets, rel=0.5)


def test_a_month_of_one_process(bucket):
    with counted(bucket) as (proxy, seen):
        dk.configure({"stores": {"lake": seen.options}})
        cost = dk.estimate_cost(
            SMALL, "lake.daily", saves=21, loads=10, queries=5, columns="city", sessions=1
        )
        dk.save(SMALL, "lake.daily")
        for _ in range(20):
            dk.save(SMALL, "lake.daily", mode="append")
        found = _requests(proxy)
        assert cost.stored == pytest.approx(_stored(bucket, "daily/"), rel=0.3)
        dk.configure()
    told = cost.requests
    reads = 10 * cost.load + 5 * cost.query
    assert found.puts == pytest.approx(told.puts, abs=2)
    assert found.lists == pytest.approx(told.lists - reads.lists, abs=4)
    assert found.gets == pytest.approx(told.gets - reads.gets, rel=0.5)
