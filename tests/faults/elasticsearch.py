"""The fault tests of Elasticsearch: clients and servers that are killed, writers and readers."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import elastic_transport  # noqa: F401 - like those below, before any process is forked
import numpy as np
import pandas as pd
import tenacity  # noqa: F401
from elasticsearch import Elasticsearch

import dkdata as dk
from dkdata import catalog, lazy  # noqa: F401
from dkdata.errors import ConflictError
from dkdata.frames import pandas_frames  # noqa: F401
from tests.faults import forks, races
from tests.faults.races import Race
from tests.faults.sweep import Case, Sweep
from tests.services import harness, owned
from tests.services.elasticsearch import indices
from tests.services.harness import ELASTICSEARCH
from tests.services.s3.scripted import Fault
from tests.stores.elasticsearch.faulty import JOBS, PASSING, reached_through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.elasticsearch.indices import Indices
    from tests.services.owned import OwnServer

_SECONDS = 900.0
_TABLE = "faults"


@dataclass(frozen=True)
class Place:
    """A table on a server, and the indices of its store."""

    target: str
    made: Indices

    @classmethod
    def of(cls, name: str, made: Indices) -> Place:
        """Configure a store of that name; nothing is asked yet."""
        dk.configure({"stores": {name: made.options}})
        dk.config().store(name)
        return cls(f"{name}.{_TABLE}", made)

    def left(self) -> list[str]:
        """Remove what is left over; return what of it was not found, or should have stayed."""
        found: list[str] = forks.call(self._left)
        return found

    def _left(self) -> list[str]:
        store, prefix = self.target.split(".")[0], self.made.prefix
        with Elasticsearch(self.made.url, request_timeout=60) as client:
            every = set(client.indices.get(index=f"{prefix}*", expand_wildcards="all"))
            used = set(client.indices.get_alias(name=f"{prefix}{_TABLE}"))
            rows = dk.count(self.target)
            told = " ".join(dk.doctor(store, older_than=0).leftovers)
            dk.doctor(store, remove=True, older_than=0)
            kept = set(client.indices.get(index=f"{prefix}*", expand_wildcards="all"))
        missed = [f"{index}, which is not found" for index in every - used if index not in told]
        missed += [f"{index}, which is not removed" for index in kept - used]
        missed += [f"not {index}, which is of the table" for index in used - kept]
        return missed if dk.count(self.target) == rows else [*missed, "other rows than before"]


@contextmanager
def place() -> Iterator[Place]:
    """Give a table on the server that all tests use."""
    with harness.used(ELASTICSEARCH, start=True) as state:
        if state is None:
            message = "elasticsearch does not run"
            raise RuntimeError(message)
        with indices.created(state.url) as made:
            yield Place.of("search", made)


@contextmanager
def server() -> Iterator[tuple[Place, OwnServer]]:
    """Give a table on a server that may be killed, and the server."""
    programs = ELASTICSEARCH.programs(install=True)
    with (
        owned.started(ELASTICSEARCH, programs) as own,
        indices.created(own.url) as made,
    ):
        yield Place.of("own-search", made), own


def client(place: Place, mode: str, rows: int, sent: signal.Signals) -> Sweep:
    """Return the sweep in which a process that saves gets a signal."""
    return Sweep(
        Case(place.target, mode, rows), forks.sending(sent), may_fail=sent is not signal.SIGKILL,
        by_row=mode == "upsert", left=place.left,
    )  # fmt: skip


def killed_server(place: Place, own: OwnServer, mode: str, rows: int) -> Sweep:
    """Return the sweep in which the server is killed, and started again at once."""

    def strike(_: int) -> None:
        own.kill()
        own.restart()

    return Sweep(
        Case(place.target, mode, rows), strike, may_fail=True, goes_on=True,
        by_row=mode == "upsert", left=place.left,
    )  # fmt: skip


def raced(place: Place, rows: int) -> Iterator[Race]:
    """Race writers and readers of one table."""
    short = rows < 10_000
    yield appends(place.target, 2, 5 if short else 60)
    yield writers(place.target, 5 if short else 40, rows // 20)
    yield races.replaces(place.target, 5 if short else 30, rows // 2)
    if not short:
        yield forks.call(partial(scripted, place.made), 4 * _SECONDS)
    if left := place.left():
        yield Race(f"{place.target}: left behind", left)


def scripted(made: Indices) -> Race:
    """Let each kind of request of each call fail in each way that passes."""
    count, faults = 0, []
    with reached_through(made) as cluster:
        for name, job in JOBS.items():
            for kind in dict.fromkeys(cluster.asked(job)):
                for what in PASSING.values():
                    wrong = cluster.wrong(job, Fault(what, kind))
                    faults += [f"{name}: {wrong}"] if wrong else []
                    count += 1
    return Race(f"elasticsearch: {count:,} failed requests, {len(faults)} faults", faults)


def _tried(target: str, writer: int, count: int) -> list[tuple[int, int]]:
    """Append single rows; return those whose append was not refused."""
    done = []
    for number in range(count):
        row = pd.DataFrame({"writer": [writer], "number": [number]})
        try:
            dk.save(row, target, mode="append", progress=False)
        except ConflictError:
            continue
        done.append((writer, number))
    return done


def appends(target: str, several: int, count: int) -> Race:
    """Append at once: the rows of those that succeed are there, of those that are refused none."""
    empty = pd.DataFrame({"writer": [0], "number": [0]}).head(0)
    forks.call(lambda: dk.save(empty, target, mode="replace", progress=False).rows)
    jobs = [partial(_tried, target, writer, count) for writer in range(several)]
    answers, faults = forks.together(jobs, _SECONDS)
    wanted = sorted(one for answer in answers for one in answer or ())
    held = forks.call(lambda: dk.load(target))
    found = sorted(zip(held["writer"], held["number"], strict=True))
    if found != wanted:
        faults.append(f"{len(found)} rows are there, {len(wanted)} were acknowledged")
    line = f"{target}: {len(wanted)} of {several * count} appends at once were not refused"
    return Race(line, faults)


def _replaced(target: str, writer: int, count: int, rows: int) -> list[tuple[float, float, int]]:
    """Replace a table by rows of one value; return when each began, ended, and its value."""
    done = []
    for number in range(count):
        value, began = writer * count + number, time.monotonic()
        frame = pd.DataFrame({"v": np.full(rows, value)})
        try:
            dk.save(frame, target, mode="replace", progress=False)
        except ConflictError:
            continue
        done.append((began, time.monotonic(), value))
    return done


def writers(target: str, count: int, rows: int) -> Race:
    """Replace from two processes at once: what is there is whole, and no older one's."""
    forks.call(lambda: dk.save(pd.DataFrame({"v": [-1]}), target, mode="replace").rows)
    jobs = [partial(_replaced, target, writer, count, rows) for writer in range(2)]
    answers, faults = forks.together(jobs, _SECONDS)
    done = [one for answer in answers for one in answer or ()]
    held = forks.call(lambda: dk.load(target))["v"].tolist()
    latest = max((began for began, _, _ in done), default=0.0)
    last = [value for _, ended, value in done if ended >= latest]
    if held not in [[value] * rows for value in last]:
        faults.append(f"{len(held)} rows of {sorted(set(held))} are there, not of one of {last}")
    line = f"{target}: {len(done)} of {2 * count} replaces at once were not refused"
    return Race(line, faults)
