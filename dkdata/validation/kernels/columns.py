"""Which values of one column meet a rule."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from dateutil import parser as dateutil_parser

from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.comparing import between
from dkdata.validation.kernels.masks import mask, tested
from dkdata.validation.kernels.repeats import repeated
from dkdata.validation.kernels.texts import TEXT_KERNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from dkdata.validation.answering.batch import Values

    ColumnKernel: TypeAlias = Callable[[Values, Mapping[str, Any]], np.ndarray[Any, Any]]


def _unique(values: Values, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return ~repeated(values.series)


def _in_set(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return mask(values.series.isin(given["value_set"]))


def _not_in_set(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    wanted = given["value_set"]
    if pd.api.types.is_datetime64_any_dtype(values.series):
        wanted = [dateutil_parser.parse(x) if isinstance(x, str) else x for x in wanted]
    return ~mask(values.series.isin(wanted))


def _between(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return between(values.series, given)


def _increasing(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    steps = values.series.diff()
    in_order = steps > _zero(steps) if given.get("strictly") else steps >= _zero(steps)
    return mask(in_order | steps.isna())


def _decreasing(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    steps = values.series.diff()
    in_order = steps < _zero(steps) if given.get("strictly") else steps <= _zero(steps)
    return mask(in_order | steps.isna())


def _zero(steps: pd.Series) -> Any:  # noqa: ANN401 - a number or a time
    return pd.Timedelta(0) if pd.api.types.is_timedelta64_dtype(steps.dtype) else 0


def _z_score_below(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    if values.series.dtype == object or "decimal" in str(values.series.dtype):
        raise NotCompiledError  # Great Expectations converts decimals to floats first
    threshold, mean, deviation = given["threshold"], values.whole.mean(), values.whole.std()
    if deviation is None or deviation == 0:
        return np.ones(len(values.series), dtype=bool)
    scores = (values.series - mean) / deviation
    is_below = scores.abs() < abs(threshold) if given["double_sided"] else scores < threshold
    return mask(is_below | scores.isna())


def _not_outlier(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    series = values.series
    multiplier = given.get("multiplier", 1.5)
    if given.get("method", "iqr") == "std":
        center, spread = _finite(series.mean()), _finite(series.std())
        if center is None or spread is None:
            return np.ones(len(series), dtype=bool)
        if multiplier * spread <= 0:
            return mask(series == center)
        return mask((series - center).abs() < multiplier * spread)
    low, high = _finite(series.quantile(0.25)), _finite(series.quantile(0.75))
    if low is None or high is None:
        return np.ones(len(series), dtype=bool)
    reach = multiplier * (high - low)
    return mask((series >= low - reach) & (series <= high + reach))


def _finite(statistic: Any) -> float | None:  # noqa: ANN401 - any number
    number = float(statistic)
    return number if math.isfinite(number) else None


def _strftime(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    pattern = given["strftime_format"]

    def is_read(text: str) -> bool:
        try:
            dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - only whether it can be read
        except ValueError:
            return False
        return True

    return tested(values.series, is_read)


def _dateutil_parseable(values: Values, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return tested(values.series, _is_time)


def _is_time(text: str) -> bool:
    if type(text) is not str:
        raise NotCompiledError
    try:
        dateutil_parser.parse(text)
    except (ValueError, OverflowError):
        return False
    return True


COLUMN_KERNELS: Final[Mapping[str, ColumnKernel]] = {
    "unique": _unique,
    "between": _between,
    "in_set": _in_set,
    "not_in_set": _not_in_set,
    "increasing": _increasing,
    "decreasing": _decreasing,
    "z_score_below": _z_score_below,
    "not_outlier": _not_outlier,
    "strftime": _strftime,
    "dateutil_parseable": _dateutil_parseable,
    **TEXT_KERNELS,
}
"""Which of the values that are there meet a rule, by its method."""
