"""Several processes at one table: no row lost, no save seen in parts."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import psycopg2

import dkdata as dk
from tests.faults import forks

_LONGEST = 300.0  # seconds of a race


@dataclass(frozen=True)
class Race:
    """What the writers and the reader saw; ``faults`` says what must not be."""

    line: str
    faults: list[str]


def _append(target: str, writer: int, appends: int) -> list[float]:
    """Append single rows and return how long each took, in seconds."""
    waits = []
    for number in range(appends):
        started = time.perf_counter()
        row = pd.DataFrame({"writer": [writer], "number": [number]})
        dk.save(row, target, mode="append", progress=False)
        waits.append(time.perf_counter() - started)
    return waits


def _count_upwards(target: str, expected: int, seconds: float) -> list[int]:
    """Count until all rows are there, and return every count that was seen."""
    seen, end = [0], time.monotonic() + seconds
    while seen[-1] < expected and time.monotonic() < end:
        seen.append(dk.count(target))
        time.sleep(0.01)
    return seen


def appends(target: str, writers: int = 2, count: int = 200, seconds: float = 300) -> Race:
    """Append ``count`` times from each of several processes at once, while another counts."""
    start = pd.DataFrame({"writer": [-1], "number": [-1]})
    forks.call(lambda: dk.save(start, target, mode="replace", progress=False).rows)
    expected = writers * count + 1
    jobs = [partial(_append, target, writer, count) for writer in range(writers)]
    jobs.append(partial(_count_upwards, target, expected, seconds))
    answers, faults = forks.together(jobs, seconds)
    held = forks.call(lambda: dk.load(target))
    wanted = Counter((writer, number) for writer in range(writers) for number in range(count))
    wanted[-1, -1] = 1
    if Counter(zip(held["writer"], held["number"], strict=True)) != wanted:
        faults.append(f"{len(held)} rows are there, {expected} were acknowledged")
    if not faults and answers[-1] != sorted(answers[-1]):
        faults.append(f"a reader saw rows disappear: {answers[-1]}")
    waits = sorted(wait for answer in answers[:writers] for wait in answer or ()) or [0.0]
    line = (
        f"{target}: {len(held):,} of {expected:,} rows, an append took"
        f" {waits[len(waits) // 2] * 1000:.0f} ms, the slowest {waits[-1]:.2f} s"
    )
    return Race(line, faults)


def _version(value: int, rows: int) -> pd.DataFrame:
    return pd.DataFrame({"v": np.full(rows * (value % 2 + 1), value), "n": "text"})


def _replace(target: str, replaces: int, rows: int) -> int:
    for value in range(1, replaces + 1):
        dk.save(_version(value, rows), target, mode="replace", progress=False)
    return replaces


def _read_whole(target: str, last: int, rows: int, seconds: float) -> tuple[list[str], list[float]]:
    """Load until the last version is there; return what was torn and how long each load took."""
    torn, waits, end = [], [], time.monotonic() + seconds
    value = 0
    while value < last and time.monotonic() < end:
        started = time.perf_counter()
        held = dk.load(target)
        waits.append(time.perf_counter() - started)
        earlier, value = value, int(held["v"].iloc[0])
        if not held.equals(_version(value, rows)) or value < earlier:
            torn.append(f"{len(held)} rows of version {value} after version {earlier}")
    return torn, waits


def replaces(target: str, count: int = 30, rows: int = 100_000, seconds: float = 300) -> Race:
    """Replace a table again and again while another process loads it: always one version."""
    forks.call(lambda: dk.save(_version(0, rows), target, mode="replace", progress=False).rows)
    jobs = [
        partial(_read_whole, target, count, rows, seconds),
        partial(_replace, target, count, rows),
    ]
    answers, faults = forks.together(jobs, seconds)
    torn, waits = answers[0] or ([], [0.0])
    waits.sort()
    line = (
        f"{target}: {len(waits)} loads during {count} replaces, a load took"
        f" {waits[len(waits) // 2] * 1000:.0f} ms, the slowest {waits[-1]:.2f} s"
    )
    return Race(line, [*faults, *torn])


def _poll(url: str, table: str, last: int, seconds: float) -> list[float]:
    """Look at a row until the last version is there, and return how long each look took."""
    waits, end, value = [], time.monotonic() + seconds, 0
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        while value < last and time.monotonic() < end:
            started = time.perf_counter()
            cursor.execute(f'select v from "{table}" limit 1')
            waits.append(time.perf_counter() - started)
            (value,) = cursor.fetchone() or (0,)
            time.sleep(0.002)
    return waits


def stalls(target: str, url: str, count: int, rows: int, most: float) -> Race:
    """Look at a table of PostgreSQL while it is replaced: no look takes longer than ``most``."""
    forks.call(lambda: dk.save(_version(0, rows), target, mode="replace", progress=False).rows)
    table = target.rpartition(".")[2]
    jobs = [partial(_poll, url, table, count, _LONGEST), partial(_replace, target, count, rows)]
    answers, faults = forks.together(jobs, _LONGEST)
    waits = sorted(answers[0] or [0.0])
    if waits[-1] > most:
        faults.append(f"a reader waited for {waits[-1] * 1000:.0f} ms")
    line = (
        f"{target}: {len(waits):,} looks during {count} replaces of {rows:,} rows, the slowest"
        f" {waits[-1] * 1000:.0f} ms"
    )
    return Race(line, faults)
