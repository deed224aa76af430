"""The fault tests of S3: clients and servers that are killed, writers, and how readers end."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aiobotocore.session  # noqa: F401 - like those below, before any process is forked
import aiohttp  # noqa: F401
import numpy as np
import pandas as pd
import s3fs  # noqa: F401
import tenacity  # noqa: F401

import dkdata as dk
from dkdata import catalog, lazy  # noqa: F401
from dkdata.frames import pandas_frames  # noqa: F401
from dkdata.stores.s3 import files  # noqa: F401
from tests.faults import forks, races
from tests.faults.races import Race
from tests.faults.sweep import Case, Sweep
from tests.services import harness, places
from tests.services.harness import S3
from tests.services.s3 import buckets
from tests.services.s3 import server as servers
from tests.services.s3.scripted import Fault
from tests.stores.faulty import JOBS
from tests.stores.s3.faulty import PASSING, each, reached_through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.buckets import Bucket
    from tests.services.s3.server import Server

# LocalStack keeps all that it has in memory.
LASTING = ("minio", "versitygw")
_WRITERS = 8
_SECONDS = 1800.0
# What a process of its own prints, and what that is to be; three files hold 3,000 rows.
_ROUTES = {
    "load": ("int(dk.load(T)['v'].sum())", 4_498_500),
    "load some": ("len(dk.load(T, where='k < 1500', columns=['k']))", 1500),
    "load into polars": ("dk.load(T, as_='polars')['v'].sum()", 4_498_500),
    "sql": ("int(dk.sql(f'select sum(v) s from {T} join few using (k)')['s'][0])", 3006),
    "scan": ("sum(batch.num_rows for batch in dk.scan(T, batch_rows=100))", 3000),
    "batches": ("sum(batch.num_rows for batch in dk.table(T).batches(100))", 3000),
    "count": ("dk.count(T)", 3000),
    "count some": ("dk.count(T, 'k < 1500')", 1500),
}
_PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd, dkdata as dk
T = "lake.routes"
dk.configure({{"stores": {{"lake": json.loads(sys.stdin.readline())}}}})
dk.save(pd.DataFrame({{"k": [7, 2999]}}), "few")
print({})
"""


def _target(name: str, bucket: Bucket) -> str:
    dk.configure({"stores": {name: bucket.options}})
    dk.config().store(name)  # asks for nothing: the drivers of S3 do not live through a fork
    return f"{name}.faults"


@contextmanager
def bucket(name: str) -> Iterator[tuple[str, Bucket]]:
    """Give the target of a table in a new bucket on a service of that name, and the bucket."""
    with harness.used(S3[name], start=True) as state:
        if state is None:
            message = f"{name} does not run"
            raise RuntimeError(message)
        with buckets.created(name, state.url) as made:
            yield _target(name, made), made


class _OwnServer:
    """A server that is killed, and started again on its port with what it had."""

    def __init__(self, name: str, folder: Path) -> None:
        self.server: Server = servers.create(name, folder, S3[name].programs(install=True))

    def strike(self, _: int) -> None:
        """Kill it, and start it again at once."""
        servers.kill(self.server)
        self.server = servers.start(self.server)


@contextmanager
def server(name: str) -> Iterator[tuple[str, forks.Strike]]:
    """Give a target on a server that may be killed, and what kills it."""
    own = _OwnServer(name, places.home() / f"{name}-{secrets.token_hex(4)}")
    try:
        with buckets.created(name, own.server.url) as made:
            yield _target(f"own-{name}", made), own.strike
    finally:
        servers.stop(own.server)


def client(target: str, mode: str, rows: int) -> Sweep:
    """Return the sweep in which a process that saves is killed."""
    return Sweep(Case(target, mode, rows), forks.sending(signal.SIGKILL))


def killed_server(target: str, strike: forks.Strike, mode: str, rows: int) -> Sweep:
    """Return the sweep in which the server is killed, and started again at once."""
    return Sweep(Case(target, mode, rows), strike, may_fail=True, goes_on=True)


def raced(target: str, made: Bucket, rows: int, runs: int) -> Iterator[Race]:
    """Race writers and readers of one table, fail requests, and look how readers end."""
    short = rows < 10_000
    yield races.appends(target, _WRITERS, 3 if short else 40, _SECONDS)
    yield races.replaces(target, 5 if short else 30, rows // 2)
    if not short:
        yield forks.call(partial(scripted, made), _SECONDS)
    yield routes(made, runs)


def scripted(made: Bucket) -> Race:
    """Let each request of each call fail in each way that passes."""
    count, faults = 0, []
    with reached_through(made) as lake:
        for name, job in JOBS.items():
            for kind, number in each(lake.asked(job)):
                for what in PASSING.values():
                    wrong = lake.wrong(job, Fault(what, kind, number))
                    faults += [f"{name}: {wrong}"] if wrong else []
                    count += 1
    return Race(f"{made.kind}: {count:,} failed requests, {len(faults)} faults", faults)


def routes(made: Bucket, runs: int) -> Race:
    """Read in processes of their own: each ends well, and has the right result."""
    forks.call(partial(_put_routes, made))
    found = [_ended(made, name) for name in _ROUTES for _ in range(runs)]
    faults = [fault for fault in found if fault]
    return Race(f"{made.kind}: {len(found)} readers ended, {len(faults)} faults", faults)


def _put_routes(made: Bucket) -> None:
    """Save a table of three files."""
    dk.configure({"stores": {"lake": made.options}})
    for start in range(0, 3000, 1000):
        keys = np.arange(start, start + 1000)
        mode = "append" if start else "replace"
        dk.save(pd.DataFrame({"k": keys, "v": keys}), "lake.routes", mode=mode, progress=False)


def _ended(made: Bucket, name: str) -> str:
    """Read in a process of its own, and return what is wrong with its end."""
    expression, expected = _ROUTES[name]
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(expression)],
            input=json.dumps(made.options),
            env=os.environ | {"DKDATA_HOME": home},
            cwd=Path(dk.__file__).parent.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    if done.returncode or done.stdout.split() != [str(expected)]:
        return f"{name}: status {done.returncode}, {done.stdout!r}, {done.stderr[-500:]}"
    return ""
