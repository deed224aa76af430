"""Rules that the pandas engine lacks or trips over, as rules of the same meaning that it has."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.errors import UsageError, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.validation.expectation import Expectation

_REGEX_OF: Final = {
    f"expect_column_values_to_{is_not}match_like_pattern{many}": (
        f"expect_column_values_to_{is_not}match_regex{many}"
    )
    for is_not in ("", "not_")
    for many in ("", "_list")
}
_END: Final = r"(?![\s\S])"
"""The end of a text: ``$`` would also stand before a last line break."""

_TIMED: Final = (
    "between", "in_set", "not_in_set", "min", "max", "mean", "median", "most_common",
    "distinct_in", "distinct_contains", "distinct_equals",
)  # fmt: skip
"""Rules whose parameters are values of the column."""


def answerable(expectation: Expectation, frame: pd.DataFrame) -> Expectation:
    """Return the rule of the same meaning that the pandas engine answers.

    A LIKE rule becomes one on regular expressions. Text and dates that are compared with a
    column of times become times, in the column's zone where they name none.
    """
    return with_times(_as_regex(expectation), frame)


def _as_regex(expectation: Expectation) -> Expectation:
    if expectation.type not in _REGEX_OF:
        return expectation
    kwargs = dict(expectation.kwargs)
    escape = kwargs.pop("escape", None)
    if "like_pattern" in kwargs:
        kwargs["regex"] = regex_of(kwargs.pop("like_pattern"), escape)
    else:
        patterns = kwargs.pop("like_pattern_list")
        kwargs["regex_list"] = [regex_of(pattern, escape) for pattern in patterns]
    return replace(expectation, type=_REGEX_OF[expectation.type], kwargs=kwargs)


def regex_of(pattern: str, escape: str | None = None) -> str:
    r"""Return the regular expression of an SQL pattern: ``%`` any text, ``_`` any character.

    Examples
    --------
    >>> regex_of("50!%", escape="!")
    '(?s)^50%(?![\\s\\S])'
    """
    parts, characters = [], iter(pattern)
    for character in characters:
        if character == escape:
            parts.append(re.escape(next(characters, character)))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return f"(?s)^{''.join(parts)}{_END}"


def with_times(expectation: Expectation, frame: pd.DataFrame) -> Expectation:
    """Return the rule with times for the texts and dates that stand for some.

    They are compared with a column of times; where they name no zone, in the column's.
    """
    entry = expectation.entry
    if entry is None or entry.face != "column" or entry.method not in _TIMED:
        return expectation
    read = _reader(frame[expectation.kwargs["column"]].dtype)
    if read is None:
        return expectation
    names = ("min_value", "max_value", "value_set")
    given = {name: expectation.kwargs[name] for name in names if name in expectation.kwargs}
    times = {
        name: [read(item) for item in value] if isinstance(value, list) else read(value)
        for name, value in given.items()
    }
    return replace(expectation, kwargs={**expectation.kwargs, **times})


def _reader(dtype: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - any dtype
    """Return what reads a parameter as a value of a column of times; ``None`` for other columns."""
    if getattr(dtype, "kind", "") != "M":
        return None
    if not isinstance(dtype, pd.ArrowDtype):
        return partial(_time, zone=getattr(dtype, "tz", None))
    if hasattr(dtype.pyarrow_dtype, "tz"):
        return partial(_time, zone=dtype.pyarrow_dtype.tz)
    return _date


def _time(value: Any, zone: Any) -> Any:  # noqa: ANN401 - any parameter, any zone
    """Return a time given as text or a date; what is no time stays as it is."""
    time = moment(value)
    if time is None:
        return value
    if zone is None or time.tzinfo is not None:
        return time
    try:
        return time.tz_localize(zone)
    except ValueError as error:
        message = (
            f"{shortened(value)} is not one time in {zone}, where the clock is changed. Give its"
            " offset as well, such as '2024-03-31T02:30+01:00'."
        )
        raise UsageError(message) from error


def moment(value: object) -> pd.Timestamp | None:
    """Return the time that a text or a date stands for, ``None`` if it stands for none.

    Examples
    --------
    >>> moment("2024-9-01")
    Timestamp('2024-09-01 00:00:00')
    >>> moment("soon") is None
    True
    """
    if not isinstance(value, (str, dt.date)):
        return None
    try:
        time = pd.Timestamp(value)
    except (ValueError, OverflowError):
        return None
    return None if pd.isna(time) else time


def _date(value: Any) -> Any:  # noqa: ANN401 - any parameter
    """Return a date given as text; what is no date stays as it is."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
