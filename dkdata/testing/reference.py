"""What predicates mean, in plain Python: the judge of every backend and dialect."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from dkdata import predicate as p
from dkdata.values import Ref

Row: TypeAlias = Mapping[str, Any]
_OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_PLACES = {"starts_with": str.startswith, "ends_with": str.endswith, "contains": str.__contains__}


def truth(predicate: p.Predicate, row: Row) -> bool | None:
    """Return whether a predicate is true of a row; ``None`` where that is not known.

    Examples
    --------
    >>> truth(p.col("a") > 1, {"a": None}) is None
    True
    """
    match predicate:
        case p.And(parts):
            return _all([truth(part, row) for part in parts])
        case p.Or(parts):
            return _not(_all([_not(truth(part, row)) for part in parts]))
        case p.Not(part):
            return _not(truth(part, row))
        case p.Constant(value):
            return value
        case p.IsNull(column):
            return row[column] is None
        case p.Between():
            return truth(predicate.expanded(), row)
        case p.IsIn(column, values):
            return _is_in(row[column], values)
        case p.Compare(column, op, value):
            other = row[value.name] if isinstance(value, Ref) else value
            return (
                None if row[column] is None or other is None else _OPERATORS[op](row[column], other)
            )
    value = row[predicate.column]  # type: ignore[attr-defined]
    return None if value is None else _of_value(predicate, value)


def _of_value(leaf: p.Predicate, value: Any) -> bool:
    match leaf:
        case p.Flag():
            return bool(value)
        case p.TextMatch(_, place, text):
            return _PLACES[place](value, text)
        case p.Regex(_, pattern):
            return re.search(pattern, value) is not None
        case p.Like(_, pattern, insensitive):
            parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
            flags = re.DOTALL | (re.IGNORECASE if insensitive else 0)
            return re.fullmatch("".join(parts), value, flags) is not None
    raise TypeError(leaf)


def _is_in(value: Any, values: tuple[Any, ...]) -> bool | None:
    if value is None:
        return None
    if value in [other for other in values if other is not None]:
        return True
    return None if None in values else False


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - three values
    return None if value is None else not value


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True
