"""Tables that somebody else made: each type, each name, whatever is read like a table."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import closing
from decimal import Decimal

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import commit
from dkdata.errors import DkWarning, QueryError, StoreError, TableNotFoundError
from tests.services.databases import created, run

UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
LONG = "1" * 60 + "." + "2" * 30
# Type, value in SQL, what is loaded; `same` is how PostgreSQL itself writes the value.
ODD = [
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    ("macaddr8", "'08:00:2b:01:02:03:04:05'", "08:00:2b:01:02:03:04:05"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("int8range", "'empty'", "empty"),
    ("numrange", "'[1.50,2]'", "[1.50,2]"),
    ("tsrange", "'[2024-01-01,)'", '["2024-01-01 00:00:00",)'),
    ("tstzrange", "'[2024-01-01 00:00+02,)'", '["2023-12-31 22:00:00+00",)'),
    ("daterange", "'[2024-01-01,infinity)'", "[2024-01-01,infinity)"),
    ("int4multirange", "'{[1,3),[5,9)}'", "{[1,3),[5,9)}"),
    ("datemultirange", "'{[2024-01-01,2024-02-01)}'", "{[2024-01-01,2024-02-01)}"),
    ("pair", """ROW(1, 'a,"b')""", '(1,"a,""b")'),
    ("positive", "5", 5),
    ("short", "'abc'", "abc"),
    ("numbers", "'{1,2}'", [1, 2]),
    ("mood", "'ok'", "ok"),
    ("money", "-12.5", Decimal("-12.50")),
    ("numeric", "1.50", Decimal("1.50")),
    ("numeric", "'NaN'", "NaN"),
    ("numeric", "'-Infinity'", "-Infinity"),
    ("numeric", LONG, LONG),
    ("numeric(10,2)", "1.5", Decimal("1.50")),
    ("numeric(10,2)", "'NaN'", "NaN"),
    ("numeric(3,-2)", "12345", Decimal(12_300)),
    ("numeric(3,5)", "0.00123", Decimal("0.00123")),
    ("date", "'2024-02-29'", dt.date(2024, 2, 29)),
    ("timestamp", "'2024-01-01 01:02:03.456789'", dt.datetime(2024, 1, 1, 1, 2, 3, 456_789)),  # noqa: DTZ001
    ("timestamptz", "'2024-01-01 00:00+02'", dt.datetime(2023, 12, 31, 22, tzinfo=dt.UTC)),
    ("time", "'10:11:12.5'", dt.time(10, 11, 12, 500_000)),
    ("time", "'24:00'", "24:00:00"),
    ("timetz", "'10:11:12+02'", "10:11:12+02"),
    ("interval", "'1 month 2 days 3 hours'", "1 mon 2 days 03:00:00"),
    ("bit(3)", "B'101'", "101"),
    ("bit varying", "B'10101'", "10101"),
    ("tsvector", "'a fat cat'", "'a' 'cat' 'fat'"),
    ("json", """'{"a":  1}'""", '{"a":  1}'),
    ("jsonb", """'{"a":  1}'""", '{"a": 1}'),
    ("jsonb", "'null'", "null"),
    ("int[]", "'{1,NULL,3}'", [1, None, 3]),
    ("int[]", "'{}'", []),
    ("int[][]", "'{{1,2},{3,4}}'", "{{1,2},{3,4}}"),
    ("text[]", r"""ARRAY['a,b', '"', NULL, 'NULL', '', E'\\', E'\n', '{}']""",
     ["a,b", '"', None, "NULL", "", "\\", "\n", "{}"]),
    ("mood[]", "'{ok,NULL}'", ["ok", None]),
    ("pair[]", "ARRAY[ROW(1, 'a')::pair]", ["(1,a)"]),
    ("numeric(5,2)[]", "'{1.5}'", [Decimal("1.50")]),
    ("numeric(5,2)[]", "'{NaN}'", "{NaN}"),
    ("numeric[]", "'{1.50,NaN}'", ["1.50", "NaN"]),
    ("time[]", "'{10:00}'", [dt.time(10)]),
    ("time[]", "'{10:00,24:00}'", "{10:00:00,24:00:00}"),
    ("timestamptz[]", "ARRAY['2024-01-01Z'::timestamptz]", [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]),  # noqa: E501
    ("bytea[]", r"ARRAY['\x00ff'::bytea]", [b"\0\xff"]),
    ("positive[]", "'{1}'", [1]),
    ("box[]", "'{(1,1),(0,0);(2,2),(0,0)}'", ["(1,1),(0,0)", "(2,2),(0,0)"]),
    ("uuid", f"'{UUID}'", UUID),
    ("char(5)", "'ab'", "ab"),
    ('"char"', "'x'", "x"),
    ("name", "'n'", "n"),
    ("oid", "4294967295", 4_294_967_295),
    ("regclass", "'pg_class'", "pg_class"),
    ("xid", "'5'", "5"),
    ("pg_lsn", "'16/B374D848'", "16/B374D848"),
    ("point", "'(1,2)'", "(1,2)"),
    ("real", "1.5", 1.5),
    ("smallint", "-5", -5),
    ("bytea", r"'\x00ff'", b"\0\xff"),
    ("text", "''", ""),
]  # fmt: skip
TYPES = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN short AS varchar(5);
    CREATE DOMAIN numbers AS int[];
"""
# The package of PostgreSQL 18 lacks libxml and all extensions.
only_with_extensions = pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
COLUMNS = [
    'a"b',
    "100%",
    "%s",
    "%(x)s",
    "a\nb",
    "UPPER",
    "select",
    "größe",
    "o'x",
    "\\x",
    "{}",
    "x" * 63,
]


@pytest.mark.parametrize("as_", ["pandas", "polars", "arrow"])
def test_each_type_loads_and_takes_its_own_values_again(sql, as_):
    # Times of polars count nanoseconds, and a list of them is no list of PostgreSQL's times.
    cases = [case for case in ODD if (as_, case[0]) != ("polars", "time[]")]
    columns = ", ".join(f"c{n} {of}" for n, (of, *_) in enumerate(cases))
    values = ", ".join(value for _, value, _ in cases)
    sql(f"{TYPES} CREATE TABLE odd ({columns}); INSERT INTO odd VALUES ({values})")
    loaded = dk.load("warehouse.odd", as_=as_)
    table = dk.load("warehouse.odd", as_="arrow")
    (found,) = table.to_pylist()
    assert list(found.values()) == [expected for *_, expected in cases]
    dk.save(loaded, "warehouse.odd", mode="append")
    wrong = [of for n, (of, *_) in enumerate(cases)
             if sql(f"SELECT count(DISTINCT c{n}::text) FROM odd") != [(1,)]]  # fmt: skip
    assert wrong == []


def test_each_type_is_filtered_and_counted_by_what_is_loaded(sql):
    sql(TYPES)
    for of, value, _ in ODD:
        sql(f"CREATE TABLE odd AS SELECT 1 AS id, ({value})::{of} AS v UNION ALL SELECT 2, NULL")
        assert dk.load("warehouse.odd", where=dk.col("v").not_null())["id"].tolist() == [1], of
        assert dk.count("warehouse.odd", dk.col("v").is_null()) == 1, of
        assert dk.load("warehouse.odd", order_by=["-v", "id"])["id"].tolist() == [1, 2], of
        counted = dk.table("warehouse.odd").aggregate(n=("v", "n_unique"), k=("v", "count"))
        assert counted.to_arrow().to_pylist() == [{"n": 1, "k": 1}], of
        sql("DROP TABLE odd")


@only_with_extensions
def test_types_of_extensions(sql):
    sql("CREATE EXTENSION citext; CREATE EXTENSION hstore")
    sql("CREATE TABLE odd AS SELECT 'Abc'::citext AS c, 'a=>1, b=>NULL'::hstore AS h")
    loaded = dk.load("warehouse.odd")
    assert loaded.to_dict("records") == [{"c": "Abc", "h": '"a"=>"1", "b"=>NULL'}]
    assert dk.count("warehouse.odd", "c = 'abc'") == 0
    dk.save(loaded, "warehouse.odd", mode="append")
    assert sql("SELECT count(*), count(DISTINCT h::text) FROM odd") == [(2, 1)]


@only_with_extensions
def test_xml(sql):
    sql("CREATE TABLE odd AS SELECT '<a>1</a>'::xml AS v")
    dk.save(dk.load("warehouse.odd"), "warehouse.odd", mode="append")
    assert sql("SELECT v::text FROM odd") == [("<a>1</a>",)] * 2


def test_infinite_times_come_with_a_warning(sql):
    sql("CREATE TABLE odd AS SELECT 'infinity'::date AS d, '-infinity'::timestamp AS t")
    with pytest.warns(DkWarning, match="infinity") as warned:
        dk.load("warehouse.odd", as_="arrow")
    assert len(warned) == 2


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_any_name(sql, name):
    quoted = '"' + name.replace('"', '""') + '"'
    sql(f"CREATE TABLE named (id int, {quoted} text); INSERT INTO named VALUES (1, 'x'), (2, NULL)")
    table = "warehouse.named"
    assert dk.load(table, as_="arrow").column_names == ["id", name]
    assert dk.load(table, where=dk.col(name) == "x")["id"].tolist() == [1]
    assert dk.load(table, order_by=[name])["id"].tolist() == [1, 2]
    grouped = dk.table(table).aggregate(by=[name], n=("id", "sum")).to_arrow()
    assert grouped.to_pydict() == {name: ["x", None], "n": [1, 2]}
    assert dk.update(table, {name: "y"}, "id = 1") == 1
    more = pa.table({"id": pa.array([3], pa.int32()), name: ["z"]})
    dk.save(more, table, mode="append")
    dk.save(more, table, mode="upsert", key="id")
    assert dk.delete(table, dk.col(name) == "z") == 1
    dk.save(dk.load(table), table, mode="replace")
    assert sorted(sql("SELECT * FROM named")) == [(1, "y"), (2, None)]


@pytest.mark.parametrize(
    "name", ['a"b', "100%", "%s", "a.b", "a\nb", "UPPER", "select", "größe", "pg_x"]
)
def test_tables_of_any_name(sql, name):
    quoted = '"' + name.replace('"', '""') + '"'
    sql(f"CREATE TABLE {quoted} (id int); INSERT INTO {quoted} VALUES (1)")
    target = f"warehouse.{quoted}"
    more = pd.DataFrame({"id": np.array([2], "int32")})
    dk.save(more, target, mode="append")
    assert dk.load(target)["id"].tolist() == [1, 2]
    assert dk.tables("warehouse")["table"].tolist() == [name]
    dk.save(more, target, mode="replace")
    assert dk.delete(target, "id = 2") == 1
    dk.drop(target)
    assert dk.tables("warehouse").empty


def test_schemas_outside_of_the_search_path(sql, postgres_url):
    sql("""
        CREATE SCHEMA sales; CREATE TABLE sales.orders AS SELECT 1 AS id;
        CREATE TABLE orders AS SELECT 2 AS id;
        CREATE SCHEMA "S.x"; CREATE TABLE "S.x"."my.t" AS SELECT 3 AS id;
    """)
    assert dk.load("warehouse.orders")["id"].tolist() == [2]
    assert dk.load("warehouse.sales.orders")["id"].tolist() == [1]
    assert dk.load('warehouse."S.x"."my.t"')["id"].tolist() == [3]
    dk.save(dk.load("warehouse.orders"), "warehouse.sales.more")
    dk.configure(
        {"stores": {"shop": {"backend": "postgres", "url": postgres_url, "schema": "sales"}}}
    )
    assert dk.tables("shop")["table"].tolist() == ["S.x.my.t", "more", "orders", "public.orders"]
    assert dk.load("shop.orders")["id"].tolist() == [1]
    dk.save(dk.load("shop.public.orders"), "shop.orders", mode="replace")
    assert sql("SELECT id FROM sales.orders") == [(2,)]


@only_with_extensions
def test_whatever_is_read_like_a_table(sql):
    sql("""
        CREATE TABLE base AS SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b';
        CREATE VIEW seen AS SELECT id * 2 AS twice FROM base;
        CREATE MATERIALIZED VIEW kept AS SELECT * FROM base;
        CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
        CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (10) TO (20);
        INSERT INTO parted VALUES (11, 'x'), (1, 'a');
        CREATE TABLE heir (extra text) INHERITS (base); INSERT INTO heir VALUES (3, 'c', 'e');
        CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE far (line text) SERVER files OPTIONS (program 'echo 1; echo 2');
    """)
    found = {name: dk.load(f"warehouse.{name}").to_numpy().tolist()
             for name in dk.tables("warehouse")["table"]}  # fmt: skip
    assert found == {
        "base": [[1, "a"], [2, "b"], [3, "c"]],
        "far": [["1"], ["2"]],
        "heir": [[3, "c", "e"]],
        "kept": [[1, "a"], [2, "b"]],
        "parted": [[1, "a"], [11, "x"]],
        "seen": [[2], [4], [6]],
    }
    assert dk.load("warehouse.part2")["id"].tolist() == [11]
    assert dk.count("warehouse.seen", "twice > 2") == 2
    assert dk.load("warehouse.far", where="line = '2'", order_by="-line")["line"].tolist() == ["2"]


@only_with_extensions
def test_tables_of_another_server(sql, postgres_url):
    sql("CREATE EXTENSION postgres_fdw")
    with created(postgres_url) as other:
        run(
            other,
            "CREATE TABLE orders (id int PRIMARY KEY, v text); INSERT INTO orders VALUES (1, 'a')",
        )
        mapped = _address(other)
        sql(f"""
            CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS
                (host '{mapped["host"]}', port '{mapped["port"]}', dbname '{mapped["dbname"]}');
            CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS
                (user '{mapped["user"]}', password '{mapped["password"]}');
            IMPORT FOREIGN SCHEMA public FROM SERVER there INTO public;
        """)
        more = pa.table({"id": pa.array([1, 2], pa.int32()), "v": ["b", "c"]})
        assert dk.save(more, "warehouse.orders", mode="upsert", key="id").inserted == 1
        assert dk.update("warehouse.orders", {"v": "d"}, "id % 2 = 0") == 1
        assert run(other, "SELECT * FROM orders ORDER BY id") == [(1, "b"), (2, "d")]
        dk.save(more.slice(0, 1), "warehouse.orders", mode="replace")
        assert run(other, "SELECT * FROM orders") == [(1, "b")]
        sql("DROP SERVER there CASCADE")


def _address(url):
    from psycopg2.extensions import parse_dsn  # noqa: PLC0415

    return parse_dsn(url)


def test_tables_without_columns_and_without_rows(sql):
    sql("CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES")
    sql("CREATE TABLE hollow (id int, n numeric, l text[], t time)")
    assert dk.load("warehouse.bare").shape == (2, 0)
    assert dk.count("warehouse.bare") == 2
    assert dk.load("warehouse.hollow").shape == (0, 4)
    dk.save(dk.load("warehouse.hollow"), "warehouse.hollow", mode="append")
    assert dk.tables("warehouse").to_numpy().tolist() == [
        ["warehouse", "bare", 2, 0],
        ["warehouse", "hollow", 0, 4],
    ]


def test_as_many_columns_as_there_can_be(sql):
    columns = ", ".join(f"c{n} int" for n in range(1600))
    sql(f"CREATE TABLE wide ({columns}); INSERT INTO wide (c0, c1599) VALUES (1, 2)")
    loaded = dk.load("warehouse.wide")
    assert (loaded.shape, loaded["c1599"][0]) == ((1, 1600), 2)
    dk.save(loaded, "warehouse.wide", mode="append")
    dk.save(loaded, "warehouse.wide", mode="replace")
    assert sql("SELECT c0, c1599 FROM wide") == [(1, 2)]


def test_only_what_a_query_reads_is_looked_through(sql):
    """Which digits a number without bounds has, only its values tell."""
    sql("""
        CREATE TABLE orders (id int PRIMARY KEY, price numeric, paid numeric(6,2));
        INSERT INTO orders VALUES (1, 1.5, 2), (2, 1.123, 'NaN');
    """)
    table = "warehouse.orders"
    assert dk.load(table, where="id = 1")["price"].tolist() == [Decimal("1.5")]
    assert dk.load(table, limit=1)["paid"].tolist() == [Decimal("2.00")]
    assert dk.load(table)["price"].tolist() == [Decimal("1.500"), Decimal("1.123")]
    assert dk.load(table)["paid"].tolist() == ["2.00", "NaN"]
    assert dk.load(table, where="id = 2 and price > 1")["price"].tolist() == [Decimal("1.123")]
    assert dk.count(table, "price > 1.2") == 1
    with pytest.raises(QueryError, match="paid"):
        dk.load(table, where="paid > 1")


@only_with_extensions
def test_what_cannot_be_read_is_listed_all_the_same(sql):
    sql("""
        CREATE TABLE base AS SELECT 1 AS id;
        CREATE VIEW broken AS SELECT id FROM base WHERE 1 / (id - 1) > 0;
        CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE lost (line text) SERVER files OPTIONS (filename '/no/such/file');
    """)
    listed = dk.tables("warehouse").set_index("table")["rows"]
    assert listed["base"] == 1
    assert listed[["broken", "lost"]].isna().all()
    with pytest.raises(StoreError, match="/no/such/file"):
        dk.load("warehouse.lost")
    with pytest.raises(QueryError, match="division by zero"):
        dk.load("warehouse.broken")


def test_writes_are_forgotten_after_a_day_but_for_those_that_have_a_name(sql):
    rows = pd.DataFrame({"id": [1]})
    dk.save(rows, "warehouse.orders", run_id="first")
    dk.save(rows, "warehouse.orders", mode="append")
    before = commit.run_id_since(time.time() - 2 * 24 * 3600)
    sql("UPDATE dkdata.commits SET saved_at = now() - interval '2 days'")
    sql(f"UPDATE dkdata.commits SET run_id = '{before}' WHERE NOT is_named")
    dk.save(rows, "warehouse.orders", mode="append")
    kept = sql("SELECT run_id = 'first', count(*) FROM dkdata.commits GROUP BY 1 ORDER BY 1")
    assert kept == [(False, 1), (True, 1)]
    assert sql(f"SELECT 1 FROM dkdata.commits WHERE run_id = '{before}'") == []
    assert dk.save(rows, "warehouse.orders", run_id="first").repeated


def test_what_is_not_the_users_is_not_listed(sql, postgres_url):
    dk.save(pd.DataFrame({"id": [1]}), "warehouse.orders", run_id="first")
    assert sql("SELECT count(*) FROM dkdata.commits") == [(1,)]
    with closing(psycopg2.connect(postgres_url)) as other, other.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE passing (id int)")
        other.commit()
        assert dk.tables("warehouse")["table"].tolist() == ["orders"]
    for name in ("pg_class", "pg_catalog.pg_class", "information_schema.tables", "dkdata.commits"):
        with pytest.raises(TableNotFoundError, match=name):
            dk.load(f"warehouse.{name}")
