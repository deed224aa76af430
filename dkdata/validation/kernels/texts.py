"""Rules about texts: lengths, patterns, JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.answering.answerable import regex_of
from dkdata.validation.kernels.comparing import within
from dkdata.validation.kernels.masks import mask, tested

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from dkdata.validation.answering.batch import Values


def _lengths(values: Values) -> pd.Series:
    return values.series.astype(str).str.len()


def _length(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return mask(_lengths(values) == given["value"])


def _length_between(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return mask(within(_lengths(values), given))


def _matched(values: Values, regexes: Sequence[str]) -> list[np.ndarray[Any, Any]]:
    """Return for each regular expression in which texts it is found."""
    texts = values.series.astype(str)
    return [mask(texts.str.contains(regex)) for regex in regexes]


def _matches(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return _matched(values, [given.get("regex", "(?s).*")])[0]


def _not_matches(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return ~_matched(values, [given["regex"]])[0]


def _matches_any(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    joined = np.logical_and if given.get("match_on") == "all" else np.logical_or
    return joined.reduce(_matched(values, given["regex_list"]))


def _not_matches_any(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return ~np.logical_or.reduce(_matched(values, given["regex_list"]))


def _like(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return _matches(values, _as_regex(given))


def _not_like(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return _not_matches(values, _as_regex(given))


def _like_any(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return _matches_any(values, _as_regex(given))


def _not_like_any(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return _not_matches_any(values, _as_regex(given))


def _as_regex(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the rule on regular expressions that an SQL pattern stands for."""
    escape = given.get("escape")
    patterns = given.get("like_pattern_list", [given.get("like_pattern")])
    regexes = [regex_of(pattern, escape) for pattern in patterns]
    return {**given, "regex": regexes[0], "regex_list": regexes}


def _json_parseable(values: Values, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return tested(values.series, _is_json)


def _is_json(text: Any) -> bool:  # noqa: ANN401 - any value
    try:
        json.loads(text)
    except Exception:  # noqa: BLE001 - whatever is raised, it is not JSON
        return False
    return True


def _json_schema(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    from jsonschema.validators import validator_for  # noqa: PLC0415 - takes a second

    schema = given["json_schema"]
    made = validator_for(schema)
    made.check_schema(schema)
    validator = made(schema)
    return tested(values.series, lambda text: validator.is_valid(json.loads(text)))


TEXT_KERNELS: Final[Mapping[str, Callable[[Any, Any], np.ndarray[Any, Any]]]] = {
    "length": _length,
    "length_between": _length_between,
    "matches": _matches,
    "not_matches": _not_matches,
    "matches_any": _matches_any,
    "not_matches_any": _not_matches_any,
    "like": _like,
    "not_like": _not_like,
    "like_any": _like_any,
    "not_like_any": _not_like_any,
    "json_parseable": _json_parseable,
    "json_schema": _json_schema,
}
"""Which of the texts meet a rule, by its method."""
