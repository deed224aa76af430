"""Values of a column in another type, in DuckDB SQL, as far as it is sure to agree with coercion.

What is not sure (text such as ``" 7 "`` or ``"1e3"``, and all that is refused) is left to the
coercion itself, which alone decides what a value is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.fragment import Fragment, duckdb_type
from dkdata.dialects.stages import NEW, Made

if TYPE_CHECKING:
    from dkdata.dialects.columns import Column

_TRUE: Final = "('true', 'yes', 'y', 't', 'on', '1')"
_FALSE: Final = "('false', 'no', 'n', 'f', 'off', '0')"


def converted(column: Column, to: pa.DataType) -> Made | None:
    """Return a column in another type, or ``None`` where SQL is sure of nothing.

    Examples
    --------
    >>> from dkdata.dialects.columns import find
    >>> column = find("a", pa.schema([("a", pa.large_string())]))
    >>> converted(column, pa.int64()).sql.sql
    'TRY_CAST("a" AS BIGINT)'
    """
    if column.kind is not None or column.type != column.physical or is_type.is_duration(to):
        return None
    if column.type == to:
        return Made(Fragment(column.sql), to, to, is_like=True)
    found = _lane(column, to)
    if found is None:
        return None
    sql, sure = found
    return Made(Fragment(sql), to, to, sure=Fragment(sure))


def _lane(column: Column, to: pa.DataType) -> tuple[str, str] | None:
    """Return the value, and when it is right."""
    t, old = column.type, column.sql
    if is_type.is_large_string(t):
        return _of_text(old, to)
    cast = f"TRY_CAST({old} AS {duckdb_type(to)})"
    same = f"CAST({NEW} AS {duckdb_type(t)}) = {old}"
    is_exact = f"{NEW} IS NOT NULL"
    if is_type.is_integer(t):
        if is_type.is_large_string(to) or is_type.is_integer(to) or is_type.is_decimal128(to):
            return cast, is_exact
        if is_type.is_boolean(to):
            return f"{old} = 1", f"{old} IN (0, 1)"
        if is_type.is_floating(to):  # a float that is beyond whole numbers is not cast back
            return cast, f"abs({NEW}) < 9007199254740992" if to == pa.float64() else "FALSE"
    if is_type.is_floating(t) and is_type.is_integer(to):
        return cast, f"{same} AND abs({old}) < 9007199254740992"
    if is_type.is_boolean(t) and is_type.is_large_string(to):
        return cast, is_exact
    if is_type.is_date(t) and to == pa.timestamp("us"):
        return cast, is_exact
    return None


def _of_text(old: str, to: pa.DataType) -> tuple[str, str] | None:
    """Return the value of text; it is right where it is written as DuckDB itself would."""
    cast = f"TRY_CAST({old} AS {duckdb_type(to)})"
    written = f"CAST({NEW} AS VARCHAR) = {old}"
    if is_type.is_integer(to) or is_type.is_decimal128(to):
        return cast, written
    if is_type.is_date(to):  # of four digits for the year
        return cast, f"{written} AND length({old}) = 10"
    if to == pa.float64():  # other spellings of nought, and numbers too great, are not sure
        return cast, f"isfinite({NEW}) AND {NEW} <> 0 AND NOT contains({old}, '_') OR {old} = '0'"
    if is_type.is_boolean(to):
        word = f"lower({old})"
        value = f"CASE WHEN {word} IN {_TRUE} THEN TRUE WHEN {word} IN {_FALSE} THEN FALSE END"
        return value, f"{NEW} IS NOT NULL"
    if to == pa.timestamp("us"):
        day = f"CAST(CAST({NEW} AS DATE) AS VARCHAR) = {old}"
        moment = f"CAST({NEW} AS VARCHAR) = replace({old}, 'T', ' ')"
        is_usual = f"{NEW} >= TIMESTAMP '0001-01-01' AND {NEW} < TIMESTAMP '10000-01-01'"
        return cast, f"{is_usual} AND ({moment} OR (length({old}) = 10 AND {day}))"
    return None
