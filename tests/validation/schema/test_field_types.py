from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from dkdata.errors import UsageError
from dkdata.validation.schemas.field_types import (
    FIELD_TYPES,
    accepts,
    checked_type,
    fits,
    is_null,
    name_of,
    type_from_json,
    type_of_column,
    type_of_dtype,
    type_to_json,
)

DAY = dt.date(2024, 2, 29)
NOON = dt.datetime(2024, 2, 29, 12)  # noqa: DTZ001 - naive on purpose
ARROW = [
    pa.string(), pa.large_string(), pa.int32(), pa.timestamp("ms", "Europe/Berlin"), pa.float16(),
    pa.decimal128(10, 2), pa.list_(pa.int8()), pa.json_(), pa.dictionary(pa.int8(), pa.string()),
    pa.struct([("a", pa.int8())]), pa.binary(4), pa.null(),
]  # fmt: skip


@pytest.mark.parametrize(("name", "dtypes"), {
    "string": ["str", "string", "string[python]", "large_string[pyarrow]"],
    "integer": ["int8", "uint64", "Int64", "UInt8", "int16[pyarrow]"],
    "float": ["float32", "float64", "Float64", "double[pyarrow]"],
    "boolean": ["bool", "boolean", "bool[pyarrow]"],
    "datetime": ["datetime64[ns]", "datetime64[s, UTC]", "timestamp[ms][pyarrow]"],
    "date": ["date32[pyarrow]", "date64[pyarrow]"],
    "time": ["time64[us][pyarrow]"],
    "duration": ["timedelta64[s]", "duration[us][pyarrow]"],
    "binary": ["binary[pyarrow]", "large_binary[pyarrow]"],
    "any": ["complex128", "period[D]", "null[pyarrow]"],
}.items())  # fmt: skip
def test_every_dtype_of_pandas_has_a_field_type(name, dtypes):
    for dtype in dtypes:
        assert type_of_dtype(pd.Series([], dtype=dtype).dtype) == name
        assert accepts(name, pd.Series([], dtype=dtype).dtype)


@pytest.mark.parametrize(("name", "dtype"), [
    ("string", pl.Enum(["a"])), ("string", pl.Categorical), ("integer", pl.Int128),
    ("float", pl.Float32), ("boolean", pl.Boolean()), ("datetime", pl.Datetime("ms", "UTC")),
    ("date", pl.Date), ("time", pl.Time), ("duration", pl.Duration), ("decimal", pl.Decimal(9, 2)),
    ("binary", pl.Binary), ("list", pl.Array(pl.Int8, 2)), ("json", pl.Struct({"a": pl.Int8})),
    ("any", pl.Null), (None, pl.Object),
])  # fmt: skip
def test_every_dtype_of_polars_has_a_field_type(name, dtype):
    assert type_of_dtype(dtype) == name


@pytest.mark.parametrize(("name", "values"), [
    ("string", ["a"]), ("integer", [1, np.int8(2)]), ("float", [1.5]), ("boolean", [True, None]),
    ("datetime", [NOON, pd.Timestamp(NOON)]), ("date", [DAY]), ("time", [dt.time(1)]),
    ("duration", [dt.timedelta(1)]), ("decimal", [Decimal(1), Decimal("NaN")]), ("binary", [b"x"]),
    ("json", [{}, []]), ("list", [[1], (1,)]), ("any", [1, "a"]), ("any", [NOON, DAY]),
    ("any", [None]), ("any", []), ("any", [1, True]),
])  # fmt: skip
def test_objects_have_the_type_of_their_values(name, values):
    assert type_of_column(pd.Series(values, dtype=object)) == name


def test_categories_and_sparse_columns_are_what_they_hold():
    assert type_of_column(pd.Series(["a"], dtype="category")) == "string"
    assert type_of_column(pd.Series([1, 0], dtype="Sparse[int64]")) == "integer"


@pytest.mark.parametrize(("field_type", "values", "good"), [
    ("integer", [1, True, "1", 1.0, np.int8(1)], [1, 0, 0, 0, 1]),
    ("date", [DAY, NOON], [1, 0]),
    ("datetime", [DAY, NOON], [0, 1]),
    ("json", [{}, '{"a": 1}', "{", 1, b"x"], [1, 1, 0, 1, 0]),
    ("any", [1, "a"], [1, 1]),
    (pa.int32(), [1, "a"], [1, 0]),
])  # fmt: skip
def test_values_of_objects_fit_one_by_one(field_type, values, good):
    assert fits(field_type, pd.Series(values, dtype=object)).tolist() == list(map(bool, good))


def test_text_fits_a_field_of_json_where_it_is_json():
    assert fits("json", pd.Series(['{"a": [1]}', "{a}"])).tolist() == [True, False]
    assert fits("json", pd.Series([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int8())))).tolist() == [
        True
    ]


def test_arrow_types_are_exact_in_width_unit_and_zone():
    assert accepts(pa.int32(), np.dtype("int32"))
    assert accepts(pa.int32(), pd.Int32Dtype())
    assert not accepts(pa.int32(), np.dtype("int64"))
    assert not accepts(pa.float16(), np.dtype("float32"))
    assert accepts(pa.string(), pd.StringDtype())
    assert accepts(pa.string(), pl.String)
    assert not accepts(pa.timestamp("ms"), np.dtype("datetime64[us]"))
    assert not accepts(pa.timestamp("us", "UTC"), pd.DatetimeTZDtype("us", "Europe/Berlin"))
    assert accepts(pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC"))


@pytest.mark.parametrize("field_type", [*FIELD_TYPES, *ARROW], ids=repr)
def test_types_are_written_and_read(field_type):
    assert type_from_json(type_to_json(field_type)) == field_type
    assert name_of(field_type) in FIELD_TYPES


def test_dtypes_that_are_made_are_accepted():
    for name, made in FIELD_TYPES.items():
        for dtype in {made.pandas, made.nullable} - {"arrow", "object"}:
            column = pd.Series([], dtype=dtype)
            assert type_of_column(column) == name
            assert made.arrow is not None


def test_a_signalling_nan_is_no_null():
    values = pd.Series([Decimal("sNaN"), Decimal("NaN"), None, pd.NA, 1.5, float("nan")])
    assert is_null(values).tolist() == [False, True, True, True, False, True]


@pytest.mark.parametrize(("given", "hint"), [
    ("int", " Did you mean 'integer'?"),
    ("Integer", " Did you mean 'integer'?"),
    ("varchar", " Did you mean 'string'?"),
    (int, ""),
])  # fmt: skip
def test_unknown_type(given, hint):
    with pytest.raises(UsageError) as caught:
        checked_type(given)
    assert str(caught.value) == (
        f"type={given!r} is not the type of a field.{hint} There are: string, integer, float,"
        " boolean, datetime, date, time, duration, decimal, binary, json, list, any, and the types"
        " of Arrow, such as pyarrow.int32()."
    )


def test_a_damaged_arrow_type():
    with pytest.raises(
        UsageError, match=r"^\{'arrow': 'int33'\} is no Arrow type that can be read"
    ):
        type_from_json({"arrow": "int33"})
    with pytest.raises(UsageError, match="is no Arrow type that can be read"):
        type_from_json({"arrow_schema": "x"})
