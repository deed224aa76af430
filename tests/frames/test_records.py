"""Lists of dictionaries: every value is kept as it is, or refused by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, UsageError
from dkdata.frames.records import table_of

NOON = dt.datetime(2024, 1, 1, 12)  # noqa: DTZ001 - has no zone
UTC_NOON = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
NANOSECOND = pd.Timestamp("2024-01-01 00:00:00.000000001")


@pytest.mark.parametrize(
    "values",
    [
        [1, None, 3],
        [1, 2.5],
        [True, False],
        ["x", ""],
        [Decimal("1.5"), Decimal("2.25")],
        [NOON, None],
        [UTC_NOON],
        [NANOSECOND, None],
        [pd.Timedelta(5, "ns")],
        [[1, 2], [], None],
        [None, None],
    ],
)
def test_values_are_kept(values):
    assert table_of([{"v": value} for value in values])["v"].to_pylist() == values


@pytest.mark.parametrize(
    "values",
    [
        [dt.date(2024, 1, 1), NOON],
        [NOON, UTC_NOON],
        [pd.Timestamp(NOON), pd.Timestamp(UTC_NOON)],
        [dt.timedelta(1), 5],
        ["x", b"y"],
        [{"a": NOON}, {"a": UTC_NOON}],
        [[1, 2], ["x"]],
        [1, "x"],
        [1, True],
        [2**60, 1.5],
        [2**70],
        [Decimal("NaN")],
        [Decimal("sNaN")],
        ["\ud800"],
    ],
    ids=str,
)
def test_values_that_have_no_common_type_are_refused(values):
    with pytest.raises(SchemaError, match="column 'v'"):
        table_of([{"v": value} for value in values])


def test_fields_that_a_structure_lacks_are_null():
    made = table_of([{"v": {"a": 1}}, {"v": {"b": 2.5}}])
    assert made["v"].to_pylist() == [{"a": 1, "b": None}, {"a": None, "b": 2.5}]


@pytest.mark.parametrize("missing", [pd.NA, pd.NaT, None])
def test_what_pandas_calls_missing_is_null(missing):
    assert table_of([{"v": missing}, {"v": 1}])["v"].to_pylist() == [None, 1]


def test_numpy_values():
    made = table_of([{"v": np.int64(3), "d": np.datetime64("2024-01-01"), "a": np.arange(2)}])
    assert made.to_pylist() == [{"v": 3, "d": dt.datetime(2024, 1, 1), "a": [0, 1]}]  # noqa: DTZ001


def test_names_that_are_no_text():
    with pytest.raises(SchemaError, match="lone surrogate"):
        table_of([{"\ud800": 1}])


@pytest.mark.parametrize("given", [pd.Series([1]), pl.Series([1]), pa.chunked_array([[1]])])
def test_a_column_is_no_frame(given):
    with pytest.raises(UsageError, match="is not a frame"):
        dk.save(given, "memory.none")


NAN = float("nan")


@pytest.mark.parametrize(("values", "kept"), [
    (["x", NAN], ["x", None]), ([np.float64("nan"), None, "x"], [None, None, "x"]),
    ([True, NAN], [True, None]), ([dt.date(2024, 1, 1), NAN], [dt.date(2024, 1, 1), None]),
    ([[1], NAN], [[1], None]), ([b"x", NAN], [b"x", None]),
])  # fmt: skip
def test_nan_is_null_beside_what_is_no_number(values, kept):
    assert table_of([{"v": value} for value in values])["v"].to_pylist() == kept


@pytest.mark.parametrize("values", [[NAN], [NAN, 1.5], [None, NAN]])
def test_nan_is_a_number_among_numbers(values):
    made = table_of([{"v": value} for value in values])["v"]
    assert pa.types.is_float64(made.type)
    assert made.null_count == values.count(None)


def test_records_of_pandas_are_the_frame_again():
    frame = pd.DataFrame({"s": ["x", None], "n": [1.5, None], "b": [None, True]})
    made = table_of(frame.to_dict("records"))
    assert made["s"].to_pylist() == ["x", None]
    assert made["b"].to_pylist() == [None, True]
