"""Canonical Arrow types: every type has one, and its name gives it back."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given

from dkdata.types import (
    batches_of,
    canonical,
    canonical_schema,
    map_batches,
    parse_type,
    type_name,
)
from tests.arrow_values import canonical_types

CANONICAL = [
    (pa.string(), pa.large_string()),
    (pa.string_view(), pa.large_string()),
    (pa.large_string(), pa.large_string()),
    (pa.binary(), pa.large_binary()),
    (pa.binary(4), pa.large_binary()),
    (pa.binary_view(), pa.large_binary()),
    (pa.float16(), pa.float32()),
    (pa.date64(), pa.date32()),
    (pa.time32("s"), pa.time64("us")),
    (pa.time32("ms"), pa.time64("us")),
    (pa.time64("ns"), pa.time64("ns")),
    (pa.timestamp("s"), pa.timestamp("us")),
    (pa.timestamp("ms", "Asia/Tokyo"), pa.timestamp("us", "UTC")),
    (pa.timestamp("ns", "+02:00"), pa.timestamp("ns", "UTC")),
    (pa.duration("s"), pa.duration("s")),
    (pa.decimal32(5, 2), pa.decimal128(5, 2)),
    (pa.decimal64(12, -2), pa.decimal128(12, -2)),
    (pa.decimal256(20, 3), pa.decimal128(20, 3)),
    (pa.decimal256(60, 3), pa.decimal256(60, 3)),
    (pa.dictionary(pa.int8(), pa.string()), pa.large_string()),
    (pa.run_end_encoded(pa.int32(), pa.int8()), pa.int8()),
    (pa.list_(pa.string()), pa.large_list(pa.large_string())),
    (pa.list_(pa.int8(), 3), pa.large_list(pa.int8())),
    (pa.list_view(pa.int8()), pa.large_list(pa.int8())),
    (pa.large_list(pa.dictionary(pa.int8(), pa.string())), pa.large_list(pa.large_string())),
    (pa.struct([("a", pa.string())]), pa.struct([("a", pa.large_string())])),
    (pa.map_(pa.string(), pa.date64()), pa.map_(pa.large_string(), pa.date32())),
    (pa.uuid(), pa.large_binary()),
    (pa.json_(), pa.large_string()),
    (
        pa.month_day_nano_interval(),
        pa.struct([("months", pa.int32()), ("days", pa.int32()), ("nanoseconds", pa.int64())]),
    ),
]
NAMES = [
    (pa.null(), "null"),
    (pa.bool_(), "bool"),
    (pa.float64(), "double"),
    (pa.large_string(), "text"),
    (pa.large_binary(), "binary"),
    (pa.date32(), "date32[day]"),
    (pa.timestamp("us", "UTC"), "timestamp[us, tz=UTC]"),
    (pa.decimal128(5, -2), "decimal(5, -2)"),
    (pa.decimal256(50, 2), "decimal(50, 2)"),
    (pa.large_list(pa.large_string()), '{"list": "text"}'),
    (pa.map_(pa.large_string(), pa.int8()), '{"map": ["text", "int8"]}'),
    (pa.struct([("größe", pa.int8())]), '{"struct": [["größe", "int8"]]}'),
    (pa.struct([]), '{"struct": []}'),
]


@pytest.mark.parametrize(("given_type", "expected"), CANONICAL, ids=str)
def test_canonical_type(given_type, expected):
    assert canonical(given_type) == expected


@given(canonical_types())
def test_canonical_types_are_their_own_canonical_type(data_type):
    assert canonical(data_type) == data_type


@pytest.mark.parametrize(("data_type", "name"), NAMES, ids=str)
def test_name_of_a_type(data_type, name):
    assert type_name(data_type) == name
    assert parse_type(name) == data_type


@given(canonical_types())
def test_names_give_the_type_back(data_type):
    assert parse_type(type_name(data_type)) == data_type


def test_canonical_schema_keeps_names_order_and_metadata():
    schema = pa.schema([("b", pa.string()), ("a", pa.int8())], metadata={"dkdata": "{}"})
    expected = pa.schema([("b", pa.large_string()), ("a", pa.int8())], metadata={"dkdata": "{}"})
    assert canonical_schema(schema).equals(expected, check_metadata=True)


def test_a_reader_of_a_reader_is_itself():
    reader = pa.table({"a": [1]}).to_reader()
    assert batches_of(reader) is reader


def test_map_batches_changes_each_batch():
    rows = pa.table({"a": [1, 2, 3]})
    assert map_batches(rows, rows.schema, lambda batch: batch.slice(1)).read_all()[
        "a"
    ].to_pylist() == [2, 3]
