"""Arrow batches as the bytes that PostgreSQL's binary COPY reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dkdata.stores.postgres.sending import limits
from dkdata.stores.postgres.sending.cells import cells, most_bytes
from dkdata.stores.postgres.sending.pieces import joined, offsets_of
from dkdata.stores.postgres.tables.types import postgres_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    Chunks: TypeAlias = Iterator[bytes | memoryview]

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_CHUNK_BYTES = 4 << 20


def encoded(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, chunk_bytes: int = _CHUNK_BYTES
) -> Chunks:
    r"""Return the bytes of ``COPY … FROM STDIN (FORMAT BINARY)``, columns in their order.

    Parameters
    ----------
    batches
        Rows of the physical types of ``schema``. They are made one after another, on demand.
    schema
        The canonical types, which tell documents from text.
    chunk_bytes
        The most that a chunk has, but for a row that is larger.

    Raises
    ------
    SchemaError
        A value that PostgreSQL cannot keep, with its column and its row, counted over all batches,
        before any chunk of its batch; or there are too many columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = pa.record_batch({"n": pa.array([7], pa.int16())})
    >>> b"".join(encoded([rows], rows.schema))[19:]
    b'\x00\x01\x00\x00\x00\x02\x00\x07\xff\xff'
    """
    limits.check_columns(schema)
    is_jsonb = [postgres_type(t) == "jsonb" for t in schema.types]
    return _chunks(batches, is_jsonb, chunk_bytes)


def _chunks(batches: Iterable[pa.RecordBatch], is_jsonb: Sequence[bool], size: int) -> Chunks:
    yield _HEADER
    row = 0
    for batch in batches:
        limits.check(batch, is_jsonb, row)
        for part in _split(batch, size):
            yield _rows(part, is_jsonb)
        row += batch.num_rows
    yield _TRAILER


def _rows(batch: pa.RecordBatch, is_jsonb: Sequence[bool]) -> memoryview:
    pieces = [np.array(batch.num_columns, "i2")]
    for column, is_document in zip(batch.columns, is_jsonb, strict=True):
        pieces += cells(column, is_jsonb=is_document)
    made = joined(pieces, batch.num_rows)
    return memoryview(made.buffers()[2])[: offsets_of(made)[-1]]


def _split(batch: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    """Return slices of at most ``size`` bytes, but for a row that is larger."""
    rows = batch.num_rows
    if rows > 1 and 2 * rows + sum(map(most_bytes, batch.columns)) > size:
        yield from _split(batch.slice(0, rows // 2), size)
        yield from _split(batch.slice(rows // 2), size)
    elif rows:
        yield batch
