"""Pieces of SQL with the values that are bound to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from pyarrow import types as is_type

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPES = {
    pa.bool_(): "BOOLEAN", pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER",
    pa.int64(): "BIGINT", pa.uint8(): "UTINYINT", pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER", pa.uint64(): "UBIGINT", pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE", pa.large_string(): "VARCHAR", pa.large_binary(): "BLOB",
    pa.date32(): "DATE", pa.time64("us"): "TIME", pa.time64("ns"): "TIME_NS",
    pa.timestamp("us"): "TIMESTAMP", pa.timestamp("ns"): "TIMESTAMP_NS",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ", pa.timestamp("ns", "UTC"): "TIMESTAMPTZ_NS",
    pa.null(): "INTEGER",
}  # fmt: skip


class Fragment(NamedTuple):
    """Part of a statement, with a value for each ``?`` in it."""

    sql: str
    parameters: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """Refuse to lose the values."""
        raise TypeError(self.sql)


def quote(identifier: str) -> str:
    """Return a name as an SQL identifier.

    Examples
    --------
    >>> print(quote('the "new" one'))
    "the ""new"" one"
    """
    return '"' + identifier.replace('"', '""') + '"'


def quoted(names: Iterable[str]) -> str:
    """Return names as SQL identifiers, with commas.

    Examples
    --------
    >>> print(quoted(["id", "the day"]))
    "id", "the day"
    """
    return ", ".join(map(quote, names))


def text(value: str) -> str:
    """Return a text as an SQL literal; for what cannot be bound, such as names of files.

    Examples
    --------
    >>> text("O'Brien")
    "'O''Brien'"
    """
    return "'" + value.replace("'", "''") + "'"


def join(glue: str, fragments: Iterable[Fragment], empty: str) -> Fragment:
    """Return fragments in parentheses with ``glue`` between them."""
    parts = list(fragments)
    if not parts:
        return Fragment(empty)
    if len(parts) == 1:
        return parts[0]
    sql = "(" + glue.join(part.sql for part in parts) + ")"
    return Fragment(sql, tuple(value for part in parts for value in part.parameters))


def duckdb_type(t: pa.DataType) -> str:
    """Return the DuckDB name of an Arrow type.

    Examples
    --------
    >>> duckdb_type(pa.large_list(pa.decimal128(10, 2)))
    'DECIMAL(10,2)[]'
    """
    if is_type.is_decimal(t):
        return f"DECIMAL({t.precision},{t.scale})"
    if is_type.is_struct(t):
        fields = ", ".join(f"{quote(f.name)} {duckdb_type(f.type)}" for f in t)
        return f"STRUCT({fields})"
    if is_type.is_map(t):
        return f"MAP({duckdb_type(t.key_type)}, {duckdb_type(t.item_type)})"
    if is_type.is_nested(t):
        return f"{duckdb_type(t.value_type)}[]"
    return _TYPES[t]
