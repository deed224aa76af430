"""Run the fault tests at length.

``python -m tests.faults sweep TARGET MODE TRIALS`` kills a save (``--signal INT``: interrupts);
``python -m tests.faults appends TARGET`` lets two processes append 200 times each;
``python -m tests.faults replaces TARGET`` reads while another process replaces;
``python -m tests.faults postgres`` (or ``postgres18``) does all that on one server, interrupts
saves, kills and restarts the server during them, and measures how long readers wait;
``python -m tests.faults s3`` kills clients and servers of each kind, lets requests fail in turn,
races writers and readers, and looks how processes that read end (``minio``: of that kind only);
``python -m tests.faults elasticsearch`` kills and interrupts clients, kills servers, and races;
``python -m tests.faults migrations`` kills migrations between all of these, until they have ended;
``python -m tests.faults all`` does it all, on every kind of target.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import warnings
from contextlib import ExitStack

import dkdata as dk
from dkdata import catalog, commit, federated  # noqa: F401 - before any process is forked
from tests.faults import elasticsearch, forks, migrations, postgres, races, s3
from tests.faults.sweep import Case, Sweep
from tests.services.harness import ELASTICSEARCH, POSTGRES, S3

# Not taken from where the tests have it: that starts threads, which those that are forked lack.
_MODES = ("replace", "append", "upsert")
_FILES = ("faults.parquet", "faults.csv")
_TABLES = ("faults", "faults_folder/")
_MOST = 0.1  # seconds that a reader of PostgreSQL may wait


def sweep(target: str, mode: str, trials: int, rows: int, sent: signal.Signals) -> bool:
    """Stop saves at ``trials`` instants, print what was found, and return whether it holds."""
    catalog.locate(target)
    may_fail = sent is not signal.SIGKILL
    return swept(Sweep(Case(target, mode, rows), forks.sending(sent), may_fail), trials)


def swept(made: Sweep, trials: int, what: str = "") -> bool:
    """Run a sweep, print what was found, and return whether it holds."""
    length = made.run(trials)
    print(f"{made} (a save takes {length:.3f} s){what}")
    return _told(made.faults)


def race(found: races.Race) -> bool:
    """Print what the processes saw, and return whether it holds."""
    print(found.line)
    return _told(found.faults)


def _told(faults: list[str]) -> bool:
    for fault in faults[:5]:
        print(f"  {fault}", file=sys.stderr)
    sys.stdout.flush()
    return not faults


def _everything(trials: int, rows: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["DKDATA_HOME"] = folder
        local = [
            sweep(target, mode, trials, rows, signal.SIGKILL)
            for target in (*_FILES, *_TABLES)
            for mode in ("replace", "append")
        ]
        raced = [race(races.appends(target)) for target in _TABLES]
        raced += [race(races.replaces(target)) for target in (*_FILES, *_TABLES)]
        served = [_on_postgres(name, trials, rows, _MOST) for name in POSTGRES]
        served += [_on_s3(name, trials, rows) for name in S3]
        served += [_on_elasticsearch(trials, rows), _migrations(trials, rows)]
        return all([*local, *raced, *served])


def _on_postgres(name: str, trials: int, rows: int, most: float) -> bool:
    """Kill clients at ``trials`` instants, interrupt and kill servers at a fifth as many."""
    few = max(1, trials // 5)
    holds = []
    with postgres.database(name) as (target, url):
        for mode in _MODES:
            for sent, count in ((signal.SIGKILL, trials), (signal.SIGINT, few)):
                made = postgres.client(target, url, mode, rows, sent)
                holds.append(swept(made, count, f" {sent.name}"))
        holds += [race(found) for found in postgres.raced(target, url, rows, most)]
    with postgres.server(name) as (target, own):
        for mode in _MODES:
            made = postgres.killed_server(target, own, mode, rows)
            holds.append(swept(made, few, " server killed"))
    return all(holds)


def _on_s3(name: str, trials: int, rows: int) -> bool:
    """Kill clients at ``trials`` instants, and servers at a fifth as many."""
    few = max(1, trials // 5)
    with s3.bucket(name) as (target, made):
        holds = [swept(s3.client(target, mode, rows), trials, " SIGKILL") for mode in _MODES]
        holds += [race(found) for found in s3.raced(target, made, rows, few)]
    if name in s3.LASTING:
        with s3.server(name) as (target, strike):
            for mode in _MODES:
                made_down = s3.killed_server(target, strike, mode, rows)
                holds.append(swept(made_down, few, " server killed"))
    return all(holds)


def _on_elasticsearch(trials: int, rows: int) -> bool:
    """Kill clients at ``trials`` instants, interrupt and kill servers at a fifth as many."""
    few = max(1, trials // 5)
    holds = []
    with elasticsearch.place() as place:
        for mode in _MODES:
            for sent, count in ((signal.SIGKILL, trials), (signal.SIGINT, few)):
                made = elasticsearch.client(place, mode, rows, sent)
                holds.append(swept(made, count, f" {sent.name}"))
        holds += [race(found) for found in elasticsearch.raced(place, rows)]
    with elasticsearch.server() as (place, own):
        for mode in _MODES:
            made = elasticsearch.killed_server(place, own, mode, rows)
            holds.append(swept(made, few, " server killed"))
    return all(holds)


def _migrations(trials: int, rows: int) -> bool:
    """Kill migrations between stores of every kind at ``trials`` instants."""
    few = max(1, trials // 5)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        os.chdir(folder)
        os.environ["DKDATA_HOME"] = folder
        with (
            postgres.database(list(POSTGRES)[-1]) as (warehouse, url),
            s3.bucket("minio") as (lake, bucket),
            elasticsearch.place() as search,
        ):
            places = [warehouse, lake, search.target]
            options = [{"backend": "postgres", "url": url}, bucket.options, search.made.options]
            names = [place.partition(".")[0] for place in places]
            dk.configure({"stores": dict(zip(names, options, strict=True))})
            for name in names:
                dk.config().store(name)  # before any process is forked
            strike = forks.sending(signal.SIGKILL)
            held = [moved(made, few) for made in migrations.between(places, strike, rows)]
            return all(held)


def moved(made: migrations.Migration, trials: int) -> bool:
    """Strike at a migration, print what was found, and return whether it holds."""
    length = made.run(trials)
    print(f"{made} (it takes {length:.3f} s)")
    return _told(made.faults)


def main() -> int:
    """Return 1 when a promise is broken."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--signal", choices=("KILL", "INT", "TERM"), default="KILL")
    parser.add_argument("--most", type=float, default=_MOST, metavar="SECONDS")
    tasks = parser.add_subparsers(dest="task", required=True)
    sweeping = tasks.add_parser("sweep")
    sweeping.add_argument("target")
    sweeping.add_argument("mode", choices=_MODES)
    sweeping.add_argument("trials", type=int)
    for name, count in (("appends", 200), ("replaces", 30)):
        racing = tasks.add_parser(name)
        racing.add_argument("target")
        racing.add_argument("count", type=int, nargs="?", default=count)
    for name in ("all", "migrations", "s3", *POSTGRES, *S3, ELASTICSEARCH.name):
        tasks.add_parser(name).add_argument("trials", type=int, nargs="?", default=100)
    chosen = parser.parse_args()
    match chosen.task:
        case "sweep":
            sent = signal.Signals[f"SIG{chosen.signal}"]
            holds = sweep(chosen.target, chosen.mode, chosen.trials, chosen.rows, sent)
        case "appends":
            holds = race(races.appends(chosen.target, count=chosen.count))
        case "replaces":
            holds = race(races.replaces(chosen.target, chosen.count, chosen.rows))
        case name if name in POSTGRES:
            holds = _on_postgres(name, chosen.trials, chosen.rows, chosen.most)
        case name if name in S3:
            holds = _on_s3(name, chosen.trials, chosen.rows)
        case ELASTICSEARCH.name:
            holds = _on_elasticsearch(chosen.trials, chosen.rows)
        case "migrations":
            holds = _migrations(chosen.trials, chosen.rows)
        case "s3":
            held = [_on_s3(name, chosen.trials, chosen.rows) for name in S3]
            holds = all(held)
        case _:
            holds = _everything(chosen.trials, chosen.rows)
    return int(not holds)


sys.exit(main())
