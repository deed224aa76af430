"""A column of every dtype of pandas and polars, and frames of every shape; none may change."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZONES = ("UTC", "Europe/Oslo", "America/St_Johns")
_TEXTS = ["", "x", None, "O'Brien", 'größe\n\t"q"', "007", "NA", "true", "1e5", "🙂", "null", " "]
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_MOMENTS = ["2024-02-29T12:34:56.123456789", None, "1969-12-31T23:59:59.999999999", "2024-01-01"]


def _series(values: Any, dtype: Any) -> pd.Series:
    return pd.Series(values, dtype=dtype, name="x")


def _extremes(dtype: str) -> list[int]:
    limits = np.iinfo(dtype.lower())
    return [int(limits.min), 0, 1, int(limits.max)]


def _numbers() -> dict[str, pd.Series]:
    found = {name: _series(_extremes(name), name) for name in _INTEGERS}
    for name in _INTEGERS:
        masked = name.replace("i", "I").replace("u", "U")
        found[masked] = _series([*_extremes(name), None], masked)
        found[f"{name}[pyarrow]"] = _series([*_extremes(name), None], f"{name}[pyarrow]")
    floats = [1.5, -0.0, np.inf, -np.inf, np.nan, 0.1, 5e-324, 1e308]
    for width in (32, 64):
        found[f"float{width}"] = _series(floats if width == 64 else floats[:6], f"float{width}")
        found[f"Float{width}"] = _series([1.5, None, -0.0, 0.1], f"Float{width}")
    found["float16"] = _series(np.array([1.5, np.nan, np.inf], "float16"), "float16")
    nan = pa.array([1.5, float("nan"), None, float("inf")])
    found["double[pyarrow] with nan"] = _series(nan, pd.ArrowDtype(pa.float64()))
    found["float[pyarrow]"] = _series([1.5, None], pd.ArrowDtype(pa.float32()))
    found["complex128"] = _series([1 + 2j, 0j], "complex128")
    return found


def _flags_and_text() -> dict[str, pd.Series]:
    return {
        "bool": _series([True, False], bool),
        "boolean": _series([True, None, False], "boolean"),
        "bool[pyarrow]": _series([True, None], "bool[pyarrow]"),
        "str": _series(_TEXTS, "str"),
        "object text": _series(_TEXTS, object),
        "string[python]": _series(_TEXTS, "string[python]"),
        "string[pyarrow]": _series(_TEXTS, "string[pyarrow]"),
        "string ArrowDtype": _series(_TEXTS, pd.ArrowDtype(pa.string())),
        "large_string ArrowDtype": _series(_TEXTS, pd.ArrowDtype(pa.large_string())),
        "bytes": _series([b"", b"\x00\xff", None], object),
        "binary[pyarrow]": _series([b"", b"\x00", None], pd.ArrowDtype(pa.binary())),
    }


def _times() -> dict[str, pd.Series]:
    moments = pd.Series(np.array([m or "NaT" for m in _MOMENTS], "M8[ns]"), name="x")
    found = {
        f"datetime64[{unit}]": moments.astype(f"M8[{unit}]") for unit in ("s", "ms", "us", "ns")
    }
    for zone in _ZONES:
        for unit in ("s", "us", "ns"):
            utc = moments.astype(f"M8[{unit}]").dt.tz_localize("UTC")
            found[f"datetime64[{unit}, {zone}]"] = utc.dt.tz_convert(zone)
    offset = dt.timezone(dt.timedelta(hours=5, minutes=30))
    found["datetime64[us, +05:30]"] = (
        moments.astype("M8[us]").dt.tz_localize("UTC").dt.tz_convert(offset)
    )
    lengths = pd.Series(np.array([1, "NaT", -1, 86_400 * 10**9], "m8[ns]"), name="x")
    found |= {
        f"timedelta64[{unit}]": lengths.astype(f"m8[{unit}]") for unit in ("s", "ms", "us", "ns")
    }
    for unit, zone in (("s", None), ("ms", None), ("us", "Europe/Oslo"), ("ns", None)):
        t = pa.timestamp(unit, zone)
        found[f"{t} ArrowDtype"] = _series(pa.array([0, None, -1], t), pd.ArrowDtype(t))
    for t in (pa.date32(), pa.date64(), pa.time32("s"), pa.time64("us"), pa.time64("ns")):
        later = 86_400_000 if t == pa.date64() else 9
        found[f"{t} ArrowDtype"] = _series(pa.array([0, None, later], t), pd.ArrowDtype(t))
    found["duration[ms] ArrowDtype"] = _series([1, None], pd.ArrowDtype(pa.duration("ms")))
    found["object date"] = _series([dt.date(2024, 2, 29), None, dt.date(1, 1, 1)], object)
    found["object time"] = _series([dt.time(12, 30, 1, 5), None], object)
    found["object timedelta"] = _series(
        [dt.timedelta(days=1), dt.timedelta(microseconds=-1)], object
    )
    for freq in ("D", "M", "Q-NOV", "Y", "h"):
        periods = pd.PeriodIndex(["2024-01-31", None, "1969-12-31"], freq=freq)
        found[f"period[{freq}]"] = _series(periods, None)
    return found


def _rich() -> dict[str, pd.Series]:
    decimal = [Decimal("1.10"), None, Decimal("-0.01")]
    wide = [Decimal("1e30"), Decimal("0.123456789012345678901")]
    days = pd.interval_range(pd.Timestamp("2024-01-01"), periods=2)
    closed_left = pd.arrays.IntervalArray.from_breaks([0.5, 1.5], "left")
    mixed = [1, "1", 1.0, None, True, b"x", (1, 2), dt.date(2024, 1, 1)]
    struct = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])
    return {
        "category of text": _series(pd.Categorical(["b", None, "a"], ["b", "a", "unused"]), None),
        "ordered category": _series(pd.Categorical(["b", "a"], ["b", "a"], ordered=True), None),
        "category of integers": _series(pd.Categorical([3, 1, None], [3, 1, 2]), None),
        "category of times": _series(pd.Categorical(pd.to_datetime(["2024-01-01", None])), None),
        "category of floats": _series(pd.Categorical([0.1, np.inf]), None),
        "category of booleans": _series(pd.Categorical([True, False, None]), None),
        "decimal objects": _series(decimal, object),
        "wide decimal objects": _series(wide, object),
        "decimal128(10, 2)": _series(pa.array(decimal, pa.decimal128(10, 2)),
                                     pd.ArrowDtype(pa.decimal128(10, 2))),
        "interval of integers": _series(pd.arrays.IntervalArray.from_breaks([0, 1, 5]), None),
        "interval of times": _series(days, None),
        "interval closed left": _series(closed_left, None),
        "lists": _series([[1, 2], [], None], object),
        "dictionaries": _series([{"a": 1}, {"a": None, "b": "x"}, None], object),
        "list ArrowDtype": _series(pa.array([[1], [], None]), pd.ArrowDtype(pa.list_(pa.int64()))),
        "struct ArrowDtype": _series(pa.array([{"a": 1, "b": ["x", None]}, None], struct),
                                     pd.ArrowDtype(struct)),
        "map ArrowDtype": _series(pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
                                  pd.ArrowDtype(pa.map_(pa.string(), pa.int64()))),
        "dictionary ArrowDtype": _series(pa.array(["a", None, "b"]).dictionary_encode(),
                                         pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
        "mixed objects": _series(mixed, object),
        "uuids": _series([uuid.UUID(int=1), None], object),
        "integers beyond 64 bits": _series([2**70, -(2**70)], object),
        "sparse": _series(pd.arrays.SparseArray([0, 1, 0], fill_value=0), None),
        "sparse floats": _series(pd.arrays.SparseArray([np.nan, 1.5]), None),
        "nothing but null": _series([None, None], object),
        "null ArrowDtype": _series([None, None], pd.ArrowDtype(pa.null())),
    }  # fmt: skip


EVERY_DTYPE: Mapping[str, pd.Series] = {**_numbers(), **_flags_and_text(), **_times(), **_rich()}


def _shapes() -> dict[str, pd.DataFrame]:
    plain = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    attributed = plain.copy()
    attributed.attrs = {"source": "lab", "when": pd.Timestamp("2024-01-01"), "n": [1, (2, 3)]}
    levels = pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None])
    columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["outer", "inner"])
    return {
        "no rows": plain.head(0),
        "one column": plain[["a"]],
        "attrs": attributed,
        "range index from 5 by 2": plain.set_axis(pd.RangeIndex(5, 9, 2)),
        "named range index": plain.rename_axis("row"),
        "range index from a column": plain.set_index("a"),
        "text index": plain.set_axis(pd.Index(["p", "q"], name="label")),
        "unnamed integer index": plain.set_axis(pd.Index([7, 3])),
        "repeated index": plain.set_axis(pd.Index([1, 1], name="k")),
        "time index": plain.set_axis(
            pd.date_range("2024-01-01", periods=2, tz="Europe/Oslo", name="t")
        ),
        "category index": plain.set_axis(pd.CategoricalIndex(["u", "v"], name="c")),
        "levels": pd.DataFrame({"v": range(4)}, index=levels),
        "index named like a column": plain.set_axis(pd.Index([4, 5], name="a")),
        "integer labels": pd.DataFrame([[1, 2], [3, 4]]),
        "mixed labels": pd.DataFrame([[1, 2, 3]], columns=["a", 1, None]),
        "repeated labels": pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
        "labels that differ by case": pd.DataFrame({"A": [1], "a": [2], "Ä": [3], "ä": [4]}),
        "labels of levels": pd.DataFrame([[1, 2]], columns=columns),
        "named columns": plain.rename_axis(columns="fields"),
        "time labels": pd.DataFrame([[1, 2]], columns=pd.date_range("2024-01-01", periods=2)),
        "odd names": pd.DataFrame(
            {'"': [1], "''": [2], "select": [3], "a.b": [4], " ": [5], "": [6]}
        ),
        "long names": pd.DataFrame({"x" * 300: [1], "x" * 299 + "y": [2]}),
        "many columns": pd.DataFrame({f"c{i}": [i] for i in range(200)}),
    }


FRAME_SHAPES: Mapping[str, pd.DataFrame] = _shapes()

EVERY_POLARS_DTYPE: Mapping[str, pl.Series] = {
    str(dtype): pl.Series("x", values, dtype)
    for dtype, values in (
        *((getattr(pl, name), [0, 1, None]) for name in (
            "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
        )),
        (pl.UInt64, [2**64 - 1, None]),
        (pl.Int128, [2**100, None]),
        (pl.Float32, [1.5, float("nan"), None]),
        (pl.Float64, [0.1, float("inf"), float("nan"), None]),
        (pl.Boolean, [True, None]),
        (pl.String, _TEXTS),
        (pl.Binary, [b"\x00", None]),
        (pl.Date, [dt.date(2024, 2, 29), None]),
        (pl.Time, [dt.time(1, 2, 3, 4), None]),
        *((pl.Datetime(unit, zone), [dt.datetime(2024, 1, 1), None])  # noqa: DTZ001 - polars adds it
          for unit in ("ms", "us", "ns") for zone in (None,)),
        *((pl.Duration(unit), [dt.timedelta(1), None]) for unit in ("ms", "us", "ns")),
        (pl.Decimal(20, 3), [Decimal("1.5"), None]),
        (pl.Categorical(), ["b", "a", None]),
        (pl.Enum(["z", "a"]), ["a", "z", None]),
        (pl.List(pl.Int16), [[1, None], [], None]),
        (pl.Array(pl.Float32, 2), [[1.0, 2.0], None]),
        (pl.Struct({"a": pl.Int8, "b": pl.List(pl.String)}), [{"a": 1, "b": ["x"]}, None]),
        (pl.Null, [None, None]),
    )
}  # fmt: skip
