"""Any value of a result or a suite as what JSON can hold, in Great Expectations' own rendering."""

from __future__ import annotations

import datetime as dt
import decimal
import sys
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as JSON's own types.

    Floating NaN and ``pd.NA`` become ``None``, times ISO text, sets and arrays lists, as in
    Great Expectations; what that cannot render (timedeltas, periods, intervals, complex
    numbers) becomes text.

    Examples
    --------
    >>> import pandas as pd
    >>> plain({"low": float("nan"), "at": pd.Timestamp("2024-01-01"), "for": pd.Timedelta("1h")})
    {'low': None, 'at': '2024-01-01T00:00:00', 'for': '0 days 01:00:00'}
    """
    match value:
        case np.generic():
            return _scalar(value)
        case Enum():
            return value.value
        case None | str() | int() | float():
            return None if value != value else value  # noqa: PLR0124 - true of NaN alone
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() | range():
            return [plain(item) for item in value]
    return _array(value) if hasattr(value, "tolist") else _single(value)


def _array(values: Any) -> list[Any]:  # noqa: ANN401 - any array, index or series
    """Return a list; of a series, a mapping for each element as Great Expectations has it."""
    if not isinstance(values, pd.Series):
        return [plain(item) for item in values.tolist()]
    index, name = str(values.index.name or "index"), str(values.name or "value")
    return [{index: plain(label), name: plain(item)} for label, item in values.items()]


def _single(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return one value of a type that JSON does not have."""
    match value:
        case dt.timedelta():
            return str(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal():
            return None if value.is_nan() else float(value)
        case pd.DataFrame():
            return plain(value.to_dict(orient="records"))
    return None if value is pd.NA else str(value)


def _scalar(value: np.generic) -> Any:  # noqa: ANN401 - any of JSON's types
    """Return a numpy scalar as one of JSON's types."""
    match value:
        case np.timedelta64():
            return str(value)
        case np.bool_() | np.integer() | np.str_():
            return value.item()
        case np.float64():
            return None if np.isnan(value) else value.item()
        case np.floating():
            # Great Expectations rounds what is narrower (or wider) than 64 bits like this.
            return None if np.isnan(value) else float(round(value, sys.float_info.dig))
        case np.datetime64():
            return str(np.datetime_as_string(value))
    return str(value)
