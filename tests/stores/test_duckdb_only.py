"""What only DuckDB files do: databases of others, rules, names, changes from outside, pushdown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import (
    ConflictError,
    DkWarning,
    ExistsError,
    SchemaError,
    StoreError,
    TableNotFoundError,
    UsageError,
)
from dkdata.testing.comparing import assert_same

ORDERS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "city": ["Oslo", None, "Rome"],
        "kind": pd.Categorical(["x", "y", None], categories=["y", "x"]),
        "took": pd.to_timedelta([1, None, 3], unit="s"),
    }
)
ODD = {
    "170141183460469231731687303715884105727::HUGEINT": "170141183460469231731687303715884105727",
    "12::HUGEINT": Decimal(12),
    "12::UHUGEINT": Decimal(12),
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "'ok'::mood": "ok",
    "[1, 2, NULL]": [1, 2, None],
    "[1, 2, 3]::INTEGER[3]": [1, 2, 3],
    "{'a': 1, 'b': 'x'}": {"a": 1, "b": "x"},
    "[{'id': '12'::HUGEINT}]": [{"id": Decimal(12)}],
    "MAP {'k': 1}": [("k", 1)],
    "TIME '10:11:12.5'": dt.time(10, 11, 12, 500_000),
    "'10:11:12+02'::TIMETZ": "10:11:12+02",
    "INTERVAL '1 month 2 days 3 hours'": "1 month 2 days 03:00:00",
    "1.25::DECIMAL(10, 2)": Decimal("1.25"),
    "'\\xAA'::BLOB": b"\xaa",
    "TIMESTAMPTZ '2024-01-01 00:00:00+02'": dt.datetime(2023, 12, 31, 22, tzinfo=dt.UTC),
    "TIMESTAMP_S '2024-01-01 00:00:00'": dt.datetime(2024, 1, 1),  # noqa: DTZ001
    "DATE '2024-02-29'": dt.date(2024, 2, 29),
    "'101'::BIT": "101",
    """'{"a":1}'::JSON""": '{"a":1}',
    "union_value(n := 3)": "3",
    "5::UTINYINT": 5,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.duckdb"


@pytest.fixture
def at(path):
    """How the tables of one file are called."""
    return lambda table: f"duckdb:///{path}#{table}"


@pytest.fixture
def run(path):
    """Run statements in a connection of DuckDB's own, and return the rows of the last."""

    def execute(sql):
        with duckdb.connect(str(path)) as connection:
            return connection.execute(sql).fetchall()

    return execute


class TestOthers:
    @pytest.mark.parametrize(("sql", "value"), ODD.items(), ids=ODD)
    def test_odd_types(self, at, run, sql, value):
        run("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        run(f"CREATE TABLE odd AS SELECT 1 AS id, {sql} AS v UNION ALL SELECT 2, NULL")
        assert dk.load(at("odd"), as_="arrow", order_by="id")["v"].to_pylist() == [value, None]
        assert len(dk.load(at("odd"))) == 2
        assert dk.load(at("odd"), where=dk.col("v").not_null())["id"].tolist() == [1]

    @pytest.mark.parametrize("sql", ODD)
    def test_odd_types_take_their_own_rows_again(self, at, run, sql):
        run("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        run(f"CREATE TABLE odd AS SELECT {sql} AS v")
        if "union" in sql:
            with pytest.raises((SchemaError, StoreError), match=r"(?i)union|cannot hold"):
                dk.save(dk.load(at("odd")), at("odd"), mode="append")
            return
        dk.save(dk.load(at("odd")), at("odd"), mode="append")
        assert run("SELECT count(*), count(DISTINCT v) FROM odd") == [(2, 1)]

    def test_views_and_schemas(self, at, run, path):
        run("CREATE SCHEMA sales; CREATE TABLE sales.orders AS SELECT 1 AS id")
        run("CREATE TABLE orders AS SELECT 2 AS id")
        run("CREATE VIEW seen AS SELECT id * 2 AS v FROM orders")
        assert dk.connect(f"duckdb:///{path}").tables() == ["orders", "sales.orders", "seen"]
        assert dk.load(at("seen"))["v"].tolist() == [4]
        assert dk.count(at("sales.orders"), "id = 1") == 1
        dk.save(pd.DataFrame({"id": [3]}, dtype="int32"), at("sales.orders"), mode="append")
        dk.save(ORDERS, at("sales.more"))
        assert run("SELECT id FROM sales.orders") == [(1,), (3,)]
        assert_same(dk.load(at("sales.more")), ORDERS)
        assert run("SELECT count(*) FROM sales.more") == [(3,)]

    def test_a_view_is_not_written_to(self, at, run):
        run("CREATE TABLE orders AS SELECT 2 AS id; CREATE VIEW seen AS FROM orders")
        frame = pd.DataFrame({"id": [1]}, dtype="int32")
        for mode in ("append", "replace"):
            with pytest.raises(UsageError, match="'seen' is a view: it cannot be written to"):
                dk.save(frame, at("seen"), mode=mode)
        with pytest.raises(dk.errors.DkError, match="'seen'"):
            dk.delete(at("seen"), "id = 2")
        dk.drop(at("seen"))
        assert dk.load(at("orders"))["id"].tolist() == [2]

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"id": -1}, ConflictError, r"break a rule that 'ruled' has.*CHECK"),
            ({"id": 1}, ConflictError, r"break a rule that 'ruled' has.*(?i:duplicate|primary)"),
            ({"n": None}, ConflictError, r"break a rule that 'ruled' has.*NOT NULL"),
            ({"mood": "happy"}, SchemaError, r"'ruled' cannot hold the rows.*happy"),
        ],
        ids=["check", "primary key", "not null", "enum"],
    )
    def test_rules_of_others_are_named_when_broken(self, at, run, changes, error, message):
        run("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        rules = "id INTEGER PRIMARY KEY CHECK (id > 0), n INTEGER NOT NULL, mood mood"
        run(f"CREATE TABLE ruled ({rules})")
        run("INSERT INTO ruled VALUES (1, 1, 'ok')")
        row = pd.DataFrame([{"id": 2, "n": 2, "mood": "sad"} | changes])
        given = row.astype({"id": "Int32", "n": "Int32"})
        with pytest.raises(error, match=message):
            dk.save(given, at("ruled"), mode="append")
        assert run("SELECT id, n FROM ruled") == [(1, 1)]

    def test_append_keeps_the_table_theirs(self, at, run):
        run("CREATE TABLE theirs (id INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'x')")
        run("COMMENT ON TABLE theirs IS 'do not touch'; INSERT INTO theirs VALUES (1, 'a')")
        given = pd.DataFrame({"s": ["b"], "id": [2]}).astype({"id": "int32"})
        dk.save(given, at("theirs"), mode="append")
        told = run("SELECT comment, has_primary_key FROM duckdb_tables()")
        assert told == [("do not touch", True)]
        assert run("FROM theirs") == [(1, "a"), (2, "b")]


class TestOthersRead:
    def test_columns_are_typed(self, at, run):
        frame = ORDERS.assign(
            at=pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
            zoned=pd.to_datetime(["2024-01-01", None, "2024-01-03"]).tz_localize("Europe/Oslo"),
            paid=pd.array([True, None, False], "boolean"),
            small=np.array([1, 2, 3], "int8"),
        )
        dk.save(frame, at("orders"))
        assert {row[0]: row[1] for row in run("DESCRIBE orders")} == {
            "id": "BIGINT", "city": "VARCHAR", "kind": "VARCHAR", "took": "BIGINT",
            "at": "TIMESTAMP", "zoned": "TIMESTAMP WITH TIME ZONE", "paid": "BOOLEAN",
            "small": "TINYINT",
        }  # fmt: skip
        assert run("SELECT city, kind FROM orders WHERE id = 1") == [("Oslo", "x")]

    def test_only_their_tables_are_seen_at_first_sight(self, at, run):
        dk.save(ORDERS, at("orders"))
        assert run("SHOW TABLES") == [("orders",)]


class TestAltered:
    @pytest.mark.parametrize(
        ("sql", "named"),
        [
            ("ALTER TABLE orders ALTER id TYPE VARCHAR", "id"),
            ("ALTER TABLE orders ADD COLUMN extra INTEGER DEFAULT 5", "extra"),
            ("ALTER TABLE orders RENAME city TO town", "town"),
        ],
        ids=["type", "added", "renamed"],
    )
    def test_one_warning_names_the_column(self, at, run, sql, named):
        dk.save(ORDERS, at("orders"))
        run(sql)
        with pytest.warns(DkWarning, match=f"'{named}'") as warned:
            loaded = dk.load(at("orders"))
        assert len(warned) == 1
        assert named in loaded
        assert_same(loaded[["kind", "took"]], ORDERS[["kind", "took"]])

    def test_rows_that_were_added_are_there(self, at, run):
        dk.save(ORDERS, at("orders"))
        run("INSERT INTO orders VALUES (4, 'Bonn', 'z', NULL)")
        loaded = dk.load(at("orders"))
        assert loaded["kind"].cat.categories.tolist() == ["y", "x", "z"]
        assert dk.count(at("orders"), "kind = 'z'") == 1

    def test_a_column_that_was_dropped_is_gone(self, at, run):
        dk.save(ORDERS, at("orders"))
        run("ALTER TABLE orders DROP COLUMN city")
        assert_same(dk.load(at("orders")), ORDERS[["id", "kind", "took"]])

    @pytest.mark.parametrize(
        "comment",
        [
            "of somebody else",
            "{",
            "[1]",
            '{"writer": "dkdata"}',
            '{"writer": "dkdata", "columns": 7}',
            '{"writer": "dkdata", "columns": [7]}',
            '{"writer": "dkdata", "columns": [{"x": 1}]}',
            '{"writer": "dkdata", "types": []}',
            '{"writer": "dkdata", "version": 99, "columns": []}',
            '{"writer": "dkdata", "spilled": "00"}',
            '{"writer": "dkdata", "spilled": 7}',
        ],
    )
    @pytest.mark.filterwarnings("ignore::dkdata.errors.DkWarning")
    def test_a_damaged_comment_fails_nothing(self, at, run, comment):
        dk.save(ORDERS, at("orders"))
        run(f"COMMENT ON TABLE orders IS '{comment}'")
        assert dk.load(at("orders"))["city"].tolist()[::2] == ["Oslo", "Rome"]
        dk.save(ORDERS, at("orders"), mode="replace")
        assert_same(dk.load(at("orders")), ORDERS)


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["a b", 'a "b"', "it's", "select", "größe", "x" * 300, "a;b", "a.b",
         "dkdata.commits", '"quoted"', "a#b", "a@3", "%", "\\"],
    )  # fmt: skip
    def test_names_of_tables(self, name):
        target = '"' + name.replace('"', '""') + '"'
        dk.save(ORDERS, target)
        assert dk.tables("local")["table"].tolist() == [name]
        assert_same(dk.load(target), ORDERS)
        dk.save(ORDERS, target, mode="append")
        assert dk.count(target, "id = 1") == 2
        dk.drop(target)
        assert dk.tables("local").empty

    def test_tables_are_found_in_any_case(self):
        dk.save(ORDERS, "Orders")
        assert_same(dk.load("oRDERS"), ORDERS)
        with pytest.raises(ExistsError, match="'ORDERS' exists"):
            dk.save(ORDERS, "ORDERS")
        assert dk.tables("local")["table"].tolist() == ["Orders"]

    def test_columns_that_differ_only_by_case(self, at, run):
        labels = ["a", "A", "a__2", '"', "''", "select", "rowid", "x" * 300]
        frame = pd.DataFrame([range(len(labels))], columns=labels)
        dk.save(frame, at("cases"))
        assert_same(dk.load(at("cases")), frame)
        assert dk.load(at("cases"), where=dk.col("A") == 1, columns=["A"])["A"].tolist() == [1]
        assert len({row[0].lower() for row in run("DESCRIBE cases")}) == len(labels)

    def test_missing_tables_suggest_the_nearest(self, at):
        with pytest.raises(TableNotFoundError, match=r"'order' in store 'shop.duckdb'.*none"):
            dk.load(at("order"))
        dk.save(ORDERS, at("orders"))
        for act in (dk.load, dk.count, dk.drop, lambda target: dk.delete(target, "id = 1")):
            with pytest.raises(TableNotFoundError, match="Did you mean 'orders'"):
                act(at("order"))


class TestFiles:
    @pytest.mark.parametrize("act", ["load", "replace", "append", "drop", "tables"])
    @pytest.mark.parametrize("kind", ["empty", "foreign", "an image", "a half", "damaged"])
    def test_what_is_no_database_is_left_as_it_is(self, at, path, kind, act):
        dk.save(ORDERS, at("orders"))
        good = path.read_bytes()
        damaged = bytearray(good)
        damaged[4096 * 3 :: 50] = bytes(len(damaged[4096 * 3 :: 50]))
        bad = {"empty": b"", "foreign": b"hello " * 5000, "an image": b"\x89PNG\r\n" * 5000,
               "a half": good[:9000], "damaged": bytes(damaged)}[kind]  # fmt: skip
        path.write_bytes(bad)
        acts = {
            "load": lambda: dk.load(at("orders")),
            "replace": lambda: dk.save(ORDERS, at("orders"), mode="replace"),
            "append": lambda: dk.save(ORDERS, at("orders"), mode="append"),
            "drop": lambda: dk.drop(at("orders")),
            "tables": lambda: dk.connect(f"duckdb:///{path}").tables(),
        }
        with pytest.raises(StoreError, match=r"shop\.duckdb"):
            acts[act]()
        assert path.read_bytes() == bad
        assert [found.name for found in path.parent.glob("*shop*")] == ["shop.duckdb"]

    def test_a_folder_is_no_file(self, at, path):
        path.mkdir()
        for act in (dk.load, lambda target: dk.save(ORDERS, target)):
            with pytest.raises(UsageError, match=r"shop\.duckdb' is a folder, not a DuckDB file"):
                act(at("orders"))

    def test_nothing_is_made_by_reading(self, at, path):
        assert not dk.exists(at("orders"))
        with pytest.raises(TableNotFoundError):
            dk.load(at("orders"))
        assert not path.exists()


class TestKept:
    def test_drop_removes_all_that_is_kept(self, at, run):
        large = pd.DataFrame({"kind": pd.Categorical(["k1"], [f"k{n}" for n in range(20_000)])})
        for table in ("large", "other"):
            dk.save(large, at(table), run_id="r1")
        assert run("SELECT count(*) FROM dkdata.descriptors") == [(2,)]
        assert run("SELECT count(*) FROM dkdata.commits") == [(2,)]
        dk.drop(at("large"))
        assert run("SELECT table_name FROM dkdata.descriptors") == [("other",)]
        assert run("SELECT table_name FROM dkdata.commits") == [("other",)]
        assert_same(dk.load(at("other")), large)

    def test_a_long_list_of_categories(self, at, run):
        names = [f"category {n}" for n in range(20_000)]
        large = pd.DataFrame({"kind": pd.Categorical(names[:9], names, ordered=False)})
        dk.save(large, at("large"))
        assert run("SELECT length(comment) < 1000 FROM duckdb_tables() WHERE comment <> ''") == [
            (True,)
        ]
        assert_same(dk.load(at("large")), large)
        dk.save(pd.DataFrame({"kind": pd.Categorical(["new"])}), at("large"), mode="append")
        assert dk.load(at("large"))["kind"].cat.categories.tolist() == [*names, "new"]
        dk.save(ORDERS, at("large"), mode="replace")
        assert_same(dk.load(at("large")), ORDERS)

    def test_more_than_one_row_group(self, at):
        frame = pd.DataFrame({"id": range(300_000)})
        frame["name"] = "n" + (frame["id"] % 7).astype("str")
        dk.save(frame, at("long"))
        dk.save(frame, at("long"), mode="append")
        assert_same(dk.load(at("long")), pd.concat([frame, frame], ignore_index=True))
        found = dk.load(at("long"), where="id between 250000 and 250002", order_by="-id")
        assert found["id"].tolist() == [250_002] * 2 + [250_001] * 2 + [250_000] * 2

    def test_the_file_does_not_grow_with_every_replace(self, at, path):
        frame = pd.DataFrame({"x": np.random.default_rng(0).random(100_000)})
        sizes = []
        for _ in range(8):
            dk.save(frame, at("again"), mode="replace")
            sizes.append(path.stat().st_size)
        assert sizes[-1] <= 3 * sizes[0]


class TestExplain:
    @pytest.fixture
    def table(self, at):
        dk.save(ORDERS, at("orders"))
        return dk.table(at("orders"))

    def test_filters_and_columns_are_pushed_down(self, table):
        told = table.filter("id > 1").select("city").explain()
        assert told.startswith('DuckDB: SELECT "city" FROM ')
        assert "Projections: city" in told
        assert "Filters: id > 1" in told

    def test_limits_and_sorts_are_pushed_down(self, table):
        told = table.sort("-id").limit(2).explain()
        assert "ORDER BY" in told
        assert "LIMIT" in told
        assert "then DuckDB" not in told

    def test_what_is_left_is_told(self, table):
        told = table.limit(2).filter("id > 1").explain()
        assert "then DuckDB, on the rows of that" in told

    def test_values_are_not_in_the_statement(self, table):
        told = table.filter(dk.col("city") == "it's; DROP TABLE orders").explain()
        assert "DROP TABLE" not in told.splitlines()[0]
        assert dk.count(table.location.label, dk.col("city") == "it's; DROP TABLE orders") == 0
