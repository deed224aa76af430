"""Bounds and sets of values: which of two certainly lets more pass."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

_ORDERED: Final = (int, float, Decimal, dt.date, dt.timedelta)
_WIDEST: Final = 2**63
_SET: Final = (str, int, float, bool)


def is_at_most(one: Any, other: Any) -> bool:  # noqa: ANN401 - bounds
    """Whether one bound is certainly not above another, also where both are rounded.

    That is so of values of one type only. ISO text is known to its column alone.

    Examples
    --------
    >>> is_at_most(1, 2), is_at_most(2, 1), is_at_most(1, 2.0)
    (True, False, False)
    """
    if type(one) is not type(other):
        return False
    if _text(one) == _text(other):
        return True
    if not isinstance(one, _ORDERED) or isinstance(one, bool):
        return False
    if isinstance(one, int) and not all(abs(end) < _WIDEST for end in (one, other)):
        return False
    try:
        return bool(one <= other)
    except (TypeError, ArithmeticError):  # one has a zone; a signalling NaN
        return False


def is_within(inner: tuple[Any, Any], outer: tuple[Any, Any]) -> bool:
    """Whether a range is certainly part of another; an end that is ``None`` is open.

    Examples
    --------
    >>> is_within((0, 5), (None, 9)), is_within((0, None), (0, 9))
    (True, False)
    """
    (low, high), (lowest, highest) = inner, outer
    is_above = lowest is None or (low is not None and is_at_most(lowest, low))
    is_below = highest is None or (high is not None and is_at_most(high, highest))
    return is_above and is_below


def is_part(inner: object, outer: object) -> bool:
    """Whether a list of values is certainly part of another: both not empty, and of one type.

    Examples
    --------
    >>> is_part([1], [2, 1]), is_part([1], [1, "a"])
    (True, False)
    """
    if not (isinstance(inner, list | tuple) and isinstance(outer, list | tuple)):
        return False
    kinds = {type(item) for item in (*inner, *outer)}
    if not (inner and outer) or len(kinds) > 1 or kinds.pop() not in _SET:
        return False
    if any(isinstance(item, int) and abs(item) >= _WIDEST for item in (*inner, *outer)):
        return False
    return {_text(item) for item in inner} <= {_text(item) for item in outer}


def is_same(one: object, other: object) -> bool:
    """Whether two parameters are equal, also in the types of their numbers."""
    return _text(one) == _text(other)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return repr(sorted((repr(key), _text(item)) for key, item in value.items()))
    return repr(value)
