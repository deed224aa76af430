"""What a row of binary COPY is joined from: bytes of one width, and bytes of many."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A numpy array gives each row an item, or all rows the same one when it has no dimension. An
# Arrow array of large binary values gives each row as many bytes as there are, none for null.
Piece: TypeAlias = "np.ndarray[Any, Any] | pa.LargeBinaryArray"

_BINARY = pa.large_binary()
_NOTHING = pa.scalar(b"", _BINARY)


def offsets_of(array: pa.Array) -> np.ndarray[Any, Any]:
    """Return where the values of a large text, binary or list array begin, and the last ends."""
    if not len(array):
        return np.zeros(1, np.int64)
    return np.frombuffer(array.buffers()[1], np.int64, len(array) + 1, 8 * array.offset)


def ragged(offsets: np.ndarray[Any, Any], data: Any) -> pa.LargeBinaryArray:  # noqa: ANN401 - a buffer
    """Return the piece whose rows are the stretches of ``data`` between the offsets."""
    begins = pa.py_buffer(np.ascontiguousarray(offsets, np.int64))
    held = data if isinstance(data, pa.Buffer) else pa.py_buffer(data)
    return pa.Array.from_buffers(_BINARY, len(offsets) - 1, [None, begins, held])


def lengths(pieces: Iterable[Piece]) -> np.ndarray[Any, Any]:
    """Return the bytes of each row, or one number when they are the same for all."""
    total = np.array(0, np.int64)
    for piece in pieces:
        is_ragged = isinstance(piece, pa.Array)
        total = total + (np.diff(offsets_of(piece)) if is_ragged else piece.itemsize)
    return total


def only_where(present: np.ndarray[Any, Any], pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces without the bytes of the rows that are not present."""
    return [_only_where(present, piece) for piece in _together(pieces, len(present))]


def _only_where(present: np.ndarray[Any, Any], piece: Piece) -> pa.LargeBinaryArray:
    if not isinstance(piece, pa.Array):
        ends = np.zeros(len(present) + 1, np.int64)
        np.cumsum(present, out=ends[1:])
        return ragged(ends * piece.itemsize, piece[present].view(np.uint8))
    if piece.null_count:
        return piece  # the column itself
    bits = pa.py_buffer(np.packbits(present, bitorder="little"))
    begins = pa.py_buffer(offsets_of(piece))
    return pa.Array.from_buffers(_BINARY, len(piece), [bits, begins, piece.buffers()[2]])


def joined(pieces: Iterable[Piece], rows: int) -> pa.LargeBinaryArray:
    """Return the bytes of all pieces, row by row."""
    parts = [
        piece if isinstance(piece, pa.Array) else _as_binary(piece)
        for piece in _together(pieces, rows)
    ]
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(
        *parts, _NOTHING, null_handling="replace", null_replacement=b""
    )


def _as_binary(items: np.ndarray[Any, Any]) -> pa.LargeBinaryArray:
    return ragged(np.arange(len(items) + 1) * items.itemsize, items.view(np.uint8))


def _together(pieces: Iterable[Piece], rows: int) -> Iterator[Piece]:
    """Return the pieces, each run of those of one width as a single one."""
    for is_ragged, run in groupby(pieces, lambda piece: isinstance(piece, pa.Array)):
        if is_ragged:
            yield from run
        else:
            yield _side_by_side(list(run), rows)


def _side_by_side(items: Sequence[np.ndarray[Any, Any]], rows: int) -> np.ndarray[Any, Any]:
    width = sum(item.itemsize for item in items)
    made = np.empty(rows, f"V{width}")
    at = 0
    for item in items:
        big_endian = item.dtype.newbyteorder(">")
        np.ndarray(rows, big_endian, made.data, at, (width,))[...] = item
        at += item.itemsize
    return made
