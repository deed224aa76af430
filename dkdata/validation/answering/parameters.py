"""Parameters of expectations as Great Expectations reads them: numbers as floats and so on."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.answering import conditions
from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.catalogue import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.validation.expectation import Expectation

_COUNTED: Final = ("length_between", "unique_count", "row_count_between")
"""Methods whose bounds are whole numbers."""

_TIMED: Final = ("between", "min", "max", "mean", "median", "sum", "column_count_between")
"""Methods whose bounds may be times."""


def canonical(expectation: Expectation) -> dict[str, Any]:
    """Return the parameters as Great Expectations evaluates them and writes them into a result.

    Raises
    ------
    NotCompiledError
        A value is of a type that only Great Expectations' own models read, or refuse.

    Examples
    --------
    >>> from dkdata.validation.expectation import Expectation
    >>> given = {"column": "age", "min_value": 3, "strict_min": False}
    >>> canonical(Expectation("expect_column_values_to_be_between", given))
    {'column': 'age', 'min_value': 3.0}
    """
    entry = expectation.entry
    if entry is None:
        raise NotCompiledError
    given, defaults = expectation.kwargs, entry.parameters
    if not set(given) <= set(defaults):
        raise NotCompiledError
    read = {
        name: None if value is None else _reader(entry.method, name)(value)
        for name, value in given.items()
        if name != "row_condition"
    }
    chosen = {name: value for name, value in read.items() if _is_told(name, value, defaults[name])}
    condition = given.get("row_condition")
    if condition is not None:
        parser = given.get("condition_parser")
        chosen["row_condition"] = conditions.canonical(condition, parser)
    return chosen


def _is_told(name: str, value: object, default: object) -> bool:
    """Whether a value is not the default one."""
    if value is None and default is not None and name != "exact_match":
        raise NotCompiledError  # refused, also where there is no default
    return value is not default and (default is None or default is REQUIRED or value != default)


def _reader(method: str, name: str) -> Callable[[Any], Any]:
    """Return what reads a parameter of an expectation."""
    match name:
        case "min_value" | "max_value" if method in _COUNTED:
            return _integer
        case "min_value" | "max_value" if method in _TIMED:
            return _number_or_time
        case "value" if method != "length":
            return _integer
        case "column_list" if method == "columns_ordered":
            return _list
    return _READERS.get(name, _refused)


def _refused(_: object) -> Any:  # noqa: ANN401 - the type of all readers
    raise NotCompiledError


def _number(value: object) -> float:
    match value:
        case bool() | np.bool_():
            raise NotCompiledError
        case int() | float() | decimal.Decimal() | np.integer() | np.floating():
            return float(value)
    raise NotCompiledError


def _integer(value: object) -> int:
    match value:
        case bool():
            raise NotCompiledError
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
    raise NotCompiledError


def _number_or_time(value: object) -> float | dt.date:
    if isinstance(value, dt.date):
        return value
    return _number(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise NotCompiledError


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise NotCompiledError


def _texts(value: object) -> list[str]:
    if isinstance(value, list) and value:
        return [_text(item) for item in value]
    raise NotCompiledError


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise NotCompiledError


def _columns(value: object) -> list[str]:
    names = _texts(value)
    if len(names) > 1:
        return names
    raise NotCompiledError


def _pairs(value: object) -> list[tuple[Any, Any]]:
    pairs = [tuple(item) for item in _list(value) if isinstance(item, list) and len(item) == 2]  # noqa: PLR2004
    if len(pairs) == len(_list(value)):
        return pairs
    raise NotCompiledError


def _positive(value: object) -> float:
    number = _number(value)
    if number >= 0:
        return number
    raise NotCompiledError


def _share(value: object) -> float:
    share = _number(value)
    if 0 <= share <= 1:
        return share
    raise NotCompiledError


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and "$PARAMETER" not in value:
        return value
    raise NotCompiledError


def _quantile_ranges(value: object) -> Mapping[str, Any]:
    wanted = _mapping(value)
    match wanted:
        case {"quantiles": [*shares], "value_ranges": [*ranges]} if len(shares) == len(ranges):
            if all(isinstance(one, list) and len(one) == 2 for one in ranges):  # noqa: PLR2004
                return wanted
    raise NotCompiledError


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: object) -> str:
        if value in allowed:
            return str(value)
        raise NotCompiledError

    return read


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("column", "column_A", "column_B"), _text),
    **dict.fromkeys(("min_value", "max_value", "value", "sum_total", "threshold"), _number),
    "multiplier": _positive,
    **dict.fromkeys(("strict_min", "strict_max", "strictly", "or_equal", "double_sided"), _boolean),
    **dict.fromkeys(("exact_match", "ties_okay"), _boolean),
    **dict.fromkeys(("regex", "like_pattern", "type_", "strftime_format", "escape"), _text),
    **dict.fromkeys(("regex_list", "like_pattern_list", "type_list"), _texts),
    **dict.fromkeys(("value_set", "column_set"), _list),
    "column_list": _columns,
    "value_pairs_set": _pairs,
    "column_index": _integer,
    "mostly": _share,
    "json_schema": _mapping,
    "quantile_ranges": _quantile_ranges,
    "allow_relative_error": _boolean,
    "match_on": _one_of("any", "all"),
    "method": _one_of("iqr", "std"),
    "ignore_row_if": _one_of(
        "both_values_are_missing",
        "either_value_is_missing",
        "neither",
        "all_values_are_missing",
        "any_value_is_missing",
        "never",
    ),
    "condition_parser": _one_of(
        "pandas", "great_expectations", "great_expectations__experimental__"
    ),
}
