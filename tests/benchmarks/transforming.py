"""Transformations against the SQL that one would write by hand, and against Python row by row."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

import dkdata as dk
from tests.benchmarks.ratio import Job

_STEPS = (
    dk.Transform()
    .rename({"x": "score"})
    .map("age", "to_int")
    .map("name", "strip")
    .map("name", "upper")
    .map("day", "to_date")
    .map("code", "regex_extract", "[a-z]")
    .add("total", "price * 2 + score")
    .map("price", "clip", 0, 200)
    .filter("age >= 18")
    .drop("score")
)
_BY_HAND = """
    SELECT id, CAST(age AS BIGINT) AS age, upper(trim(name, E' \\t\\r\\n')) AS name,
        least(greatest(price, 0), 200) AS price, CAST(day AS DATE) AS day,
        regexp_extract(code, '[a-z]') AS code, price * 2 + x AS total
    FROM rows WHERE CAST(age AS BIGINT) >= 18
"""
_ROWS_OF_PYTHON = 500_000


def _table(rows: int) -> pa.Table:
    random = np.random.default_rng(0)
    days = pa.array(random.integers(0, 20_000, rows), pa.int32()).cast(pa.date32())
    texts = {
        "age": pa.array(random.integers(0, 100, rows)).cast(pa.large_string()),
        "name": pa.array(random.choice(["  Ada ", "Bob", "Carol x"], rows), pa.large_string()),
        "day": days.cast(pa.large_string()),
        "code": pa.array(random.choice(["a1", "b22", "c333"], rows), pa.large_string()),
    }
    numbers = {"price": random.normal(100, 30, rows), "x": random.normal(size=rows)}
    return pa.table({"id": np.arange(rows), **texts, **numbers})


def _row_by_row(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what functions of Python for each step make of one row."""
    import datetime as dt  # noqa: PLC0415 - what the functions need
    import re  # noqa: PLC0415

    steps = (
        lambda row: {**{k: v for k, v in row.items() if k != "x"}, "score": row["x"]},
        lambda row: {**row, "age": int(row["age"])},
        lambda row: {**row, "name": row["name"].strip()},
        lambda row: {**row, "name": row["name"].upper()},
        lambda row: {**row, "day": dt.date.fromisoformat(row["day"])},
        lambda row: {**row, "code": re.search("[a-z]", row["code"])[0]},
        lambda row: {**row, "total": row["price"] * 2 + row["score"]},
        lambda row: {**row, "price": min(max(row["price"], 0), 200)},
        lambda row: row if row["age"] >= 18 else None,
        lambda row: {k: v for k, v in row.items() if k != "score"} if row else None,
    )
    made: Any = row
    for step in steps:
        made = step(made)
    return made


def jobs(rows: int) -> list[Job]:
    """Return a transformation of ten steps of so many rows, against others' ways."""
    table = _table(rows)
    few = table.slice(0, _ROWS_OF_PYTHON)
    frame = few.to_pandas()
    connection = duckdb.connect(config={"arrow_large_buffer_size": "true"})
    connection.register("rows", table)
    by_hand = connection.sql(_BY_HAND).to_arrow_table()
    assert _STEPS(table).select(by_hand.column_names).equals(by_hand)

    def in_dictionaries() -> object:
        made = [row for given in few.to_pylist() if (row := _row_by_row(given))]
        return pa.Table.from_pylist(made)

    def in_pandas() -> object:
        made = frame.apply(lambda row: _row_by_row(row.to_dict()), axis="columns")
        return pd.DataFrame(list(made.dropna()))

    return [
        Job(
            f"transform {rows:,} rows by ten steps", "the SQL by hand", 1.3,
            lambda: _STEPS(table), lambda: connection.sql(_BY_HAND).to_arrow_table(), by_cpu=True,
        ),
        *(
            Job(
                f"transform {_ROWS_OF_PYTHON:,} rows by ten steps", against, ceiling,
                lambda: _STEPS(few), in_python,
            )
            for against, ceiling, in_python in (
                ("Python functions, DataFrame.apply", 1 / 50, in_pandas),
                ("Python functions, a dictionary each", 1 / 10, in_dictionaries),
            )
        ),
    ]  # fmt: skip
