"""A suite as SQL of DuckDB that a user can go on with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from dkdata.dialects.fragment import quote
from dkdata.errors import UnsupportedError
from dkdata.predicate import Compare, IsIn, IsNull, Like, Not, Or, Predicate, Regex
from dkdata.predicate.sql import as_sql
from dkdata.validation.answering.answerable import moment
from dkdata.validation.kernels.regexes import portable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from dkdata.predicate import Operator
    from dkdata.validation import Expectation, Suite
    from dkdata.widgets.sources.columns import Kind


def suite_sql(suite: Suite, table: str, kinds: Mapping[Hashable, Kind]) -> str:
    """Return SQL of DuckDB that counts how many rows break each rule about rows.

    What it does not count is named in comments: rules about other things than rows, those that do
    not fit the values of their column, and regular expressions that DuckDB reads otherwise.

    Parameters
    ----------
    table
        What stands after FROM; ``this`` in ``df.dk.query``.
    kinds
        The kind of values of each column, by label.
    """
    cells, told = [], []
    for one, text in zip(suite, suite.texts, strict=True):
        cell = _cell(one, table, kinds)
        shown = " ".join(text.split())
        if cell is None:
            told.append(f"-- not in SQL: {shown}\n")
            continue
        if _needs_ascii(one):
            told.append(f"-- digits and letters of ASCII alone: {shown}\n")
        cells.append(f"  {cell} AS {quote(text)}")
    if not cells:
        return "".join([*told, f"SELECT count(*) FROM {table}"])
    return "".join(told) + "SELECT\n" + ",\n".join(cells) + f"\nFROM {table}"


def _cell(expectation: Expectation, table: str, kinds: Mapping[Hashable, Kind]) -> str | None:
    entry, given = expectation.entry, expectation.kwargs
    if entry is None or given.get("row_condition") or entry.kind != "column map":
        return None
    column = given["column"]
    if not _fits(entry.method, given, kinds.get(column)):
        return None
    if entry.method == "unique":
        name = quote(str(column))
        return (
            f"(SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {table}"
            f" WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1))"
        )
    make = _BROKEN.get(entry.method)
    broken = None if make is None else make(str(column), given)
    if broken is None:
        return None
    try:
        sql = broken if isinstance(broken, str) else as_sql(broken)
    except UnsupportedError:
        return None
    return f"count(*) FILTER (WHERE {sql})"


def _fits(method: str, given: Mapping[str, Any], kind: Kind | None) -> bool:
    """Whether DuckDB compares the values of a column with what a rule says; else it raises."""
    match method:
        case "not_null" | "null" | "unique":
            return kind is not None
        case "between":
            return _are_of(kind, [bound for _, bound in _beyond(given)])
        case "in_set" | "not_in_set":
            listed = given["value_set"]
            return isinstance(listed, list | tuple) and _are_of(kind, listed)
    return kind == "text"


def _are_of(kind: Kind | None, values: Sequence[Any]) -> bool:
    there = [value for value in values if value is not None]
    match kind:
        case "boolean":
            return all(isinstance(value, bool) for value in there)
        case "integer" | "number":
            return all(isinstance(v, int | float) and not isinstance(v, bool) for v in there)
        case "text":
            return all(isinstance(value, str) for value in there)
        case "time":
            return all(isinstance(v, str) and moment(v) is not None for v in there)
    return False


def _needs_ascii(expectation: Expectation) -> bool:
    regex = expectation.kwargs.get("regex")
    written = portable(regex) if isinstance(regex, str) else None
    return written is not None and written.needs_ascii


def _beyond(given: Mapping[str, Any]) -> Iterator[tuple[Operator, Any]]:
    """Yield the comparisons that hold beyond the bounds of a rule."""
    low, high = given.get("min_value"), given.get("max_value")
    if low is not None:
        yield "<=" if given.get("strict_min") else "<", low
    if high is not None:
        yield ">=" if given.get("strict_max") else ">", high


def _outside(column: str, given: Mapping[str, Any]) -> Predicate | None:
    beyond = list(_beyond(given))
    if not beyond:
        return None
    return Or(tuple(Compare(column, op, bound) for op, bound in beyond))


def _length_outside(column: str, given: Mapping[str, Any]) -> str | None:
    beyond = list(_beyond(given))
    if not all(isinstance(bound, int | float) and math.isfinite(bound) for _, bound in beyond):
        return None
    name = f"length({quote(column)})"
    return " OR ".join(f"{name} {op} {bound!r}" for op, bound in beyond) or "FALSE"


def _in_set(column: str, given: Mapping[str, Any]) -> Predicate:
    """Return what is true of the values of a set; null is in none."""
    return IsIn(column, tuple(value for value in given["value_set"] if value is not None))


def _found(column: str, given: Mapping[str, Any]) -> Predicate | None:
    """Return where a regular expression is found; ``None`` if DuckDB reads it otherwise."""
    regex = given.get("regex", "")
    written = portable(regex) if isinstance(regex, str) else None
    return None if written is None else Regex(column, written.text)


def _like(column: str, given: Mapping[str, Any]) -> Predicate | None:
    return Like(column, given["like_pattern"]) if given.get("escape") is None else None


def _not(predicate: Predicate | None) -> Predicate | None:
    return None if predicate is None else Not(predicate)


_BROKEN: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Predicate | str | None]]] = {
    "not_null": lambda column, _: IsNull(column),
    "null": lambda column, _: Not(IsNull(column)),
    "between": _outside,
    "in_set": lambda column, given: _not(_in_set(column, given)),
    "not_in_set": _in_set,
    "matches": lambda column, given: _not(_found(column, given)),
    "not_matches": _found,
    "like": lambda column, given: _not(_like(column, given)),
    "not_like": _like,
    "length": lambda column, given: _length_outside(
        column, {"min_value": given["value"], "max_value": given["value"]}
    ),
    "length_between": _length_outside,
}
