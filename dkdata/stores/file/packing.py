"""Byte streams of text files, packed by gzip or Zstandard or not at all."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from pathlib import Path

    from dkdata.stores.file.snapshot import Snapshot

MAPPED_BYTES = 256 << 20
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


def count_rows(part: str | bytes, quote: str | None) -> int:
    r"""Return how many lines a file has, or some text, not counting line ends inside quotes.

    polars maps a file into memory. That is fast, but takes memory for one of more than
    ``MAPPED_BYTES``, and ends the process if somebody else cuts it short meanwhile.

    Examples
    --------
    >>> count_rows(b'a,"b\nc"\nd,e\n', '"')
    2
    """
    rows = pl.scan_csv(
        part, has_header=False, quote_char=quote, infer_schema=False, raise_if_empty=False
    )
    return int(rows.select(pl.len()).collect().item())


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
