"""A suite as Python and as SQL that a user can go on with."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.dialects.fragment import quote
from dkdata.errors import UnsupportedError
from dkdata.predicate import Compare, IsIn, IsNull, Like, Not, Or, Predicate, Regex
from dkdata.predicate_sql import as_sql
from dkdata.validation import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.answering.answerable import moment
from dkdata.validation.kernels.regexes import portable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from dkdata.predicate import Operator
    from dkdata.validation import Expectation, Suite
    from dkdata.validation.catalogue import Entry
    from dkdata.widgets.sources.columns import Kind

_BUILDERS: Final[Mapping[str, tuple[str, Callable[..., Any]]]] = {
    "column": ("expect", expect),
    "pair": ("expect_pair", expect_pair),
    "columns": ("expect_columns", expect_columns),
    "table": ("expect_table", expect_table),
}


def suite_python(suite: Suite) -> str:
    """Return Python that makes the suite again, but for meta and notes.

    Examples
    --------
    >>> from dkdata.validation import Suite
    >>> print(suite_python(Suite("people", expect("age").between(0, 120).not_null(mostly=0.9))))
    import dkdata as dk
    <BLANKLINE>
    suite = dk.Suite("people", [
        dk.expect("age").between(0, 120),
        dk.expect("age").not_null(mostly=0.9),
    ])
    """
    rules = "".join(f"    {_python(one)},\n" for one in suite)
    listed = f"[\n{rules}]" if rules else "[]"
    return f"import dkdata as dk\n\nsuite = dk.Suite({_literal(suite.name)}, {listed})"


def _literal(value: Any) -> str:  # noqa: ANN401 - any value
    match value:
        case str() if '"' not in value and "\\" not in repr(value):
            return f'"{value}"'
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{_literal(k)}: {_literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _python(expectation: Expectation) -> str:
    """Return a rule by its builder where that makes the same rule, else as its JSON."""
    entry = expectation.entry
    made = None if entry is None else _by_builder(expectation, entry)
    if made is not None:
        return made
    kept = {k: v for k, v in expectation.to_dict().items() if k not in ("meta", "id") and v}
    return _literal(kept)


def _by_builder(expectation: Expectation, entry: Entry) -> str | None:
    """Return the call of a builder, tried out; ``None`` where it would not make the same rule."""
    face, make = _BUILDERS.get(entry.face, ("", None))
    if make is None:
        return None
    kwargs = dict(expectation.kwargs)
    domain = [kwargs.pop(name) for name in entry.domain]
    if entry.face == "column" and not domain:
        domain = [kwargs.pop("column", None)]
    severity = expectation.severity
    extra = {} if severity == "critical" else {"severity": severity}
    for positional, named in _arguments(kwargs, entry):
        options = {**named, **extra}
        try:
            tried = getattr(make(*domain), entry.method)(*positional, **options)[-1]
        except Exception:  # noqa: BLE001, S112 - the next form, or the JSON, says it
            continue
        if tried == replace(expectation, meta=None, notes=None, description=None, id=None):
            about = ", ".join(map(_literal, domain))
            shown = [
                *map(_literal, positional),
                *(f"{k}={_literal(v)}" for k, v in options.items()),
            ]
            text = f"dk.{face}({about}).{entry.method}({', '.join(shown)})"
            return text if _is_readable(text) else None
    return None


def _arguments(kwargs: dict[str, Any], entry: Entry) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield positional and named arguments: as short as they may be, then all by name."""
    placed = [
        name for name, default in entry.own.items()
        if name != "column" and not isinstance(default, bool)
    ]  # fmt: skip
    while placed and kwargs.get(placed[-1]) is None:
        placed.pop()
    named = {name: value for name, value in kwargs.items() if name not in placed}
    yield [kwargs.get(name) for name in placed], named
    yield [], kwargs


def _is_readable(text: str) -> bool:
    """Whether Python reads a text; objects of other libraries may not write themselves so."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} <= {"dk", "float"}


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
