"""Byte streams of text files, packed by gzip or Zstandard or not at all."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from pathlib import Path

    from dkdata.stores.file.snapshot import Snapshot

_GZIP_LEVEL = 6
_WINDOW = 1 << 16
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UTF8_BOM = b"\xef\xbb\xbf"


def output(path: Path, packing: str | None) -> BinaryIO:
    """Open a new file for bytes."""
    if packing == "gzip":
        return cast("BinaryIO", gzip.open(path, "wb", compresslevel=_GZIP_LEVEL))
    if packing == "zstd":
        return cast("BinaryIO", pa.output_stream(str(path), compression="zstd"))
    return path.open("wb")


def input_of(file: Snapshot, packing: str | None, encoding: str = "utf-8") -> pa.NativeFile:
    """Open a file for reading, unpacked and as UTF-8."""
    stream = pa.input_stream(file.place, compression=packing)
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        return stream
    return pa.transcoding_input_stream(stream, encoding, "utf-8")


def count(data: bytes, byte: bytes) -> int:
    """Return how often a byte occurs; faster than ``bytes.count`` where that is often.

    Examples
    --------
    >>> count(b"a,b,c", b",")
    2
    """
    values, sought = np.frombuffer(data, np.uint8), byte[0]
    windows = range(0, len(values), _WINDOW)
    return sum(int(np.count_nonzero(values[i : i + _WINDOW] == sought)) for i in windows)
