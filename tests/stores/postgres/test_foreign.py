from __future__ import annotations

import json
from decimal import Decimal

import pyarrow as pa
import pytest

from dkdata.dialects.fragment import quote
from dkdata.stores.postgres.reading.columns import Column, read_expression
from dkdata.stores.postgres.tables.foreign import loaded_types, resolved
from tests.stores.postgres.sessions import counted, selected, session

TEXT = pa.large_string()
TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN price AS numeric(8,2);
CREATE DOMAIN positive AS price CHECK (VALUE > 0);
CREATE DOMAIN short AS varchar(5);
CREATE DOMAIN numbers AS integer[];
CREATE DOMAIN exact AS numeric;
"""
# Type, SQL of a value, what it is read as, and the value.
CASES = [
    ("boolean", "true", pa.bool_(), True),
    ("smallint", "1", pa.int16(), 1),
    ("integer", "1", pa.int32(), 1),
    ("bigint", "1", pa.int64(), 1),
    ("oid", "4294967295", pa.int64(), 4_294_967_295),
    ("real", "0.5", pa.float32(), 0.5),
    ("double precision", "0.1", pa.float64(), 0.1),
    ("bytea", r"'\x00ff'", pa.large_binary(), b"\0\xff"),
    ("date", "'1970-01-02'", pa.date32(), 1),
    ("time", "'00:00:01'", pa.time64("us"), 1_000_000),
    ("time(0)", "'00:00:01.9'", pa.time64("us"), 2_000_000),
    ("time", "'24:00'", TEXT, "24:00:00"),
    ("timestamp(3)", "'1970-01-01 00:00:00.1239'", pa.timestamp("us"), 124_000),
    ("timestamptz", "'1970-01-01 01:00+01'", pa.timestamp("us", "UTC"), 0),
    ("timetz", "'12:00+02'", TEXT, "12:00:00+02"),
    ("interval", "'1 mon 2 days'", TEXT, "1 mon 2 days"),
    ("numeric(10,2)", "1.5", pa.decimal128(10, 2), Decimal("1.50")),
    ("numeric(60,2)", "1.5", pa.decimal256(60, 2), Decimal("1.50")),
    ("numeric(5,-2)", "12345", pa.decimal128(7, 0), Decimal(12_300)),
    ("numeric(3,5)", "0.00123", pa.decimal128(5, 5), Decimal("0.00123")),
    ("numeric(100,2)", "1.25", pa.decimal128(38, 2), Decimal("1.25")),
    ("numeric", "1.50", pa.decimal128(38, 2), Decimal("1.50")),
    ("numeric", "1e40", pa.decimal256(76, 0), Decimal(10**40)),
    ("numeric", "-1e37", pa.decimal128(38, 0), Decimal(-(10**37))),
    ("numeric", "1e80", TEXT, "1" + "0" * 80),
    ("numeric", "'NaN'", TEXT, "NaN"),
    ("numeric", "'-Infinity'", TEXT, "-Infinity"),
    ("numeric", "NULL", pa.decimal128(38, 0), None),
    ("money", "5.25", pa.decimal128(38, 2), Decimal("5.25")),
    ("text", "'a'", TEXT, "a"),
    ("varchar(3)", "'a '", TEXT, "a "),
    ("char(3)", "'a'", TEXT, "a"),
    ('"char"', "'a'", TEXT, "a"),
    ("name", "'a'", TEXT, "a"),
    ("uuid", "'{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'", TEXT, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet", "'1.2.3.4'", TEXT, "1.2.3.4"),
    ("cidr", "'10.0.0.0/8'", TEXT, "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", TEXT, "08:00:2b:01:02:03"),
    ("int4range", "'[1,3)'", TEXT, "[1,3)"),
    ("int4multirange", "'{[1,3)}'", TEXT, "{[1,3)}"),
    ("bit(3)", "B'101'", TEXT, "101"),
    ("tsvector", "'a b'", TEXT, "'a' 'b'"),
    ("json", """'{"a":  1}'""", TEXT, '{"a":  1}'),
    ("jsonb", """'{"a":  1}'""", TEXT, '{"a": 1}'),
    ("mood", "'ok'", TEXT, "ok"),
    ("pair", "ROW(1, 'a b')", TEXT, '(1,"a b")'),
    ("positive", "1.5", pa.decimal128(8, 2), Decimal("1.50")),
    ("exact", "1.50", pa.decimal128(38, 2), Decimal("1.50")),
    ("short", "'a'", TEXT, "a"),
    ("numbers", "'{1,2}'", pa.large_list(pa.int32()), [1, 2]),
    ("integer[]", "'{1,NULL}'", pa.large_list(pa.int32()), [1, None]),
    ("integer[]", "'{{1},{2}}'", TEXT, "{{1},{2}}"),
    ("positive[]", "'{1.5}'", pa.large_list(pa.decimal128(8, 2)), [Decimal("1.50")]),
    ("short[]", "'{a}'", pa.large_list(TEXT), ["a"]),
    ("numbers[]", "ARRAY['{1}'::numbers]", TEXT, '{"{1}"}'),
    ("numeric[]", "'{1.50,NaN}'", pa.large_list(TEXT), ["1.50", "NaN"]),
    ("mood[]", "'{ok,NULL}'", pa.large_list(TEXT), ["ok", None]),
    ("pair[]", "ARRAY[ROW(1, 'a b')::pair]", pa.large_list(TEXT), ['(1,"a b")']),
    ("jsonb[]", """ARRAY['{"a": 1}'::jsonb]""", pa.large_list(TEXT), ['{"a": 1}']),
    ("interval[]", "'{1 mon}'", pa.large_list(TEXT), ["1 mon"]),
    ("bytea[]", r"ARRAY['\x00'::bytea]", pa.large_list(pa.large_binary()), [b"\0"]),
]  # fmt: skip


def _loaded(connection, table):
    """Return the columns of a table that dkdata did not write, and its rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.attname, {resolved('a.atttypid', 'a.atttypmod')} FROM pg_attribute a"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0 ORDER BY a.attnum",
            (table,),
        )
        types = dict(cursor.fetchall())

        def ask(select):
            cursor.execute(select)
            return cursor.fetchone()

        found = loaded_types(table, types, ask)
    columns = [Column(name, of, found[name]) for name, of in types.items()]
    shown = ", ".join(
        f"{read_expression(quote(c.name), c.postgres_type, c.type)} AS {quote(c.name)}"
        for c in columns
    )
    return selected(connection, f"SELECT {shown} FROM {table}", columns).read_all()


def test_every_foreign_type_loads_exactly(postgres_url):
    columns = ", ".join(f'"c {n}" {of}' for n, (of, *_) in enumerate(CASES))
    values = ", ".join(value for _, value, *_ in CASES)
    with session(postgres_url) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"{TYPES} CREATE TABLE t ({columns}); INSERT INTO t VALUES ({values})")
        table = _loaded(connection, "t")
    for column, (of, value, to, expected) in zip(table.columns, CASES, strict=True):
        assert (column.type, counted(column).to_pylist()) == (to, [expected]), (of, value)


def test_an_empty_foreign_table_has_types(postgres_url):
    with session(postgres_url) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (n numeric, a integer[], t time, m money)")
        table = _loaded(connection, "t")
    types = [pa.decimal128(38, 0), pa.large_list(pa.int32()), pa.time64("us"), pa.decimal128(38, 0)]
    assert table.schema.types == types
    assert table.num_rows == 0


@pytest.mark.parametrize("schema", ["public", "other"])
def test_a_type_of_another_schema_loads_as_text(postgres_url, schema):
    with session(postgres_url) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA other")
            cursor.execute(f"CREATE TYPE {schema}.\"date\" AS ENUM ('x')")
            cursor.execute(f'CREATE TABLE t (d {schema}."date", l {schema}."date"[])')
            cursor.execute("INSERT INTO t VALUES ('x', '{x}')")
        table = _loaded(connection, "t")
    assert table.to_pylist() == [{"d": "x", "l": ["x"]}]


def test_what_is_asked_of_a_table_is_one_query():
    asked = []

    def ask(select):
        asked.append(select)
        return (None, False)

    types = loaded_types("t", {"a": "text", 'b"': "integer[]", "c": "time without time zone"}, ask)
    assert types["c"] == pa.time64("us")
    assert asked == [
        'SELECT bool_or(array_ndims("b""") > 1), bool_or("c" = \'24:00\') FROM t',
    ]


def test_nothing_is_asked_of_a_table_whose_types_say_all():
    assert loaded_types("t", {"a": "jsonb"}, json.loads) == {"a": TEXT}
