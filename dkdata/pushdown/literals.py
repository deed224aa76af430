"""Values in a statement: as written, or as its parameters give them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dkdata.sqltree import Tree

    Parameters = Sequence[Any] | Mapping[str, Any]

_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = rf"{_DAY}(?:[ T]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.(\d{{1,6}}))?)?)?"
_OFFSET = r"(?:Z|[+-]\d{2}(?::\d{2})?)"
DAY = re.compile(_DAY)
MOMENT = re.compile(_MOMENT)
ZONED_MOMENT = re.compile(_MOMENT + _OFFSET)
# In these types, text of these forms means in DuckDB what it means in a predicate.
_TEXTS = {
    "date": DAY, "timestamp": MOMENT,
    "timestamptz": ZONED_MOMENT, "timestamp with time zone": ZONED_MOMENT,
}  # fmt: skip
_MOST = 2**62


def literal(tree: Tree, parameters: Parameters) -> Tree | None:
    """Return a parameter or a cast as the literal whose value it has, if it has that of one."""
    match tree:
        case {"class": "PARAMETER", "identifier": name}:
            return _tree(_value(str(name), parameters))
        case {
            "class": "CAST",
            "try_cast": False,
            "child": {"literal": {"kind": "STRING", "text": text}},
            "type_expr": {"type_name": name},
        } if (form := _TEXTS.get(str(name).lower())) and form.fullmatch(str(text)):
            return _moment(str(text))
    return None


def count(tree: Tree, parameters: Parameters) -> int | None:
    """Return a number of rows."""
    match literal(tree, parameters) or tree:
        case {"literal": {"kind": "INTEGER", "text": text}} if 0 <= int(text) < _MOST:
            return int(text)
    return None


def _value(name: str, parameters: Parameters) -> object:
    if isinstance(parameters, Mapping):
        return parameters.get(name)
    position = int(name) - 1 if name.isdecimal() else len(parameters)
    return parameters[position] if 0 <= position < len(parameters) else None


def _tree(value: object) -> Tree | None:
    match value:
        case bool():
            return _constant("BOOLEAN", str(value).lower())
        case int() if abs(value) < 2**63:
            return _constant("INTEGER", str(value))
        case float() if math.isfinite(value):
            # With an exponent it is a DOUBLE, as the value is; without, it were a DECIMAL.
            return _constant("NUMERIC", f"{value!r}{'' if 'e' in repr(value) else 'e0'}")
        case Decimal() if value.is_finite():
            return _constant("NUMERIC", f"{value:f}")
        case str():
            return _constant("STRING", value)
        case dt.datetime() | dt.date():
            return _moment(value.isoformat())
    return None


def _constant(kind: str, text: str) -> Tree:
    return {
        "class": "CONSTANT",
        "type": "VALUE_CONSTANT",
        "literal": {"kind": kind, "text": text},
    }


def _moment(text: str) -> Tree:
    return {
        "class": "CAST",
        "type": "OPERATOR_CAST",
        "try_cast": False,
        "child": _constant("STRING", text),
        "type_expr": {"class": "TYPE", "type": "TYPE", "type_name": "TIMESTAMP"},
    }
