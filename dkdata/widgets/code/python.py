"""A suite as Python that a user can go on with."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.validation import expect, expect_columns, expect_pair, expect_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
