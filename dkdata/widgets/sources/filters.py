"""Filters of rows, as a page and Python code give them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import ColumnNotFoundError, UsageError, check_choice
from dkdata.predicate import Between, Compare, IsIn, IsNull, Not, Or, Predicate, TextMatch
from dkdata.values import Numeral

if TYPE_CHECKING:
    from dkdata.widgets.sources.columns import Column

_OPERATIONS: Final = ("between", "in", "null", "not_null", "contains")


@dataclass(frozen=True)
class Filter:
    """Which rows are kept, by one column.

    Parameters
    ----------
    column
        Its position.
    op
        ``between``, ``in``, ``null``, ``not_null`` or ``contains``.
    values
        The two ends of ``between``, of which one may be ``None``; the values of ``in``; the text
        of ``contains``.
    """

    column: int
    op: str
    values: tuple[Any, ...] = ()

    def predicate(self, name: str) -> Predicate:
        """Return what is true of the rows that are kept, where the column is called ``name``."""
        match self.op, tuple(map(_as_written, self.values)):
            case "null", _:
                return IsNull(name)
            case "not_null", _:
                return Not(IsNull(name))
            case "contains", (text,):
                return TextMatch(name, "contains", text)
            case "between", (None, high):
                return Compare(name, "<=", high)
            case "between", (low, None):
                return Compare(name, ">=", low)
            case "between", (low, high):
                return Between(name, low, high)
        listed = (_as_written(value) for value in self.values if value is not None)
        found = IsIn(name, tuple(listed))
        return Or((found, IsNull(name))) if None in self.values else found

    def to_dict(self) -> dict[str, Any]:
        """Return it as a page gives it."""
        parts: dict[str, Any] = {"column": self.column, "op": self.op}
        match self.op:
            case "between":
                parts |= {"low": self.values[0], "high": self.values[1]}
            case "in":
                parts |= {"values": list(self.values)}
            case "contains":
                parts |= {"text": self.values[0]}
        return parts


def _as_written(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a number of a page as it is written there: 1.1 is meant, not the float near it."""
    is_written = isinstance(value, float) and math.isfinite(value)
    return Numeral(repr(value)) if is_written else value


def filter_of(given: object, columns: Sequence[Column]) -> Filter:
    """Return a filter given as a mapping.

    Raises
    ------
    UsageError
        It is none.
    ColumnNotFoundError
        It is about a column that is not there.
    """
    if not isinstance(given, Mapping) or not {"column", "op"} <= set(given):
        message = f"{given!r} is no filter. Give {{'column': …, 'op': …}}, with op one of:"
        message += f" {', '.join(_OPERATIONS)}."
        raise UsageError(message)
    op = given["op"]
    check_choice("op", op, _OPERATIONS)
    column = position_of(given["column"], columns)
    match op:
        case "between":
            low, high = given.get("low"), given.get("high")
            if low is None and high is None:
                message = "a filter 'between' needs 'low' or 'high', or both."
                raise UsageError(message)
            return Filter(column, op, (low, high))
        case "in":
            values = given.get("values")
            if not isinstance(values, Sequence) or isinstance(values, str):
                message = f"values={values!r} is no list of values."
                raise UsageError(message)
            return Filter(column, op, tuple(values))
        case "contains":
            return Filter(column, op, (str(given.get("text", "")),))
    return Filter(column, op)


def position_of(given: object, columns: Sequence[Column]) -> int:
    """Return the position of a column given by its position, a whole number, or its label.

    Raises
    ------
    ColumnNotFoundError
        There is no such column.
    """
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(columns):
        return given
    for column in columns:
        if column.label == given:
            return column.position
    raise ColumnNotFoundError(given, [column.label for column in columns])
