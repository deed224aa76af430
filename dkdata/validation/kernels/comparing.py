"""Values between bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.validation.kernels.masks import mask
from dkdata.validation.tiers import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXACT_IN_FLOAT: Final = ("int8", "int16", "int32", "uint8", "uint16", "uint32", "float16",
                          "float32", "bool")  # fmt: skip
"""Dtypes whose every value is a float64."""


def between(series: pd.Series, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return which values are within bounds.

    Numbers and times are compared as arrays; all else one by one as Great Expectations does.
    """
    bounds = [given[name] for name in ("min_value", "max_value") if name in given]
    if not bounds or (len(bounds) > 1 and bounds[0] > bounds[1]):
        raise NotCompiledError
    compared = _comparable(series, bounds)
    return mask(series.map(_test(given)) if compared is None else within(compared, given))


def _comparable(series: pd.Series, bounds: list[Any]) -> pd.Series | None:
    """Return the series whose comparison as an array is that of its values; or ``None``."""
    dtype = series.dtype
    if dtype in (np.dtype("int64"), np.dtype("float64")):
        return series
    if isinstance(dtype, np.dtype) and dtype.name in _EXACT_IN_FLOAT:
        return None if dtype == np.float16 else series.astype("float64")
    is_time = isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M"
    if is_time and all(isinstance(bound, dt.datetime) for bound in bounds):
        return series
    return None


def within(values: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a series or a number
    """Return whether values (or one) are within the bounds of an expectation."""
    found: Any = True
    if "min_value" in given:
        low = given["min_value"]
        found = values > low if given.get("strict_min") else values >= low
    if "max_value" in given:
        high = given["max_value"]
        below = values < high if given.get("strict_max") else values <= high
        found = found & below if "min_value" in given else below
    return found


def _test(given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a function
    """Return the test of one value; text is never compared with other types."""

    def is_within(value: Any) -> Any:  # noqa: ANN401 - what the comparison gives
        if isinstance(value, str):  # bounds are numbers or times
            raise NotCompiledError
        is_above = True
        if "min_value" in given:
            low = given["min_value"]
            is_above = value > low if given.get("strict_min") else value >= low
        if "max_value" not in given:
            return is_above
        high = given["max_value"]
        return is_above and (value < high if given.get("strict_max") else value <= high)

    return is_within
