"""Rules about the order of two columns in each row."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from dkdata.validation.builders.builder import expect_pair
from dkdata.validation.suggestion.confidence import because, confidence, mostly_for
from dkdata.validation.suggestion.names import of_greater, words
from dkdata.validation.suggestion.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_STRAY: Final = 0.01
_DOUBTFUL: Final = 0.05
_LEAST_ROWS: Final = 2


class _Order(NamedTuple):
    low: Column
    high: Column
    rows: int
    reversed: int
    equal: int


def rules(columns: Sequence[Column]) -> Iterator[Expectation]:
    """Yield which columns are never greater than which others; what follows is left out."""
    found = [
        order
        for one, other in _candidates(columns)
        if _overlap(one, other)
        for order in _order(one, other)
    ]
    known = {(order.low.label, order.high.label) for order in found}
    middles = {column.label for column in columns}
    for order in found:
        low, high = order.low.label, order.high.label
        if not any((low, middle) in known and (middle, high) in known for middle in middles):
            yield from _rule(order)


def _candidates(columns: Sequence[Column]) -> Iterator[tuple[Column, Column]]:
    """Yield the columns whose order would mean something: times, and numbers named for it."""
    yield from combinations([column for column in columns if column.kind == "time"], 2)
    numbers = [column for column in columns if column.kind in {"integer", "float"}]
    named = {words(column.label): column for column in numbers}
    for column in numbers:
        yield from ((column, named[name]) for name in of_greater(column.label) if name in named)


def _overlap(one: Column, other: Column) -> bool:
    """Whether two columns have the same dtype, and do not lie apart anyway."""
    if one.dtype != other.dtype or not (one.present and other.present):
        return False
    return bool(
        one.numbers.min() <= other.numbers.max() and other.numbers.min() <= one.numbers.max()
    )


def _order(one: Column, other: Column) -> Iterator[_Order]:
    """Yield the order of two columns, if they have one."""
    guess = _counted(one, other, sampled(np.arange(one.rows)))
    if guess.rows < _LEAST_ROWS:
        return
    above = guess.rows - guess.equal - guess.reversed
    if min(guess.reversed, above) > _DOUBTFUL * guess.rows:
        return
    low, high = (one, other) if guess.reversed <= above else (other, one)
    order = _counted(low, high, slice(None))
    if order.reversed <= _STRAY * order.rows and order.equal < order.rows:
        yield order


def _counted(low: Column, high: Column, rows: np.ndarray[Any, Any] | slice) -> _Order:
    """Return in how many of some rows the order is kept."""
    ours, theirs = low.series.iloc[rows], high.series.iloc[rows]
    both = ours.notna() & theirs.notna()
    ours, theirs = ours[both], theirs[both]
    return _Order(low, high, len(ours), int((ours > theirs).sum()), int((ours == theirs).sum()))


def _rule(order: _Order) -> Iterator[Expectation]:
    mostly = mostly_for(order.rows, order.reversed)
    if mostly is None:
        return
    rule = expect_pair(order.high.label, order.low.label).greater_than(
        or_equal=True, mostly=mostly, ignore_row_if="either_value_is_missing"
    )
    low, high = order.low.label, order.high.label
    reason = (
        f"{order.reversed:,} of {order.rows:,} rows have {low!r} above {high!r}."
        if order.reversed
        else f"{low!r} is never above {high!r}."
    )
    yield because(
        rule, reason, confidence(order.rows, order.reversed, mostly),
        rows=order.rows, reversed=order.reversed, equal=order.equal,
    )  # fmt: skip
