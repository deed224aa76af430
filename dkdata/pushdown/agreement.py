"""Comparisons that mean in DuckDB's SQL exactly what they mean in predicates.

SQL converts values where predicates compare them exactly or refuse: a whole number beyond 2**53
becomes the nearest float, text a number, a time the day on which it is.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pyarrow import types as is_type

from dkdata import predicate as p
from dkdata.dialects.literals import family
from dkdata.pushdown.literals import DAY, MOMENT, ZONED_MOMENT
from dkdata.values import Moment, Numeral, Ref

if TYPE_CHECKING:
    from dkdata.dialects.columns import Column, Columns
    from dkdata.predicate import Predicate
    from dkdata.values import Value

_NULLABLE = ("integer", "float", "decimal", "text", "boolean", "binary", "instant", "time")
_COMPARED = ("integer", "float", "text", "boolean", "instant", "time")
_DIGITS = 15  # that a float, and a decimal beside any whole number of 64 bits, holds exactly
_EXACT_DOUBLE, _EXACT_SINGLE = 2**53, 2**24
_DECIMAL_DIGITS = 18
_DECIMAL = re.compile(r"[+-]?[0-9]*\.?[0-9]*")
_DOUBLE = re.compile(r"[+-]?[0-9]*\.?[0-9]*[eE][+-]?[0-9]+")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?")
_FRACTION = {"s": 0, "ms": 3, "us": 6, "ns": 6}
_NANOSECOND_YEARS = range(1700, 2250)


def agrees(predicate: Predicate, columns: Columns) -> bool:
    """Whether a predicate is true wherever the same condition in SQL is.

    Parameters
    ----------
    predicate
        With negations on its leaves only.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.columns import Columns
    >>> schema = pa.schema([("a", pa.int64()), ("b", pa.large_string())])
    >>> columns = Columns(schema, schema)
    >>> agrees(p.col("a") > 1, columns), agrees(p.col("b") > 1, columns)
    (True, False)
    """
    match predicate:
        case p.And(parts) | p.Or(parts):
            return all(agrees(part, columns) for part in parts)
        case p.Not(part):
            return agrees(part, columns)
        case p.Compare(name, _, value):
            return _fits(columns.find(name), value, columns)
        case p.Between(name, low, high):
            return all(_fits(columns.find(name), value, columns) for value in (low, high))
        case p.IsIn(name, values):
            return all(_fits(columns.find(name), value, columns) for value in values)
        case p.Like(name):
            return family(columns.find(name)) == "text"
        case p.Flag(name):
            return family(columns.find(name)) == "boolean"
        case p.IsNull(name):
            return family(columns.find(name)) in _NULLABLE
    return False


def _fits(column: Column, value: Value, columns: Columns) -> bool:
    """Whether comparing a column with a value means the same in both."""
    match value:
        case None:
            return True
        case Ref(name):
            other = columns.find(name)
            return other.type == column.type and family(other) == family(column) in _COMPARED
    match family(column):
        case "text":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "float" | "decimal":
            return _fits_number(column, value)
        case "instant" if isinstance(value, str | Moment):
            return _fits_moment(column, value if isinstance(value, str) else value.text)
        case "time":
            return isinstance(value, str) and _CLOCK.fullmatch(value) is not None
    return False


def _fits_number(column: Column, value: Value) -> bool:
    t = column.type
    if family(column) == "decimal":
        is_held = is_type.is_decimal(column.physical) and is_type.is_decimal(t)
        if not is_held or t.precision > _DECIMAL_DIGITS:
            return False
    match value:
        case bool():
            return False
        case int() if is_type.is_float64(t):
            return abs(value) <= _EXACT_DOUBLE
        case int() if is_type.is_floating(t):
            return abs(value) <= _EXACT_SINGLE and is_type.is_float32(t)
        case int():
            return abs(value) < 10**_DIGITS or (abs(value) < 2**63 and is_type.is_integer(t))
        case Numeral(text) if _DECIMAL.fullmatch(text):
            is_short = sum(map(str.isdigit, text)) <= _DIGITS
            return is_short and not is_type.is_float32(t) and not is_type.is_float16(t)
        case Numeral(text) if _DOUBLE.fullmatch(text):
            return is_type.is_float64(t) and math.isfinite(float(text))
    return False


def _fits_moment(column: Column, text: str) -> bool:
    t = column.type
    if is_type.is_date(t):
        return DAY.fullmatch(text) is not None
    zoned = ZONED_MOMENT.fullmatch(text)
    # Without an offset, DuckDB reads a time in the zone of the session, which is UTC.
    is_in_utc = t.tz is None or str(column.descriptor.get("zone") or t.tz) == "UTC"
    found = (zoned if t.tz else None) or (MOMENT.fullmatch(text) if is_in_utc else None)
    if found is None or len(found[1] or "") > _FRACTION[t.unit]:
        return False
    return t.unit != "ns" or int(text[:4]) in _NANOSECOND_YEARS
