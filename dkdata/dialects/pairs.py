"""Comparing one column with another, by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.columns import Column, logical_sql
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.literals import family, scale
from dkdata.errors import QueryError
from dkdata.predicate import MIRRORED

if TYPE_CHECKING:
    from dkdata.predicate import Operator

_NUMBERS = ("integer", "float", "decimal")
_HUGE = "1e38"
# A whole number against a float: the float is rounded to a whole number in the direction in
# which the answer stays the same; turning the whole number into a float would lose digits.
_ROUNDED = {"<": "ceil", ">=": "ceil", ">": "floor", "<=": "floor"}


def compare_columns(left: Column, op: Operator, right: Column) -> Fragment:
    """Return the comparison of two columns.

    Raises
    ------
    QueryError
        Values of such types are not comparable.
    """
    kinds = family(left), family(right)
    if kinds == ("integer", "float"):
        return Fragment(_whole_and_float(left.sql, op, right.sql))
    if kinds == ("float", "integer"):
        return Fragment(_whole_and_float(right.sql, MIRRORED[op], left.sql))
    if not _alike(left, right, kinds):
        message = (
            f"column {left.name!r} is {left.described} and column {right.name!r} is"
            f" {right.described}: they cannot be compared."
        )
        raise QueryError(message)
    sign = "=" if op == "==" else op
    if pa.null() in (left.physical, right.physical) and "decimal" in kinds:
        if "float" in kinds:
            return Fragment(f"{_as_float(left)} {sign} {_as_float(right)}")
        one, other = _scaled(left, scale(right)), _scaled(right, scale(left))
        return Fragment(f"{one} {sign} {other}")
    return Fragment(f"{logical_sql(left)} {sign} {logical_sql(right)}")


def _alike(left: Column, right: Column, kinds: tuple[str, str]) -> bool:
    if "null" in kinds or set(kinds) <= set(_NUMBERS):
        return True
    if kinds[0] != kinds[1] or kinds[0] in ("document", "nested"):
        return False
    if kinds[0] == "period":
        return left.descriptor.get("freq") == right.descriptor.get("freq")
    zones = {c.type.tz for c in (left, right) if is_type.is_timestamp(c.type)}
    dates = any(is_type.is_date(c.type) for c in (left, right))
    return kinds[0] != "instant" or (len(zones) <= 1 and not (dates and zones == {"UTC"}))


def _whole_and_float(whole: str, op: Operator, number: str) -> str:
    huge = f"NOT ({number} BETWEEN -{_HUGE} AND {_HUGE})"
    sign = "=" if op == "==" else op
    if op in _ROUNDED:
        near = f"{whole} {sign} CAST({_ROUNDED[op]}({number}) AS HUGEINT)"
    else:
        same = f"({number} = floor({number}) AND {whole} = CAST(floor({number}) AS HUGEINT))"
        near = same if op == "==" else f"NOT {same}"
    return f"(CASE WHEN {huge} THEN {whole} {sign} {number} ELSE {near} END)"


def _as_float(column: Column) -> str:
    """Return a number as a float; DuckDB does so itself with decimals that it has a type for."""
    is_long = is_type.is_null(column.physical)
    return f"(CAST({column.sql} AS DOUBLE) / 1e{scale(column)})" if is_long else column.sql


def _scaled(column: Column, digits: int) -> str:
    """Return a decimal, times ten to its own scale and ``digits`` more, as any long number."""
    number = column.sql
    if not is_type.is_null(column.physical):
        number = f"replace(CAST({column.sql} AS VARCHAR), '.', '')"
    return f"CAST(CAST({number} AS VARCHAR) || '{'0' * digits}' AS BIGNUM)"
