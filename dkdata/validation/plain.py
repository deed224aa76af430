"""Any value of a result or a suite as what JSON can hold, in Great Expectations' own rendering."""

from __future__ import annotations

import datetime
import decimal
import sys
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np
import pandas as pd

_TIMES: Final = (datetime.datetime, datetime.date, datetime.time)


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
        case float() if value != value:  # noqa: PLR0124 - NaN, also numpy's
            return None
        case Enum():
            return value.value
        case np.generic():
            return _scalar(value)
        case None | str() | int() | float():
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() | range():
            return [plain(item) for item in value]
        case pd.DataFrame():
            return [plain(row) for row in value.to_dict(orient="records")]
        case np.ndarray() | pd.Index() | pd.api.extensions.ExtensionArray():
            return [plain(item) for item in value.tolist()]
        case pd.Series():
            return _series(value)
        case pd.Timedelta() | datetime.timedelta():
            return str(value)
        case _ if isinstance(value, _TIMES):
            return value.isoformat()
        case decimal.Decimal():
            return None if value.is_nan() else float(value)
        case _ if value is pd.NA:
            return None
    return str(value)


def _scalar(value: np.generic) -> Any:  # noqa: ANN401 - any of JSON's types
    """Return a numpy scalar as one of JSON's types."""
    match value:
        case np.bool_():
            return bool(value)
        case np.integer():
            return int(value)
        case np.float64() | np.str_():
            return value.item()
        case np.floating():
            # Great Expectations rounds what is narrower (or wider) than 64 bits like this.
            return None if np.isnan(value) else float(round(value, sys.float_info.dig))
        case np.datetime64():
            return np.datetime_as_string(value)
    return str(value)


def _series(values: pd.Series[Any]) -> list[dict[str, Any]]:
    """Return a series as Great Expectations writes one: a mapping for each element."""
    index_name, value_name = values.index.name or "index", values.name or "value"
    return [
        {str(index_name): plain(label), str(value_name): plain(item)}
        for label, item in values.items()
    ]
