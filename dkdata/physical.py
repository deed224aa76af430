"""Physical types: how each carrier keeps a canonical type, and the way there and back."""

from __future__ import annotations

import json
import math
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.types import Rows, batches_of


class Carrier(StrEnum):
    """What keeps the columns of a table."""

    ARROW = "arrow"
    PARQUET = "parquet"
    DUCKDB = "duckdb"
    DELTA = "delta"
    POSTGRES = "postgres"
    TEXT = "text"
    JSON = "json"


_MISFITS = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, json.JSONDecodeError)
_TEXT = pa.large_string()
_NATIVE_IN_TEXT = {
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(),
    pa.uint32(), pa.uint64(), pa.float32(), pa.float64(), _TEXT, pa.date32(),
    pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.timestamp("ns", "UTC"),
}  # fmt: skip
_SIGNED = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
}
_DELTA_CHANGES = _SIGNED | {
    pa.timestamp("ns"): pa.timestamp("us"),
    pa.timestamp("ns", "UTC"): pa.timestamp("us", "UTC"),
    pa.time64("us"): pa.int64(),
    pa.time64("ns"): pa.int64(),
}
# PostgreSQL's times and intervals count microseconds.
_POSTGRES_CHANGES = _SIGNED | {
    pa.int8(): pa.int16(),
    pa.timestamp("ns"): pa.int64(),
    pa.timestamp("ns", "UTC"): pa.int64(),
    pa.time64("ns"): pa.int64(),
    pa.duration("us"): pa.duration("us"),
}
# What its arrays can hold; lists of anything else are documents.
_POSTGRES_ITEMS = {
    pa.bool_(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), _TEXT,
    pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"),
}  # fmt: skip


def physical(t: pa.DataType, carrier: Carrier) -> pa.DataType:
    """Return the type in which ``carrier`` keeps the canonical type ``t``.

    Examples
    --------
    >>> physical(pa.duration("s"), Carrier.DUCKDB)
    DataType(int64)
    """
    if is_type.is_nested(t):
        return _physical_nested(t, carrier)
    match carrier:
        case Carrier.ARROW:
            return t
        case Carrier.PARQUET | Carrier.DUCKDB:
            return _physical_in_columns(t)
        case Carrier.DELTA:
            return _DELTA_CHANGES.get(t) or _physical_in_columns(t)
        case Carrier.POSTGRES:
            return t if is_type.is_decimal256(t) else _in_postgres(t)
        case Carrier.TEXT | Carrier.JSON:
            if is_type.is_duration(t):
                return pa.int64()
            return t if t in _NATIVE_IN_TEXT else _TEXT


def _physical_in_columns(t: pa.DataType) -> pa.DataType:
    if is_type.is_duration(t):
        return pa.int64()
    if is_type.is_decimal256(t):
        return _TEXT
    return pa.int32() if is_type.is_null(t) else t


def _in_postgres(t: pa.DataType) -> pa.DataType:
    return _POSTGRES_CHANGES.get(t) or _physical_in_columns(t)


def _physical_nested(t: pa.DataType, carrier: Carrier) -> pa.DataType:
    if carrier is Carrier.POSTGRES:
        is_array = is_type.is_large_list(t) and not is_type.is_nested(t.value_type)
        item = _in_postgres(t.value_type) if is_array else None
        return pa.large_list(item) if item in _POSTGRES_ITEMS else _TEXT
    if carrier in (Carrier.TEXT, Carrier.JSON) or (is_type.is_struct(t) and not t.num_fields):
        return t if carrier is Carrier.ARROW else _TEXT
    if is_type.is_struct(t):
        return pa.struct([pa.field(f.name, physical(f.type, carrier)) for f in t])
    if is_type.is_map(t):
        return pa.map_(physical(t.key_type, carrier), physical(t.item_type, carrier))
    return pa.large_list(physical(t.value_type, carrier))


def physical_schema(schema: pa.Schema, carrier: Carrier) -> pa.Schema:
    """Return the canonical ``schema`` as ``carrier`` keeps it; names and metadata stay."""
    fields = [pa.field(f.name, physical(f.type, carrier)) for f in schema]
    return pa.schema(fields, metadata=schema.metadata)


def convert_rows(rows: Rows, schema: pa.Schema) -> Rows:
    """Return ``rows`` with the types and metadata of ``schema``, column by column in its order.

    Works between a canonical schema and its physical form, in both directions. A table stays
    a table, a reader stays a reader; columns of the right type are not copied.

    Raises
    ------
    SchemaError
        A value does not fit, with its column and row.

    Examples
    --------
    >>> rows = pa.table({"wait": pa.array([90], pa.duration("s"))})
    >>> convert_rows(rows, pa.schema([("wait", pa.int64())]))["wait"].to_pylist()
    [90]
    """
    if [f.type for f in rows.schema] == [f.type for f in schema]:
        return _relabelled(rows, schema)
    if isinstance(rows, pa.Table):
        columns = [
            convert(column, field.type, field.name)
            for column, field in zip(rows.columns, schema, strict=True)
        ]
        return pa.Table.from_arrays(columns, schema=schema)
    return pa.RecordBatchReader.from_batches(schema, _converted_batches(rows, schema))


def _relabelled(rows: Rows, schema: pa.Schema) -> Rows:
    if isinstance(rows, pa.Table):
        return pa.Table.from_arrays(rows.columns, schema=schema)
    if rows.schema.equals(schema, check_metadata=True):
        return rows
    batches = (pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in batches_of(rows))
    return pa.RecordBatchReader.from_batches(schema, batches)


def _converted_batches(rows: pa.RecordBatchReader, schema: pa.Schema) -> Any:  # noqa: ANN401
    first = 0
    for batch in rows:
        columns = [
            convert(column, field.type, field.name, first)
            for column, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        first += batch.num_rows


def convert(array: Any, to: pa.DataType, column: str = "", first_row: int = 0) -> Any:  # noqa: ANN401
    """Return ``array`` (an Array or ChunkedArray) in type ``to``, every value kept exactly.

    Parameters
    ----------
    column, first_row
        Named in the error of a value that does not fit.
    """
    if array.type == to:
        return array
    if isinstance(array, pa.ChunkedArray):
        chunks, row = [], first_row
        for chunk in array.chunks:
            chunks.append(convert(chunk, to, column, row))
            row += len(chunk)
        return pa.chunked_array(chunks, type=to)
    try:
        return _convert(array, to)
    except _MISFITS as error:
        raise _misfit(array, to, column, first_row) from error


def _misfit(array: pa.Array, to: pa.DataType, column: str, first_row: int) -> SchemaError:
    for position in range(len(array)):
        try:
            _convert(array.slice(position, 1), to)
        except _MISFITS as error:
            value = (
                array.slice(position, 1).cast(_TEXT)[0] if _prints(array.type) else array[position]
            )
            return SchemaError.value(column, value.as_py(), first_row + position, str(error))
    return SchemaError(f"column {column!r} cannot be kept as {to}.")


def _prints(t: pa.DataType) -> bool:
    return is_type.is_temporal(t) and not is_type.is_duration(t)


def _convert(array: pa.Array, to: pa.DataType) -> pa.Array:  # noqa: PLR0911 - a table of pairs
    of = array.type
    if is_type.is_null(of) or array.null_count == len(array):
        return pa.nulls(len(array), to)
    if is_type.is_nested(of) and is_type.is_nested(to):
        return _convert_nested(_compact(array), to)
    if is_type.is_nested(of):
        return _nested_to_text(array, to)
    if is_type.is_nested(to):
        return _text_to_nested(array, to)
    if is_type.is_large_binary(of) or is_type.is_large_binary(to):
        return _base64(array).cast(to)
    if is_type.is_large_string(of) and is_type.is_time(to):
        day, glue = pa.scalar("1970-01-01 ", _TEXT), pa.scalar("", _TEXT)
        moments = pc.binary_join_element_wise(day, array, glue)
        return moments.cast(pa.timestamp(to.unit)).cast(to)
    if is_type.is_large_string(of) and is_type.is_timestamp(to) and to.unit == "ns":
        return _text_to_nanoseconds(array, to)
    if is_type.is_timestamp(of) and is_type.is_integer(to):
        return array.cast(pa.int64())
    if is_type.is_timestamp(to) and is_type.is_integer(of):
        return array.cast(pa.timestamp(to.unit)).cast(to)
    if is_type.is_floating(of) and is_type.is_floating(to):
        return array.cast(to, safe=False)
    return array.cast(to)


def _text_to_nanoseconds(array: pa.Array, to: pa.DataType) -> pa.Array:
    """Return instants, also those of the first second that Arrow's parser refuses."""
    try:
        return array.cast(to)
    except pa.ArrowInvalid:
        parts = pc.extract_regex(array, r"^(?P<us>.*\.\d{6})(?P<ns>\d{3})(?P<zone>.*)$")
        us, ns, zone = parts.flatten()
        text = pc.binary_join_element_wise(us, zone, pa.scalar("", _TEXT))
        moments = pc.if_else(parts.is_valid(), text, array).cast(pa.timestamp("us", to.tz))
        micros = moments.cast(pa.int64())
        wrapping = pc.multiply(micros, 1_000)
        count = pc.add(wrapping, pc.fill_null(ns.cast(pa.int64()), 0))
        kept = pc.and_(
            pc.less_equal(pc.abs(micros), 2**63 // 1_000 + 1),
            pc.equal(pc.less(count, 0), pc.less(micros, 0)),
        )
        if kept.false_count:
            raise
        return count.cast(to)


def _base64(array: pa.Array) -> pa.Array:
    """Return binary values as base64 text, or such text as the values."""
    import polars as pl  # noqa: PLC0415 - needed for binary columns in text files only

    series = pl.Series(array)
    if series.dtype == pl.Binary:
        return series.bin.encode("base64").to_arrow()
    decoded = series.str.decode("base64", strict=False)
    if decoded.null_count() != series.null_count():
        message = "it is not base64"
        raise pa.ArrowInvalid(message)
    return decoded.to_arrow()


def _map_values(array: pa.Array, change: Any, to: pa.DataType) -> pa.Array:  # noqa: ANN401
    values = [None if value is None else change(value) for value in array.to_pylist()]
    return pa.array(values, to)


def _compact(array: pa.Array) -> pa.Array:
    """Return ``array`` without an offset: children of a slice reach beyond it."""
    return array.take(pa.array(range(len(array)), pa.int64())) if array.offset else array


def _convert_nested(array: pa.Array, to: pa.DataType) -> pa.Array:
    empty = array.is_null()
    if is_type.is_struct(to):
        fields = zip(array.flatten(), to, strict=True)
        children = [convert(child, field.type) for child, field in fields]
        return pa.StructArray.from_arrays(children, fields=list(to), mask=empty)
    if is_type.is_map(array.type) and not is_type.is_map(to):
        pairs = pa.StructArray.from_arrays([array.keys, array.items], names=["key", "value"])
        array = pa.LargeListArray.from_arrays(array.offsets.cast(pa.int64()), pairs, mask=empty)
        empty = array.is_null()
    elif is_type.is_map(to) and not is_type.is_map(array.type):
        keys, items = array.values.field(0), array.values.field(1)
        array = pa.MapArray.from_arrays(array.offsets.cast(pa.int32()), keys, items, mask=empty)
        empty = array.is_null()
    if is_type.is_map(to):
        keys = convert(array.keys, to.key_type)
        items = convert(array.items, to.item_type)
        return pa.MapArray.from_arrays(array.offsets, keys, items, type=to, mask=empty)
    values = convert(array.values, to.value_type)
    return pa.LargeListArray.from_arrays(array.offsets, values, type=to, mask=empty)


def _json_form(t: pa.DataType) -> pa.DataType:
    """Return the nested type whose leaves are what JSON holds exactly."""
    if is_type.is_struct(t):
        return pa.struct([pa.field(f.name, _json_form(f.type)) for f in t])
    if is_type.is_map(t):
        pair = [("key", _json_form(t.key_type)), ("value", _json_form(t.item_type))]
        return pa.large_list(pa.struct(pair))
    if is_type.is_nested(t):
        return pa.large_list(_json_form(t.value_type))
    as_text = is_type.is_timestamp(t) or is_type.is_date(t)
    return _TEXT if as_text else physical(t, Carrier.TEXT)


def _nested_to_text(array: pa.Array, to: pa.DataType) -> pa.Array:
    plain = _convert_nested(_compact(array), _json_form(array.type))
    named = _named if _has_floats(array.type) else lambda value: value
    return _map_values(
        plain, lambda value: json.dumps(named(value), default=str, ensure_ascii=False), to
    )


def _has_floats(t: pa.DataType) -> bool:
    if is_type.is_nested(t):
        return any(_has_floats(t.field(i).type) for i in range(t.num_fields))
    return is_type.is_floating(t)


def _named(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value in which the floats that JSON, or its readers, lack are texts."""
    match value:
        case float() if not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0):
            return repr(value)
        case dict():
            return {name: _named(item) for name, item in value.items()}
        case list():
            return [_named(item) for item in value]
    return value


def _unnamed(value: Any, form: pa.DataType) -> Any:  # noqa: ANN401 - JSON
    """Return a value of ``form`` with the floats that ``_named`` wrote as texts."""
    if value is None or not _has_floats(form):
        return value
    if is_type.is_struct(form):
        return {f.name: _unnamed(value.get(f.name), f.type) for f in form}
    if is_type.is_nested(form):
        return [_unnamed(item, form.value_type) for item in value]
    return float(value)


def _text_to_nested(array: pa.Array, to: pa.DataType) -> pa.Array:
    form = _json_form(to)
    values = [None if text is None else json.loads(text) for text in array.to_pylist()]
    if _has_floats(form):
        values = [_unnamed(value, form) for value in values]
    return convert(pa.array(values, form), to)


def to_json_values(array: Any) -> list[Any]:  # noqa: ANN401 - Array or ChunkedArray
    """Return the values of a canonical array as JSON values that keep them exactly.

    Examples
    --------
    >>> to_json_values(pa.array([90], pa.duration("s")))
    [90]
    """
    return list(convert(array, _json_form(array.type)).to_pylist())


def from_json_values(values: list[Any], to: pa.DataType) -> pa.Array:
    """Return the canonical array of the values that ``to_json_values`` gave.

    Examples
    --------
    >>> from_json_values([90], pa.duration("s")).type
    DurationType(duration[s])
    """
    return convert(pa.array(values, _json_form(to)), to)
