"""Very many columns, and no rows at all."""

from __future__ import annotations

import gzip
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

import dkdata as dk
from dkdata.errors import StoreError
from dkdata.testing.comparing import assert_same

SUFFIXES = ("csv", "tsv", "json", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.zst")
ROWS = pd.DataFrame({"id": [1], "note": ["x"]})
WIDE = pd.DataFrame(np.arange(20_000).reshape(2, 10_000), columns=[f"c{n}" for n in range(10_000)])


def written(path, content):
    path.write_bytes(content)
    return str(path)


class TestColumns:
    @pytest.mark.parametrize("target", ["./wide.csv", "./wide.parquet", "./wide/", "wide"])
    def test_ten_thousand_columns(self, target):
        dk.save(WIDE, target)
        assert dk.load(target).equals(WIDE)
        assert dk.count(target, "c9999 > 10000") == 1

    @pytest.mark.timeout(30)
    def test_some_of_ten_thousand_columns(self):
        dk.save(WIDE, "wide.parquet")
        assert_same(dk.load("wide.parquet", columns=["c9999", "c0"]), WIDE[["c9999", "c0"]])

    @pytest.mark.parametrize("target", ["./wide.parquet", "./wide/", "wide"])
    def test_a_stream_of_hundreds_of_columns(self, target):
        """The rows of one group of rows alone are more than a stream may usually hold."""
        values = np.random.default_rng(0).random(125_000)
        table = pa.table({f"c{n}": values + n for n in range(300)})
        dk.save(table.to_reader(5_000), target, progress=False)
        rows = [batch.num_rows for batch in dk.scan(target, batch_rows=50_000)]
        assert rows == [50_000, 50_000, 25_000]


class TestLongValues:
    @pytest.mark.parametrize("suffix", ["jsonl", "jsonl.zst", "parquet", "csv"])
    def test_a_scan_of_very_long_texts(self, suffix):
        """One object alone is more than a stream may usually hold."""
        size = 30_000_000 if suffix == "jsonl.zst" else 70_000_000
        frame = pd.DataFrame({"id": [1, 2], "text": ["x" * size, "y"]})
        dk.save(frame, f"long.{suffix}")
        assert sum(batch.num_rows for batch in dk.scan(f"long.{suffix}")) == 2
        found = dk.scan(f"long.{suffix}", where="id = 1", columns=["text"])
        assert [len(batch["text"][0].as_py()) for batch in found] == [size]


class TestNoRows:
    @pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz"])
    def test_a_header_without_rows(self, tmp_path, suffix):
        text = b"id\tname\n" if suffix == "tsv" else b"id,name\n"
        target = written(tmp_path / f"a.{suffix}", gzip.compress(text) if ".gz" in suffix else text)
        assert dk.load(target).columns.tolist() == ["id", "name"]
        assert (len(dk.load(target)), dk.count(target)) == (0, 0)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_no_rows_and_nothing_known_of_them(self, tmp_path, suffix):
        source, target = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
        dk.save(ROWS.head(0), source)
        shutil.copy(source, target)
        if "json" in suffix:
            with pytest.raises(StoreError, match=r"b\.\w+.*cannot be read as JSON"):
                dk.load(target)
        else:
            assert (dk.load(target).columns.tolist(), dk.count(target)) == (["id", "note"], 0)

    def test_no_rows_of_others(self, tmp_path):
        ROWS.head(0).to_parquet(tmp_path / "a.parquet")
        feather.write_feather(pa.table({"id": pa.array([], pa.int64())}), tmp_path / "a.feather")
        assert dk.load(tmp_path / "a.parquet").dtypes.astype(str).tolist() == ["int64", "str"]
        assert dk.count(tmp_path / "a.feather") == 0
