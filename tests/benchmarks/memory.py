"""Peak memory of streams and of long validations, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PEAK = """
from pathlib import Path

def peak():
    # Not ru_maxrss: a new program inherits that of the process that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
"""
_STREAMING = """
import gc, sys
import pyarrow as pa
import dkdata as dk
from tests.benchmarks.mixed import mixed

def rows(count):
    first = pa.RecordBatch.from_pandas(mixed(50_000), preserve_index=False)
    batches = (pa.RecordBatch.from_pandas(mixed(50_000, seed), preserve_index=False)
               for seed in range(count // 50_000))
    return pa.RecordBatchReader.from_batches(first.schema, batches)

def scan(target):
    return sum(batch.num_rows for batch in dk.scan(target))

def save(count, target, **options):
    return dk.save(rows(count), target, mode="replace", progress=False, **options).rows

def gate(count, target):
    suite = [dk.expect("id").not_null(), dk.expect("amount").between(0, 200),
             dk.expect("city").matches("^city"), dk.expect("note").length_between(0, 1_000)]
    return save(count, target, suite=suite, on_invalid="quarantine")

def copy(target):
    return dk.copy(sys.argv[5], target, mode="replace", progress=False).rows

job, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
save(50_000, sys.argv[4])
scan(sys.argv[4])
if job == "gate":
    gate(50_000, sys.argv[4])
gc.collect()
base = peak()
done = {"scan": lambda: scan(target), "save": lambda: save(count, target),
        "gate": lambda: gate(count, target), "copy": lambda: copy(target)}[job]()
assert done == count, done
print(round(peak() - base))
"""
_WRITING = """
import sys
from itertools import chain
import pyarrow as pa
import dkdata as dk
from tests.benchmarks.expectations import orders

def batches(rows, part=1_000_000):
    for start in range(0, rows, part):
        frame = orders(min(part, rows - start), start).assign(id=lambda made: made["id"] + start)
        yield from pa.Table.from_pandas(frame, preserve_index=False).to_batches()

made = batches(int(sys.argv[2]))
first = next(made)
stream = pa.RecordBatchReader.from_batches(first.schema, chain([first], made))
print(dk.save(stream, sys.argv[1], progress=False).rows)
"""
_VALIDATING = """
import sys
import dkdata as dk
from tests.benchmarks.expectations import suite

result = dk.validate(sys.argv[1], suite())
assert not result and not any(outcome.error for outcome in result.failures)
print(round(peak()))
"""


@dataclass(frozen=True)
class Peak:
    """Megabytes above the base, and how many they may be."""

    name: str
    megabytes: int
    ceiling: int

    @property
    def holds(self) -> bool:
        """Whether the peak stays below its ceiling."""
        return self.megabytes <= self.ceiling

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        verdict = "yes" if self.holds else "NO"
        return f"| {self.name} | {self.megabytes} MB | {self.ceiling} MB | {verdict} |"


HEADER = "| stream | above the base | at most | holds |\n| --- | --- | --- | --- |"
TARGETS = {
    "Delta folder": ("{folder}/stream/", "{folder}/base/", 400),
    "Parquet file": ("{folder}/stream.parquet", "{folder}/base.parquet", 256),
    "CSV file": ("{folder}/stream.csv", "{folder}/base.csv", 256),
    "DuckDB": ("duckdb:///{folder}/s.duckdb#stream", "duckdb:///{folder}/s.duckdb#base", 256),
}


def peaks(folder: Path, rows: int, names: tuple[str, ...] = ("Delta folder",)) -> Iterator[Peak]:
    """Yield the peaks of streaming saves to, and a scan of, each kind of target."""
    for name in names:
        target, base, saving = (
            part.format(folder=folder) if isinstance(part, str) else part for part in TARGETS[name]
        )
        for job, ceiling in (("save", saving), ("scan", 256), ("gate", saving + 64)):
            told = _told(_STREAMING, job, target, rows, base)
            yield Peak(f"{job}, {name}, {rows:,} rows", told, int(ceiling))


def into_postgres(folder: Path, url: str, rows: int) -> Iterator[Peak]:
    """Yield the peaks of a long file on its way to PostgreSQL, and of a scan of it there."""
    file = folder / "sent.parquet"
    _told(_STREAMING, "save", file, rows, folder / "base.parquet")
    target, base = f"{url}#stream", f"{url}#base"
    for job in ("copy", "scan"):
        told = _told(_STREAMING, job, target, rows, base, file)
        yield Peak(f"{job}, PostgreSQL, {rows:,} rows", told, 256)


def into_s3(url: str, rows: int) -> Iterator[Peak]:
    """Yield the peaks of a stream to a bucket that the environment says how to reach, and back."""
    for job in ("save", "scan"):
        told = _told(_STREAMING, job, f"{url}/stream", rows, f"{url}/base")
        yield Peak(f"{job}, S3, {rows:,} rows", told, 256)


def into_elasticsearch(url: str, rows: int) -> Iterator[Peak]:
    """Yield the peaks of a stream to a server, and back.

    Parameters
    ----------
    url
        Of the server, with what the names of tables begin with.
    """
    for job in ("save", "scan"):
        told = _told(_STREAMING, job, f"{url}#stream", rows, f"{url}#base")
        yield Peak(f"{job}, Elasticsearch, {rows:,} rows", told, 256)


def validation(folder: Path, rows: int) -> Iterator[Peak]:
    """Yield the peak of a process that validates a long Parquet file with 15 rules."""
    path = folder / "long.parquet"
    _told(_WRITING, path, rows)
    yield Peak(f"validate 15 rules, Parquet, {rows:,} rows, whole process",
               _told(_VALIDATING, path), 1_000)  # fmt: skip


def _told(program: str, *arguments: object) -> int:
    """Return the number that a program prints in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", _PEAK + program, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout)
