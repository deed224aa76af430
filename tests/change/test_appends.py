"""What a comparison says of two frames is what an append of one to the other does."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.change import compare
from dkdata.errors import SchemaError

MOMENT = pd.Timestamp("2024-02-29 01:00", tz="Europe/Berlin")
COLUMNS = {
    "int8": pd.Series([-5], dtype="int8"),
    "uint8": pd.Series([200], dtype="uint8"),
    "int32": pd.Series([2**31 - 1], dtype="int32"),
    "uint32": pd.Series([2**32 - 1], dtype="uint32"),
    "int64": pd.Series([2**63 - 1]),
    "uint64": pd.Series([2**64 - 1], dtype="uint64"),
    "Int16": pd.Series([None, 1], dtype="Int16"),
    "float32": pd.Series([0.1], dtype="float32"),
    "float64": pd.Series([0.1]),
    "bool": pd.Series([True]),
    "str": pd.Series(["x", None]),
    "object": pd.Series(["x", None], dtype=object),
    "whole objects": pd.Series([1, None], dtype=object),
    "mixed objects": pd.Series([1, "x"], dtype=object),
    "uuid": pd.Series([uuid.UUID(int=1)], dtype=object),
    "decimal": pd.Series([Decimal("1.10")], dtype=object),
    "decimal(5, 1)": pd.Series([Decimal("1.5")], dtype=pd.ArrowDtype(pa.decimal128(5, 1))),
    "nulls": pd.Series([None], dtype=object),
    "date": pd.Series([MOMENT.date()], dtype="date32[pyarrow]"),
    "time": pd.Series([dt.time(1, 2, 3, 4)], dtype="time64[us][pyarrow]"),
    "time in ns": pd.Series([3], dtype="int64").astype("time64[ns][pyarrow]"),
    "us": pd.Series(["1066-10-14"], dtype="datetime64[us]"),
    "ns": pd.Series([pd.Timestamp(1)], dtype="datetime64[ns]"),
    "zoned": pd.Series([MOMENT]),
    "seconds": pd.Series([pd.Timedelta("1s")], dtype="timedelta64[s]"),
    "milliseconds": pd.Series([pd.Timedelta("1ms")], dtype="timedelta64[ms]"),
    "days": pd.Series(pd.period_range("2024-01-01", periods=1, freq="D")),
    "months": pd.Series(pd.period_range("2024-01", periods=1, freq="M")),
    "categories": pd.Series(["y"], dtype=pd.CategoricalDtype(["x", "y"])),
    "ordered": pd.Series(["y"], dtype=pd.CategoricalDtype(["x", "y"], ordered=True)),
    "intervals": pd.Series(pd.interval_range(0, 1, periods=1)),
    "list": pd.Series([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
}
FRAMES = {name: pd.DataFrame({"x": values}) for name, values in COLUMNS.items()} | {
    "polars Int16": pl.DataFrame({"x": [1]}, schema={"x": pl.Int16}),
    "polars text": pl.DataFrame({"x": ["x"]}),
    "polars enumeration": pl.DataFrame({"x": ["x"]}, schema={"x": pl.Enum(["x"])}),
    "polars floats": pl.DataFrame({"x": [float("nan"), None]}),
}


def stays(rows, table):
    """Whether rows can be appended to those of another frame, whose types stay."""
    dk.save(table, "memory.appended", mode="replace")
    before = dk.table("memory.appended").schema
    try:
        dk.save(rows, "memory.appended", mode="append")
    except SchemaError:
        return False
    return dk.table("memory.appended").schema.types == before.types


@pytest.mark.parametrize("held", FRAMES)
def test_what_is_backward_compatible_is_appended_and_nothing_else(held):
    table = FRAMES[held]
    found = {
        name: (compare(rows, table).verdict in ("backward", "full"), stays(rows, table))
        for name, rows in FRAMES.items()
    }
    assert {name: both for name, both in found.items() if both[0] is not both[1]} == {}
