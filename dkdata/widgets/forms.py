"""The forms by which rules are edited: one table for Python and the page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "forms.json"


@cache
def forms() -> dict[str, Any]:
    """Return the catalogue: its groups, and the fields and domains that their forms share."""
    made: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return made


def is_known(expectation_type: str) -> bool:
    """Whether there is a form for a type."""
    return expectation_type in _types()


@cache
def _types() -> frozenset[str]:
    listed = (group["expectations"] for group in forms()["groups"])
    return frozenset(form["type"] for group in listed for form in group)
