"""Delta tables as folders: partitions, files left unread, folders of others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import deltalake
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata import catalog, engine
from dkdata.errors import (
    SchemaError,
    TableNotFoundError,
    UsageError,
)
from dkdata.query import Write, WriteMode
from dkdata.stores.delta.store import DeltaStore
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import (
    NAN,
    ORDERS,
    PRICE,
    files_read,
    folder_of_orders,
    parts,
)

target = folder_of_orders


class TestPartitions:
    VALUES = pd.DataFrame(
        {
            "id": range(6),
            "text": ["a b/c", "=%41'", "ü\n", None, "..", "x" * 300],
            "day": [dt.date(2024, 1, 1), dt.date(1, 1, 1), None, *[dt.date(9999, 12, 31)] * 3],
            "at": pd.to_datetime(
                ["2024-01-01 01:02:03.000004", *[None] * 2, *["1969-12-31 00:00:00.000000"] * 3]
            ),
            "flag": pd.array([True, False, None, True, True, True], "boolean"),
            "big": pd.Series([2**64 - 1, 0, 1, 2, 3, 4], dtype="uint64"),
            "small": pd.Series([-128, 127, 0, 1, 2, 3], dtype="int8"),
        },
    )

    @pytest.mark.parametrize("column", ["text", "day", "at", "flag", "big", "small"])
    def test_values_come_back_exactly(self, target, column):
        dk.save(self.VALUES, target, partition_by=column)
        held = dk.load(target, order_by="id")
        assert_same(held, self.VALUES)
        assert dk.count(target, dk.col(column).is_null()) == self.VALUES[column].isna().sum()
        for value, number in zip(self.VALUES[column], range(6), strict=True):
            if not pd.isna(value):
                where = (dk.col(column) == value) & (dk.col("id") == number)
                assert dk.count(target, where) == 1

    @pytest.mark.parametrize("column", ["text", "big"])
    def test_rows_of_partitions_are_changed_and_deleted(self, target, column):
        dk.save(self.VALUES, target, partition_by=[column], key="id")
        changed = self.VALUES.assign(small=pd.Series([9] * 6, dtype="int8"))
        dk.save(changed, target, mode="upsert", key="id")
        assert_same(dk.load(target, order_by="id"), changed)
        assert dk.delete(target, "id >= 3") == 3
        dk.optimize(target)
        assert dk.load(target)["id"].sort_values().tolist() == [0, 1, 2]

    def test_a_filter_on_a_partition_reads_its_files_only(self, target):
        frame = pd.DataFrame(
            {"id": range(24), "month": [f"2024-{n % 12 + 1:02}" for n in range(24)]}
        )
        dk.save(frame, target, partition_by="month")
        assert (
            files_read(target, dk.col("month") == "2024-03")
            == "Delta: version 0, 1 of 12 files read"
        )
        assert (
            files_read(target, dk.col("month") >= "2024-11")
            == "Delta: version 0, 2 of 12 files read"
        )
        assert files_read(target, ~(dk.col("month") < "2024-11")).endswith("2 of 12 files read")
        assert dk.load(target, where="month = '2024-03'")["id"].tolist() == [2, 14]

    def test_appends_keep_the_partitions(self, target):
        dk.save(ORDERS, target, partition_by="city")
        dk.save(ORDERS, target, mode="append")
        assert deltalake.DeltaTable(target).metadata().partition_columns == ["city"]
        assert all("/city=" in path for path in parts(target))
        with pytest.raises(UsageError, match=r"partition_by=\['paid'\].*partitioned by \['city'\]"):
            dk.save(ORDERS, target, mode="append", partition_by="paid")
        dk.save(ORDERS, target, mode="replace", partition_by="paid")
        assert_same(dk.load(target, order_by="id"), ORDERS)

    def test_what_cannot_be_a_partition_is_refused(self, target):
        with pytest.raises(UsageError, match=r"partition_by='x': the column is double"):
            dk.save(pd.DataFrame({"x": [1.5], "y": [1]}), target, partition_by="x")
        with pytest.raises(UsageError, match="leaves no column"):
            dk.save(ORDERS[["id"]], target, partition_by="id")
        with pytest.raises(SchemaError, match="empty text"):
            dk.save(pd.DataFrame({"x": ["", "a"], "y": [1, 2]}), target, partition_by="x")
        assert not Path(target).exists()

    def test_a_stream_into_many_partitions(self, target):
        batches = (
            pa.record_batch(
                {"n": pa.array(range(i, i + 9)), "k": pa.array([x % 3 for x in range(9)])}
            )
            for i in range(0, 90, 9)
        )
        reader = pa.RecordBatchReader.from_batches(
            pa.schema([("n", pa.int64()), ("k", pa.int64())]), batches
        )
        dk.save(reader, target, partition_by="k", verify="full", progress=False)
        assert len(parts(target)) == 3
        assert dk.load(target, order_by="n")["n"].tolist() == list(range(90))


class TestPruning:
    @pytest.fixture
    def held(self, target):
        for first in (0, 10, 20):
            frame = pd.DataFrame(
                {
                    "id": range(first, first + 10),
                    "x": [float(first), *[float("nan")] * 9] if first else [0.5] * 10,
                    "name": [f"{first:02} {'long ' * 50}{n}" for n in range(10)],
                    "at": pd.date_range("2024-01-01", periods=10, unit="us")
                    + pd.Timedelta(days=first, microseconds=1),
                    "price": pd.array([Decimal(first * 25).scaleb(-2)] * 10, PRICE),
                },
            )
            dk.save(frame, target, mode="append")
        return target

    @pytest.mark.parametrize(
        ("where", "read", "count"),
        [
            (dk.col("id") == 15, 1, 1),
            (dk.col("id").is_in([3, 25]), 2, 2),
            (dk.col("id").between(8, 11), 2, 4),
            ((dk.col("id") < 5) | (dk.col("id") > 25), 2, 9),
            (~(dk.col("id") >= 10), 1, 10),
            (dk.col("id") > 29, 0, 0),
            (dk.col("name") == "x", 0, 0),
            (dk.col("name").starts_with("10"), 1, 10),
            (dk.col("name").like("10%"), 3, 10),
            (dk.col("at") <= "2024-01-01T00:00:00.000001", 1, 1),
            (dk.col("at") < "2024-01-01T00:00:00.000001", 0, 0),
            (dk.col("at") > "2024-01-30T00:00:00.000000", 1, 1),
            (dk.col("price") > Decimal("2.5"), 1, 10),
            (dk.col("name").is_null(), 0, 0),
            (dk.col("id") == 10.5, 0, 0),
        ],
        ids=str,
    )
    def test_only_files_that_can_match_are_read(self, held, where, read, count):
        assert files_read(held, where) == f"Delta: version 2, {read} of 3 files read"
        assert dk.count(held, where) == count

    def test_nan_is_never_left_out(self, target):
        for values in ([1.0, 2.0], [float("nan"), 1.0], [float("nan")] * 2, [float("inf"), None]):
            dk.save(pa.table({"x": pa.array(values, pa.float64())}), target, mode="append")
        assert dk.count(target, dk.col("x") > 5) == 4
        assert dk.count(target, dk.col("x") < 5) == 3
        assert dk.count(target, dk.col("x") != 1.0) == 5
        assert dk.count(target, dk.col("x") == NAN) == 3


class TestFolders:
    def test_a_plain_folder_is_read_not_written_to(self, tmp_path):
        folder = tmp_path / "it's [plain]*"
        for year, month in ((2023, "01"), (2024, "02")):
            place = folder / f"year={year}" / f"month={month}"
            place.mkdir(parents=True)
            pq.write_table(pa.table({"id": [year], "x": [float("nan")]}), place / "a.parquet")
        target = f"{folder}/"
        assert dk.load(target, where="year = 2024", as_="arrow").to_pylist()[0]["month"] == "02"
        assert dk.count(target, "x > 5") == 2
        for mode in ("append", "replace", "upsert"):
            with pytest.raises(UsageError, match="plain folder of Parquet files"):
                dk.save(dk.load(target), target, mode=mode, key="id" if mode == "upsert" else None)
        with pytest.raises(UsageError, match="plain folder"):
            dk.drop(target)
        assert dk.count(target) == 2

    def test_a_folder_of_other_files_is_left_alone(self, tmp_path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "letter.txt").write_text("dear")
        for mode in ("error", "replace", "append"):
            with pytest.raises(UsageError, match=r"holds other files \('letter.txt'\)"):
                dk.save(ORDERS, tmp_path / "mine/", mode=mode)
        with pytest.raises(TableNotFoundError):
            dk.drop(tmp_path / "mine/")
        assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / "orders").write_text("x")
        with pytest.raises(UsageError, match="is a file, and no suffix means a Delta table"):
            dk.save(ORDERS, tmp_path / "orders", mode="replace")
        assert (tmp_path / "orders").read_text() == "x"

    @pytest.mark.parametrize("name", ["it's", 'a "b"', "a b#c?d", "ü*[x]", "50%", "..x"])
    def test_names_of_folders(self, tmp_path, name):
        store = DeltaStore(tmp_path)
        rows = pa.table({"id": [1, 2]})
        store.write(name, rows, Write())
        store.write(name, rows, Write(mode=WriteMode.APPEND))
        assert store.tables() == [name]
        assert store.count(name, dk.col("id") == 1) == 2
        store.drop(name)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", ["a%20b", "a\\b", "a\nb"])
    def test_names_that_the_driver_takes_for_others_are_refused(self, tmp_path, name):
        with pytest.raises(UsageError, match="Choose another name"):
            DeltaStore(tmp_path).write(name, pa.table({"id": [1]}), Write())

    @pytest.mark.parametrize("name", ["../x", "", ".", "a/b"])
    def test_a_table_is_in_the_folder(self, tmp_path, name):
        with pytest.raises(UsageError, match="not the name of a folder"):
            DeltaStore(tmp_path / "lake").exists(name)

    def test_columns_called_like_those_of_the_reader(self, target):
        frame = pd.DataFrame(
            {"file_row_number": [7], "FILENAME": ["x"], "file_index": [1], "file_row": [2]}
        )
        dk.save(frame, target)
        dk.save(frame, target, mode="append")
        assert dk.load(target, where="file_row_number = 7", order_by="file_row")[
            "FILENAME"
        ].tolist() == ["x", "x"]

    def test_source_is_read_by_others(self, target):
        dk.save(ORDERS, target)
        location, connection = catalog.locate(target), engine.connection()
        with location.store.source(connection, "orders") as source:
            assert engine.count(connection, source, dk.col("id") > 1) == 2


class TestRefused:
    def test_a_column_twice(self, tmp_path):
        with pytest.raises(UsageError, match="names 'city' twice"):
            dk.save(ORDERS, tmp_path / "twice", partition_by=["city", "city"])
        assert not (tmp_path / "twice").exists()

    def test_a_format_of_files(self, tmp_path):
        with pytest.raises(UsageError, match="is a folder, so a Delta table"):
            dk.save(ORDERS, f"{tmp_path}/orders/", format="parquet")
        assert not list(tmp_path.iterdir())
