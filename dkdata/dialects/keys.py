"""DuckDB SQL about the columns that identify a row: repeated, null, taken, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable


def _matching(key: Iterable[str]) -> str:
    """Return the condition that a row of ``old`` has the key of a row of ``new``."""
    return " AND ".join(f"old.{quote(name)} = new.{quote(name)}" for name in key)


def null_keys(rows: str, key: tuple[str, ...], limit: int) -> str:
    """Return the query of up to ``limit`` keys that hold null.

    Examples
    --------
    >>> null_keys("t", ("a",), 3)
    'SELECT "a" FROM t WHERE "a" IS NULL LIMIT 3'
    """
    missing = " OR ".join(f"{quote(name)} IS NULL" for name in key)
    return f"SELECT {quoted(key)} FROM {rows} WHERE {missing} LIMIT {limit}"


def repeated_keys(rows: str, key: tuple[str, ...], limit: int) -> str:
    """Return the query of up to ``limit`` keys that more than one row has.

    Examples
    --------
    >>> repeated_keys("t", ("a",), 3)
    'SELECT "a" FROM t GROUP BY "a" HAVING count(*) > 1 ORDER BY ALL LIMIT 3'
    """
    names = quoted(key)
    return (
        f"SELECT {names} FROM {rows} GROUP BY {names} HAVING count(*) > 1"
        f" ORDER BY ALL LIMIT {limit}"
    )


def taken_keys(old: str, new: str, key: tuple[str, ...], limit: int) -> str:
    """Return the query of up to ``limit`` keys of ``new`` that ``old`` has too."""
    return (
        f"SELECT {quoted(key)} FROM {new} AS new"
        f" WHERE EXISTS (SELECT 1 FROM {old} AS old WHERE {_matching(key)}) LIMIT {limit}"
    )


def count_taken(old: str, new: str, key: tuple[str, ...]) -> str:
    """Return the query that counts the rows of ``new`` whose key ``old`` has."""
    return (
        f"SELECT count(*) FROM {new} AS new"
        f" WHERE EXISTS (SELECT 1 FROM {old} AS old WHERE {_matching(key)})"
    )


def is_taken(alias: str, new: str, key: tuple[str, ...]) -> str:
    """Return the condition that a row of the table ``alias`` has the key of a row of ``new``."""
    matching = " AND ".join(f"{alias}.{quote(name)} = new.{quote(name)}" for name in key)
    return f"EXISTS (SELECT 1 FROM {new} AS new WHERE {matching})"


def upserted(old: str, new: str, key: tuple[str, ...], columns: Iterable[str]) -> str:
    """Return the query of ``old`` where the rows of ``new`` took the place of their equals."""
    names = quoted(columns)
    return (
        f"SELECT {names} FROM {old} AS old"
        f" WHERE NOT EXISTS (SELECT 1 FROM {new} AS new WHERE {_matching(key)})"
        f" UNION ALL SELECT {names} FROM {new}"
    )


def skipped(old: str, new: str, key: tuple[str, ...], columns: Iterable[str]) -> str:
    """Return the query of the rows of ``new``, in ``columns``, whose key ``old`` does not have."""
    return (
        f"SELECT {quoted(columns)} FROM {new} AS new"
        f" WHERE NOT EXISTS (SELECT 1 FROM {old} AS old WHERE {_matching(key)})"
    )
