"""Updates and new names where a backend has rules, parts or neighbours of its own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import deltalake
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import ConflictError, ExistsError, SchemaError, UsageError
from dkdata.query import Write, WriteMode
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import ORDERS, files_read, folder_of_orders, parts

target = folder_of_orders


class TestDelta:
    def test_rows_move_to_their_new_partition_and_other_files_stay(self, target):
        dk.save(ORDERS, target, partition_by="city")
        before = set(parts(target))
        assert dk.update(target, {"city": "Rome"}, "city = 'Oslo'") == 1
        assert dk.load(target, order_by="id")["city"].tolist()[:2] == ["Rome", "Rome"]
        assert before <= set(parts(target)), "other versions still need the old files"
        assert "2 of 3 files" in files_read(target, dk.col("city") == "Rome")
        latest = dk.history(target).iloc[0]
        assert (latest["operation"], latest["rows"]) == ("update", 1)

    def test_a_column_that_others_declared_not_null_stays_so(self, target):
        schema = pa.schema([pa.field("id", pa.int64(), nullable=False), ("v", pa.int64())])
        deltalake.write_deltalake(target, pa.table({"id": [1], "v": [2]}, schema=schema))
        with pytest.raises(SchemaError, match="id"):
            dk.update(target, {"id": None}, "v = 2")
        assert dk.load(target)["id"].tolist() == [1]

    def test_a_version_is_neither_changed_nor_renamed(self, target):
        dk.save(ORDERS, target)
        for refused in (
            lambda: dk.update(f"{target}@0", {"city": "Rome"}, "true"),
            lambda: dk.rename(f"{target}@0", f"{target[:-1]}2/"),
            lambda: dk.rename(target, f"{target[:-1]}2/@7"),
        ):
            with pytest.raises(UsageError, match="is version"):
                refused()
        assert_same(dk.load(target), ORDERS)

    def test_the_versions_of_a_renamed_table_stay(self, target, tmp_path):
        dk.save(ORDERS, target)
        dk.save(ORDERS, target, mode="append")
        dk.rename(target, f"{tmp_path}/renamed/")
        assert len(dk.history(f"{tmp_path}/renamed/")) == 2
        assert_same(dk.load(f"{tmp_path}/renamed/@0"), ORDERS)

    def test_a_folder_of_others_is_not_overwritten(self, target, tmp_path):
        dk.save(ORDERS, target)
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "a.txt").write_text("a")
        with pytest.raises(dk.errors.DkError, match="photos"):
            dk.rename(target, f"{tmp_path}/photos/")
        assert_same(dk.load(target), ORDERS)
        assert (tmp_path / "photos" / "a.txt").read_text() == "a"

    @pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.REPLACE])
    def test_a_write_that_meets_a_rename_makes_no_second_table(self, target, tmp_path, mode):
        dk.save(ORDERS, target)
        renamed = f"{tmp_path}/renamed/"

        def rename(_):
            if not dk.exists(renamed):
                dk.rename(target, renamed)

        store = catalog.locate(target).store
        rows = store.read("orders").read_all()
        with pytest.raises(ConflictError, match="orders"):
            store.write("orders", rows, Write(mode=mode, progress=rename))
        assert not dk.exists(target)
        assert_same(dk.load(renamed), ORDERS)

    def test_a_write_that_meets_a_table_made_anew_does_not_join_the_two(self, target):
        dk.save(ORDERS, target)
        dk.save(ORDERS, target, mode="append")

        def make_anew(_):
            dk.drop(target)
            dk.save(ORDERS.head(1), target)

        store = catalog.locate(target).store
        rows = store.read("orders").read_all()
        with pytest.raises(ConflictError, match="orders"):
            store.write("orders", rows, Write(mode=WriteMode.REPLACE, progress=make_anew))
        assert_same(dk.load(target), ORDERS.head(1))
        assert len(dk.history(target)) == 1


class TestDuckDB:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "shop.duckdb"

    @pytest.fixture
    def at(self, path):
        return lambda table: f"duckdb:///{path}#{table}"

    @pytest.fixture
    def run(self, path):
        def execute(sql):
            with duckdb.connect(str(path)) as connection:
                return connection.execute(sql).fetchall()

        return execute

    def test_columns_of_types_that_only_duckdb_has(self, at, run):
        run("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        run("CREATE TABLE people AS SELECT 1 AS id, 'sad'::mood AS mood, 12::HUGEINT AS n")
        assert dk.update(at("people"), {"mood": "ok", "n": 13}, "mood = 'sad' and n = 12") == 1
        assert run("SELECT mood, n, typeof(mood) FROM people")[0][:2] == ("ok", 13)
        with pytest.raises(dk.errors.DkError, match="glad"):
            dk.update(at("people"), {"mood": "glad"}, "true")
        assert run("SELECT mood FROM people") == [("ok",)]

    def test_what_a_type_of_duckdb_would_round_is_refused(self, at, run):
        run("CREATE TABLE t (id INT, s TIMESTAMP_S, d DECIMAL(5, 1))")
        run("INSERT INTO t VALUES (1, '2020-01-01', 1.5)")
        for values in ({"s": pd.Timestamp("2021-01-01 00:00:00.5")}, {"d": Decimal("1.25")}):
            with pytest.raises(SchemaError, match="Nothing was written"):
                dk.update(at("t"), values, "id = 1")
        dk.update(at("t"), {"s": pd.Timestamp("2021-01-01"), "d": Decimal("2.5")}, "id = 1")
        assert run("SELECT s = TIMESTAMP '2021-01-01', d FROM t") == [(True, Decimal("2.5"))]

    def test_rules_of_the_table_hold(self, at, run):
        run("CREATE TABLE ruled (id BIGINT PRIMARY KEY, n BIGINT CHECK (n > 0))")
        run("INSERT INTO ruled VALUES (1, 1), (2, 2)")
        for values in ({"n": -1}, {"id": 2}):
            with pytest.raises(ConflictError, match="break a rule"):
                dk.update(at("ruled"), values, "id = 1")
        assert dk.update(at("ruled"), {"n": 5}, "id = 1") == 1
        assert run("FROM ruled ORDER BY id") == [(1, 5), (2, 2)]

    def test_a_view_is_not_updated_but_renamed(self, at, run):
        run("CREATE TABLE orders AS SELECT 2 AS id; CREATE VIEW seen AS FROM orders")
        with pytest.raises(UsageError, match="'seen' is a view"):
            dk.update(at("seen"), {"id": 3}, "true")
        dk.rename(at("seen"), at("shown"))
        assert dk.load(at("shown"))["id"].tolist() == [2]

    def test_a_rename_stays_in_its_schema(self, at, run):
        run("CREATE SCHEMA sales; CREATE TABLE sales.orders AS SELECT 1 AS id")
        dk.rename(at("sales.orders"), at("sales.old"))
        with pytest.raises(UsageError, match="leaves it in its schema"):
            dk.rename(at("sales.old"), at("old"))
        assert run("SELECT id FROM sales.old") == [(1,)]

    def test_a_long_descriptor_goes_with_the_table(self, at):
        words = [f"{n:x<40}" for n in range(4_000)]
        frame = pd.DataFrame({"word": pd.Categorical(words[:3], words)})
        dk.save(frame, at("words"))
        dk.rename(at("words"), at("terms"))
        dk.save(pd.DataFrame({"a": [1]}), at("words"))
        assert_same(dk.load(at("terms")), frame)


class TestFiles:
    def test_a_rename_leaves_the_format(self, tmp_path):
        dk.save(ORDERS, tmp_path / "orders.csv")
        for name in ("orders.parquet", "orders.csv.gz"):
            with pytest.raises(UsageError, match="leaves the format"):
                dk.rename(tmp_path / "orders.csv", tmp_path / name)
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "orders.csv",
            "orders.csv.dk.json",
        ]

    def test_a_rename_takes_the_description_along(self, tmp_path):
        dk.save(ORDERS, tmp_path / "orders.csv")
        dk.rename(tmp_path / "orders.csv", tmp_path / "old.csv")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["old.csv", "old.csv.dk.json"]

    def test_files_of_other_folders_are_another_store(self, tmp_path):
        dk.save(ORDERS, tmp_path / "orders.csv")
        with pytest.raises(UsageError, match=r"another store.*dk.copy"):
            dk.rename(tmp_path / "orders.csv", tmp_path / "deep" / "orders.csv")
        assert not (tmp_path / "deep").exists()

    def test_the_same_folder_by_another_way_is_the_same_store(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        dk.save(ORDERS, tmp_path / "orders.csv")
        dk.rename(tmp_path / "orders.csv", "old.csv")
        assert Path("old.csv").exists()

    def test_a_file_keeps_its_options_when_it_is_updated(self, tmp_path):
        at = tmp_path / "orders.csv"
        dk.save(ORDERS, at, options={"sep": ";"})
        dk.update(at, {"city": "Bonn"}, "id = 3")
        assert at.read_text().splitlines()[-1] == "3;Bonn;true"

    def test_a_parquet_file_keeps_its_options_when_it_is_updated(self, tmp_path):
        at = tmp_path / "orders.parquet"
        dk.save(ORDERS, at, options={"compression": "snappy", "row_group_size": 1})
        dk.update(at, {"city": "Bonn"}, "id = 3")
        footer = pq.ParquetFile(at).metadata
        assert (footer.num_row_groups, footer.row_group(0).column(0).compression) == (3, "SNAPPY")

    @pytest.mark.parametrize(
        "options",
        [
            {"compression_level": "x"},
            {"compression_level": True},
            {"compression_level": 99},
            {"compression": "snappy", "compression_level": 1},
            {"row_group_size": True},
        ],
        ids=str,
    )
    def test_options_of_parquet_that_cannot_be(self, tmp_path, options):
        with pytest.raises(UsageError, match="is not possible"):
            dk.save(ORDERS, tmp_path / "orders.parquet", options=options)

    def test_a_renamed_file_is_not_taken_for_one_that_was_there(self, tmp_path):
        dk.save(pd.DataFrame({"id": ["007", "008"]}), tmp_path / "new.csv")
        (tmp_path / "new.csv").unlink()
        (tmp_path / "old.csv").write_text("id\n17\n18\n19\n")
        dk.rename(tmp_path / "old.csv", tmp_path / "new.csv")
        assert dk.load(tmp_path / "new.csv")["id"].tolist() == [17, 18, 19]

    def test_a_name_is_not_taken_from_a_file_without_rows(self, tmp_path):
        dk.save(ORDERS, tmp_path / "orders.csv")
        (tmp_path / "empty.csv").touch()
        with pytest.raises(ExistsError, match=r"empty\.csv"):
            dk.rename(tmp_path / "orders.csv", tmp_path / "empty.csv")
