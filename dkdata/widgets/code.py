"""A suite as Python and as SQL that a user can go on with."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from dkdata.dialects.fragment import quote
from dkdata.predicate import Compare, IsIn, IsNull, Like, Not, Or, Predicate, Regex
from dkdata.predicate_sql import as_sql
from dkdata.validation import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dkdata.validation import Expectation, Suite
    from dkdata.validation.catalogue import Entry

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
    if isinstance(value, str) and '"' not in value and "\\" not in repr(value):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return repr(value)


def _python(expectation: Expectation) -> str:
    """Return a rule by its builder where that makes the same rule, else as its JSON."""
    entry = expectation.entry
    made = None if entry is None else _by_builder(expectation, entry)
    if made is not None:
        return made
    kept = {k: v for k, v in expectation.to_dict().items() if k not in ("meta", "id") and v}
    return repr(kept)


def _by_builder(expectation: Expectation, entry: Entry) -> str | None:
    """Return the call of a builder, tried out; ``None`` where it would not make the same rule."""
    face, make = _BUILDERS.get(entry.face, ("", None))
    if make is None:
        return None
    domain = [expectation.kwargs[name] for name in entry.domain]
    if entry.face == "column" and not domain:
        domain = [expectation.kwargs.get("column")]
    given = {k: v for k, v in expectation.kwargs.items() if k not in (*entry.domain, "column")}
    if entry.face == "table":
        given |= {k: v for k, v in expectation.kwargs.items() if k == "column"}
    placed = [
        name for name in entry.own if name != "column" and not isinstance(entry.own[name], bool)
    ]
    positional: list[Any] = []
    for name in placed:
        if name not in given and entry.own[name] is REQUIRED:
            return None
        positional.append(given.pop(name, entry.own[name]))
    while positional and positional[-1] is None:
        positional.pop()
    options = dict(given)
    if expectation.severity != "critical":
        options["severity"] = expectation.severity
    try:
        tried = getattr(make(*domain), entry.method)(*positional, **options)[-1]
    except Exception:  # noqa: BLE001 - the JSON says it
        return None
    if (tried.type, tried.severity) != (expectation.type, expectation.severity):
        return None
    if dict(tried.kwargs) != dict(expectation.kwargs):
        return None
    about = ", ".join(map(_literal, domain))
    shown = [*map(_literal, positional), *(f"{k}={_literal(v)}" for k, v in options.items())]
    text = f"dk.{face}({about}).{entry.method}({', '.join(shown)})"
    return text if _is_readable(text) else None


def _is_readable(text: str) -> bool:
    """Whether Python reads a text; objects of other libraries may not write themselves so."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def suite_sql(suite: Suite, table: str) -> str:
    """Return SQL of DuckDB that counts how many rows break each rule about rows.

    Parameters
    ----------
    table
        What stands after FROM; ``this`` in ``df.dk.query``.
    """
    cells, left = [], []
    for one, text in zip(suite, suite.texts, strict=True):
        cell = _cell(one, table)
        if cell is None:
            left.append(f"-- not in SQL: {' '.join(text.split())}\n")
        else:
            cells.append(f"  {cell} AS {quote(text)}")
    if not cells:
        return "".join([*left, f"SELECT count(*) FROM {table}"])
    return "".join(left) + "SELECT\n" + ",\n".join(cells) + f"\nFROM {table}"


def _cell(expectation: Expectation, table: str) -> str | None:
    entry = expectation.entry
    if entry is None or expectation.kwargs.get("row_condition") or entry.kind != "column map":
        return None
    column = expectation.kwargs["column"]
    if entry.method == "unique":
        name = quote(str(column))
        return (
            f"(SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {table}"
            f" WHERE {name} IS NOT NULL GROUP BY {name} HAVING n > 1))"
        )
    make = _BROKEN.get(entry.method)
    broken = None if make is None else make(str(column), expectation.kwargs)
    if broken is None:
        return None
    sql = broken if isinstance(broken, str) else as_sql(broken)
    return f"count(*) FILTER (WHERE {sql})"


def _outside(column: str, given: Mapping[str, Any]) -> Predicate | None:
    low, high = given.get("min_value"), given.get("max_value")
    parts: list[Predicate] = []
    if low is not None:
        parts.append(Compare(column, "<=" if given.get("strict_min") else "<", low))
    if high is not None:
        parts.append(Compare(column, ">=" if given.get("strict_max") else ">", high))
    if not all(isinstance(value, int | float | str) for value in (low, high) if value is not None):
        return None
    return Or(tuple(parts)) if parts else None


def _length(column: str, low: Any, high: Any) -> str:  # noqa: ANN401 - whole numbers
    name = f"length({quote(column)})"
    parts = [f"{name} < {low:d}"] if low is not None else []
    parts += [f"{name} > {high:d}"] if high is not None else []
    return " OR ".join(parts) or "FALSE"


_BROKEN: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Predicate | str | None]]] = {
    "not_null": lambda column, _: IsNull(column),
    "null": lambda column, _: Not(IsNull(column)),
    "between": _outside,
    "in_set": lambda column, given: Not(IsIn(column, tuple(given["value_set"]))),
    "not_in_set": lambda column, given: IsIn(column, tuple(given["value_set"])),
    "matches": lambda column, given: Not(Regex(column, given.get("regex", ""))),
    "not_matches": lambda column, given: Regex(column, given["regex"]),
    "like": lambda column, given: Not(Like(column, given["like_pattern"])),
    "not_like": lambda column, given: Like(column, given["like_pattern"]),
    "length": lambda column, given: _length(column, given["value"], given["value"]),
    "length_between": lambda column, given: _length(
        column, given.get("min_value"), given.get("max_value")
    ),
}
