"""What only Delta tables do: versions, partitions, commits of others, files left unread."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from decimal import Decimal
from pathlib import Path

import deltalake
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata import catalog, engine
from dkdata.errors import (
    ConflictError,
    DkWarning,
    SchemaError,
    TableNotFoundError,
    UnsupportedError,
    UsageError,
)
from dkdata.query import Query, Write, WriteMode
from dkdata.stores.delta.store import DeltaStore
from dkdata.testing.comparing import assert_same

DELETING = (
    '"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],'
    '"writerFeatures":["deletionVectors"]'
)
# The row at position 1, as the format of the log writes it.
DELETED = {
    "storageType": "i",
    "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000005c8Xg0rr91",
    "sizeInBytes": 34,
    "cardinality": 1,
}
NAN = float("nan")
NEW_YEAR = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - without zone
PRICE = pd.ArrowDtype(pa.decimal128(10, 2))
ORDERS = pd.DataFrame(
    {"id": [1, 2, 3], "city": ["Oslo", "Rome", None], "paid": [True, False, True]}
)


@pytest.fixture
def target(tmp_path):
    return f"{tmp_path}/orders/"


def rewrite_log(target, old, new):
    """Change the first commit into one of somebody else."""
    log = Path(target) / "_delta_log" / f"{0:020}.json"
    assert old in log.read_text()
    log.write_text(log.read_text().replace(old, new))


def with_ids(rows, ids):
    return rows.set_column(0, rows.schema.field("id"), [ids])


def parts(target):
    found = (str(path) for path in Path(target).rglob("*.parquet"))
    return sorted(path for path in found if "_delta_log" not in path)


def files_read(target, where=None):
    location = catalog.locate(target)
    told = location.store.explain(
        location.table, Query(where=dk.col("id").is_null() if where is None else where)
    )
    return told.splitlines()[0]


def in_process(code, *arguments):
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            cwd=Path(dk.__file__).parent.parent)  # fmt: skip


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


class TestRuns:
    def test_an_id_holds_in_other_processes(self, target):
        dk.save(ORDERS, target, mode="append", run_id="r1")
        again = in_process(
            """
            import sys, pandas as pd, dkdata as dk
            print(dk.save(pd.DataFrame({"id": [1]}), sys.argv[1], mode="append", run_id="r1"))
            """, target,
        )  # fmt: skip
        assert again.communicate()[0].startswith(f"{target}: 3 rows inserted")
        assert dk.count(target) == 3

    def test_the_first_result_comes_back_with_its_counts(self, target):
        dk.save(ORDERS, target, key="id")
        more = ORDERS.assign(id=[3, 4, 5])
        first = dk.save(more, target, mode="upsert", key="id", run_id="r1")
        dk.save(ORDERS, target, mode="replace", key="id")
        again = dk.save(more, target, mode="upsert", key="id", run_id="r1")
        assert (again.inserted, again.updated, again.version) == (2, 1, first.version)
        assert dk.table(target).version == 2

    def test_two_processes_append_one_id_once(self, target):
        dk.save(ORDERS, target)
        code = """
            import sys, pandas as pd, dkdata as dk
            frame = pd.DataFrame({"id": [9], "city": ["x"], "paid": [True]})
            for n in range(10):
                dk.save(frame, sys.argv[1], mode="append", run_id=f"r{n}")
            """
        both = [in_process(code, target) for _ in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        assert dk.count(target) == 13


class TestWriters:
    def test_appends_of_two_processes_are_all_kept(self, target):
        code = """
            import sys, pandas as pd, dkdata as dk
            for n in range(20):
                frame = pd.DataFrame({"w": [int(sys.argv[2])], "n": [n]})
                dk.save(frame, sys.argv[1], mode="append")
            """
        both = [in_process(code, target, writer) for writer in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        held = dk.load(target)
        assert sorted(zip(held["w"], held["n"], strict=True)) == [
            (w, n) for w in range(2) for n in range(20)
        ]
        for writer in range(2):
            assert held[held["w"] == writer]["n"].tolist() == list(range(20))
        assert len(parts(target)) == 40

    @pytest.mark.parametrize("mode", [WriteMode.REPLACE, WriteMode.UPSERT, WriteMode.SKIP])
    def test_a_write_that_somebody_overtook_is_refused_and_leaves_nothing(self, target, mode):
        dk.save(ORDERS, target, key="id")
        store = catalog.locate(target).store
        rows = with_ids(store.read("orders").read_all(), [1, 2, 99])

        def overtake(_):
            dk.save(ORDERS.assign(id=[7, 8, 9]), target, mode="append")

        with pytest.raises(ConflictError, match="somebody else changed 'orders'"):
            store.write("orders", rows, Write(mode=mode, key=("id",), progress=overtake))
        assert dk.count(target) == 6
        assert len(parts(target)) == 2

    def test_an_append_that_somebody_overtook_is_committed_after_it(self, target):
        dk.save(ORDERS, target, key="id")
        store = catalog.locate(target).store
        rows = store.read("orders").read_all().slice(0, 1)

        def overtake(_):
            dk.save(ORDERS.head(1).assign(id=[taken]), target, mode="append")

        taken, write = 6, Write(mode=WriteMode.APPEND, progress=overtake)
        assert store.write("orders", with_ids(rows, [7]), write).retries == 1
        assert dk.load(target)["id"].tolist() == [1, 2, 3, 6, 7]
        taken = 8
        with pytest.raises(ConflictError, match="has rows with key 'id' already: 8"):
            store.write("orders", with_ids(rows, [8]), write)
        assert dk.load(target)["id"].tolist() == [1, 2, 3, 6, 7, 8]
        assert len(parts(target)) == 4

    def test_an_interrupt_changes_nothing_and_says_so(self, target):
        dk.save(ORDERS, target)

        def endless():
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            while True:
                yield pa.record_batch({"n": pa.array(range(50_000))})

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), endless())
        with pytest.raises(KeyboardInterrupt, match="'orders': interrupted; nothing was changed"):
            dk.save(reader, target, mode="replace", progress=False)
        assert len(parts(target)) == 1
        assert_same(dk.load(target), ORDERS)

    def test_a_save_that_fails_leaves_no_file(self, tmp_path):
        def broken():
            yield pa.record_batch({"n": pa.array(range(2_000_000))})
            message = "the source broke"
            raise RuntimeError(message)

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), broken())
        with pytest.raises(Exception, match="the source broke"):
            dk.save(reader, f"{tmp_path}/new/deep/orders/", progress=False)
        assert not list(tmp_path.iterdir())

    def test_a_save_that_was_killed_before_its_commit_is_no_table(self, target, tmp_path):
        dk.save(ORDERS, f"{tmp_path}/other/")
        Path(target).mkdir()
        Path(parts(f"{tmp_path}/other/")[0]).rename(f"{target}/part-00000-killed.dk.parquet")
        assert not dk.exists(target)
        dk.save(ORDERS.head(1), target)
        assert dk.count(target) == 1

    def test_the_deadline_ends_a_stream(self, target):
        def endless():
            while True:
                yield pa.record_batch({"n": pa.array(range(50_000))})

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), endless())
        with pytest.raises(dk.errors.DeadlineError, match="Raise timeout="):
            dk.save(reader, target, timeout=0.5, progress=False)
        assert not Path(target).exists()


class TestOthers:
    def test_a_table_of_somebody_else_loads_well(self, target):
        frame = pa.table(
            {
                "id": pa.array([1, 2], pa.int32()),
                "at": pa.array([NEW_YEAR, None], pa.timestamp("us", "UTC")),
                "d": pa.array([Decimal("1.50"), None], pa.decimal128(20, 2)),
                "tags": [["a"], None],
            },
        )
        deltalake.write_deltalake(target, frame)
        assert dk.load(target, as_="arrow").to_pylist() == frame.to_pylist()
        assert str(dk.load(target)["at"].dtype) == "datetime64[us, UTC]"
        assert dk.load(target, where=dk.col("at").is_null())["id"].tolist() == [2]

    def test_append_to_a_table_of_somebody_else_keeps_it_theirs(self, target):
        deltalake.write_deltalake(target, pa.table({"id": [1], "s": ["x"]}), partition_by=["s"])
        dk.save(pd.DataFrame({"id": [2], "s": ["y"]}), target, mode="append")
        held = deltalake.DeltaTable(target)
        assert held.schema().fields[0].metadata == {}
        assert pl.scan_delta(target).sort("id").collect().rows() == [(1, "x"), (2, "y")]

    def test_others_read_ours(self, target):
        frame = pd.DataFrame(
            {
                "id": [1, 2],
                "c": pd.Categorical(["b", "a"]),
                "t": pd.to_datetime(["2024-01-01", None]),
            }
        )
        dk.save(frame, target)
        rows = [(1, "b", NEW_YEAR), (2, "a", None)]
        assert pl.scan_delta(target).collect().rows() == rows
        found = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(target))
        read = pa.table(found.execute("select * from t where t is not null")).to_pylist()
        assert [row["c"] for row in read] == ["b"]

    def test_others_append_to_ours(self, target):
        frame = pd.DataFrame({"id": [1], "c": pd.Categorical(["a"], categories=["a", "b"])})
        dk.save(frame, target)
        deltalake.write_deltalake(target, pa.table({"id": [2], "c": ["b"]}), mode="append")
        held = dk.load(target)
        assert held["c"].tolist() == ["a", "b"]
        assert held["c"].dtype == frame["c"].dtype

    def test_columns_that_others_added_are_null_before(self, target):
        dk.save(ORDERS, target)
        more = pa.table({"id": [4], "city": ["Bern"], "paid": [True], "extra": [1.5]})
        deltalake.write_deltalake(target, more, mode="append", schema_mode="merge")
        with pytest.warns(DkWarning, match=r"added since they were saved.*\['extra'\]"):
            held = dk.load(target)
        assert held["extra"].tolist()[3] == 1.5
        assert held["extra"].isna().tolist() == [True, True, True, False]
        assert held["id"].dtype == "int64"

    def test_a_damaged_descriptor_is_one_warning(self, target):
        dk.save(ORDERS, target)
        log = Path(target) / "_delta_log" / f"{0:020}.json"
        log.write_text(log.read_text().replace("writer", 'writer\\\\\\"x'))
        with pytest.warns(DkWarning, match="descriptor cannot be used"):
            assert dk.load(target)["id"].tolist() == [1, 2, 3]

    def test_a_long_descriptor_is_in_the_same_commit(self, target):
        frame = pd.DataFrame(
            {"c": pd.Categorical(["x1"], categories=[f"x{n}" for n in range(30_000)])}
        )
        dk.save(frame, target)
        assert_same(dk.load(target), frame)
        assert len(list(Path(f"{target}/_delta_log").iterdir())) == 1

    def test_a_replace_keeps_what_was_set_about_versions(self, target):
        setting = {"delta.logRetentionDuration": "interval 90 days"}
        deltalake.write_deltalake(target, pa.table({"id": [1]}), configuration=setting)
        dk.save(ORDERS, target, mode="replace")
        held = deltalake.DeltaTable(target).metadata().configuration
        assert held == {"delta.checkpointInterval": "20", **setting}

    def test_rules_of_others_are_not_broken(self, target):
        dk.save(ORDERS, target)
        rewrite_log(target, '"configuration":{', '"configuration":{"delta.constraints.c":"id > 0",')
        assert dk.count(target) == 3
        with pytest.raises(UnsupportedError, match=r"rules.*delta\.constraints\.c"):
            dk.save(ORDERS, target, mode="append")

    def test_deletion_vectors_are_refused(self, target):
        dk.save(ORDERS, target)
        rewrite_log(target, '"minReaderVersion":1,"minWriterVersion":2', DELETING)
        assert dk.count(target) == 3
        rewrite_log(target, '"tags":null', f'"deletionVector":{json.dumps(DELETED)},"tags":null')
        for read in (dk.load, dk.count):
            with pytest.raises(UnsupportedError, match=r"cannot be read here: deletionVectors"):
                read(target)

    def test_mapped_columns_are_refused(self, target):
        dk.save(ORDERS, target)
        setting = '"configuration":{"delta.columnMapping.mode":"name",'
        rewrite_log(target, '"configuration":{', setting)
        with pytest.raises(UnsupportedError, match=r"columnMapping"):
            dk.load(target)

    def test_a_table_with_rules_may_not_be_nulled(self, target):
        schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("x", pa.int64())])
        deltalake.DeltaTable.create(target, deltalake.Schema.from_arrow(schema))
        with pytest.raises(SchemaError, match="'id' holds null"):
            dk.save(
                pd.DataFrame({"id": pd.array([None], "Int64"), "x": [1]}), target, mode="append"
            )
        assert parts(target) == []


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
