"""The frames that are shown: ten columns of all sorts, a thousand columns, fifty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

import dkdata as dk

COUNTRIES = ["US", "DE", "FR", "CN", "IN", "BR", "GB", "ES"]
_WIDE_ROWS = 100_000
_START = np.datetime64("2024-01-01", "us")


def rows(count: int) -> pa.Table:
    """Return rows of ten columns; ``code`` is another text in each of them."""
    rng = np.random.default_rng(7)
    rare = rng.exponential(10, count)
    seconds = rng.integers(0, 365 * 86_400, count)
    numbers = pa.array(rng.permutation(count))
    return pa.table({
        "id": np.arange(count, dtype=np.int64),
        "normal": rng.normal(size=count),
        "rare": pa.array(rare, mask=rng.random(count) < 0.05),
        "small": rng.integers(0, 1_000, count, dtype=np.int32),
        "category": _chosen(rng, [f"category {n:02}" for n in range(20)], count),
        "code": pc.binary_join_element_wise("code-", pc.cast(numbers, pa.string()), ""),
        "moment": _START + seconds.astype("timedelta64[s]"),
        "flag": rng.random(count) < 0.5,
        "price": np.round(rng.lognormal(3, 1, count), 2),
        "country": _chosen(rng, COUNTRIES, count),
    })  # fmt: skip


def _chosen(rng: np.random.Generator, values: list[str], count: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), count)))


def frame(count: int) -> pd.DataFrame:
    """Return the same as pandas has them by default."""
    return rows(count).to_pandas().astype(dict.fromkeys(("category", "code", "country"), "str"))


def wide(columns: int, count: int = _WIDE_ROWS) -> pd.DataFrame:
    """Return a frame of many columns of numbers, times and texts."""
    narrow = frame(count).drop(columns="code")
    names = list(narrow)
    parts = {f"{names[n % len(names)]}_{n}": narrow[names[n % len(names)]] for n in range(columns)}
    return pd.DataFrame(parts)


def stored(folder: Path, count: int) -> Path:
    """Return the path of a Parquet file with those rows."""
    path = folder / f"rows-{count}.parquet"
    if not path.exists():
        parquet.write_table(rows(count), path)
    return path


def suite() -> dk.Suite:
    """Return five rules, of which two are broken by some rows."""
    return dk.Suite("rows", [
        dk.expect("id").unique(), dk.expect("rare").not_null(),
        dk.expect("price").between(1, 500), dk.expect("country").in_set(COUNTRIES),
        dk.expect("code").matches(r"^code-\d+$"),
    ])  # fmt: skip


def failing() -> dk.Suite:
    """Return a rule that one in 500 rows breaks."""
    return dk.Suite("often", [*dk.expect("price").between(1, 500)])


def seldom_failing() -> dk.Suite:
    """Return a rule that one in 60,000 rows breaks."""
    return dk.Suite("seldom", [*dk.expect("normal").between(-4.3, 4.3)])
