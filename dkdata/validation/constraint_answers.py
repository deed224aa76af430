"""What becomes of the rules that are constraints: their rows, and the result that tells them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.errors import DkError, ExpectationNotFoundError, UsageError
from dkdata.validation.constraint_json import constraint_from_json
from dkdata.validation.constraint_rules import Failing, failing
from dkdata.validation.field_types import is_null
from dkdata.validation.outcome import Outcome
from dkdata.validation.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dkdata.validation.suite import Suite

_PARTIAL: Final = 20
"""Values that a result lists unless it lists all, as in Great Expectations."""


def answer(
    suite: Suite, number: int, frame: pd.DataFrame, result_format: str | Mapping[str, Any]
) -> Outcome:
    """Return what became of one rule of a suite for a frame.

    One that needs a table that cannot be read says so in its result.

    Raises
    ------
    UsageError
        Its constraint cannot be read.
    ExpectationNotFoundError
        No function is registered for a custom constraint.
    """
    expectation = suite[number]
    column = frame[expectation.kwargs["column"]]
    problem, found = "", None
    try:
        found = failing(constraint_from_json(expectation.kwargs["constraint"]), column)
    except (UsageError, ExpectationNotFoundError) as error:
        message = f"{suite.place_of(number)}: {error}"
        raise type(error)(message) from error
    except DkError as error:
        problem = str(error)
    mostly = expectation.kwargs.get("mostly", 1)
    return Outcome(
        number=number,
        expectation=expectation,
        success=found is not None and _is_met(found, column, mostly),
        result={} if found is None else plain(_told(found, column, result_format)),
        configuration=expectation.to_dict(),
        meta={"dkdata": {"tier": "constraint"}},
        exception_info={
            "raised_exception": bool(problem),
            "exception_traceback": problem or None,
            "exception_message": problem or None,
        },
        positions=None if found is None else np.flatnonzero(found.rows),
        raised={} if found is None else found.raised,
    )


def _is_met(found: Failing, column: pd.Series[Any], mostly: float) -> bool:
    """Whether the share of the values that are there is large enough."""
    present = len(column) - int(is_null(column).sum())
    failed = int(found.rows.sum())
    return not failed or (present > 0 and (present - failed) / present >= mostly)


def _told(
    found: Failing, column: pd.Series[Any], result_format: str | Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result as Great Expectations tells that of a rule about single values."""
    options = {"result_format": result_format} if isinstance(result_format, str) else result_format
    level = options["result_format"]
    if level == "BOOLEAN_ONLY":
        return {}
    rows = np.flatnonzero(found.rows)
    missing = int(is_null(column).sum())
    first = rows[: options.get("partial_unexpected_count", _PARTIAL)]
    values = column.iloc[first].tolist()
    result = {
        "element_count": len(column),
        "unexpected_count": len(rows),
        "unexpected_percent": _percent(len(rows), len(column) - missing),
        "partial_unexpected_list": values,
        "missing_count": missing,
        "missing_percent": _percent(missing, len(column)),
        "unexpected_percent_total": _percent(len(rows), len(column)),
        "unexpected_percent_nonmissing": _percent(len(rows), len(column) - missing),
    }
    if level in ("SUMMARY", "COMPLETE"):
        result |= {
            "partial_unexpected_counts": _counts(values),
            "partial_unexpected_index_list": column.index[first].tolist(),
        }
    if level == "COMPLETE":
        result |= {
            "unexpected_list": column.iloc[rows].tolist(),
            "unexpected_index_list": column.index[rows].tolist(),
        }
    return result


def _percent(count: int, of: int) -> float | None:
    return count / of * 100 if of else None


def _counts(values: list[Any]) -> list[dict[str, Any]]:
    """Return how often each of some values is there, the most frequent first, then in order."""
    counted = Counter(map(repr, values))
    by_text = {repr(value): value for value in values}
    made = [{"value": by_text[text], "count": count} for text, count in counted.most_common()]
    try:
        return sorted(made, key=lambda one: (-one["count"], one["value"]))
    except TypeError:  # values without an order stay as they come
        return made
