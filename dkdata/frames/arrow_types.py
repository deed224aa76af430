"""Arrow arrays to canonical types and back to the types that they were saved from."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.types import canonical

_INTERVAL = pa.month_day_nano_interval()


def type_to_text(t: pa.DataType) -> str:
    """Return any Arrow type as text: an IPC schema of one field, base64."""
    return b64encode(pa.schema([pa.field("", t)]).serialize().to_pybytes()).decode()


def type_from_text(text: str) -> pa.DataType:
    """Return the Arrow type that ``type_to_text`` wrote."""
    return pa.ipc.read_schema(pa.py_buffer(b64decode(text))).field(0).type


def whole(array: Any) -> pa.Array:  # noqa: ANN401 - Array or ChunkedArray
    """Return the values in one piece."""
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def to_canonical(array: Any, column: object = "") -> Any:  # noqa: ANN401 - Array or ChunkedArray
    """Return ``array`` in its canonical type.

    Raises
    ------
    SchemaError
        A value is beyond the canonical type (a year after 294,246 in seconds).
    """
    to = canonical(array.type)
    if array.type == to:
        return array
    if isinstance(array, pa.ChunkedArray):
        return pa.chunked_array([to_canonical(c, column) for c in array.chunks], type=to)
    try:
        return _to_canonical(array, to)
    except pa.ArrowInvalid as error:
        message = f"column {column!r} of type {array.type} cannot be kept as {to}: {error}"
        raise SchemaError(message) from error


def _to_canonical(array: pa.Array, to: pa.DataType) -> pa.Array:
    of = array.type
    if isinstance(of, pa.BaseExtensionType):
        return to_canonical(array.storage)
    if is_type.is_dictionary(of):
        return to_canonical(array.dictionary).take(array.indices)
    if is_type.is_run_end_encoded(of):
        return to_canonical(pc.run_end_decode(array))
    if of == _INTERVAL:
        return pa.array([_interval_parts(value) for value in array.to_pylist()], to)
    if is_type.is_union(of):
        from dkdata.frames import tagged  # noqa: PLC0415 - loads pandas

        texts = [None if v is None else tagged.dumps(v) for v in array.to_pylist()]
        return pa.array(texts, to)
    if is_type.is_nested(of):
        return _nested(array, to)
    if is_type.is_decimal(of) and is_type.is_decimal(to):
        return array.cast(to)
    if is_type.is_fixed_size_binary(of):
        return array.cast(pa.binary()).cast(to)
    return array.cast(to)


def _interval_parts(value: Any) -> dict[str, int] | None:  # noqa: ANN401 - pa.MonthDayNano
    if value is None:
        return None
    return {"months": value.months, "days": value.days, "nanoseconds": value.nanoseconds}


def _nested(array: pa.Array, to: pa.DataType) -> pa.Array:
    if array.offset:
        array = pa.concat_arrays([array.slice(0, 0), array])
    empty = array.is_null()
    if is_type.is_struct(to):
        children = [to_canonical(child) for child in array.flatten()]
        if not children:
            return pa.array(array.to_pylist(), to)
        return pa.StructArray.from_arrays(children, fields=list(to), mask=empty)
    if is_type.is_map(to):
        keys, items = to_canonical(array.keys), to_canonical(array.items)
        return pa.MapArray.from_arrays(array.offsets, keys, items, type=to, mask=empty)
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    offsets = pc.cumulative_sum(pa.concat_arrays([pa.array([0], lengths.type), lengths]))
    values = to_canonical(array.flatten())
    offsets = offsets.cast(pa.int64())
    return pa.LargeListArray.from_arrays(offsets, values, type=to, mask=empty)


def from_canonical(array: Any, to: pa.DataType) -> Any:  # noqa: ANN401 - Array or ChunkedArray
    """Return a canonical array in the type ``to`` that it was made from."""
    if array.type == to:
        return array
    if isinstance(array, pa.ChunkedArray):
        return pa.chunked_array([from_canonical(c, to) for c in array.chunks], type=to)
    if isinstance(to, pa.BaseExtensionType):
        return to.wrap_array(from_canonical(array, to.storage_type))
    if is_type.is_dictionary(to):
        return _dictionary(from_canonical(array, to.value_type), to)
    if is_type.is_run_end_encoded(to):
        values = from_canonical(array, to.value_type)
        return pc.run_end_encode(values, run_end_type=to.run_end_type)
    if to == _INTERVAL:
        values = [v and pa.MonthDayNano([*v.values()]) for v in array.to_pylist()]
        return pa.array(values, to)
    if is_type.is_union(to):
        message = f"an Arrow union column cannot be restored as {to}"
        raise SchemaError(message)
    if is_type.is_nested(to):
        return _nested_back(array, to)
    if is_type.is_fixed_size_binary(to):
        return array.cast(pa.binary()).cast(to)
    return array.cast(to)


def _dictionary(values: pa.Array, to: pa.DataType) -> pa.Array:
    encoded = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.cast(to.index_type),
        encoded.dictionary,
        ordered=to.ordered,
    )


def _nested_back(array: pa.Array, to: pa.DataType) -> pa.Array:
    if is_type.is_list_view(to) or is_type.is_large_list_view(to):
        return pa.array(array.to_pylist(), to)
    if array.offset:
        array = pa.concat_arrays([array.slice(0, 0), array])
    empty = array.is_null()
    if is_type.is_struct(to):
        pairs = zip(array.flatten(), to, strict=True)
        children = [from_canonical(child, field.type) for child, field in pairs]
        if not children:
            return pa.array(array.to_pylist(), to)
        return pa.StructArray.from_arrays(children, fields=list(to), mask=empty)
    if is_type.is_map(to):
        keys = from_canonical(array.keys, to.key_type)
        items = from_canonical(array.items, to.item_type)
        return pa.MapArray.from_arrays(array.offsets, keys, items, type=to, mask=empty)
    item = pa.large_list(pa.field("item", to.value_type))
    values = from_canonical(array.values, to.value_type)
    restored = pa.LargeListArray.from_arrays(array.offsets, values, type=item, mask=empty)
    if is_type.is_fixed_size_list(to):
        return pa.array(restored.to_pylist(), to)
    return restored.cast(to)
