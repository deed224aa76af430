"""What a table in a bucket costs in requests and bytes, counted on the way to the server."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

import dkdata as dk
from tests.benchmarks.counting import CountingProxy, Traffic, counted
from tests.benchmarks.mixed import mixed
from tests.benchmarks.s3 import driver_options, reachable, variables
from tests.benchmarks.wrangler import VERSION, Wrangler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.s3.buckets import Bucket

_FEW = 10  # rows of an append
_VERSIONS = (1, 50, 189, 200)  # none of the next two writes a checkpoint
_MOST = 5  # requests of an append, beside one for each part
_PARTS = 100
_MOST_OF_A_QUERY = 6  # requests that read one part of a hundred
_APPENDING = """
import sys
import dkdata as dk
from tests.benchmarks.mixed import mixed
dk.save(mixed(10), sys.argv[1], mode="append", progress=False)
"""
_ASKING = """
import sys
import dkdata as dk
dk.load(sys.argv[1], columns=["amount"], where=sys.argv[2])
"""


@dataclass(frozen=True)
class Count:
    """Requests and bytes, and how many requests there may be."""

    name: str
    traffic: Traffic
    most: float = math.inf

    @property
    def holds(self) -> bool:
        """Whether there were not more requests."""
        return self.traffic.total <= self.most

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        traffic = self.traffic
        cells = (
            self.name,
            f"{traffic.total}",
            traffic.kinds,
            f"{traffic.sent:,}",
            f"{traffic.received:,}",
            f"{self.most:.3g}",
            "yes" if self.holds else "NO",
        )
        return f"| {' | '.join(cells)} |"


HEADER = (
    "| traffic | requests | of kinds | bytes sent | bytes received | at most | holds |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def counts(bucket: Bucket, folder: Path, rows: int) -> Iterator[Count]:
    """Yield what appends and queries cost, in a bucket that nobody else uses."""
    with counted(bucket) as (proxy, seen), reachable(seen) as url:
        yield from _appends(proxy, f"{url}/grown")
        yield from _queries(proxy, seen, folder, rows)


def taken(proxy: CountingProxy, run: Callable[[], object]) -> Traffic:
    """Return what passes while something is done."""
    proxy.took()
    run()
    return proxy.took()


def _append(target: str, rows: int = _FEW, seed: int = 0) -> None:
    dk.save(mixed(rows, seed), target, mode="append", progress=False)


def _appends(proxy: CountingProxy, target: str) -> Iterator[Count]:
    """Yield the traffic of an append to a table that has ever more versions."""
    newest = -1
    for version in _VERSIONS:
        for _ in range(version - newest):
            _append(target)
        again = taken(proxy, partial(_append, target))
        first = taken(proxy, partial(_run, _APPENDING, target))
        newest = version + 2
        yield Count(f"append to version {version}", again, _MOST + 1)
        yield Count(f"append to version {version + 1}, in a new process", first)


def _queries(proxy: CountingProxy, bucket: Bucket, folder: Path, rows: int) -> Iterator[Count]:
    """Yield the traffic of a query that needs one column of ten of one part of a hundred."""
    target, size = f"s3://{bucket.name}/parts", max(1, rows // _PARTS)
    for seed in range(_PARTS):
        _append(target, size, seed)
    first = size * (_PARTS // 2)
    where = f"id BETWEEN {first} AND {first + size // 2}"
    megabytes = _stored(bucket, "parts/part-") / 1e6
    what = f"one column of half a part of {_PARTS}, {megabytes:.0f} MB"
    ask = partial(dk.load, target, columns=["amount"], where=where)
    ask()
    yield Count(f"{what}, again", taken(proxy, ask), _MOST_OF_A_QUERY)
    yield Count(f"{what}, in a new process", taken(proxy, partial(_run, _ASKING, target, where)))
    whole = partial(dk.load, target, columns=["amount"])
    yield Count(f"one column of all {_PARTS} parts", taken(proxy, whole))
    lazily = partial(_by_polars, target, driver_options(bucket), first, size)
    yield Count(f"{what}, by polars scan_delta", taken(proxy, lazily))
    with Wrangler(mixed(_FEW), folder, f"s3://{bucket.name}", variables(bucket)) as wrangler:
        column = wrangler.job("load column of parts")
        yield Count(f"two columns of all parts, by awswrangler {VERSION}", taken(proxy, column))


def _stored(bucket: Bucket, prefix: str) -> int:
    pages = bucket.client.get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket.name, Prefix=prefix)
    return sum(item["Size"] for page in found for item in page["Contents"])


def _by_polars(target: str, options: dict[str, str], first: int, size: int) -> pl.DataFrame:
    scan = pl.scan_delta(target, storage_options=options)
    inside = pl.col("id").is_between(first, first + size // 2)
    return scan.filter(inside).select("amount").collect()


def _run(program: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    subprocess.run(command, check=True)
