"""Values between bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.masks import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXACT_IN_FLOAT: Final = ("int8", "int16", "int32", "uint8", "uint16", "uint32", "float32",
                          "bool")  # fmt: skip
"""Dtypes whose every value is a float64."""


def between(series: pd.Series, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return which values are within bounds, each compared as Great Expectations does."""
    bounds_of(given)
    return mask(series.map(_test(given)))


def between_at_once(series: pd.Series, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    """Return which values of numbers or times are within bounds; ``None`` for other dtypes."""
    bounds = bounds_of(given)
    compared = _comparable(series, bounds)
    return None if compared is None else mask(within(compared, given))


def bounds_of(given: Mapping[str, Any]) -> list[Any]:
    """Return the bounds; Great Expectations raises without any, or if none is between them."""
    bounds = [given[name] for name in ("min_value", "max_value") if name in given]
    if not bounds or (len(bounds) > 1 and bounds[0] > bounds[1]):
        raise NotCompiledError
    return bounds


def _comparable(series: pd.Series, bounds: list[Any]) -> Any:  # noqa: ANN401 - an array or a series
    """Return what to compare as an array with the result of comparing each value; or ``None``."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.name in ("int64", "float64"):
        return series.to_numpy()
    if isinstance(dtype, np.dtype) and dtype.name in _EXACT_IN_FLOAT:
        return series.to_numpy().astype("float64")
    is_time = isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M"
    is_arrow = isinstance(dtype, pd.ArrowDtype)
    if is_time and not is_arrow and all(isinstance(bound, dt.datetime) for bound in bounds):
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
