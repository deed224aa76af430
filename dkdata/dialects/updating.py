"""DuckDB SQL that gives some columns of some rows new values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import Fragment, quote

if TYPE_CHECKING:
    from collections.abc import Sequence
_CHANGES = '"__dk_changes"'


def value_of(name: str, new: str) -> str:
    """Return the value that the one row of ``new`` has for a column.

    Examples
    --------
    >>> value_of("a", "n")
    '(SELECT "a" FROM n)'
    """
    return f"(SELECT {quote(name)} FROM {new})"


def updated(
    rows: str,
    names: Sequence[str],
    condition: Fragment,
    changed: Sequence[str],
    new: str,
) -> Fragment:
    """Return the SELECT of all rows, in the columns ``names``, some of them changed.

    Where ``condition`` is true, the columns ``changed`` have the values of the one row of ``new``.
    It is evaluated once a row, whatever it calls.

    Examples
    --------
    >>> updated("t", ["id", "a"], Fragment('"id" > ?', (1,)), ["a"], "n").sql
    'SELECT "id", CASE WHEN "__dk_changes" THEN (SELECT "a" FROM n) ELSE "a" END AS "a" \
FROM (SELECT *, "id" > ? AS "__dk_changes" FROM t)'
    """
    case = "CASE WHEN {} THEN {} ELSE {} END AS {}"
    shown = ", ".join(
        case.format(_CHANGES, value_of(name, new), quote(name), quote(name))
        if name in changed
        else quote(name)
        for name in names
    )
    told = f"SELECT *, {condition.sql} AS {_CHANGES} FROM {rows}"
    return Fragment(f"SELECT {shown} FROM ({told})", condition.parameters)
