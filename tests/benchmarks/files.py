"""Parquet, CSV and JSON lines, against polars, pandas, pyarrow and DuckDB by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from pathlib import Path

_TYPES = {
    "id": pa.int64(), "amount": pa.float64(), "city": pa.string(), "code": pa.string(),
    "active": pa.bool_(), "moment": pa.timestamp("us"), "score": pa.int64(), "grade": pa.string(),
    "day": pa.date32(), "note": pa.string(),
}  # fmt: skip
_SQL_TYPES = {
    "id": "BIGINT", "amount": "DOUBLE", "city": "VARCHAR", "code": "VARCHAR", "active": "BOOLEAN",
    "moment": "TIMESTAMP", "score": "BIGINT", "grade": "VARCHAR", "day": "DATE", "note": "VARCHAR",
}  # fmt: skip


def synced(path: Path) -> None:
    """Wait until the file is on the disk, as every save of ours does."""
    with path.open("rb") as opened:
        os.fsync(opened.fileno())


def jobs(folder: Path, frame: pd.DataFrame) -> list[Job]:
    """Return the jobs on single files."""
    return [*_parquet(folder, frame), *_csv(folder, frame), *_json_lines(folder, frame)]


def _parquet(folder: Path, frame: pd.DataFrame) -> list[Job]:
    ours, theirs = folder / "ours.parquet", folder / "theirs.parquet"
    polars_frame = pl.from_pandas(frame)

    def by_hand(given: pl.DataFrame) -> None:
        given.write_parquet(theirs, compression="zstd")
        synced(theirs)

    def both() -> None:
        dk.save(frame, ours, mode="replace")
        by_hand(polars_frame)

    return [
        Job("save Parquet from pandas", "polars", 1.15,
            lambda: dk.save(frame, ours, mode="replace"),
            lambda: by_hand(pl.from_pandas(frame))),
        Job("save Parquet from polars", "polars", 1.15,
            lambda: dk.save(polars_frame, ours, mode="replace"),
            lambda: by_hand(polars_frame)),
        Job("load Parquet as pandas", "pandas.read_parquet", 1.15,
            lambda: dk.load(ours), lambda: pd.read_parquet(theirs), setup=both),
        Job("load Parquet as polars", "polars.read_parquet", 1.15,
            lambda: dk.load(ours, as_="polars"), lambda: pl.read_parquet(theirs), setup=both),
        Job("load 1 % of Parquet", "DuckDB query", 1.3,
            lambda: dk.load(ours, where="score between 500 and 509", as_="arrow"),
            lambda: _by_duckdb(
                f"SELECT * FROM read_parquet('{ours}') WHERE score BETWEEN 500 AND 509",
            ),
            setup=both),
    ]  # fmt: skip


def _by_duckdb(query: str) -> pa.Table:
    with duckdb.connect() as connection:
        return connection.sql(query).to_arrow_table()


def _csv(folder: Path, frame: pd.DataFrame) -> list[Job]:
    ours, theirs = folder / "ours.csv", folder / "theirs.csv"

    def by_hand() -> None:
        pl.from_pandas(frame).write_csv(theirs)
        synced(theirs)

    def read_by_hand() -> pa.Table:
        return pa_csv.read_csv(
            ours,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=_TYPES,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )

    return [
        Job("save CSV", "polars", 1.2, lambda: dk.save(frame, ours, mode="replace"), by_hand),
        Job("load CSV", "pyarrow.csv, typed", 1.2,
            lambda: dk.load(ours, as_="arrow"), read_by_hand,
            setup=lambda: dk.save(frame, ours, mode="replace")),
    ]  # fmt: skip


def _json_lines(folder: Path, frame: pd.DataFrame) -> list[Job]:
    ours, theirs = folder / "ours.jsonl", folder / "theirs.jsonl"

    def by_hand() -> None:
        pl.from_pandas(frame).write_ndjson(theirs)
        synced(theirs)

    columns = ", ".join(f"{name!r}: {kind!r}" for name, kind in _SQL_TYPES.items())
    query = f"FROM read_json('{ours}', format='newline_delimited', columns={{{columns}}})"
    return [
        Job("save JSONL", "polars", 1.2, lambda: dk.save(frame, ours, mode="replace"), by_hand),
        Job("load JSONL", "DuckDB, typed", 1.2,
            lambda: dk.load(ours, as_="arrow"), lambda: _by_duckdb(query),
            setup=lambda: dk.save(frame, ours, mode="replace")),
    ]  # fmt: skip
