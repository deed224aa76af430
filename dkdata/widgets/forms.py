"""The forms by which rules are edited: one table for Python and the page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "forms.json"


@cache
def forms() -> dict[str, Any]:
    """Return the content of the table as the page gets it."""
    made: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return made


@cache
def _types() -> frozenset[str]:
    return frozenset(one["type"] for group in forms()["groups"] for one in group["expectations"])


def is_known(expectation_type: str) -> bool:
    """Whether there is a form for a type.

    Examples
    --------
    >>> is_known("expect_column_values_to_be_between"), is_known("expect_magic")
    (True, False)
    """
    return expectation_type in _types()
