"""Reading from PostgreSQL, against what its server alone takes to write the same rows as CSV."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pyarrow as pa
from pyarrow import csv

from dkdata.dialects.fragment import quote
from dkdata.stores.postgres.columns import SETTINGS, Column
from dkdata.stores.postgres.receiving import received
from dkdata.stores.postgres.types import postgres_type
from dkdata.types import canonical
from tests.benchmarks.memory import Peak
from tests.benchmarks.mixed import mixed
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    import pandas as pd

_TABLE = "dkdata_reading"
_PART = 250_000
_SCANNING = """
import sys
from pathlib import Path
from tests.benchmarks.postgres_reading import scanned

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

scanned(sys.argv[1], 50_000)
base = peak()
assert scanned(sys.argv[1], None) == int(sys.argv[2])
print(round(peak() - base))
"""


def jobs(url: str, frame: pd.DataFrame) -> list[Job]:
    """Return the loads of a table; its server writes to a file, which a superuser may ask for."""
    columns = _columns(frame)

    def load() -> pa.Table:
        with closing(_session(url)) as connection:
            return received(connection, _select(columns), columns).read_all()

    def write() -> None:
        with closing(_session(url)) as connection, connection.cursor() as cursor:
            cursor.execute(f"COPY {_TABLE} TO PROGRAM 'cat > /dev/null' (FORMAT csv)")

    return [
        Job("load PostgreSQL to Arrow", "its server's COPY to CSV", 1.8, load, write,
            setup=lambda: fill(url, len(frame))),
    ]  # fmt: skip


def peak(url: str, rows: int) -> Peak:
    """Return the memory that a process takes to go through a long table."""
    fill(url, rows)
    command = [sys.executable, "-c", _SCANNING, url, str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Peak(f"scan, PostgreSQL, {rows:,} rows", int(done.stdout), 256)


def fill(url: str, rows: int) -> None:
    """Make the table of mixed columns anew, with so many rows."""
    columns = _columns(mixed(1))
    types = ", ".join(f"{quote(c.name)} {c.postgres_type}" for c in columns)
    part = min(rows, _PART)
    with closing(_session(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_TABLE}; CREATE TABLE {_TABLE} ({types})")
        for seed in range(rows // part):
            text = io.BytesIO()
            table = pa.Table.from_pandas(mixed(part, seed), preserve_index=False)
            plain = table.cast(pa.schema([(c.name, c.type) for c in columns]))
            csv.write_csv(plain, text, csv.WriteOptions(include_header=False))
            text.seek(0)
            cursor.copy_expert(f"COPY {_TABLE} FROM STDIN (FORMAT csv)", text)
        cursor.execute(f"VACUUM ANALYZE {_TABLE}")


def scanned(url: str, limit: int | None) -> int:
    """Return the number of rows, after going through them."""
    columns = _columns(mixed(1))
    select = f"{_select(columns)} LIMIT {limit}" if limit else _select(columns)
    with closing(_session(url)) as connection:
        return sum(batch.num_rows for batch in received(connection, select, columns))


def _session(url: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute(f"SET {name} = %s", (value,))
    return connection


def _columns(frame: pd.DataFrame) -> list[Column]:
    found = pa.Schema.from_pandas(frame.head(1), preserve_index=False)
    types = [canonical(field.type) for field in found]
    return [Column(n, postgres_type(t), t) for n, t in zip(found.names, types, strict=True)]


def _select(columns: list[Column]) -> str:
    return f"SELECT {', '.join(quote(column.name) for column in columns)} FROM {_TABLE}"
