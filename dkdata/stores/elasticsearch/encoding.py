"""Rows as the bodies of bulk requests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata import spilling
from dkdata.frames import envelope
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.elasticsearch.searchable import findable, near_fields
from dkdata.stores.file.documents import bytes_of, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.elasticsearch.definition import Part
    from dkdata.types import Rows

_ROWS = 20_000
_BYTES = 8 << 20
_TEXT = pa.large_string()
_LONGEST_ID = 512  # bytes, as the server has it


@dataclass(frozen=True)
class Body:
    """One bulk request.

    Parameters
    ----------
    first
        The number of its first row among those that are sent.
    """

    content: bytes
    first: int
    rows: int


def bodies(rows: Rows, part: Part) -> Iterator[Body]:
    """Yield requests that make documents of rows, numbered from 0; each has an id of its own."""
    first = 0
    for batch in spilling.rebatched(rows, _ROWS, _BYTES):
        numbers = pa.array(np.arange(first, first + batch.num_rows))
        yield Body(_content("create", batch, numbers, part), first, batch.num_rows)
        first += batch.num_rows


def changes(rows: Rows, number: str, part: Part, action: str = "index") -> Iterator[Body]:
    """Yield requests that put rows in the place of documents; a column has their numbers."""
    first = 0
    for batch in spilling.rebatched(rows, _ROWS, _BYTES):
        columns = [name for name in batch.schema.names if name != number]
        content = _content(action, batch.select(columns), batch.column(number), part)
        yield Body(content, first, batch.num_rows)
        first += batch.num_rows


def removals(rows: Rows, number: str, key: tuple[str, ...]) -> Iterator[Body]:
    """Yield requests that remove the documents of rows."""
    first = 0
    for batch in spilling.rebatched(rows, _ROWS, _BYTES):
        ids = _ids(batch, batch.column(number), key)
        lines = _joined('{"delete":{"_id":', ids, "}}\n")
        yield Body(b"".join([bytes_of(lines)]), first, batch.num_rows)
        first += batch.num_rows


def _content(action: str, batch: pa.RecordBatch, numbers: pa.Array, part: Part) -> bytes:
    named = pa.schema([pa.field(part.fields[f.name], f.type) for f in batch.schema])
    rows = pa.Table.from_arrays(batch.columns, schema=named).append_column(ROW, numbers)
    for name, (field, size) in near_fields(part.schema, part.fields).items():
        rows = rows.append_column(field, findable(batch.column(name), size))
    ids = _ids(batch, numbers, envelope.key_of(part.schema))
    parts, start = list[memoryview](), 0
    for texts in documents(rows):
        own = ids.slice(start, len(texts))
        whole = texts.combine_chunks()
        parts.append(bytes_of(_joined(f'{{"{action}":{{"_id":', own, "}}\n", whole, "\n")))
        start += len(texts)
    return b"".join(parts)


def _ids(batch: pa.RecordBatch, numbers: pa.Array, key: tuple[str, ...]) -> pa.Array:
    """Return the ids of documents, as JSON has them: the key, else the number."""
    return _quoted(ids_of(batch, key) if key else numbers.cast(_TEXT))


def _joined(*parts: str | pa.Array) -> pa.Array:
    texts = [pa.scalar(part, _TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("", _TEXT))


def _quoted(ids: pa.Array) -> pa.Array:
    """Return texts as JSON has them; most need no more than quotes."""
    if pc.any(pc.match_substring_regex(ids, '["\\\\\\x00-\\x1f]')).as_py():
        return pa.array([json.dumps(one, ensure_ascii=False) for one in ids.to_pylist()], _TEXT)
    return _joined('"', ids, '"')


def ids_of(rows: pa.RecordBatch | pa.Table, key: tuple[str, ...]) -> pa.Array:
    """Return the ids of the documents of rows: the key, as text; a long one by its digest."""
    if len(key) == 1:
        column = rows.column(key[0])
        if is_type.is_large_string(column.type) or is_type.is_integer(column.type):
            return _short(_whole(column.cast(_TEXT)))
    chosen = pa.table({str(n): rows.column(name) for n, name in enumerate(key)})
    texts = pa.chunked_array(
        [chunk for found in documents(chosen) for chunk in found.chunks], _TEXT
    )
    return _short(_whole(texts))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _short(texts: pa.Array) -> pa.Array:
    long = pc.greater_equal(pc.binary_length(texts), _LONGEST_ID)
    if not pc.any(long).as_py():
        return texts
    return pa.array(
        [
            hashlib.sha256(text.encode()).hexdigest() if is_long else text
            for text, is_long in zip(texts.to_pylist(), long.to_pylist(), strict=True)
        ],
        _TEXT,
    )
