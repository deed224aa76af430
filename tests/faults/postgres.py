"""The fault tests of PostgreSQL: clients and servers that are killed, writers and readers."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import tenacity  # noqa: F401 - like those below, before any process is forked
from tqdm import auto  # noqa: F401

import dkdata as dk
from dkdata import catalog, gate, lazy  # noqa: F401
from dkdata.frames import pandas_frames  # noqa: F401
from tests.faults import forks, races
from tests.faults.sweep import Case, Sweep
from tests.services import databases, harness, owned
from tests.services.harness import POSTGRES
from tests.services.postgres import leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.races import Race
    from tests.services.owned import OwnServer


def _target(name: str, url: str) -> str:
    dk.configure({"stores": {name: {"backend": "postgres", "url": url}}})
    catalog.locate(f"{name}.faults")
    return f"{name}.faults"


@contextmanager
def database(name: str) -> Iterator[tuple[str, str]]:
    """Give the target and the URL of a new database on a service of that name."""
    with harness.used(POSTGRES[name], start=True) as state:
        if state is None:
            message = f"{name} does not run"
            raise RuntimeError(message)
        with databases.created(state.url) as url:
            yield _target(name, url), url


def client(target: str, url: str, mode: str, rows: int, sent: signal.Signals) -> Sweep:
    """Return the sweep in which a process that saves gets a signal."""
    strike = forks.sending(sent)
    may_fail = sent is not signal.SIGKILL
    return Sweep(Case(target, mode, rows), strike, may_fail, left=partial(leftovers, url))


@contextmanager
def server(name: str) -> Iterator[tuple[str, OwnServer]]:
    """Give a target on a server that may be killed, and the server."""
    with owned.started(POSTGRES[name], POSTGRES[name].programs(install=True)) as own:
        yield _target(f"own-{name}", own.url), own


def killed_server(target: str, own: OwnServer, mode: str, rows: int) -> Sweep:
    """Return the sweep in which the server is killed, and started again at once."""

    def strike(_: int) -> None:
        own.kill()
        own.restart()

    left = partial(leftovers, own.url)
    return Sweep(Case(target, mode, rows), strike, may_fail=True, goes_on=True, left=left)


def raced(target: str, url: str, rows: int, most: float) -> Iterator[Race]:
    """Race writers and readers of one table."""
    short = rows < 10_000
    yield races.appends(target, count=20 if short else 200)
    yield races.replaces(target, 5 if short else 30, rows // 2)
    yield races.stalls(target, url, 5 if short else 20, 5 * rows, most)
    if left := leftovers(url):
        yield races.Race(f"{target}: left behind", left)
