"""Rows to PostgreSQL: our bytes, against bytes that are there already and those of CSV."""

from __future__ import annotations

from contextlib import closing, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import psycopg2
import pyarrow as pa
from pyarrow import csv

from dkdata import frames
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.postgres.encoding import encoded
from dkdata.stores.postgres.feeding import feeding
from dkdata.stores.postgres.types import postgres_type
from tests.benchmarks.ratio import Job
from tests.services import databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from dkdata.stores.postgres.feeding import Chunks

_COPY = "COPY mixed FROM STDIN (FORMAT BINARY)"
_READ_BYTES = 1 << 16


def jobs(url: str, frame: pd.DataFrame) -> list[Job]:
    """Return the jobs on a database of PostgreSQL, which nobody else uses."""
    rows = frames.to_arrow(frame, index=False)
    schema = rows.schema
    kept = convert_rows(rows, physical_schema(schema, Carrier.POSTGRES)).combine_chunks()
    columns = ", ".join(f"{field.name} {postgres_type(field.type)}" for field in schema)
    ready = b"".join(encoded(kept.to_batches(), schema))

    def chunks() -> Chunks:
        return encoded(kept.to_batches(), schema)

    def encode() -> None:
        for _ in chunks():
            pass

    def copy() -> None:
        with _session(url) as cursor, feeding(chunks()) as feed:
            cursor.execute(f"CREATE TABLE mixed ({columns})")
            cursor.copy_expert(_COPY, feed, _READ_BYTES)

    def copy_ready() -> None:
        with _session(url) as cursor:
            cursor.execute(f"CREATE TABLE mixed ({columns})")
            cursor.copy_expert(_COPY, BytesIO(ready), _READ_BYTES)

    def clear() -> None:
        """Let no run pay for what the one before has left to write."""
        databases.run(url, "DROP TABLE IF EXISTS mixed")
        databases.run(url, "CHECKPOINT")

    return [
        Job("encode for PostgreSQL", "pyarrow CSV", 0.6,
            encode, lambda: csv.write_csv(kept, pa.BufferOutputStream()), by_cpu=True),
        Job("copy to PostgreSQL", "COPY of ready bytes", 1.3,
            copy, copy_ready, prepare=clear),
    ]  # fmt: skip


@contextmanager
def _session(url: str) -> Iterator[psycopg2.extensions.cursor]:
    """Give a cursor whose transaction is committed at the end."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        yield cursor
