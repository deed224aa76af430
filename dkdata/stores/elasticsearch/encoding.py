"""Rows as the bodies of bulk requests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from math import ceil
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
    from collections.abc import Iterator, Sequence

    from dkdata.stores.elasticsearch.definition import Part
    from dkdata.types import Rows

_ROWS = 20_000
_CELLS = 400_000  # nulls of many columns take nothing, until they are written out
_BYTES = 8 << 20
_TEXT = pa.large_string()
_IF = (',"if_seq_no":', ',"if_primary_term":')
_LONGEST_ID = 512  # bytes, as the server has it
_DIGESTS = _LONGEST_ID // (2 * hashlib.sha256().digest_size)


@dataclass(frozen=True)
class Body:
    """One bulk request.

    Parameters
    ----------
    first
        The number of its first row among those that are sent.
    rows
        What is sent, in columns.
    """

    content: bytes
    first: int
    rows: pa.RecordBatch

    def halves(self) -> tuple[Body, Body]:
        """Return the two requests into which it is divided."""
        count = self.rows.num_rows
        lines, middle = self.content.split(b"\n"), count // 2
        each = (len(lines) - 1) // count
        at = sum(len(line) + 1 for line in lines[: middle * each])
        return (
            Body(self.content[:at], self.first, self.rows.slice(0, middle)),
            Body(self.content[at:], self.first + middle, self.rows.slice(middle)),
        )


def bodies(rows: Rows, part: Part) -> Iterator[Body]:
    """Yield requests that make documents of rows, numbered from 0; each has an id of its own."""
    for first, batch in _batches(rows):
        numbers = pa.array(np.arange(first, first + batch.num_rows))
        yield Body(_content("create", batch, numbers, part), first, batch)


@dataclass(frozen=True)
class Extra:
    """Columns that rows have beside those of the table.

    Parameters
    ----------
    number
        Of the numbers of the rows.
    version
        Of the versions of the documents, if nothing may be done to any other.
    """

    number: str
    version: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [self.number, *self.version]

    def parts(self, batch: pa.RecordBatch) -> list[str | pa.Array]:
        """Return what the line of an action says of the versions."""
        named = zip(_IF, self.version, strict=False)
        return [part for key, name in named for part in (key, batch.column(name).cast(_TEXT))]


def changes(rows: Rows, extra: Extra, part: Part, action: str = "index") -> Iterator[Body]:
    """Yield requests that put rows in the place of documents."""
    for first, batch in _batches(rows):
        kept, versions = batch.drop_columns(extra.names), extra.parts(batch)
        content = _content(action, kept, batch.column(extra.number), part, versions)
        yield Body(content, first, kept)


def removals(rows: Rows, extra: Extra, key: tuple[str, ...]) -> Iterator[Body]:
    """Yield requests that remove the documents of rows."""
    for first, batch in _batches(rows):
        ids = _ids(batch, batch.column(extra.number), key)
        lines = _joined('{"delete":{"_id":', ids, *extra.parts(batch), "}}\n")
        yield Body(bytes(bytes_of(lines)), first, batch.drop_columns(extra.names))


def _batches(rows: Rows) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield the rows of each request, and the number of the first of them."""
    first, most = 0, max(1, min(_ROWS, _CELLS // max(1, len(rows.schema))))
    for batch in spilling.rebatched(rows, most, _BYTES):
        size = max(1, ceil(batch.num_rows / ceil(max(1, batch.nbytes) / _BYTES)))
        for start in range(0, batch.num_rows, size):
            part = batch.slice(start, size)
            yield first, part
            first += part.num_rows


def _content(
    action: str,
    batch: pa.RecordBatch,
    numbers: pa.Array,
    part: Part,
    versions: Sequence[str | pa.Array] = (),
) -> bytes:
    named = pa.schema([pa.field(part.fields[f.name], f.type) for f in batch.schema])
    rows = pa.Table.from_arrays(batch.columns, schema=named).append_column(ROW, numbers)
    for name, (field, size) in near_fields(part.schema, part.fields).items():
        rows = rows.append_column(field, findable(batch.column(name), size))
    ids = _ids(batch, numbers, envelope.key_of(part.schema))
    actions = _joined(f'{{"{action}":{{"_id":', ids, *versions, "}}\n")
    parts, start = list[memoryview](), 0
    for texts in documents(rows):
        own = actions.slice(start, len(texts))
        parts.append(bytes_of(_joined(own, texts.combine_chunks(), "\n")))
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
    """Return the ids of the documents of rows: the key, as text; one that is no id by its digest.

    A digest is longer than all texts that stand for themselves: it is none of them.
    """
    if len(key) == 1:
        column = rows.column(key[0])
        if is_type.is_large_string(column.type) or is_type.is_integer(column.type):
            return _short(_whole(column.cast(_TEXT)))
    chosen = pa.table({str(n): _unsigned(rows.column(name)) for n, name in enumerate(key)})
    texts = pa.chunked_array(
        [chunk for found in documents(chosen) for chunk in found.chunks], _TEXT
    )
    return _short(_whole(texts))


def _unsigned(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return a column in which all zeros are the same."""
    return pc.add(column, pa.scalar(0, column.type)) if is_type.is_floating(column.type) else column


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _short(texts: pa.Array) -> pa.Array:
    lengths = pc.binary_length(texts)
    is_id = pc.and_(pc.less(lengths, _LONGEST_ID), pc.greater(lengths, 0))
    if pc.all(is_id).as_py() is not False:
        return texts
    return pa.array(
        [
            text if fits else hashlib.sha256(text.encode()).hexdigest() * _DIGESTS
            for text, fits in zip(texts.to_pylist(), is_id.to_pylist(), strict=True)
        ],
        _TEXT,
    )
