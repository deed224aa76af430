"""What a row of binary COPY is joined from: bytes of one width, and bytes of many."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        total = total + (
            np.diff(offsets_of(piece)) if isinstance(piece, pa.Array) else piece.itemsize
        )
    return total


def only_where(present: np.ndarray[Any, Any], pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces without the bytes of the rows that are not present."""
    found: list[Piece] = []
    ends = np.zeros(len(present) + 1, np.int64)
    np.cumsum(present, out=ends[1:])
    for piece in _together(pieces, len(present)):
        if isinstance(piece, pa.Array):
            bits = pa.py_buffer(np.packbits(present, bitorder="little"))
            _, _, data = piece.buffers()
            begins = pa.py_buffer(offsets_of(piece))
            found.append(pa.Array.from_buffers(_BINARY, len(piece), [bits, begins, data]))
        else:
            found.append(ragged(ends * piece.itemsize, piece[present].view(np.uint8)))
    return found


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


def _together(pieces: Iterable[Piece], rows: int) -> Iterable[Piece]:
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
