"""The forms by which rules are edited: one table for Python and the page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "forms.json"


@cache
def forms() -> dict[str, Any]:
    """Return the form of each type of expectation that has one."""
    made: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return made


def is_known(expectation_type: str) -> bool:
    """Whether there is a form for a type."""
    return expectation_type in forms()
