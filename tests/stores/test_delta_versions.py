"""Versions, order and widening of Delta tables."""

from __future__ import annotations

import re
from pathlib import Path

import deltalake
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    DkWarning,
    TableNotFoundError,
    UsageError,
)
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import (
    NEW_YEAR,
    ORDERS,
    folder_of_orders,
    parts,
)

target = folder_of_orders


class TestVersions:
    def test_every_write_is_a_version_that_can_be_read(self, target):
        assert dk.save(ORDERS, target).version == 0
        assert dk.save(ORDERS, target, mode="append").version == 1
        assert dk.table(target).version == 1
        assert_same(dk.load(f"{target}@0"), ORDERS)
        assert dk.count(f"{target}@1") == 6

    def test_history_tells_the_writes_the_newest_first(self, target):
        dk.save(ORDERS, target, key="id")
        dk.save(ORDERS.head(1), target, mode="upsert", key="id", run_id="nightly")
        dk.delete(target, "id = 2")
        dk.optimize(target)
        told = dk.history(target)
        assert told["version"].tolist() == [3, 2, 1, 0]
        assert told["operation"].tolist() == ["optimize", "delete", "upsert", "replace"]
        assert told["rows"].tolist() == [0, 1, 1, 3]
        assert told["run_id"].tolist()[2] == "nightly"
        assert str(told["time"].dt.tz) == "UTC"

    def test_a_version_is_not_written_to(self, target):
        dk.save(ORDERS, target)
        for change in (
            lambda: dk.save(ORDERS, f"{target}@0", mode="append"),
            lambda: dk.delete(f"{target}@0", "id = 1"),
            lambda: dk.drop(f"{target}@0"),
        ):
            with pytest.raises(UsageError, match=r"is version 0 of a table.*Write to 'orders'"):
                change()

    def test_a_version_that_is_not_there_is_named(self, target):
        dk.save(ORDERS, target)
        with pytest.raises(TableNotFoundError, match=r"'orders@7'.*orders@0"):
            dk.load(f"{target}@7")

    def test_versions_survive_a_replace_with_other_columns(self, target):
        dk.save(ORDERS, target)
        dk.save(pd.DataFrame({"when": pd.to_datetime(["2024-01-01"])}), target, mode="replace")
        assert_same(dk.load(f"{target}@0"), ORDERS)
        assert dk.load(target).columns.tolist() == ["when"]


class TestOrder:
    def test_appends_come_in_the_order_in_which_they_were_saved(self, target):
        for first in range(0, 60, 3):
            frame = pd.DataFrame({"n": range(first, first + 3)})
            dk.save(frame, target, mode="append")
        assert dk.load(target)["n"].tolist() == list(range(60))
        dk.optimize(target)
        assert len(deltalake.DeltaTable(target).file_uris()) == 1
        assert dk.load(target)["n"].tolist() == list(range(60))

    def test_a_clock_that_goes_back_changes_no_order(self, target, monkeypatch):
        dk.save(pd.DataFrame({"n": [0]}), target)
        monkeypatch.setattr("time.time", lambda: 1_000_000.0)
        for n in (1, 2):
            dk.save(pd.DataFrame({"n": [n]}), target, mode="append")
        assert dk.load(target)["n"].tolist() == [0, 1, 2]

    def test_a_long_stream_is_kept_in_parts_in_order(self, target):
        batches = (
            pa.record_batch({"n": pa.array(range(i, i + 500_000))})
            for i in range(0, 2_500_000, 500_000)
        )
        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), batches)
        dk.save(reader, target, progress=False)
        assert len(parts(target)) == 3
        numbers = dk.load(target, as_="arrow")["n"].to_numpy()
        assert (numbers[1:] - numbers[:-1] == 1).all()

    def test_order_by_keeps_the_saved_order_of_ties(self, target):
        for n in range(5):
            dk.save(pd.DataFrame({"k": [0], "n": [n]}), target, mode="append")
        assert dk.load(target, order_by="-k")["n"].tolist() == [0, 1, 2, 3, 4]


class TestWidening:
    def test_new_categories_write_the_table_anew_and_say_so(self, target):
        dk.save(pd.DataFrame({"c": pd.Categorical(["a"])}), target)
        with pytest.warns(DkWarning, match="'orders': all of its rows are written anew"):
            dk.save(pd.DataFrame({"c": pd.Categorical(["b"])}), target, mode="append")
        assert_same(dk.load(target), pd.DataFrame({"c": pd.Categorical(["a", "b"])}))
        assert_same(dk.load(f"{target}@0"), pd.DataFrame({"c": pd.Categorical(["a"])}))
        assert dk.table(target).version == 1

    def test_nothing_becomes_times(self, target):
        dk.save(pd.DataFrame({"k": [1], "x": pd.Series([None], dtype="object")}), target)
        later = pd.DataFrame({"k": [2], "x": pd.to_datetime(["2024-01-01"])})
        with pytest.warns(DkWarning, match="written anew"):
            dk.save(later, target, mode="append")
        assert dk.load(target)["x"].tolist() == [pd.NaT, pd.Timestamp("2024-01-01")]
        assert pl.scan_delta(target).collect()["x"].to_list() == [None, NEW_YEAR]


class TestExplain:
    def test_it_tells_how_many_bytes_a_query_reads(self, target):
        noise = np.random.default_rng(7).random(10_000)
        frame = pd.DataFrame({"id": range(10_000), "noise": noise, "other": noise})
        for start in range(0, 10_000, 2_500):
            dk.save(frame.iloc[start : start + 2_500], target, mode="append")
        told = dk.table(target).filter("noise > 0.5 and id < 5000").select("id").explain()
        files, volume = told.splitlines()[:2]
        assert files == "Delta: version 3, 2 of 4 files read"
        read, every = (
            int(part.replace(",", ""))
            for part in re.findall(r"[\d,]+(?= (?:of|bytes))", volume)[:2]
        )
        assert volume.endswith("2 of 3 columns")
        held = sum(Path(part).stat().st_size for part in parts(target))
        assert every == held
        assert 0.2 < read / held < 0.3
