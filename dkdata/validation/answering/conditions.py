"""Row conditions: which rows a rule is about, in each of Great Expectations' forms."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.validation.answering.tiers import NotCompiledError

if TYPE_CHECKING:
    import numpy as np

_GRAMMARS: Final = ("great_expectations", "great_expectations__experimental__")
_COMPARED: Final = re.compile(
    r"""\s*col\("(?P<column>[^"]+)"\)\s*(?P<operator>==|!=|<=|>=|<|>)\s*
    (?:"(?P<text>[^"]*)"|(?P<number>[+-]?\d+(?:\.\d+)?))\s*""",
    re.VERBOSE,
)
_THERE: Final = re.compile(r"""\s*col\("(?P<column>[^"]+)"\)\.not[nN]ull\(\)\s*""")
_OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")
_MOST: Final = 100
_QUOTED: Final = re.compile("`[^`]*`")


def canonical(given: object, parser: object) -> dict[str, Any]:
    """Return a condition as Great Expectations writes it into a result.

    Parameters
    ----------
    given
        Text (a pandas query, or Great Expectations' own grammar) or the mapping of a condition
        of Great Expectations.
    parser
        The ``condition_parser`` that says which text it is.

    Raises
    ------
    NotCompiledError
        It is of a form that only Great Expectations itself reads.

    Examples
    --------
    >>> canonical("age > 3", None)
    {'type': 'pass_through', 'pass_through_filter': 'age > 3'}
    """
    match given:
        case str() if parser in _GRAMMARS:
            return _parsed(given)
        case str() if parser in (None, "pandas"):
            return {"type": "pass_through", "pass_through_filter": given}
        case {"type": "and" | "or" as kind, "conditions": [*parts]} if len(parts) < _MOST:
            return {"type": kind, "conditions": [_simple(part) for part in parts]}
        case Mapping():
            return _simple(given)
    raise NotCompiledError


def _parsed(text: str) -> dict[str, Any]:
    """Return a condition in Great Expectations' own grammar as a mapping."""
    if found := _THERE.fullmatch(text):
        return {"type": "nullity", "column": {"name": found["column"]}, "is_null": False}
    found = _COMPARED.fullmatch(text)
    if found is None:
        raise NotCompiledError
    number = found["number"]
    value: Any = found["text"]
    if number is not None:
        value = float(number) if "." in number else int(number)
    return {
        "type": "comparison",
        "column": {"name": found["column"]},
        "operator": found["operator"],
        "parameter": value,
    }


def _simple(given: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping, if it is a condition
    """Return a condition that does not hold others."""
    match given:
        case {"type": "comparison", "column": {"name": str()}, "operator": op, "parameter": value}:
            if op in _OPERATORS and _is_plain(value):
                return dict(given)
        case {"type": "nullity", "column": {"name": str()}, "is_null": bool()}:
            return dict(given)
        case {"type": "pass_through", "pass_through_filter": str()}:
            return dict(given)
    raise NotCompiledError


def _is_plain(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, (str, int, float)) for item in items)


def is_local(condition: Mapping[str, Any]) -> bool:
    """Whether each row meets a canonical condition or not whatever the other rows are.

    Examples
    --------
    >>> is_local(canonical("a > 3 and `b c` in ['x', 'y']", None))
    True
    >>> is_local(canonical("a > a.mean()", None))
    False
    """
    match condition:
        case {"type": "pass_through", "pass_through_filter": text}:
            return _is_of_one_row(text)
        case {"conditions": parts}:
            return all(map(is_local, parts))
    return True


def _is_of_one_row(query: str) -> bool:
    """Whether a pandas query calls nothing: names, values and operators alone."""
    try:
        parts = ast.walk(ast.parse(_QUOTED.sub("name", query).strip(), mode="eval"))
    except (SyntaxError, ValueError):
        return False
    return not any(isinstance(part, ast.Call | ast.Attribute | ast.Subscript) for part in parts)


def met(frame: pd.DataFrame, condition: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return which rows of a frame meet a canonical condition; null is not met.

    Raises
    ------
    NotCompiledError
        The query names variables, or gives anything but true and false.
    """
    query = query_of(condition)
    if "@" in query:  # variables of the caller, which are out of reach here
        raise NotCompiledError
    found = frame.eval(query)
    if not isinstance(found, pd.Series) or not pd.api.types.is_bool_dtype(found.dtype):
        raise NotCompiledError
    if found.dtype == object:
        raise NotCompiledError
    return found.fillna(value=False).to_numpy(dtype=bool)


def query_of(condition: Mapping[str, Any]) -> str:
    """Return the pandas query that Great Expectations makes of a condition."""
    match condition:
        case {"type": "pass_through", "pass_through_filter": text}:
            return str(text)
        case {"type": "nullity", "column": {"name": name}, "is_null": is_null}:
            return f"{'' if is_null else '~'}{_named(name)}.isnull()"
        case {"type": "comparison", "column": {"name": name}, "operator": op, "parameter": value}:
            if op in ("IN", "NOT_IN"):
                values = ", ".join(map(repr, value))
                return f"{_named(name)} {'in' if op == 'IN' else 'not in'} [{values}]"
            return f"{_named(name)} {op} {value!r}"
        case {"type": kind, "conditions": parts}:
            return f"({f' {kind} '.join(map(query_of, parts))})"
    raise NotCompiledError


def _named(column: str) -> str:
    """Return the name of a column as a pandas query reads it."""
    is_plain = column.isidentifier() and not keyword.iskeyword(column)
    return column if is_plain else f"`{column}`"
