"""Columns of every dtype that a frame may have, with values that make rules differ."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """Two columns of one dtype, and values of it that rules are written with.

    Parameters
    ----------
    values, others
        As many values each; null ones and repeated ones among them.
    low, high
        Bounds, if any can be written.
    """

    values: Any
    others: Any
    low: Any = None
    high: Any = None

    @property
    def sample(self) -> list[Any]:
        """Some of the values that are there."""
        series = pd.Series(self.values)
        found = series[series.notna()].tolist()[:2]
        # Great Expectations refuses parameters that JSON does not have.
        unwritable = (complex, pd.Timedelta, pd.Period, pd.Interval)
        return [value for value in found if not isinstance(value, unwritable)] or ["none"]


_WHOLE = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
_WHOLE_2 = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5]
_REAL = [0.1, 2.5, np.nan, 2.5, -1.0, 1e16, 3.0, -0.0, 0.0, 7.25, np.nan, 0.1]
_REAL_2 = [0.2, np.nan, np.nan, 2.5, 1.0, 1.0, 3.0, 0.0, -0.0, 7.5, 4.0, 0.1]
_TEXT = ["ab1", "x@y.org", None, "", "Ünï", "ab1", "a\nb", "1999", "{}", "2024-02-30", "١٢", "ab "]
_TEXT_2 = ["ab1", "b", None, None, "ünï", "zz", "a\nb", "2001", "[]", "2024-02-28", "12", "AB"]
_TIMES = ["2024-01-01", "2024-06-30 12:30", None, "2023-12-31 23:59:59.123456", "2024-01-01",
          "1999-01-01", "2030-05-05", "2024-02-29", None, "2024-06-30", "2001-09-09",
          "1970-01-01"]  # fmt: skip
_TIMES_2 = ["2024-01-02", "2024-06-30 12:30", None, None, "2023-01-01", "1999-01-01", "2029-05-05",
            "2024-02-29", "2024-01-01", "2024-07-30", "2001-09-08", "1970-01-02"]  # fmt: skip
_BOOLS = [True, False, True, True, False, False, True, False, True, True, False, False]
_GAPS = [None if place in (2, 7) else place for place in range(12)]


def _gapped(values: list[Any]) -> list[Any]:
    return [None if gap is None else value for gap, value in zip(_GAPS, values, strict=True)]


def _times(dtype: str, texts: list[Any]) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(texts), format="ISO8601")).astype(dtype)


def _zoned(texts: list[Any], unit: str = "us") -> pd.Series:
    return _times(f"datetime64[{unit}]", texts).dt.tz_localize("UTC").dt.tz_convert("Europe/Paris")


def _arrow(values: list[Any], arrow_type: pa.DataType) -> pd.Series:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(arrow_type)))


def _pair(make: Any, first: list[Any], second: list[Any], *bounds: Any) -> Column:
    return Column(make(first), make(second), *bounds)


def _dtype(name: str) -> Any:
    return lambda values: pd.Series(values, dtype=name)


_NOON = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - compared with times that have no zone
_LATER = dt.datetime(2024, 6, 30, 12)  # noqa: DTZ001 - the same
_DATES = [None if text is None else dt.date.fromisoformat(text[:10]) for text in _TIMES]
_DATES_2 = [None if text is None else dt.date.fromisoformat(text[:10]) for text in _TIMES_2]
_SPANS = [None if gap is None else gap * 3600 for gap in _GAPS]
_DECIMALS = [None if gap is None else Decimal(gap) / 4 for gap in _GAPS]

COLUMNS = {
    "bool": _pair(_dtype("bool"), _BOOLS, _BOOLS[::-1], 0, 0.5),
    "int8": _pair(_dtype("int8"), _WHOLE, _WHOLE_2, 2, 5),
    "int32": _pair(_dtype("int32"), _WHOLE, _WHOLE_2, 2, 5),
    "int64": _pair(_dtype("int64"), _WHOLE, _WHOLE_2, 2, 5.5),
    "big int64": _pair(_dtype("int64"), [v + 2**53 for v in _WHOLE], _WHOLE_2, 2**53, 2**53 + 5),
    "uint8": _pair(_dtype("uint8"), _WHOLE, _WHOLE_2, 2, 5),
    "uint64": _pair(_dtype("uint64"), [2**64 - v for v in _WHOLE], _WHOLE_2, 2, 2.0**63),
    "float32": _pair(_dtype("float32"), _REAL, _REAL_2, 0.1, 2.5),
    "float64": _pair(_dtype("float64"), _REAL, _REAL_2, -1, 2.5),
    "infinite": _pair(_dtype("float64"), [np.inf, -np.inf, *_REAL[2:]], _REAL_2, -1, 2.5),
    "all NaN": _pair(_dtype("float64"), [np.nan] * 12, [np.nan] * 12, 0, 1),
    "complex": _pair(_dtype("complex128"), _WHOLE, _WHOLE_2, 1, 2),
    "str": _pair(_dtype("str"), _TEXT, _TEXT_2),
    "all null str": _pair(_dtype("str"), [None] * 12, [None] * 12),
    "string": _pair(_dtype("string"), _TEXT, _TEXT_2),
    "object text": _pair(_dtype("object"), _TEXT, _TEXT_2),
    "object mixed": _pair(_dtype("object"), [1, "a", None, 2.5, True, 1.0, *_WHOLE[:6]],
    _TEXT_2, 1, 3),
    "object ints": _pair(_dtype("object"), _gapped(_WHOLE), _gapped(_WHOLE_2), 2, 5),
    "object dates": _pair(_dtype("object"), _DATES, _DATES_2),
    "object decimals": _pair(_dtype("object"), _DECIMALS, _DECIMALS[::-1], 0, 2),
    "object lists": _pair(_dtype("object"), [[1], [2, 3], None, *[[n] for n in range(9)]], _WHOLE),
    "object bytes": _pair(_dtype("object"), [b"a", b"{}", *[b"%d" % n for n in range(10)]],
    _TEXT_2),
    "datetime us": _pair(lambda v: _times("datetime64[us]", v), _TIMES, _TIMES_2, _NOON, _LATER),
    "datetime ns": _pair(lambda v: _times("datetime64[ns]", v), _TIMES, _TIMES_2, _NOON, _LATER),
    "datetime s": _pair(lambda v: _times("datetime64[s]", v), _TIMES, _TIMES_2, _NOON, _LATER),
    "datetime zone": _pair(
        _zoned, _TIMES, _TIMES_2, pd.Timestamp(_NOON, tz="UTC"), pd.Timestamp(_LATER, tz="UTC")
    ),
    "timedelta": _pair(lambda v: pd.to_timedelta(pd.Series(v), unit="s"), _SPANS, _SPANS[::-1]),
    "category text": _pair(_dtype("category"), _TEXT, _TEXT_2),
    "category ints": _pair(_dtype("category"), _gapped(_WHOLE), _gapped(_WHOLE_2), 2, 5),
    "Int64": _pair(_dtype("Int64"), _gapped(_WHOLE), _gapped(_WHOLE_2), 2, 5),
    "UInt8": _pair(_dtype("UInt8"), _gapped(_WHOLE), _gapped(_WHOLE_2), 2, 5),
    "Float64": _pair(_dtype("Float64"), _gapped(_REAL), _gapped(_REAL_2), 0, 2.5),
    "boolean": _pair(_dtype("boolean"), _gapped(_BOOLS), _gapped(_BOOLS[::-1]), 0, 0.5),
    "period": _pair(lambda v: pd.Series(pd.PeriodIndex(v, freq="D")), _TIMES, _TIMES_2),
    "interval": Column(pd.interval_range(0, 12), pd.interval_range(1, 13)),
    "sparse": _pair(lambda v: pd.Series(pd.arrays.SparseArray(v)), _WHOLE, _WHOLE_2, 2, 5),
    "arrow int64": _pair(lambda v: _arrow(v, pa.int64()), _gapped(_WHOLE), _gapped(_WHOLE_2), 2, 5),
    "arrow double": _pair(lambda v: _arrow(v, pa.float64()), _gapped(_REAL), _gapped(_REAL_2),
    0, 2.5),
    "arrow bool": _pair(lambda v: _arrow(v, pa.bool_()), _gapped(_BOOLS), _gapped(_BOOLS), 0, 0.5),
    "arrow string": _pair(lambda v: _arrow(v, pa.string()), _TEXT, _TEXT_2),
    "arrow timestamp": _pair(
        lambda v: _arrow([None if t is None else pd.Timestamp(t) for t in v], pa.timestamp("us")),
        _TIMES, _TIMES_2, _NOON, _LATER,
    ),
    "arrow date": _pair(lambda v: _arrow(v, pa.date32()), _DATES, _DATES_2),
    "arrow decimal": _pair(
        lambda v: _arrow(v, pa.decimal128(10, 2)), _DECIMALS, _DECIMALS[::-1], 0, 2
    ),
    "arrow list": _pair(
        lambda v: _arrow(v, pa.list_(pa.int64())), [[1], None, *[[n] for n in range(10)]],
        [[1]] * 12,
    ),
}  # fmt: skip


def frame_of(column: Column) -> pd.DataFrame:
    """Return a frame of 12 rows with the two columns, and one that conditions are about."""
    numbers = pd.Series([*range(11), None], dtype="float64")
    made = pd.DataFrame({"a": pd.Series(column.values), "b": pd.Series(column.others)})
    return made.assign(n=numbers, kind=["x", "y", "z"] * 4)
