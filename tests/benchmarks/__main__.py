"""Print the table: ``python -m tests.benchmarks [--rows N] [--repeats N] [part of a name …]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from tests.benchmarks import (
    conversions,
    databases,
    expectations,
    files,
    memory,
    peers,
    postgres,
    served,
    suggestions,
)
from tests.benchmarks.mixed import mixed
from tests.benchmarks.ratio import HEADER, measured
from tests.services import harness
from tests.services.databases import created


def main() -> int:
    """Measure, print each row as it is known, and return 1 when a ceiling is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the names of the jobs; all without one")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", help="where the files are made; a temporary folder without it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made, ExitStack() as stack:
        state = stack.enter_context(harness.used(harness.SERVICES["postgres"], start=True))
        url = stack.enter_context(created(state.url))
        return _printed(Path(made), url, chosen)


def _printed(folder: Path, url: str, chosen: argparse.Namespace) -> int:
    def wanted(name: str) -> bool:
        return not chosen.names or any(part.lower() in name.lower() for part in chosen.names)

    frame = mixed(chosen.rows)
    failed = 0
    print(HEADER)
    jobs = [
        *files.jobs(folder, frame), *databases.jobs(folder, frame), *conversions.jobs(frame),
        *suggestions.jobs(frame), *expectations.jobs(folder, chosen.rows),
        *peers.jobs(chosen.rows), *postgres.jobs(url, folder, frame),
        *served.jobs(url, chosen.rows),
    ]  # fmt: skip
    for job in jobs:
        if wanted(job.name):
            timing = measured(job, chosen.repeats)
            failed += not timing.holds
            print(timing, flush=True)
    streams = tuple(name for name in memory.TARGETS if wanted(f"stream {name}"))
    print(f"\n{memory.HEADER}")
    found = [memory.peaks(folder, 10 * chosen.rows, streams)]
    if wanted("stream PostgreSQL"):
        found.append(memory.into_postgres(folder, url, 20 * chosen.rows))
    if wanted("stream validation"):
        found.append(memory.validation(folder, 10 * chosen.rows))
    for peak in chain.from_iterable(found):
        failed += not peak.holds
        print(peak, flush=True)
    return int(failed > 0)


sys.exit(main())
