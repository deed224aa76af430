"""DuckDB SQL that gives some columns of some rows new values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import Fragment, quote

if TYPE_CHECKING:
    from collections.abc import Sequence


def value_of(name: str, new: str) -> str:
    """Return the value that the one row of ``new`` has for a column.

    Examples
    --------
    >>> value_of("a", "n")
    '(SELECT "a" FROM n)'
    """
    return f"(SELECT {quote(name)} FROM {new})"


def updated(
    names: Sequence[str],
    condition: Fragment,
    changed: Sequence[str],
    new: str,
) -> Fragment:
    """Return what stands after SELECT: the columns ``names``, some of them changed.

    Where ``condition`` is true, the columns ``changed`` have the values of the one row of ``new``.

    Examples
    --------
    >>> updated(["id", "a"], Fragment('"id" > ?', (1,)), ["a"], "n").sql
    '"id", CASE WHEN "id" > ? THEN (SELECT "a" FROM n) ELSE "a" END AS "a"'
    """
    case = "CASE WHEN {} THEN {} ELSE {} END AS {}"
    shown = ", ".join(
        case.format(condition.sql, value_of(name, new), quote(name), quote(name))
        if name in changed
        else quote(name)
        for name in names
    )
    return Fragment(shown, condition.parameters * len(changed))
