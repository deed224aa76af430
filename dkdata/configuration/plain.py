"""Unquoted text of YAML, for what has no field that says its type: suites and schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Plain(str):
    """Text that stands there without quotes."""

    __slots__ = ()


def typed(value: Any) -> Any:  # noqa: ANN401 - what a configuration holds
    """Return a value in which unquoted numbers, ``true`` and ``false`` are those of JSON.

    Examples
    --------
    >>> typed({"max_value": Plain("120"), "mostly": Plain("0.9"), "regex": "120", "x": Plain("on")})
    {'max_value': 120, 'mostly': 0.9, 'regex': '120', 'x': 'on'}
    """
    match value:
        case Mapping():
            return {str(key): typed(item) for key, item in value.items()}
        case list():
            return [typed(item) for item in value]
        case Plain():
            try:
                return json.loads(value)
            except ValueError:
                return str(value)
    return value
