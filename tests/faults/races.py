"""Several processes at one table: no row lost, no save seen in parts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

import dkdata as dk
from tests.faults import processes


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
    processes.call(lambda: dk.save(start, target, mode="replace", progress=False).rows)
    expected = writers * count + 1
    jobs = [partial(_append, target, writer, count) for writer in range(writers)]
    jobs.append(partial(_count_upwards, target, expected, seconds))
    answers, faults = processes.together(jobs, seconds)
    held = processes.call(lambda: dk.load(target))
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
    processes.call(lambda: dk.save(_version(0, rows), target, mode="replace", progress=False).rows)
    jobs = [
        partial(_read_whole, target, count, rows, seconds),
        partial(_replace, target, count, rows),
    ]
    answers, faults = processes.together(jobs, seconds)
    torn, waits = answers[0] or ([], [0.0])
    waits.sort()
    line = (
        f"{target}: {len(waits)} loads during {count} replaces, a load took"
        f" {waits[len(waits) // 2] * 1000:.0f} ms, the slowest {waits[-1]:.2f} s"
    )
    return Race(line, [*faults, *torn])
