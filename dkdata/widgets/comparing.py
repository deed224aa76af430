"""An explorer's columns and rules against others."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from dkdata.change import compare, side_of
from dkdata.errors import ExpectationNotFoundError
from dkdata.validation import Suite, as_suite

if TYPE_CHECKING:
    from dkdata.change import Comparison, Side
    from dkdata.widgets.sources.opening import Explored


def compared(source: Explored, suite: Suite, title: str, other: Any) -> Comparison:  # noqa: ANN401
    """Return what differs between something and what is explored.

    Parameters
    ----------
    other
        A frame, a table, its name, path or URL, a schema, or a suite in any form, which stands for
        rules about the columns that are explored.
    """
    old, new = _side(source, other), side_of(source.data, suite, name=title)
    if old.name == new.name:
        old = replace(old, name=f"the other {old.name}")
    return compare(old, new)


def _side(source: Explored, other: Any) -> Side:  # noqa: ANN401 - as above
    rules = _suite(other)
    if rules is None:
        return side_of(other)
    name = other if isinstance(other, str) else rules.name
    return side_of(source.data, rules, name=name)


def _suite(other: Any) -> Suite | None:  # noqa: ANN401 - as above
    """Return a suite, or one that is saved under a name; ``None`` for what has columns."""
    if isinstance(other, Suite):
        return other
    is_file = isinstance(other, str | PathLike) and str(other).endswith(".json")
    if not isinstance(other, str) and not is_file:
        return None
    try:
        return as_suite(other)
    except ExpectationNotFoundError:
        return None
