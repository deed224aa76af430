"""DuckDB SQL about the columns that identify a row: repeated, null, taken, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def wrong_keys(rows: str, key: tuple[str, ...], number: str) -> str:
    """Return the query of the rows whose key is null, or that of a row before.

    Parameters
    ----------
    number
        The column that says which row of them comes before which.

    Examples
    --------
    >>> print(wrong_keys("t", ("a",), "n"))
    SELECT "n", "a" IS NULL FROM t
    QUALIFY "a" IS NULL OR row_number() OVER (PARTITION BY "a" ORDER BY "n") > 1 ORDER BY "n"
    """
    missing, of = " OR ".join(f"{quote(name)} IS NULL" for name in key), quote(number)
    repeated = f"row_number() OVER (PARTITION BY {quoted(key)} ORDER BY {of}) > 1"
    return f"SELECT {of}, {missing} FROM {rows}\nQUALIFY {missing} OR {repeated} ORDER BY {of}"


# Columns are never written with the name of their table before them: DuckDB would take that for a
# column of that name, of which they would be fields.


def taken_keys(old: str, new: str, key: tuple[str, ...], limit: int) -> str:
    """Return the query of up to ``limit`` keys of ``new`` that ``old`` has too."""
    names = quoted(key)
    return f"SELECT {names} FROM {new} SEMI JOIN {old} USING ({names}) LIMIT {limit}"


def count_taken(old: str, new: str, key: tuple[str, ...]) -> str:
    """Return the query that counts the rows of ``new`` whose key ``old`` has."""
    return f"SELECT count(*) FROM {new} SEMI JOIN {old} USING ({quoted(key)})"


def is_taken(new: str, key: tuple[str, ...]) -> str:
    """Return the condition that a row has the key of a row of ``new``; false for a null."""
    names = quoted(key)
    return f"coalesce(({names}) IN (SELECT {names} FROM {new}), false)"


def upserted(old: str, new: str, key: tuple[str, ...], columns: Iterable[str]) -> str:
    """Return the query of ``old`` where the rows of ``new`` took the place of their equals."""
    names = quoted(columns)
    kept = f"SELECT {names} FROM {old} ANTI JOIN {new} USING ({quoted(key)})"
    return f"{kept} UNION ALL SELECT {names} FROM {new}"


def skipped(old: str, new: str, key: tuple[str, ...], columns: Iterable[str]) -> str:
    """Return the query of the rows of ``new``, in ``columns``, whose key ``old`` does not have."""
    return f"SELECT {quoted(columns)} FROM {new} ANTI JOIN {old} USING ({quoted(key)})"


def restored(rows: str, kept: str, key: tuple[str, ...], names: list[str], column: str) -> str:
    """Return the query of all rows, in order; a column has the values that others kept by key.

    Where nothing is kept of a row, its value stays.

    Examples
    --------
    >>> print(restored("t", "k", ("a",), ["a", "b"], "b"))
    SELECT "a", CASE WHEN "__dk_is_kept" THEN "__dk_kept" ELSE "b" END AS "b" FROM
    (SELECT *, row_number() OVER () AS "__dk_row" FROM t) LEFT JOIN
    (SELECT "a", "b" AS "__dk_kept", TRUE AS "__dk_is_kept" FROM k) USING ("a") ORDER BY "__dk_row"
    """
    value = f'CASE WHEN "__dk_is_kept" THEN "__dk_kept" ELSE {quote(column)} END AS {quote(column)}'
    shown = ", ".join(value if name == column else quote(name) for name in names)
    found = (
        f'SELECT {quoted(key)}, {quote(column)} AS "__dk_kept", TRUE AS "__dk_is_kept" FROM {kept}'
    )
    return (
        f'SELECT {shown} FROM\n(SELECT *, row_number() OVER () AS "__dk_row" FROM {rows})'
        f' LEFT JOIN\n({found}) USING ({quoted(key)}) ORDER BY "__dk_row"'
    )
