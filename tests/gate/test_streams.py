"""Streams too long for memory are validated from disk, in chunks, before they are saved."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import spilling
from dkdata.errors import (
    ValidationError,
)
from dkdata.testing.comparing import assert_same
from dkdata.validation.answering import held, running

NAMED = dk.expect("name").not_null()


def _quarantined(frame, target="people", suite=NAMED, **options):
    return dk.save(frame, target, suite=suite, on_invalid="quarantine", **options)


class TestStreams:
    """Streams too long for memory: every batch is on disk, and tables are read in chunks."""

    ROWS = 1_000

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch, tmp_path):
        monkeypatch.setattr(spilling, "_IN_MEMORY_BYTES", 2_000)
        monkeypatch.setattr(held, "CHUNK", 256)
        monkeypatch.setattr(running, "LARGE", 300)
        monkeypatch.setattr(spilling.tempfile, "tempdir", str(tmp_path))

    def _frame(self):
        n = np.arange(self.ROWS)
        city = pd.Series(n % 7).map(lambda k: f"city {k}" if k else None).astype("str")
        index = pd.Index(n[::-1].astype(str), name="key")
        return pd.DataFrame({"n": n, "city": city.to_numpy(), "x": n / 3}, index=index)

    def _stream(self):
        rows = pa.Table.from_batches(dk.table("source").batches(64))
        return pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(64))

    @pytest.fixture
    def frame(self):
        frame = self._frame()
        frame.dk.save("source")
        return frame

    def test_a_stream_is_divided_as_the_frame_is(self, frame):
        suite = [dk.expect("city").not_null(), dk.expect("n").unique(), dk.expect("x").max(0, 999)]
        saved = _quarantined(self._stream(), "kept.parquet", suite)
        valid, invalid = frame[frame["city"].notna()], frame[frame["city"].isna()]
        assert_same(dk.load("kept.parquet"), valid)
        found = dk.load("kept__invalid.parquet")
        assert_same(found.drop(columns="_dk_reasons"), invalid)
        assert (saved.inserted, len(saved.rejected)) == (len(valid), len(invalid))
        assert not _spilled()

    def test_a_stream_that_passes_is_saved_as_it_is(self, frame):
        saved = dk.save(self._stream(), "kept", suite=dk.expect("n").between(0, 999))
        assert saved.inserted == self.ROWS
        assert_same(dk.load("kept"), frame)
        assert not _spilled()

    def test_a_stream_that_is_refused_can_be_looked_at(self, frame):
        suite = [dk.expect("city").not_null(), dk.expect("x").mean(0, 1)]
        with pytest.raises(ValidationError, match="143 failing rows") as caught:
            dk.save(self._stream(), "kept", suite=suite)
        invalid = caught.value.result.invalid()
        assert_same(invalid.drop(columns="_dk_reasons"), frame[frame["city"].isna()])
        assert _spilled()
        del caught
        gc.collect()
        assert not _spilled()

    def test_rules_that_need_whole_columns_or_sql(self, frame):
        suite = [
            dk.expect("n").increasing(),
            dk.expect("city").length(6, row_condition="n > 5"),
            dk.expect_table().columns_ordered(["n", "city", "x"]),
            dk.expect_table().no_rows("select * from {batch} where n < 0"),
        ]
        assert dk.save(self._stream(), "kept", suite=suite).inserted == len(frame)

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    def test_modes(self, frame, mode):
        frame.head(400).dk.save("kept", key="n")
        rest = dk.table("source").filter("n >= 400") if mode == "append" else self._stream()
        saved = _quarantined(rest, "kept", dk.expect("city").not_null(), mode=mode)
        assert saved.rows == saved.inserted + saved.updated + saved.skipped + len(saved.rejected)
        assert dk.count("kept", "n >= 400") == int(frame["city"].iloc[400:].notna().sum())

    def test_a_stream_of_polars(self, frame):
        lazy = pl.from_pandas(frame).lazy()
        saved = _quarantined(lazy, "kept/", dk.expect("city").not_null())
        assert isinstance(saved.rejected, pl.DataFrame)
        assert saved.rejected["n"].to_list() == list(range(0, self.ROWS, 7))

    def test_a_stream_without_rows(self):
        schema = pa.schema([("name", pa.string())])
        rows = pa.RecordBatchReader.from_batches(schema, iter(()))
        saved = _quarantined(rows, "kept")
        assert (saved.rows, len(saved.rejected)) == (0, 0)

    def test_a_stream_that_fails_writes_nothing(self):
        def batches():
            yield pa.record_batch({"name": ["x" * 3_000]})
            message = "the source broke"
            raise RuntimeError(message)

        rows = pa.RecordBatchReader.from_batches(pa.schema([("name", pa.string())]), batches())
        with pytest.raises(RuntimeError, match="the source broke"):
            _quarantined(rows, "kept")
        assert not dk.exists("kept")
        assert not _spilled()


def _spilled():
    return list(Path.cwd().glob("dkdata-*"))
