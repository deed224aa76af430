"""PostgreSQL, against what its driver and its server can do by hand, and what people use."""

from __future__ import annotations

from contextlib import closing, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg2
import pyarrow as pa
import sqlalchemy
from pyarrow import csv

import dkdata as dk
from dkdata import frames
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.postgres.sending.encoding import encoded
from dkdata.stores.postgres.tables.types import postgres_type
from tests.benchmarks.databases import arrow
from tests.benchmarks.mixed import mixed
from tests.benchmarks.ratio import Job
from tests.services import databases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

_READ_BYTES = 1 << 18
_PREDICATE = "id BETWEEN 400000 AND 409999"


class _Ready:
    """A frame as the bytes of a binary COPY, and the columns of its table."""

    def __init__(self, frame: pd.DataFrame) -> None:
        rows = frames.to_arrow(frame, index=False)
        kept = convert_rows(rows, physical_schema(rows.schema, Carrier.POSTGRES))
        self.columns = ", ".join(f"{f.name} {postgres_type(f.type)}" for f in rows.schema)
        self.names = rows.schema.names
        self.data = b"".join(encoded(kept.combine_chunks().to_batches(), rows.schema))

    def copied(self, cursor: psycopg2.extensions.cursor, table: str) -> None:
        """Send the bytes."""
        statement = f"COPY {table} FROM STDIN (FORMAT BINARY)"
        cursor.copy_expert(statement, BytesIO(self.data), _READ_BYTES)


@contextmanager
def _session(url: str) -> Iterator[psycopg2.extensions.cursor]:
    """Give a cursor whose transaction is committed at the end."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        yield cursor


def jobs(url: str, folder: Path, frame: pd.DataFrame) -> list[Job]:
    """Return the jobs on a database of PostgreSQL, which nobody else uses."""
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": url}}})

    def clear() -> None:
        """Let no run pay for what the one before has left to write."""
        databases.run(url, "CHECKPOINT")

    return [
        *_saves(url, frame, clear), *_loads(url, folder, frame), *_upserts(url, frame, clear),
    ]  # fmt: skip


def _saves(url: str, frame: pd.DataFrame, clear: Callable[[], None]) -> list[Job]:
    ready = _Ready(frame)
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))

    def save() -> None:
        dk.save(frame, "warehouse.mixed", mode="replace", progress=False)

    def copy_ready() -> None:
        with _session(url) as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS byhand; CREATE TABLE byhand ({ready.columns})")
            ready.copied(cursor, "byhand")

    def ingest() -> None:
        with adbc.connect(url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("adbc", arrow(frame), mode="replace")
            connection.commit()

    def to_sql() -> None:
        few.to_sql("tosql", engine, if_exists="replace", index=False, chunksize=10_000)

    few = frame.head(max(1, len(frame) // 10))

    def save_few() -> None:
        dk.save(few, "warehouse.few", mode="replace", progress=False)

    return [
        Job("save PostgreSQL", "COPY of ready bytes", 1.3, save, copy_ready, prepare=clear),
        Job("save PostgreSQL, ADBC", "ADBC ingest", 1.05, save, ingest, prepare=clear),
        Job("save PostgreSQL, a tenth", "to_sql(chunksize=10_000)", 0.05, save_few, to_sql,
            prepare=clear),
    ]  # fmt: skip


def _loads(url: str, folder: Path, frame: pd.DataFrame) -> list[Job]:
    file = folder / "server.csv"

    def setup() -> None:
        dk.save(frame, "warehouse.mixed", mode="replace", key="id", progress=False)
        databases.run(url, "VACUUM ANALYZE mixed")
        folder.chmod(0o777)
        file.unlink(missing_ok=True)

    def server_file() -> None:
        databases.run(url, f"COPY mixed TO '{file}' (FORMAT csv)")

    def fetched() -> pa.Table:
        with adbc.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT * FROM mixed")
            return cursor.fetch_arrow_table()

    def by_hand() -> pa.Table:
        made = BytesIO()
        with _session(url) as cursor:
            cursor.copy_expert(
                f"COPY (SELECT * FROM mixed WHERE {_PREDICATE}) TO STDOUT (FORMAT csv, HEADER)",
                made,
            )
        return csv.read_csv(pa.BufferReader(made.getvalue()))

    return [
        Job("load PostgreSQL as Arrow", "COPY TO a file of the server", 1.8,
            lambda: dk.load("warehouse.mixed", as_="arrow"), server_file, setup=setup),
        Job("load PostgreSQL as Arrow, ADBC", "ADBC fetch", 1.15,
            lambda: dk.load("warehouse.mixed", as_="arrow"), fetched),
        Job("load 1 % of PostgreSQL", "COPY by hand", 1.3,
            lambda: dk.load("warehouse.mixed", where=_PREDICATE, as_="arrow"), by_hand),
    ]  # fmt: skip


def _upserts(url: str, frame: pd.DataFrame, clear: Callable[[], None]) -> list[Job]:
    count = max(2, len(frame) // 10)
    fresh = mixed(count, seed=7).assign(id=np.arange(count) + len(frame) - count // 2)
    ready = _Ready(fresh)
    others = ", ".join(f"{name} = excluded.{name}" for name in ready.names if name != "id")

    def setup() -> None:
        for name in ("ours", "theirs"):
            dk.save(frame, f"warehouse.{name}", mode="replace", key="id", progress=False)
            databases.run(url, f"VACUUM ANALYZE {name}")

    def prepare() -> None:
        for name in ("ours", "theirs"):
            databases.run(url, f"DELETE FROM {name} WHERE id >= {len(frame)}")
        clear()

    def ours() -> None:
        dk.save(fresh, "warehouse.ours", mode="upsert", key="id", progress=False)

    def theirs() -> None:
        with _session(url) as cursor:
            cursor.execute(f"CREATE TEMP TABLE new ({ready.columns}) ON COMMIT DROP")
            ready.copied(cursor, "new")
            cursor.execute(
                "INSERT INTO theirs SELECT * FROM new ON CONFLICT (id) DO UPDATE SET " + others
            )

    return [
        Job("upsert a tenth into PostgreSQL", "COPY and INSERT … ON CONFLICT by hand", 1.2,
            ours, theirs, setup=setup, prepare=prepare),
    ]  # fmt: skip
