"""Rules about columns that have few different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.builders.builder import expect
from dkdata.validation.suggestion.confidence import because, confidence, mostly_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_MOST: Final = {"text": 50, "category": 50, "integer": 10, "boolean": 2}
_ROWS_EACH: Final = 20
"""Rows for each value, without which a set says more about the frame than about the values."""

_STRAY: Final = 0.01


def rules(column: Column) -> Iterator[Expectation]:
    """Yield the set of values, where they are few and each comes often enough.

    Values that come once are left out and counted as exceptions: their share is also the one to
    expect of values never seen (Good, 1953).
    """
    if column.kind == "boolean" and column.dtype != object:
        return  # the dtype says it
    if column.distinct > column.present // _ROWS_EACH:
        return
    usual = np.flatnonzero(column.counts > 1)
    stray = column.distinct - len(usual)
    mostly = mostly_for(column.present, stray)
    too_many = len(usual) > _MOST[column.kind] or stray > _STRAY * column.present
    if mostly is None or too_many or not len(usual):
        return
    counts = dict(sorted(zip(_plain(column, usual), column.counts[usual].tolist(), strict=True)))
    reason = (
        f"{len(counts):,} values in {column.present:,} rows"
        f"{f', beside {stray:,} that come once' if stray else ''}."
    )
    rule = expect(column.label).in_set(list(counts), mostly=mostly)
    sureness = confidence(column.present, stray, mostly)
    yield because(rule, reason, sureness, values=column.present, counts=counts, once=stray)


def _plain(column: Column, places: np.ndarray[Any, Any]) -> list[Any]:
    """Return some of the different values as Python's own."""
    taken = column.values.take(places)
    return taken.tolist() if isinstance(taken, np.ndarray) else taken.to_pylist()
