"""Columns of Arrow sent by binary COPY, and what the server itself says of them then."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from io import BytesIO

import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extras import execute_values
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.physical import Carrier, convert, physical, physical_schema
from dkdata.stores.postgres.sending.encoding import encoded
from dkdata.stores.postgres.tables.types import postgres_type
from tests.arrow_values import arrays, canonical_types

TEXT, BYTES = pa.large_string(), pa.large_binary()
NAIVE, UTC, TIME = pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.time64("us")
FIRST = -210_866_803_200_000_000
DECIMALS = [
    pa.decimal128(5, -3), pa.decimal128(38, 1), pa.decimal128(38, 38),
    pa.decimal256(76, 0), pa.decimal256(76, 39), pa.decimal256(76, 76), pa.decimal256(70, -6),
]  # fmt: skip
LISTS = [
    pa.large_list(t)
    for t in (
        pa.bool_(), pa.int8(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), TEXT,
        pa.date32(), NAIVE, UTC,
    )
]  # fmt: skip


@pytest.fixture
def cursor(postgres_url):
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as made:
        made.execute("set timezone = 'UTC'")
        yield made


def make(cursor, schema, table="copied"):
    columns = ", ".join(f'"{field.name}" {postgres_type(field.type)}' for field in schema)
    cursor.execute(f"drop table if exists {table}; create table {table} ({columns})")


def copy(cursor, batches, schema, **options):
    """Copy rows of physical types into a new table."""
    make(cursor, schema)
    data = BytesIO(b"".join(encoded(batches, schema, **options)))
    cursor.copy_expert("copy copied from stdin (format binary)", data)


def texts(cursor, table="copied"):
    """Return the table's only column as the server prints it."""
    cursor.execute(f"select c::text from {table}")
    return [text for (text,) in cursor.fetchall()]


def one_column(array):
    return pa.record_batch({"c": array})


def inserted(cursor, array, of):
    """Insert a column of a physical type value by value."""
    make(cursor, pa.schema([("c", of)]), "inserted")
    template, values = f"(%s::{postgres_type(of)})", array
    if is_type.is_duration(array.type):
        template, values = "((%s || ' microseconds')::interval)", array.cast(pa.int64()).cast(TEXT)
    elif array.type in (pa.large_list(pa.float32()), pa.large_list(pa.float64())):
        values = array.cast(pa.large_list(TEXT))  # -0.0 in ARRAY[…] would be the number 0
    execute_values(
        cursor, "insert into inserted values %s", zip(values.to_pylist(), strict=True), template
    )


@given(
    of=st.one_of(st.sampled_from([*DECIMALS, *LISTS]), canonical_types()),
    data=st.data(),
    size=st.sampled_from([1, 100, 2**20]),
)
def test_a_drawn_column_is_kept_as_an_insert_keeps_it(cursor, of, data, size):
    column = convert(data.draw(arrays(st.just(of))), physical(of, Carrier.POSTGRES))
    schema = pa.schema([("c", of)])
    cursor.execute("savepoint before")
    try:
        inserted(cursor, column, of)
    except (ValueError, psycopg2.errors.UntranslatableCharacter):
        with pytest.raises(SchemaError, match="cannot hold the character of code 0"):
            list(encoded([one_column(column)], schema))
    else:
        copy(cursor, [one_column(column)], schema, chunk_bytes=size)
        assert texts(cursor) == texts(cursor, "inserted")
    cursor.execute("rollback to savepoint before")


CASES = {
    "boolean": (pa.bool_(), [True, None, False], ["true", None, "false"]),
    "smallint": (pa.int16(), [-(2**15), None, 2**15 - 1], ["-32768", None, "32767"]),
    "integer": (pa.int32(), [-(2**31), 2**31 - 1], ["-2147483648", "2147483647"]),
    "bigint": (pa.int64(), [-(2**63), None], ["-9223372036854775808", None]),
    "real": (pa.float32(), [-0.0, 2**-149, float("inf")], ["-0", "1e-45", "Infinity"]),
    "double": (
        pa.float64(),
        [5e-324, -0.0, float("-inf"), float("nan"), None, 1.7976931348623157e308],
        ["5e-324", "-0", "-Infinity", "NaN", None, "1.7976931348623157e+308"],
    ),
    "text": (TEXT, ["", None, "größe\n\\N", "\U0001f680"], ["", None, "größe\n\\N", "\U0001f680"]),
    "bytea": (BYTES, [b"", None, b"\x00\xff"], [r"\x", None, r"\x00ff"]),
    "date": (
        pa.date32(),
        [-2_440_588, -1, 10_957, None, 2_145_042_905],
        ["4714-11-24 BC", "1969-12-31", "2000-01-01", None, "5874897-12-31"],
    ),
    "time": (TIME, [0, None, 86_399_999_999], ["00:00:00", None, "23:59:59.999999"]),
    "timestamp": (
        NAIVE,
        [FIRST, -1, None, 2**63 - 1],
        ["4714-11-24 00:00:00 BC", "1969-12-31 23:59:59.999999", None,
         "294247-01-10 04:00:54.775807"],
    ),
    "timestamptz": (
        UTC, [FIRST, None, 0], ["4714-11-24 00:00:00+00 BC", None, "1970-01-01 00:00:00+00"],
    ),
    "interval": (
        pa.duration("us"),
        [-(2**63), -1, None, 2**63 - 1],
        ["-2562047788:00:54.775808", "-00:00:00.000001", None, "2562047788:00:54.775807"],
    ),
    "numeric": (
        pa.decimal128(38, 10),
        [Decimal("9999999999999999999999999999.9999999999"), Decimal("-1E-10"), None, Decimal(0)],
        ["9999999999999999999999999999.9999999999", "-0.0000000001", None, "0.0000000000"],
    ),
    "large numeric": (
        pa.decimal256(76, 38),
        [Decimal("-" + "9" * 38 + "." + "9" * 38), Decimal("1E+37"), None],
        ["-" + "9" * 38 + "." + "9" * 38, "1" + "0" * 37 + "." + "0" * 38, None],
    ),
    "rounded numeric": (pa.decimal128(4, -2), [Decimal("1.234E+5"), None], ["123400", None]),
    "small numeric": (pa.decimal128(2, 5), [Decimal("-0.00012"), None], ["-0.00012", None]),
    "array": (
        pa.large_list(pa.int32()), [[1, None, -2], [], None], ["{1,NULL,-2}", "{}", None],
    ),
    "array of text": (
        pa.large_list(TEXT), [["", None, "NULL", 'a"b'], None], ['{"",NULL,"NULL","a\\"b"}', None],
    ),
    "array of dates": (pa.large_list(pa.date32()), [[0, None]], ["{1970-01-01,NULL}"]),
    "array of instants": (pa.large_list(UTC), [[0]], ['{"1970-01-01 00:00:00+00"}']),
    "empty arrays": (pa.large_list(pa.bool_()), [[], []], ["{}", "{}"]),
}  # fmt: skip


def column_of(t, values):
    """Return a column; times, which Python may not have, are given as counts."""
    if is_type.is_large_list(t):
        offsets = np.cumsum([0, *(len(value or ()) for value in values)])
        items = column_of(t.value_type, [item for value in values for item in value or ()])
        empty = pa.array([value is None for value in values])
        return pa.LargeListArray.from_arrays(pa.array(offsets), items, mask=empty)
    if is_type.is_temporal(t):
        return pa.array(values, pa.int32() if is_type.is_date(t) else pa.int64()).view(t)
    if is_type.is_decimal128(t):
        whole = pa.array(values, pa.decimal128(38, t.scale))
        return pa.Array.from_buffers(t, len(whole), whole.buffers())
    return pa.array(values, t)


@pytest.mark.parametrize(("t", "values", "expected"), CASES.values(), ids=list(CASES))
def test_the_server_reads_what_was_meant(cursor, t, values, expected):
    copy(cursor, [one_column(column_of(t, values))], pa.schema([("c", t)]))
    assert texts(cursor) == expected


@pytest.mark.parametrize("t", dict.fromkeys(t for t, _, _ in CASES.values()), ids=str)
def test_a_column_of_nulls_is_kept(cursor, t):
    copy(cursor, [one_column(pa.nulls(2, t))], pa.schema([("c", t)]))
    assert texts(cursor) == [None, None]


def test_every_nan_is_nan(cursor):
    bits = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001], np.uint64)
    copy(cursor, [one_column(pa.array(bits.view(np.float64)))], pa.schema([("c", pa.float64())]))
    assert texts(cursor) == ["NaN", "NaN", "NaN"]


def test_a_document_is_jsonb_and_a_text_that_looks_like_one_is_text(cursor):
    schema = pa.schema([("document", pa.struct([("a", pa.int64())])), ("words", TEXT)])
    words = pa.array(['{"a":  1}', None, r'"\\u0000"'], TEXT)
    kept = physical_schema(schema, Carrier.POSTGRES)
    copy(cursor, [pa.record_batch([words, words], schema=kept)], schema)
    cursor.execute("select pg_typeof(document)::text, document::text, words from copied")
    assert cursor.fetchall() == [
        ("jsonb", '{"a": 1}', '{"a":  1}'),
        ("jsonb", None, None),
        ("jsonb", r'"\\u0000"', r'"\\u0000"'),
    ]


def every_kind(rows):
    """Return a batch with two columns of every kind, one of them with nulls here and there."""
    random = np.random.default_rng(0)
    counts = pa.array(random.integers(-(10**14), 10**14, rows))
    offsets = np.cumsum([0, *random.integers(0, 4, rows)])
    items = pa.array(random.integers(-99, 99, offsets[-1]))

    def thinned(array):
        return pc.if_else(pa.array(random.random(len(array)) < 0.2), None, array)

    def lists(of):
        missing = pa.array(random.random(rows) < 0.2)
        return pa.LargeListArray.from_arrays(pa.array(offsets), thinned(of), mask=missing)

    dense = {
        "number": counts,
        "small": pc.divide(counts, 10**10).cast(pa.int16()),
        "flag": pc.greater(counts, 0),
        "ratio": pc.divide(counts.cast(pa.float64()), 7.0),
        "day": pc.divide(counts, 10**9).cast(pa.int32()).cast(pa.date32()),
        "moment": counts.cast(NAIVE),
        "instant": counts.cast(UTC),
        "price": counts.cast(pa.decimal128(38, 3)),
        "huge": counts.cast(pa.decimal256(76, 20)),
        "words": counts.cast(TEXT),
        "bytes": counts.cast(TEXT).cast(BYTES),
        "lists": pa.LargeListArray.from_arrays(pa.array(offsets), items),
    }
    thin = {f"some_{name}": thinned(column) for name, column in dense.items()}
    return pa.record_batch(dense | thin | {"names": lists(items.cast(TEXT))})


@pytest.mark.parametrize("size", [2_000, 10**9])
def test_many_rows_in_slices_are_kept_as_inserts_keep_them(cursor, size):
    batch = every_kind(3_000)
    slices = [batch.slice(7, 100), batch.slice(107, 0), batch.slice(107, 1_801), batch.slice(2_999)]
    copy(cursor, slices, batch.schema, chunk_bytes=size)
    make(cursor, batch.schema, "inserted")
    rows = [tuple(row.values()) for part in slices for row in part.to_pylist()]
    types = ", ".join(f"%s::{postgres_type(t)}" for t in batch.schema.types)
    execute_values(cursor, "insert into inserted values %s", rows, f"({types})", page_size=500)
    for name in batch.schema.names:
        cursor.execute(f"select {name}::text from copied order by number")
        copied = cursor.fetchall()
        cursor.execute(f"select {name}::text from inserted order by number")
        assert copied == cursor.fetchall(), name


@pytest.mark.parametrize("size", [5_000, 50_000, 10**9])
def test_chunks_are_about_as_large_as_asked_for(size):
    batch = every_kind(2_000)
    header, *chunks, rest, trailer = encoded([batch], batch.schema, chunk_bytes=size)
    assert (len(header), len(trailer)) == (19, 2)
    assert all(size / 4 < len(chunk) <= size for chunk in chunks)
    assert 0 < len(rest) <= size


def test_a_wide_row_is_a_chunk_of_its_own():
    batch = pa.record_batch({"c": pa.array(["x" * 5_000, "y", "z" * 5_000, "y"], TEXT)})
    chunks = encoded([batch], batch.schema, chunk_bytes=1_000)
    assert [len(chunk) for chunk in chunks] == [19, 5_006, 7, 5_006, 7, 2]


def test_no_rows_are_no_rows(cursor):
    batch = every_kind(5)
    copy(cursor, [], batch.schema)
    copy(cursor, [batch.slice(0, 0), batch.slice(5)], batch.schema)
    cursor.execute("select count(*) from copied")
    assert cursor.fetchall() == [(0,)]


def test_rows_without_columns_are_rows(cursor):
    rows = pa.record_batch({"a": [1, 2, 3]}).select([])
    copy(cursor, [rows], rows.schema)
    cursor.execute("select count(*) from copied")
    assert cursor.fetchall() == [(3,)]


def test_a_table_has_at_most_1600_columns(cursor):
    numbers = pa.array([1, None], pa.int16())
    batch = pa.record_batch({f"c{i}": numbers for i in range(1_600)})
    copy(cursor, [batch], batch.schema)
    cursor.execute("select c0, c1599 from copied")
    assert cursor.fetchall() == [(1, 1), (None, None)]
    wider = batch.append_column("one more", numbers)
    with pytest.raises(SchemaError, match=r"^there are 1,601 columns, and a table of PostgreSQL"):
        encoded([wider], wider.schema)


NUL = "PostgreSQL's text cannot hold the character of code 0"
REFUSED = {
    "text": (TEXT, ["a", "b\0c"], "'b\\x00c'", NUL),
    "text in an array": (pa.large_list(TEXT), [["a"], [None, "\0"]], "'\\x00'", NUL),
    "date": (
        pa.date32(), [0, -2_440_589], "'-4713-11-23'",
        "PostgreSQL's dates begin in 4714 BC and end in 5874897",
    ),
    "last date": (
        pa.date32(), [0, 2**31 - 1], "'<value out of range: 2147483647>'",
        "PostgreSQL's dates begin in 4714 BC and end in 5874897",
    ),
    "date in an array": (
        pa.large_list(pa.date32()), [[], [0, -(2**31)]], "'<value out of range: -2147483648>'",
        "PostgreSQL's dates begin in 4714 BC and end in 5874897",
    ),
    "time": (
        TIME, [None, 86_400_000_000], "'<value out of range: 86400000000>'",
        "a time of day is less than 24 hours",
    ),
    "timestamp": (
        NAIVE, [FIRST, FIRST - 1], "'-4713-11-23 23:59:59.999999'",
        "PostgreSQL's times begin in 4714 BC",
    ),
    "instant": (
        UTC, [None, -(2**63)], "'<value out of range: -9223372036854775808>'",
        "PostgreSQL's times begin in 4714 BC",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("t", "values", "shown", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_postgresql_cannot_keep_is_refused_before_its_batch(t, values, shown, reason):
    column = column_of(t, values)
    kept, refused = one_column(column.take(pa.array([0] * 10))), one_column(column)
    chunks = encoded([kept, kept, refused], kept.schema, chunk_bytes=1)
    sent = [next(chunks) for _ in range(1 + 20)]
    with pytest.raises(SchemaError) as raised:
        next(chunks)
    assert str(raised.value) == (
        f"column 'c', row 21: {shown} cannot be kept exactly: {reason}."
        " Change the value or the column's type."
    )
    assert sent == list(encoded([kept, kept], kept.schema, chunk_bytes=1))[:-1]


def test_a_value_of_a_gibibyte_is_refused():
    offsets, size = np.array([0, 3, 2**30 + 3]), 2**30 + 3
    untouched = [pa.py_buffer(offsets), pa.py_buffer(np.zeros(size, "u1"))]
    column = pa.Array.from_buffers(BYTES, 2, [None, *untouched])
    with pytest.raises(
        SchemaError, match=r"^column 'c', row 1: .*: PostgreSQL keeps less than 1 GiB"
    ):
        list(encoded([one_column(column)], pa.schema([("c", BYTES)])))


def test_a_list_of_a_gibibyte_is_refused():
    items = pa.array(np.zeros(90_000_000))
    column = pa.LargeListArray.from_arrays(pa.array([0, 1, 1, 90_000_000]), items)
    told = (
        "column 'c', row 2: '89,999,999 items' cannot be kept exactly: PostgreSQL keeps less than"
    )
    with pytest.raises(SchemaError, match=f"^{told} 1 GiB"):
        list(encoded([one_column(column)], pa.schema([("c", column.type)])))


def test_a_document_with_an_escaped_nul_is_refused():
    schema = pa.schema([("c", pa.large_list(pa.struct([("a", TEXT)])))])
    fine, wrong = r'[{"a": "\\u0000"}]', r'[{"a": "\\\u0000"}]'
    with pytest.raises(SchemaError, match=r"row 1: .* cannot hold the character of code 0"):
        list(encoded([one_column(pa.array([fine, wrong], TEXT))], schema))


def test_the_first_row_is_named_whatever_its_column():
    batch = pa.record_batch({"a": ["x", "x", "\0"], "b": ["x", "\0", "x"]})
    batch = batch.cast(pa.schema([("a", TEXT), ("b", TEXT)]))
    with pytest.raises(SchemaError, match=r"^column 'b', row 1: "):
        list(encoded([batch], batch.schema))


def test_what_lies_under_a_null_is_neither_sent_nor_refused(cursor):
    hidden = pa.array([False, True, False])
    texts_ = pa.array(["a", "\0\0", "b"], TEXT)
    dates = pa.array([0, -(2**31), 1], pa.int32())
    words = pa.LargeListArray.from_arrays(pa.array([0, 1, 2, 3]), texts_, mask=hidden)
    bits = pa.py_buffer(b"\x05")
    batch = pa.record_batch(
        {
            "text": pa.Array.from_buffers(TEXT, 3, [bits, *texts_.buffers()[1:]]),
            "date": pa.Array.from_buffers(pa.date32(), 3, [bits, dates.buffers()[1]]),
            "words": words,
        },
    )
    copy(cursor, [batch], batch.schema)
    cursor.execute("select text, date::text, words from copied")
    assert cursor.fetchall() == [
        ("a", "1970-01-01", ["a"]),
        (None, None, None),
        ("b", "1970-01-02", ["b"]),
    ]
