"""Servers and disks that fail during a migration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.configuration.resolving import workspace
from dkdata.errors import DkError, StoreError
from dkdata.testing import Cut
from tests.stores.postgres.faulty import behind_proxy, configure
from tests.stores.test_full_disk import small_disk

ROWS = pd.DataFrame({"id": np.arange(60_000), "x": np.random.default_rng(0).random(60_000)})
_NOT_AT_ALL = {"times": None}


def _nothing_is_left():
    assert not (workspace() / "migrations").exists()


def test_a_source_that_disappears_half_way(postgres_url):
    with behind_proxy(postgres_url) as proxy:
        dk.save(ROWS, "warehouse.held")
        proxy.inject(Cut(after=200_000, direction="reply", **_NOT_AT_ALL))
        with pytest.raises(DkError):
            dk.migrate("warehouse.held", "moved/")
        assert not dk.exists("moved/")
        _nothing_is_left()
    configure(postgres_url)
    assert dk.migrate("warehouse.held", "moved/").written == 60_000
    pd.testing.assert_frame_equal(dk.load("moved/"), ROWS)


def test_a_target_that_disappears_half_way(postgres_url):
    dk.save(ROWS, "held.parquet")
    with behind_proxy(postgres_url) as proxy:
        proxy.inject(Cut(after=400_000, direction="request", **_NOT_AT_ALL))
        with pytest.raises(DkError) as caught:
            dk.migrate("held.parquet", "warehouse.moved", batch_rows=10_000)
    configure(postgres_url)
    assert not dk.exists("warehouse.moved")
    assert "parts of it are written" in "".join(caught.value.__notes__)
    report = dk.migrate("held.parquet", "warehouse.moved", batch_rows=10_000)
    assert report.written == 60_000
    assert report.resumed_from in {10_000, 20_000, 30_000, 40_000, 50_000}
    pd.testing.assert_frame_equal(dk.load("warehouse.moved"), ROWS)
    _nothing_is_left()


@pytest.mark.parametrize("target", ["moved.parquet", "moved/", "shop.duckdb"])
def test_a_disk_that_is_full(tmp_path, target):
    more = pd.concat([ROWS.assign(y=np.random.default_rng(n).random(60_000)) for n in range(12)])
    dk.save(more.reset_index(drop=True), "held.parquet")
    place = tmp_path / "small"
    with small_disk(place):
        at = f"duckdb:///{place}/shop.duckdb#moved" if "duckdb" in target else f"{place}/{target}"
        for batch_rows in (None, 60_000):
            with pytest.raises(StoreError):
                dk.migrate("held.parquet", at, batch_rows=batch_rows)
            assert not dk.exists(at)
    report = dk.migrate("held.parquet", "elsewhere/", batch_rows=200_000)
    assert report.written == 720_000


def test_a_source_that_is_broken(tmp_path):
    dk.save(ROWS, "held.parquet")
    text = (tmp_path / "held.parquet").read_bytes()
    (tmp_path / "held.parquet").write_bytes(text[: len(text) // 2])
    with pytest.raises(DkError):
        dk.migrate("held.parquet", "moved/")
    assert not dk.exists("moved/")
    _nothing_is_left()
