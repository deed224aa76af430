"""Streams of rows that DuckDB may read more than once."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.dialects.fragment import quote
from dkdata.dialects.select import Source
from dkdata.engine import forget
from dkdata.physical import Carrier, convert_rows, physical_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class _Stream:
    """Starts a new stream whenever one is asked for."""

    schema: pa.Schema
    read: Callable[[], pa.RecordBatchReader]

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # noqa: ANN401
        rows = convert_rows(self.read(), self.schema)
        return rows.__arrow_c_stream__(requested_schema)


@contextmanager
def scannable(
    connection: duckdb.DuckDBPyConnection,
    schema: pa.Schema,
    read: Callable[[], pa.RecordBatchReader],
) -> Iterator[Source]:
    """Let DuckDB read the rows that ``read`` starts to give, with bounded memory."""
    kept = physical_schema(schema, Carrier.DUCKDB).remove_metadata()
    name = f"dk_{uuid.uuid4().hex}"
    connection.register(name, _Stream(kept, read))
    try:
        yield Source(quote(name), kept, schema)
    finally:
        forget(connection, name)
