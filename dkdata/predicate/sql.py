"""A predicate as SQL text that a user can read, and DuckDB too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from dkdata import predicate as p
from dkdata.errors import UnsupportedError
from dkdata.values import Moment, Numeral, Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.predicate import Operator, Predicate
    from dkdata.query import Sort
    from dkdata.values import Value

_OPERATORS: Final[Mapping[Operator, str]] = {"==": "=", "!=": "<>"}
_PLACES: Final = {"starts_with": "starts_with", "ends_with": "suffix", "contains": "contains"}


def as_sql(predicate: Predicate) -> str:
    """Return a condition as SQL text, with its values in it.

    For people: what is sent to a database has bound values.

    Raises
    ------
    UnsupportedError
        A value has no short form in SQL, such as a length of time.

    Examples
    --------
    >>> print(as_sql((p.col("age") >= 18) & ~p.col("city").is_in(["Oslo", "Rome"])))
    "age" >= 18 AND NOT ("city" IN ('Oslo', 'Rome'))
    """
    match predicate:
        case p.And(parts):
            return " AND ".join(map(_wrapped, parts)) or "TRUE"
        case p.Or(parts):
            return " OR ".join(map(_wrapped, parts)) or "FALSE"
        case p.Not(p.IsNull(column)):
            return f"{_name(column)} IS NOT NULL"
        case p.Not(part):
            return f"NOT ({as_sql(part)})"
        case p.Between(column, low, high, "both"):
            return f"{_name(column)} BETWEEN {_literal(low)} AND {_literal(high)}"
        case p.Between():
            return as_sql(predicate.expanded())
    return _leaf(predicate)


def _wrapped(part: Predicate) -> str:
    text = as_sql(part)
    return f"({text})" if isinstance(part, p.And | p.Or) else text


def _leaf(leaf: Predicate) -> str:
    match leaf:
        case p.Compare(column, op, value):
            return f"{_name(column)} {_OPERATORS.get(op, op)} {_literal(value)}"
        case p.IsIn(column, values):
            listed = ", ".join(map(_literal, values))
            # Of no values it is false, but for null, of which nothing is known.
            empty = f"{_name(column)} <> {_name(column)}"
            return f"{_name(column)} IN ({listed})" if values else empty
        case p.IsNull(column):
            return f"{_name(column)} IS NULL"
        case p.Flag(column):
            return _name(column)
        case p.Constant(value):
            return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
        case p.Like(column, pattern, insensitive):
            return f"{_name(column)} {'ILIKE' if insensitive else 'LIKE'} {_literal(pattern)}"
        case p.TextMatch(column, place, text):
            return f"{_PLACES[place]}({_name(column)}, {_literal(text)})"
        case p.Regex(column, pattern):
            return f"regexp_matches({_name(column)}, {_literal(pattern)})"
        case p.Sql(text):
            return text
    message = f"{leaf!r} has no form in SQL."
    raise UnsupportedError(message)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal() | Numeral():
            return str(value)
        case float():
            return repr(value) if value - value == 0 else f"'{value}'::DOUBLE"
        case Ref(name):
            return _name(name)
        case dt.datetime() | dt.date() | dt.time():
            return _text(value.isoformat())
        case Moment(text):
            return _text(text)
        case str():
            return _text(value)
    message = f"{value!r} has no short form in SQL."
    raise UnsupportedError(message)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def select_sql(source: str, where: Predicate | None, order_by: tuple[Sort, ...]) -> str:
    """Return the SELECT of some rows in some order, nulls last.

    Examples
    --------
    >>> print(select_sql("this", p.col("age").is_null(), ()))
    SELECT * FROM this WHERE "age" IS NULL
    """
    condition = "" if where is None else f" WHERE {as_sql(where)}"
    keys = [f"{_name(key.column)}{' DESC' * key.descending} NULLS LAST" for key in order_by]
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    return f"SELECT * FROM {source}{condition}{order}"
