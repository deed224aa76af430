"""Columns of tables that others made, in types that keep every digit on the way to Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb.sqltypes import DuckDBPyType

from dkdata.dialects.fragment import quote
from dkdata.engine import first_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_NATIVE = frozenset(
    {
        "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint",
        "uinteger", "ubigint", "float", "double", "varchar", "blob", "date", "time", "time_ns",
        "timestamp", "timestamp_ns", "timestamp with time zone", "timestamptz_ns", "decimal",
    },
)  # fmt: skip
_WIDE = ("hugeint", "uhugeint")
_CHANGED = {"timestamp_s": "TIMESTAMP", "timestamp_ms": "TIMESTAMP", '"NULL"': "INTEGER"}
_AS_DECIMAL = "DECIMAL(38,0)"


def foreign_columns(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, DuckDBPyType],
    *,
    rowid: bool,
) -> str | None:
    """Return a FROM item with every column in a type that Arrow has; ``None`` if all are so.

    Enumerations, UUIDs, bits, intervals, times with an offset, unions, variants and numbers
    without bounds become text; seconds and milliseconds microseconds; arrays lists.
    """
    changes = {name: readable(t) for name, t in types.items() if not _is_native(t)}
    wide = [name for name, t in types.items() if t.id in _WIDE]
    if wide:
        changes |= dict.fromkeys(_too_wide(connection, table, wide), "VARCHAR")
    if not changes:
        return None
    columns = [
        f"CAST({quote(name)} AS {changes[name]}) AS {quote(name)}" if name in changes
        else quote(name)
        for name in types
    ]  # fmt: skip
    if rowid and "rowid" not in map(str.casefold, types):
        columns.append("rowid")
    return f"(SELECT {', '.join(columns)} FROM {table})"


def _is_native(t: DuckDBPyType) -> bool:
    if t.id in ("struct", "map", "list"):
        return all(_is_native(child) for _, child in _children(t))
    return t.id in _NATIVE and str(t) != "JSON"


def _children(t: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """Return the types inside a nested type; DuckDB adds the length of an array."""
    return [(name, child) for name, child in t.children if isinstance(child, DuckDBPyType)]


def readable(t: DuckDBPyType) -> str:
    """Return the type, in SQL, in which to read a column of type ``t``."""
    kind = t.id
    if kind == "struct":
        fields = ", ".join(f"{quote(name)} {readable(child)}" for name, child in _children(t))
        return f"STRUCT({fields})"
    if kind == "map":
        key, value = (readable(child) for _, child in _children(t))
        return f"MAP({key}, {value})"
    if kind in ("list", "array"):
        return f"{readable(_children(t)[0][1])}[]"
    if kind in _WIDE:
        return _AS_DECIMAL
    if _is_native(t):
        return str(t)
    return _CHANGED.get(kind, "VARCHAR")


def _too_wide(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    names: list[str],
) -> list[str]:
    """Return the columns with a whole number of 39 digits, one more than a decimal holds."""
    tests = ", ".join(
        f"count(*) FILTER ({quote(name)} NOT BETWEEN -{'9' * 38} AND {'9' * 38})" for name in names
    )
    counts = first_row(connection, f"SELECT {tests} FROM {table}") or ()
    return [name for name, count in zip(names, counts, strict=True) if count]
