"""Values of a column as other values, in DuckDB SQL: text, numbers, and what stands for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.fragment import Fragment, duckdb_type, text
from dkdata.dialects.sql import where_sql
from dkdata.dialects.stages import Made
from dkdata.errors import SchemaError, UsageError, shortened
from dkdata.predicate import Compare, IsNull
from dkdata.types import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.dialects.columns import Column
    from dkdata.predicate import Operator

_TEXT: Final = pa.large_string()
# What Python, and so pandas, takes for white space; DuckDB itself strips blanks only.
WHITE: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_SPACES: Final = "[" + "".join(rf"\x{{{ord(character):x}}}" for character in WHITE) + "]+"


def as_text(column: Column, function: str) -> str:
    """Return the SQL of a column of text.

    Raises
    ------
    SchemaError
        It holds something else.
    """
    if is_type.is_large_string(column.type) and column.kind is None:
        return column.sql
    message = (
        f"{function!r} needs text, and column {column.name!r} is {column.described}. Map it to"
        " 'to_string' before."
    )
    raise SchemaError(message)


def _of_text(sql: str, *parameters: object) -> Made:
    return Made(Fragment(sql, parameters), _TEXT, _TEXT)


def lower(column: Column) -> Made:
    """Return text in small letters."""
    return _of_text(f"lower({as_text(column, 'lower')})")


def upper(column: Column) -> Made:
    """Return text in capital letters."""
    return _of_text(f"upper({as_text(column, 'upper')})")


def strip(column: Column, characters: str = WHITE) -> Made:
    """Return text without white space, or other characters, at its ends."""
    sql = as_text(column, "strip")
    if characters != WHITE:
        return _of_text(f"trim({sql}, ?)", characters)
    # DuckDB strips blanks ten times as fast as other characters, which are rare.
    blanks = f"trim({sql})"
    others = " OR ".join(f"contains(?, {end}({blanks}, 1))" for end in ("left", "right"))
    stripped = f"CASE WHEN {others} THEN trim({sql}, ?) ELSE {blanks} END"
    return _of_text(stripped, WHITE, WHITE, WHITE)


def normalize(column: Column) -> Made:
    """Return text in Unicode's composed form (NFC), stripped, with single blanks within."""
    composed = f"nfc_normalize({as_text(column, 'normalize')})"
    return _of_text(f"trim(regexp_replace({composed}, {text(_SPACES)}, ' ', 'g'))")


def truncate(column: Column, n: int) -> Made:
    """Return the first ``n`` characters of text."""
    return _of_text(f"left({as_text(column, 'truncate')}, ?)", n)


def regex_extract(column: Column, pattern: str, group: int = 0) -> Made:
    """Return what a group of a pattern (RE2) finds first in text; null where that is nothing."""
    sql = as_text(column, "regex_extract")
    return _of_text(f"nullif(regexp_extract({sql}, ?, {group}), '')", pattern)


def replace(column: Column, old: str, new: str, *, regex: bool = False) -> Made:
    """Return text with every ``old`` in it replaced."""
    sql = as_text(column, "replace")
    if regex:
        return _of_text(f"regexp_replace({sql}, ?, ?, 'g')", old, new)
    return _of_text(f"replace({sql}, ?, ?)", old, new)


def hashed(column: Column, algorithm: str = "sha256", salt: str = "") -> Made:
    """Return the hash of text, or of a whole number as text, in hexadecimal digits."""
    sql = (
        f"CAST({column.sql} AS VARCHAR)"
        if is_type.is_integer(column.type)
        else as_text(column, "hash")
    )
    return _of_text(f"{algorithm}(? || {sql})", salt)


def mask(column: Column, keep: int = 4, character: str = "*") -> Made:
    """Return text of which only the last characters are shown; none where it has no more."""
    sql = as_text(column, "mask")
    hidden = f"repeat(?, length({sql}) - {keep}) || right({sql}, {keep})"
    masked = f"CASE WHEN length({sql}) > {keep} THEN {hidden} ELSE repeat(?, length({sql})) END"
    return _of_text(masked, character, character)


def rounded(column: Column, digits: int = 0) -> Made:
    """Return numbers rounded to so many digits after the point, halves away from zero."""
    _check_number(column, "round")
    if is_type.is_integer(column.type) and digits >= 0:
        return Made(Fragment(column.sql), column.physical, column.type, is_like=True)
    sql = f"CAST(round({column.sql}, {digits}) AS {duckdb_type(column.physical)})"
    return Made(Fragment(sql), column.physical, column.type, is_like=True)


def _check_number(column: Column, function: str) -> None:
    t = column.type
    is_number = is_type.is_integer(t) or is_type.is_floating(t) or is_type.is_decimal128(t)
    if not is_number or column.kind is not None:
        message = (
            f"{function!r} needs a number, and column {column.name!r} is {column.described}. Map it"
            " to 'to_float', 'to_int' or 'to_decimal' before."
        )
        raise SchemaError(message)


def clip(column: Column, bounds: Mapping[Operator, tuple[Any, Fragment]]) -> Made:
    """Return values between bounds: those beyond become the bound; null and NaN stay.

    Parameters
    ----------
    bounds
        For ``"<"`` the lower and for ``">"`` the upper one, with its value in SQL.
    """
    cases = [
        (where_sql(Compare(column.name, op, bound), lambda _: column), sql)
        for op, (bound, sql) in bounds.items()
    ]
    is_number = f" AND NOT isnan({column.sql})" if is_type.is_floating(column.type) else ""
    whens = " ".join(f"WHEN {at.sql}{is_number} THEN {sql.sql}" for at, sql in cases)
    values = tuple(v for condition, sql in cases for v in (*condition.parameters, *sql.parameters))
    made = Fragment(f"CASE {whens} ELSE {column.sql} END", values)
    return Made(made, column.physical, column.type, is_like=True)


def default(column: Column, value: Fragment) -> Made:
    """Return values with another in place of null."""
    condition = where_sql(IsNull(column.name), lambda _: column)
    sql = f"CASE WHEN {condition.sql} THEN {value.sql} ELSE {column.sql} END"
    made = Fragment(sql, condition.parameters + value.parameters)
    return Made(made, column.physical, column.type, is_like=True)


def map_values(column: Column, mapping: Mapping[Any, Any], *rest: Any) -> Made:  # noqa: ANN401
    """Return the values that a mapping has for those of a column.

    Parameters
    ----------
    rest
        What others become; without it, they stay.
    """
    keeps = not rest
    others = [value for value in rest if value is not None]
    t = _type_of([*mapping.values(), *others], column if keeps else None)
    sql, parameters = [], []
    for key, value in mapping.items():
        is_key = IsNull(column.name) if key is None else Compare(column.name, "==", key)
        condition = where_sql(is_key, lambda _: column)
        sql.append(f"WHEN {condition.sql} THEN CAST(? AS {duckdb_type(t)})")
        parameters += [*condition.parameters, value]
    other = Fragment(column.sql) if keeps else Fragment(f"CAST(? AS {duckdb_type(t)})", rest)
    if not sql:
        return Made(other, t, t)
    made = Fragment(f"CASE {' '.join(sql)} ELSE {other.sql} END", (*parameters, *other.parameters))
    return Made(made, t, t)


def _type_of(values: list[Any], column: Column | None) -> pa.DataType:
    """Return the type that holds values, and those of a column that stay."""
    kept = [value for value in values if value is not None]
    try:
        made = canonical(pa.array(kept).type) if kept else None
    except (pa.ArrowException, OverflowError) as error:
        message = f"the values {shortened(values)} have no type in common: {error}."
        raise UsageError(message) from error
    if made is not None:
        try:
            duckdb_type(made)
        except KeyError as error:
            message = f"{shortened(kept[0])} cannot be what 'map_values' makes of values."
            raise UsageError(message) from error
    if column is None:
        return made or _TEXT
    if made is None or made == column.type:
        return column.type
    is_exact = all(float(value) == value for value in kept if isinstance(value, int))
    if is_type.is_integer(made) and column.type == pa.float64() and is_exact:
        return column.type
    message = (
        f"column {column.name!r} is {column.described}, and 'map_values' would make"
        f" {shortened(kept[0])} of some of it. Give default=, which the others become, or map the"
        " column to another type before."
    )
    raise SchemaError(message)
