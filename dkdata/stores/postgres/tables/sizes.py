"""How large rows are in PostgreSQL's pages, reckoned as its documentation lays them out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.physical import Carrier, convert_rows, physical_schema

_PAGE = 8192
_PAGE_HEADER = 24
_POINTER = 4  # of each row, at the beginning of its page
_ROW_HEADER = 23
_WORD = 8
_SHORT = 126  # bytes that have a header of one; longer ones have one of four
_LONGEST_ROW = 2032  # of longer ones, texts are compressed and put elsewhere
_DIGITS = 4  # of a numeric, in two bytes
_FIXED = {
    pa.bool_(): 1, pa.int16(): 2, pa.int32(): 4, pa.int64(): 8, pa.float32(): 4, pa.float64(): 8,
    pa.date32(): 4, pa.time64("us"): 8, pa.timestamp("us"): 8, pa.timestamp("us", "UTC"): 8,
    pa.duration("us"): 16,
}  # fmt: skip


def heap_bytes(rows: pa.Table) -> int:
    """Return the bytes of the pages of a table of these rows, without those of indexes.

    What PostgreSQL compresses, texts of more than 2 kB, is taken as it is.

    Examples
    --------
    >>> heap_bytes(pa.table({"id": range(1000)}))
    40960
    """
    kept = convert_rows(rows, physical_schema(rows.schema, Carrier.POSTGRES))
    if not kept.num_rows:
        return 0
    bitmap = -(-kept.num_columns // 8)
    has_null = np.zeros(kept.num_rows, bool)
    at = np.zeros(kept.num_rows, np.int64)
    for column in kept.columns:
        is_null = column.is_null().to_numpy()
        has_null |= is_null
        after = _placed(at, column)
        at = np.where(is_null, at, after)
    header = np.where(has_null, _aligned(_ROW_HEADER + bitmap, _WORD), _aligned(_ROW_HEADER, _WORD))
    sizes = _aligned(header + at, _WORD) + _POINTER
    return _pages(sizes) * _PAGE


def _pages(sizes: np.ndarray) -> int:
    """Return how many pages rows of such sizes fill; larger ones go on elsewhere."""
    room = _PAGE - _PAGE_HEADER
    mean = float(np.minimum(sizes, _LONGEST_ROW).mean())
    inside = -(-len(sizes) // max(1, int(room // mean)))
    return int(inside + np.maximum(sizes - _LONGEST_ROW, 0).sum() // room)


def _placed(at: np.ndarray, column: pa.ChunkedArray) -> np.ndarray:
    """Return where a column ends that begins there, or after what alignment asks for."""
    t = column.type
    if t in _FIXED:
        size = _FIXED[t]
        return _aligned(at, min(size, _WORD)) + size
    lengths = _lengths(column)
    is_short = lengths <= _SHORT
    return np.where(is_short, at + 1 + lengths, _aligned(at, 4) + 4 + lengths)


def _lengths(column: pa.ChunkedArray) -> np.ndarray:
    """Return the bytes of the values of a column, without their header; 0 for null."""
    t = column.type
    if is_type.is_decimal(t):
        digits = -(-t.precision // _DIGITS)
        return np.full(len(column), 2 + 2 * digits, np.int64)
    if is_type.is_large_list(t):
        items = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        return 20 + items * _FIXED.get(t.value_type, _WORD)
    return pc.fill_null(pc.binary_length(column), 0).to_numpy().astype(np.int64)


def _aligned(at: np.ndarray | int, to: int) -> np.ndarray:
    return np.asarray(-(-np.asarray(at) // to) * to)
