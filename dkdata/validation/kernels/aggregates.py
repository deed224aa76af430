"""Rules about one column as a whole: what is observed, and whether it is as expected."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from dateutil import parser as dateutil_parser

from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.comparing import within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from dkdata.validation.results.result_format import ResultFormat

    Answer: TypeAlias = tuple[bool, dict[str, Any]]
    AggregateKernel: TypeAlias = Callable[[pd.Series, Mapping[str, Any], ResultFormat], Answer]

_DISTINCT: Final = 20
"""Different values that a result lists at most."""

_RELATIVE: Final = 1e-4
"""How near to a bound, relative to it, a quantile still counts as within."""


def observed_within(observed: Any, given: Mapping[str, Any]) -> Answer:  # noqa: ANN401 - any value
    """Return whether a number or time is within bounds, and the result that tells it."""
    if observed is None or (not isinstance(observed, dt.datetime) and pd.isna(observed)):
        return False, {"observed_value": None}
    bounds = [given[name] for name in ("min_value", "max_value") if name in given]
    are_times = [isinstance(value, dt.date) for value in (observed, *bounds)]
    if any(are_times) and not all(are_times):
        raise NotCompiledError  # Great Expectations parses one or the other
    return bool(within(observed, given)), {"observed_value": observed}


def _statistic(compute: Callable[[pd.Series], Any]) -> AggregateKernel:
    """Return the kernel of a rule on one statistic of a column."""

    def answer(column: pd.Series, given: Mapping[str, Any], _: ResultFormat) -> Answer:
        return observed_within(compute(column), given)

    return answer


def _refuse_decimals(column: pd.Series) -> pd.Series:
    """Leave to Great Expectations what it converts to floats first."""
    if column.dtype == object or "decimal" in str(column.dtype):
        raise NotCompiledError
    return column


def _mean(column: pd.Series) -> Any:  # noqa: ANN401 - a number or a time
    return _refuse_decimals(column).mean()


def _stdev(column: pd.Series) -> Any:  # noqa: ANN401 - a number
    return _refuse_decimals(column).std()


def _sum(column: pd.Series) -> Any:  # noqa: ANN401 - a number
    return _refuse_decimals(column).sum()


def _median(column: pd.Series) -> Any:  # noqa: ANN401 - a number or a time
    return column[column.notna()].median()


def _proportion_unique(column: pd.Series) -> float:
    distinct, there = column.nunique(), int(column.notna().sum())
    return distinct / there if there else 0


def _proportion_non_null(column: pd.Series) -> float:
    return column.notna().sum() / len(column) if len(column) else 0


def _quantiles(column: pd.Series, given: Mapping[str, Any], _: ResultFormat) -> Answer:
    shares = given["quantile_ranges"]["quantiles"]
    return quantiles_within(column.quantile(shares, interpolation="nearest"), given)


def quantiles_within(quantiles: pd.Series, given: Mapping[str, Any]) -> Answer:
    """Return whether quantiles are within their ranges, and the result that tells them."""
    if given.get("allow_relative_error"):  # of other engines; of pandas it raises
        raise NotCompiledError
    wanted = given["quantile_ranges"]
    shares, values = wanted["quantiles"], quantiles.tolist()
    if not all(isinstance(value, (int, float)) for value in values):
        raise NotCompiledError
    ranges = wanted["value_ranges"]
    details = [_is_near(value, pair) for value, pair in zip(values, ranges, strict=True)]
    result = {
        "observed_value": {"quantiles": shares, "values": values},
        "details": {"success_details": details},
    }
    return all(details), result


def _is_near(value: float, bounds: list[Any]) -> bool:
    """Whether a quantile is within its range, or as good as at one end of it."""
    low = -np.inf if bounds[0] is None else bounds[0]
    high = np.inf if bounds[1] is None else bounds[1]
    ends = (np.float64(low), np.float64(high))
    is_at_end = any(np.isclose(np.float64(value), end, rtol=_RELATIVE, atol=1e-8) for end in ends)
    return bool(is_at_end or low <= value <= high)


def _most_common(column: pd.Series, given: Mapping[str, Any], _: ResultFormat) -> Answer:
    modes = list(column.mode().values)
    common = len(set(given["value_set"]).intersection(modes))
    success = common > 0 if given.get("ties_okay") else len(modes) == 1 and common == 1
    return success, {"observed_value": modes}


def _distinct_in(column: pd.Series, given: Mapping[str, Any], told: ResultFormat) -> Answer:
    if not given["value_set"]:  # Great Expectations refuses it
        raise NotCompiledError
    there, wanted = _distinct(column, given["value_set"])
    return _compared({"unexpected": there - wanted}, told)


def _distinct_contains(column: pd.Series, given: Mapping[str, Any], told: ResultFormat) -> Answer:
    there, wanted = _distinct(column, given["value_set"])
    return _compared({"missing": wanted - there}, told)


def _distinct_equals(column: pd.Series, given: Mapping[str, Any], told: ResultFormat) -> Answer:
    there, wanted = _distinct(column, given["value_set"])
    return _compared({"unexpected": there - wanted, "missing": wanted - there}, told)


def _compared(differences: Mapping[str, set[Any]], told: ResultFormat) -> Answer:
    """Return whether there is no difference, and the result that tells those there are."""
    result: dict[str, Any] = {"observed_value": None}
    for name, values in differences.items():
        result[f"{name}_count"] = len(values)
        if told.partial_unexpected_count:
            listed = _ordered(values) if name == "unexpected" else list(values)
            result[f"partial_{name}_list"] = listed[:_DISTINCT]
    return not any(differences.values()), result


def _ordered(values: set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:  # of types that have no order
        return list(values)


def _distinct(column: pd.Series, value_set: list[Any]) -> tuple[set[Any], set[Any]]:
    """Return the different values of a column, and those expected as values of its type."""
    there = set(column.dropna().unique())
    sample = next(iter(there), None)
    if not value_set or not isinstance(sample, (np.datetime64, dt.date)):
        return there, set(value_set)
    return there, {_as(sample, value) for value in value_set}


def _as(sample: object, value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as the type of a time in the column; what is no time stays as it is."""
    try:
        match sample, value:
            case np.datetime64(), str() | int() | float() | dt.date():
                return pd.Timestamp(value).to_datetime64()
            case dt.datetime(), str():
                return dateutil_parser.parse(value)
            case dt.date(), str():
                return dateutil_parser.parse(value).date()
    except (ValueError, TypeError):
        return value
    return value


AGGREGATE_KERNELS: Final[Mapping[str, AggregateKernel]] = {
    "min": _statistic(lambda column: column.min()),
    "max": _statistic(lambda column: column.max()),
    "mean": _statistic(_mean),
    "median": _statistic(_median),
    "stdev": _statistic(_stdev),
    "sum": _statistic(_sum),
    "unique_count": _statistic(lambda column: column.nunique()),
    "proportion_unique": _statistic(_proportion_unique),
    "proportion_non_null": _statistic(_proportion_non_null),
    "quantiles": _quantiles,
    "most_common": _most_common,
    "distinct_in": _distinct_in,
    "distinct_contains": _distinct_contains,
    "distinct_equals": _distinct_equals,
}
"""What is observed of a column and whether it is as expected, by the method of the rule."""
