"""Measure what ``dkdata/costs/rates.yaml`` says: ``python -m tests.benchmarks.rates``."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from contextlib import ExitStack, chdir

import dkdata as dk
from dkdata import frames
from tests.benchmarks.mixed import mixed
from tests.services import databases, harness
from tests.services.s3 import buckets

_ROWS = 1_000_000
_TARGETS = {
    "memory": "memory.rates", "file.parquet": "rates.parquet", "file.csv": "rates.csv",
    "file.csv.gz": "rates.csv.gz", "file.jsonl": "rates.jsonl", "file.json": "rates.json",
    "file.arrow": "rates.arrow", "duckdb": "rates", "delta": "rates/", "postgres": "pg.rates",
    "s3": "lake.rates",
}  # fmt: skip


def main() -> None:
    """Print the file: the best of three runs, as other work on the machine only slows down."""
    frame = mixed(_ROWS)
    size = frames.to_arrow(frame).nbytes
    with ExitStack() as stack:
        stack.enter_context(chdir(stack.enter_context(tempfile.TemporaryDirectory())))
        server = stack.enter_context(harness.used(harness.SERVICES["postgres"], start=True))
        url = stack.enter_context(databases.created(server.url))
        minio = stack.enter_context(harness.used(harness.S3["minio"], start=True))
        bucket = stack.enter_context(buckets.created("minio", minio.url))
        os.environ["DKDATA_HOME"] = ".dkdata"
        dk.configure(
            {"stores": {"pg": {"backend": "postgres", "url": url}, "lake": bucket.options}}
        )
        print(f"date: {dt.datetime.now(tz=dt.UTC).date()}")
        print(f"basis: {_ROWS:,} rows of {frame.shape[1]} columns ({size / 1e6:.0f} MB) on")
        print(f"  {os.cpu_count()} cores, the servers on the same machine\nrates:")
        for name, target in _TARGETS.items():
            saved = _best(
                lambda target=target: dk.save(frame, target, mode="replace", progress=False)
            )
            loaded = _best(lambda target=target: dk.load(target, progress=False))
            save, load = (f"{size / seconds / 1e6:.0f}e6" for seconds in (saved, loaded))
            print(f"  {name}: {{save: {save}, load: {load}}}", flush=True)


def _best(work) -> float:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


if __name__ == "__main__":
    main()
