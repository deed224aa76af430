"""Run the fault tests at length.

``python -m tests.faults sweep TARGET MODE TRIALS`` kills a save (``--signal INT``: interrupts);
``python -m tests.faults appends TARGET`` lets two processes append 200 times each;
``python -m tests.faults replaces TARGET`` reads while another process replaces;
``python -m tests.faults servers [TRIALS [NAME …]]`` kills saves to PostgreSQL, and its server;
``python -m tests.faults all`` does all that on every kind of target.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import warnings
from typing import TYPE_CHECKING

import dkdata as dk
from dkdata import catalog, commit, federated  # noqa: F401 - before any process is forked
from tests.faults import processes, races
from tests.faults.sweep import Case, Sweep
from tests.services import databases, owned
from tests.services.harness import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_FILES = ("faults.parquet", "faults.csv")
_TABLES = ("faults", "faults_folder/")


def sweep(target: str, mode: str, trials: int, rows: int, sent: signal.Signals) -> bool:
    """Stop saves at ``trials`` instants, print what was found, and return whether it holds."""
    catalog.locate(target)
    made = Sweep(
        Case(target, mode, rows), processes.sending(sent), may_fail=sent is not signal.SIGKILL
    )
    return _swept(made, trials)


def _swept(made: Sweep, trials: int) -> bool:
    length = made.run(trials)
    print(f"{made} (a save takes {length:.3f} s)")
    return _told(made.faults)


def servers(trials: int, rows: int, names: Collection[str] = tuple(SERVICES)) -> bool:
    """Kill saves to PostgreSQL at ``trials`` instants, and its server at a fifth as many."""
    holds = []
    for service in map(SERVICES.__getitem__, names):
        with owned.started(service.programs(install=True)) as server:
            dk.configure({"stores": {service.name: {"backend": "postgres", "url": server.url}}})
            for mode in ("replace", "append", "upsert"):
                target = f"{service.name}.{mode}_client_killed"
                holds.append(sweep(target, mode, trials, rows, signal.SIGKILL))
                case = Case(f"{service.name}.{mode}_server_killed", mode, rows)
                made = Sweep(case, _failing(server), may_fail=True)
                holds.append(_swept(made, max(1, trials // 5)))
            holds.append(race(races.appends(f"{service.name}.raced")))
            holds.append(race(races.replaces(f"{service.name}.raced")))
            left = databases.run(server.url, _LEFT)
            holds.append(_told([f"left behind: {left}"] if left else []))
            print(f"{service.name}: {len(left)} left behind")
    return all(holds)


def _failing(server: owned.OwnServer) -> Callable[[int], None]:
    def strike(_: int) -> None:
        server.kill()
        server.restart()

    return strike


# Tables and types of saves, and transactions, that nobody ended.
_LEFT = """
    SELECT relname FROM pg_class WHERE relname ~ '^dk_[0-9a-f]{32}'
    UNION ALL SELECT typname FROM pg_type WHERE typname ~ '^_?dk_[0-9a-f]{32}'
    UNION ALL SELECT query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'
"""


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
        swept = [
            sweep(target, mode, trials, rows, signal.SIGKILL)
            for target in (*_FILES, *_TABLES)
            for mode in ("replace", "append")
        ]
        raced = [race(races.appends(target)) for target in _TABLES]
        raced += [race(races.replaces(target)) for target in (*_FILES, *_TABLES)]
        return all([*swept, *raced, servers(trials, rows)])


def main() -> int:
    """Return 1 when a promise is broken."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--signal", choices=("KILL", "INT", "TERM"), default="KILL")
    tasks = parser.add_subparsers(dest="task", required=True)
    sweeping = tasks.add_parser("sweep")
    sweeping.add_argument("target")
    sweeping.add_argument("mode", choices=("replace", "append", "upsert"))
    sweeping.add_argument("trials", type=int)
    for name, count in (("appends", 200), ("replaces", 30)):
        racing = tasks.add_parser(name)
        racing.add_argument("target")
        racing.add_argument("count", type=int, nargs="?", default=count)
    serving = tasks.add_parser("servers")
    serving.add_argument("trials", type=int, nargs="?", default=100)
    serving.add_argument("names", nargs="*", default=tuple(SERVICES))
    tasks.add_parser("all").add_argument("trials", type=int, nargs="?", default=100)
    chosen = parser.parse_args()
    match chosen.task:
        case "sweep":
            sent = signal.Signals[f"SIG{chosen.signal}"]
            holds = sweep(chosen.target, chosen.mode, chosen.trials, chosen.rows, sent)
        case "appends":
            holds = race(races.appends(chosen.target, count=chosen.count))
        case "replaces":
            holds = race(races.replaces(chosen.target, chosen.count, chosen.rows))
        case "servers":
            holds = servers(chosen.trials, chosen.rows, chosen.names)
        case _:
            holds = _everything(chosen.trials, chosen.rows)
    return int(not holds)


sys.exit(main())
