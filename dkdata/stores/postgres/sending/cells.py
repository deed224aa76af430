"""The cells of one column in binary COPY: a length, then the value as PostgreSQL receives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.stores.postgres.sending.numeric import numeric
from dkdata.stores.postgres.sending.pieces import joined, lengths, offsets_of, only_where, ragged
from dkdata.stores.postgres.tables.types import EPOCH_DAYS, EPOCH_MICROSECONDS

if TYPE_CHECKING:
    from dkdata.stores.postgres.sending.pieces import Piece

_EPOCHS = {
    pa.date32(): EPOCH_DAYS,
    pa.timestamp("us"): EPOCH_MICROSECONDS,
    pa.timestamp("us", "UTC"): EPOCH_MICROSECONDS,
}
_ITEMS = {
    pa.int16(): "i2", pa.int32(): "i4", pa.int64(): "i8", pa.float32(): "f4", pa.float64(): "f8",
    pa.date32(): "i4", pa.time64("us"): "i8", pa.timestamp("us"): "i8",
    pa.timestamp("us", "UTC"): "i8", pa.duration("us"): "i8",
}  # fmt: skip
# The identifiers of the types that arrays are made of; they are the same in every database.
_OIDS = {
    pa.bool_(): 16, pa.int64(): 20, pa.int16(): 21, pa.int32(): 23, pa.large_string(): 25,
    pa.float32(): 700, pa.float64(): 701, pa.date32(): 1082, pa.timestamp("us"): 1114,
    pa.timestamp("us", "UTC"): 1184,
}  # fmt: skip
_NO_DAYS_NO_MONTHS = np.array(0, "i8")
_JSONB_VERSION = np.array(1, "u1")
_LIST_BYTES = 24
_FROM_ONE = np.array(1, "i4")


def cells(array: pa.Array, *, is_jsonb: bool = False) -> list[Piece]:
    r"""Return the pieces of the cells of a column of a physical type.

    Examples
    --------
    >>> joined(cells(pa.array([258, None], pa.int16())), 2).to_pylist()
    [b'\x00\x00\x00\x02\x01\x02', b'\xff\xff\xff\xff']
    """
    pieces = [_JSONB_VERSION, *_value(array)] if is_jsonb else _value(array)
    length = lengths(pieces)
    if array.null_count:
        present = array.is_valid().to_numpy(zero_copy_only=False)
        length, pieces = np.where(present, length, -1), only_where(present, pieces)
    return [length.astype("i4"), *pieces]


def _value(array: pa.Array) -> list[Piece]:
    """Return the pieces of the values; those of null are of no account."""
    t = array.type
    if is_type.is_large_list(t):
        return _array(array)
    if is_type.is_decimal(t):
        return [numeric(array)]
    if is_type.is_large_string(t) or is_type.is_large_binary(t):
        return [array.view(pa.large_binary())]
    if is_type.is_boolean(t):
        return [_numbers(array.cast(pa.uint8()), "u1")]
    found = _numbers(array, _ITEMS[t])
    if t in _EPOCHS:
        found = found - found.dtype.type(_EPOCHS[t])
    return [found, _NO_DAYS_NO_MONTHS] if is_type.is_duration(t) else [found]


def _numbers(array: pa.Array, dtype: str) -> np.ndarray[Any, Any]:
    """Return the values of an array of one width without a copy; null is any number."""
    width = np.dtype(dtype).itemsize
    return np.frombuffer(array.buffers()[1], dtype, len(array), width * array.offset)


def _array(array: pa.Array) -> list[Piece]:
    """Return arrays of one dimension: type of the items, count, first index, cells of the items.

    PostgreSQL makes the array without dimensions of one whose count is 0.
    """
    offsets, items = offsets_of(array), items_of(array)
    begins, data = np.zeros(1, np.int64), b""
    if len(items):
        inner = joined(cells(items), len(items))
        begins, data = offsets_of(inner), inner.buffers()[2]
    header = np.array([1, items.null_count > 0, _OIDS[items.type]], ">i4").view("V12")
    held = ragged(begins[offsets - offsets[0]], data)
    return [header[0], np.diff(offsets).astype("i4"), _FROM_ONE, held]


def items_of(array: pa.LargeListArray) -> pa.Array:
    """Return the items of all lists; of null, too, where there are any."""
    offsets = offsets_of(array)
    return array.values.slice(offsets[0], offsets[-1] - offsets[0])


def most_bytes(array: pa.Array) -> int:
    """Return how many bytes the cells of a column have, at most: null is counted as 0 is."""
    t = array.type
    if is_type.is_large_list(t):
        return _LIST_BYTES * len(array) + most_bytes(items_of(array))
    if is_type.is_large_string(t) or is_type.is_large_binary(t):
        offsets = offsets_of(array)
        return 5 * len(array) + int(offsets[-1] - offsets[0])
    return _width(t) * len(array)


def _width(t: pa.DataType) -> int:
    """Return the bytes of a cell of a type of one width, or the most that a number has."""
    if is_type.is_decimal(t):
        return 4 + 8 + t.bit_width // 4
    return 4 + np.dtype(_ITEMS.get(t, "u1")).itemsize + 8 * is_type.is_duration(t)
