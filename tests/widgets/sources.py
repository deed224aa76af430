"""The same rows in every form that can be explored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import dkdata as dk
from dkdata import frames

ROWS = 300


def rows():
    """Return rows with nulls in most columns."""
    drawn = np.random.default_rng(1)
    number = np.arange(ROWS)
    hours = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    return pd.DataFrame(
        {
            "n": pd.array(drawn.integers(0, 50, ROWS), dtype="Int64"),
            "x": drawn.normal(size=ROWS),
            "t": hours,
            "z": hours.tz_localize("UTC").tz_convert("Europe/Oslo"),
            "s": pd.Series([f"a{v}%_" for v in drawn.integers(0, 20, ROWS)], dtype="str"),
            "b": drawn.integers(0, 2, ROWS).astype(bool),
        }
    ).assign(
        n=lambda f: f["n"].mask(number % 7 == 0),
        x=lambda f: f["x"].mask(number % 5 == 0),
        t=lambda f: f["t"].mask(number % 11 == 0),
        s=lambda f: f["s"].mask(number % 13 == 0),
    )


def _saved(frame, target):
    dk.save(frame, target, mode="replace")
    return dk.table(target)


FRAMES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars, lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "Arrow": pa.Table.from_pandas,
    "a reader": lambda frame: pa.Table.from_pandas(frame).to_reader(),
    "a relation of DuckDB": lambda frame: frames.from_arrow(
        frames.to_arrow(frame, index=False), "duckdb"
    ),
    "a list of dicts": lambda frame: (
        frame.astype(object).where(frame.notna(), None).to_dict("records")
    ),
}
TABLES = {
    "memory": lambda frame: _saved(frame, "memory.rows"),
    "DuckDB": lambda frame: _saved(frame, "rows"),
    "Parquet": lambda frame: _saved(frame, "rows.parquet"),
    "CSV": lambda frame: _saved(frame, "rows.csv"),
    "Delta": lambda frame: _saved(frame, "folder/rows"),
    "a query": lambda frame: _saved(frame, "rows.parquet").filter("n IS NULL OR n >= 0"),
}
SOURCES = FRAMES | TABLES
