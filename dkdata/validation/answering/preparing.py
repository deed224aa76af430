"""A suite made ready to be asked: its parameters filled in, and what no data can meet refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from dkdata.errors import UsageError, did_you_mean, listing
from dkdata.quieting import quiet
from dkdata.validation.answering.answerable import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suite import Suite

_PARAMETER: Final = "$PARAMETER"


def filled(suite: Suite, values: Mapping[str, Any]) -> Suite:
    """Return a suite with values for its ``{"$PARAMETER": name}``.

    Raises
    ------
    UsageError
        A parameter has no value, or its expression cannot be evaluated.

    Examples
    --------
    >>> from dkdata.validation import Suite, expect
    >>> low = {"$PARAMETER": "least"}
    >>> filled(Suite("s", expect("age").between(low, None)), {"least": 18})[0].kwargs["min_value"]
    18
    """
    if not any(_named(value) for one in suite for value in one.kwargs.values()):
        return suite
    return suite.replaced(_filled(suite, number, values) for number in range(len(suite)))


def _named(value: object) -> str | None:
    """Return the name or expression that a parameter stands for."""
    named = value.get(_PARAMETER) if isinstance(value, Mapping) else None
    return named if isinstance(named, str) else None


def _filled(suite: Suite, number: int, values: Mapping[str, Any]) -> Expectation:
    kwargs = dict(suite[number].kwargs)
    for name, value in kwargs.items():
        wanted = _named(value)
        if wanted is not None:
            kwargs[name] = _value(suite, number, wanted, values)
    return replace(suite[number], kwargs=kwargs)


def _value(suite: Suite, number: int, wanted: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if wanted in values:
        return values[wanted]
    place = suite.place_of(number)
    if wanted.isidentifier():
        there = f" There are: {listing(values)}." if values else ""
        message = (
            f"{place}: no value for the suite parameter {wanted!r}.{did_you_mean(wanted, values)}"
            f"{there} Give suite_parameters={{{wanted!r}: …}}."
        )
        raise UsageError(message)
    from dkdata.validation.answering import gx  # noqa: PLC0415 - takes seconds to import

    return gx.evaluated(wanted, values, place)


def check(suite: Suite) -> None:
    """Raise if no value whatsoever could meet a rule.

    Raises
    ------
    UsageError
        Bounds are the wrong way round, a share is none, or a regular expression cannot be read.
    """
    for number, expectation in enumerate(suite):
        for problem in _problems(expectation.kwargs):
            message = f"{suite.place_of(number)}: {problem}"
            raise UsageError(message)


def _problems(kwargs: Mapping[str, Any]) -> Iterator[str]:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if _is_above(low, high):
        yield f"min_value={low!r} is greater than max_value={high!r}. Exchange them."
    mostly = kwargs.get("mostly")
    if isinstance(mostly, (int, float)) and not 0 <= mostly <= 1:
        yield f"mostly={mostly!r} is not a share from 0 to 1."
    for regex in (kwargs.get("regex"), *_list(kwargs.get("regex_list"))):
        if isinstance(regex, str) and (problem := _unreadable(regex)):
            yield f"the regular expression {regex!r} cannot be read: {problem}."


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_above(low: Any, high: Any) -> bool:  # noqa: ANN401 - any values
    """Whether a bound is above another; texts are compared as the times that they stand for."""
    if isinstance(low, str) and isinstance(high, str):
        low, high = moment(low), moment(high)
    if low is None or high is None:
        return False
    try:
        return bool(low > high)
    except (TypeError, ValueError):  # of types without an order, or times of which one has a zone
        return False


def _unreadable(regex: str) -> str:
    """Return what is wrong with an expression that neither Python nor RE2 reads, and where.

    pandas asks one or the other.
    """
    try:
        with quiet():
            re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        try:
            pc.match_substring_regex(pa.array([""]), regex)
        except pa.ArrowInvalid:
            return str(error)
    return ""
