"""What became of a rule, as a page is told it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import DkError, shortened
from dkdata.secrets import scrubbed
from dkdata.validation.results import report

if TYPE_CHECKING:
    from dkdata.validation import Result

WAITING: Final[dict[str, Any]] = {
    "state": "waiting", "failing": None, "of": None, "observed": "", "examples": [], "error": "",
    "tier": "",
}  # fmt: skip
_PLACE: Final = re.compile(r"^suite 'suite', expectation 1( \([^)]*\))?: ")
_EXAMPLES: Final = 5
_WIDTH: Final = 60


def told(result: Result) -> dict[str, Any]:
    """Return what a page is told of the result of a single rule."""
    outcome = result.results[0]
    if outcome.error:
        return failed(outcome.error) | {"tier": outcome.tier}
    failing = None if outcome.positions is None else len(outcome.positions)
    of = outcome.result.get("element_count")
    given = outcome.result.get("partial_unexpected_list") or []
    examples = dict.fromkeys(shortened(value, _WIDTH) for value in given if value is not None)
    return {
        "state": "met" if outcome.success else "failed",
        "failing": failing,
        "of": of,
        "observed": "" if failing is not None else report.observed(outcome),
        "examples": list(examples)[:_EXAMPLES],
        "error": "",
        "tier": outcome.tier,
    }


def reason_of(error: Exception) -> str:
    """Return what a page is told of an error; of a rule, without its place in a suite of one."""
    is_own = isinstance(error, DkError)
    text = str(error) if is_own else scrubbed(f"{type(error).__name__}: {error}")
    return _PLACE.sub("", text)


def failed(reason: str) -> dict[str, Any]:
    """Return what a page is told of a rule that could not be evaluated."""
    return WAITING | {"state": "error", "error": reason}
