"""Canonical Arrow types: the few that travel between frames and stores, and their names."""

from __future__ import annotations

import json
from typing import TypeAlias

import pyarrow as pa
from pyarrow import types as is_type

Rows: TypeAlias = "pa.Table | pa.RecordBatchReader"
METADATA = "_dk_metadata"
"""The column that holds the metadata of records, as JSON objects."""

_SIMPLE = {
    str(t): t
    for t in (
        pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(),
        pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float32(), pa.float64(),
        pa.date32(), pa.time64("us"), pa.time64("ns"),
        *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
        *(pa.timestamp(unit, zone) for unit in ("us", "ns") for zone in (None, "UTC")),
    )
} | {"text": pa.large_string(), "binary": pa.large_binary()}  # fmt: skip
# The nullable dtypes of pandas, by the types whose values they hold.
NULLABLE = {
    "bool": "boolean", "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64",
    "uint8": "UInt8", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}  # fmt: skip
_NAMES = {t: name for name, t in _SIMPLE.items()}
_EXACT_DECIMAL = 38


def canonical(data_type: pa.DataType) -> pa.DataType:
    """Return the canonical type that holds every value of ``data_type``.

    Text and binary become their large forms, lists large lists, dictionaries and run-end
    encodings their values, extensions their storage, instants UTC, seconds and milliseconds
    microseconds, half floats single ones.

    Examples
    --------
    >>> canonical(pa.timestamp("ms", "Europe/Berlin"))
    TimestampType(timestamp[us, tz=UTC])
    """
    t = data_type
    if is_type.is_nested(t):
        return _canonical_nested(t)
    if isinstance(t, pa.BaseExtensionType):
        return canonical(t.storage_type)
    if is_type.is_dictionary(t) or is_type.is_run_end_encoded(t):
        return canonical(t.value_type)
    if is_type.is_string(t) or is_type.is_large_string(t) or is_type.is_string_view(t):
        return pa.large_string()
    if any(
        test(t)
        for test in (
            is_type.is_binary,
            is_type.is_large_binary,
            is_type.is_binary_view,
            is_type.is_fixed_size_binary,
        )
    ):
        return pa.large_binary()
    if is_type.is_decimal(t):
        wide = t.precision > _EXACT_DECIMAL
        return (pa.decimal256 if wide else pa.decimal128)(t.precision, t.scale)
    return _canonical_number_or_time(t)


def _canonical_number_or_time(t: pa.DataType) -> pa.DataType:
    if is_type.is_float16(t):
        return pa.float32()
    if is_type.is_date(t):
        return pa.date32()
    if is_type.is_time(t):
        return pa.time64("ns" if t.unit == "ns" else "us")
    if is_type.is_timestamp(t):
        return pa.timestamp("ns" if t.unit == "ns" else "us", "UTC" if t.tz else None)
    if t == pa.month_day_nano_interval():
        counts = (("months", pa.int32()), ("days", pa.int32()), ("nanoseconds", pa.int64()))
        return pa.struct(counts)
    return t


def _canonical_nested(t: pa.DataType) -> pa.DataType:
    if is_type.is_struct(t):
        return pa.struct([pa.field(f.name, canonical(f.type)) for f in t])
    if is_type.is_map(t):
        return pa.map_(canonical(t.key_type), canonical(t.item_type))
    if is_type.is_union(t):
        return pa.large_string()
    if is_type.is_run_end_encoded(t) or is_type.is_dictionary(t):
        return canonical(t.value_type)
    return pa.large_list(canonical(t.value_type))


def canonical_schema(schema: pa.Schema) -> pa.Schema:
    """Return ``schema`` with canonical types; names, order and metadata stay.

    Examples
    --------
    >>> canonical_schema(pa.schema([("a", pa.string())])).field("a").type
    DataType(large_string)
    """
    fields = [pa.field(f.name, canonical(f.type)) for f in schema]
    return pa.schema(fields, metadata=schema.metadata)


def type_name(data_type: pa.DataType) -> str:
    """Return the name of a canonical type, as descriptors keep it.

    Examples
    --------
    >>> type_name(pa.large_list(pa.int64()))
    '{"list": "int64"}'
    """
    name = _to_json(data_type)
    return name if isinstance(name, str) else json.dumps(name, ensure_ascii=False)


def parse_type(name: str) -> pa.DataType:
    """Return the canonical type of a name that ``type_name`` gave.

    Examples
    --------
    >>> parse_type("timestamp[us, tz=UTC]")
    TimestampType(timestamp[us, tz=UTC])
    """
    return _from_json(json.loads(name) if name.startswith("{") else name)


def _to_json(t: pa.DataType) -> object:
    if is_type.is_struct(t):
        return {"struct": [[f.name, _to_json(f.type)] for f in t]}
    if is_type.is_map(t):
        return {"map": [_to_json(t.key_type), _to_json(t.item_type)]}
    if is_type.is_nested(t):
        return {"list": _to_json(t.value_type)}
    if is_type.is_decimal(t):
        return f"decimal({t.precision}, {t.scale})"
    return _NAMES[t]


def _from_json(name: object) -> pa.DataType:
    match name:
        case {"struct": list(fields)}:
            return pa.struct([pa.field(n, _from_json(t)) for n, t in fields])
        case {"map": [key, item]}:
            return pa.map_(_from_json(key), _from_json(item))
        case {"list": item}:
            return pa.large_list(_from_json(item))
        case str() if name.startswith("decimal("):
            precision, scale = (int(part) for part in name[8:-1].split(","))
            wide = precision > _EXACT_DECIMAL
            return (pa.decimal256 if wide else pa.decimal128)(precision, scale)
        case _:
            return _SIMPLE[str(name)]


def batches_of(rows: Rows) -> pa.RecordBatchReader:
    """Return ``rows`` as a reader of batches.

    Examples
    --------
    >>> batches_of(pa.table({"a": [1, 2]})).read_all().num_rows
    2
    """
    return rows.to_reader() if isinstance(rows, pa.Table) else rows


def map_batches(rows: Rows, schema: pa.Schema, change: object) -> pa.RecordBatchReader:
    """Return a reader of ``schema`` that changes each batch as it passes."""
    return pa.RecordBatchReader.from_batches(schema, map(change, batches_of(rows)))  # type: ignore[call-overload]
