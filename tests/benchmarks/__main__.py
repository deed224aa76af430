"""Print the table: ``python -m tests.benchmarks [--rows N] [--repeats N] [part of a name …]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import (
    conversions,
    databases,
    differing,
    elasticsearch,
    expectations,
    files,
    memory,
    migrating,
    peers,
    postgres,
    recorded,
    s3,
    served,
    suggestions,
    traffic,
    transforming,
)
from tests.benchmarks.mixed import mixed
from tests.benchmarks.ratio import HEADER, measured
from tests.benchmarks.wrangler import Wrangler
from tests.services import harness
from tests.services.databases import created
from tests.services.elasticsearch import indices
from tests.services.s3 import buckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.memory import Peak
    from tests.benchmarks.ratio import Job
    from tests.services.elasticsearch.indices import Indices
    from tests.services.s3.buckets import Bucket


@dataclass(frozen=True)
class _Places:
    """Where tables are made: a folder, a database of PostgreSQL, buckets of MinIO, Elasticsearch.

    Parameters
    ----------
    counted
        The bucket in which requests are counted.
    """

    folder: Path
    url: str
    bucket: Bucket
    counted: Bucket
    indices: Indices


def main() -> int:
    """Measure, print each row as it is known, and return 1 when a ceiling is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the names of the jobs; all without one")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--streamed", type=int, help="rows of the stream to Elasticsearch; as --rows without it"
    )
    parser.add_argument("--folder", help="where the files are made; a temporary folder without it")
    chosen = parser.parse_args()
    with _places(chosen.folder) as places:
        return _printed(places, chosen)


@contextmanager
def _places(folder: str | None) -> Iterator[_Places]:
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        postgres = stack.enter_context(harness.used(harness.SERVICES["postgres"], start=True))
        url = stack.enter_context(created(postgres.url))
        minio = stack.enter_context(harness.used(harness.S3["minio"], start=True))
        bucket, counted = (
            stack.enter_context(buckets.created("minio", minio.url)) for _ in range(2)
        )
        stack.enter_context(s3.reachable(bucket))
        search = stack.enter_context(harness.used(harness.ELASTICSEARCH, start=True))
        found = stack.enter_context(indices.created(search.url))
        yield _Places(made, url, bucket, counted, found)


def _printed(places: _Places, chosen: argparse.Namespace) -> int:
    def wanted(name: str) -> bool:
        return not chosen.names or any(part.lower() in name.lower() for part in chosen.names)

    failed = 0
    print(HEADER)
    with ExitStack() as stack:
        for job in _jobs(places, chosen.rows, stack):
            if wanted(job.name):
                timing = measured(job, chosen.repeats)
                failed += not timing.holds
                print(timing, flush=True)
    print(f"\n{memory.HEADER}")
    for peak in _peaks(places, chosen, wanted):
        failed += not peak.holds
        print(peak, flush=True)
    if wanted("S3 requests"):
        print(f"\n{traffic.HEADER}")
        for count in traffic.counts(places.counted, places.folder, chosen.rows):
            failed += not count.holds
            print(count, flush=True)
    if wanted("Elasticsearch requests"):
        print(f"\n{traffic.HEADER}")
        for count in elasticsearch.counts(places.indices, mixed(chosen.rows)):
            failed += not count.holds
            print(count, flush=True)
    return int(failed > 0)


def _jobs(places: _Places, rows: int, stack: ExitStack) -> list[Job]:
    folder, url, frame = places.folder, places.url, mixed(rows)
    root = f"s3://{places.bucket.name}"
    wrangler = stack.enter_context(Wrangler(frame, folder, root, s3.variables(places.bucket)))
    eland = stack.enter_context(elasticsearch.eland(places.indices, frame, folder))
    return [
        *files.jobs(folder, frame), *databases.jobs(folder, frame), *conversions.jobs(frame),
        *suggestions.jobs(frame), *expectations.jobs(folder, rows),
        *peers.jobs(rows), *postgres.jobs(url, folder, frame),
        *served.jobs(url, rows), *s3.jobs(places.bucket, frame, wrangler),
        *elasticsearch.jobs(places.indices, frame, eland),
        *recorded.jobs(folder, url, places.bucket, places.indices),
        *migrating.jobs(folder, url, places.bucket, frame),
        *differing.jobs(folder, 10 * rows), *transforming.jobs(rows),
    ]  # fmt: skip


def _peaks(
    places: _Places, chosen: argparse.Namespace, wanted: Callable[[str], bool]
) -> Iterator[Peak]:
    folder, rows = places.folder, chosen.rows
    streams = tuple(name for name in memory.TARGETS if wanted(f"stream {name}"))
    yield from memory.peaks(folder, 10 * rows, streams)
    if wanted("stream PostgreSQL"):
        yield from memory.into_postgres(folder, places.url, 20 * rows)
    if wanted("stream S3"):
        yield from memory.into_s3(f"s3://{places.bucket.name}", 7 * rows)
    if wanted("stream Elasticsearch"):
        yield from memory.into_elasticsearch(places.indices.target, chosen.streamed or rows)
    if wanted("stream validation"):
        yield from memory.validation(folder, 10 * rows)


sys.exit(main())
