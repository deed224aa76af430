"""Rules for columns of any kind: type, missing values, repeated values, order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from dkdata.validation.builders.builder import expect
from dkdata.validation.suggestion.confidence import because, confidence, mostly_for
from dkdata.validation.suggestion.names import is_key
from dkdata.validation.suggestion.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_STRAY: Final = 0.001
"""The share of rows that may break a rule about all rows together, for it to be meant."""

_SURE: Final = 0.95
_SPACED: Final = 0.02
_STEPS: Final = 10


def rules(column: Column) -> Iterator[Expectation]:
    """Yield the rules that hold for a column of any kind."""
    yield from _of_type(column)
    if column.present:
        yield from _not_null(column)
        yield from _unique(column)
        yield from _ordered(column)


def _of_type(column: Column) -> Iterator[Expectation]:
    name = str(column.dtype)
    if column.dtype != object and _is_read_back(name, column.dtype):
        rule = expect(column.label).type(name)
        yield because(rule, f"The dtype of the column is {name}.", 1.0, dtype=name)


def _is_read_back(name: str, dtype: Any) -> bool:  # noqa: ANN401 - any dtype
    """Whether pandas knows the dtype by its name, as Great Expectations asks it."""
    try:
        parsed = pd.api.types.pandas_dtype(name)
    except (TypeError, NotImplementedError, ValueError):
        return False
    return bool(dtype in (parsed, name))


def _not_null(column: Column) -> Iterator[Expectation]:
    rows, nulls = column.rows, column.rows - column.present
    mostly = mostly_for(rows, nulls)
    if mostly is None:
        return
    reason = f"{nulls:,} of {rows:,} values are missing." if nulls else "No value is missing."
    sureness = confidence(rows, nulls, mostly)
    rule = expect(column.label).not_null(mostly=mostly)
    yield because(rule, reason, sureness, rows=rows, nulls=nulls)


def is_unique(column: Column) -> bool:
    """Whether nearly no value comes twice, in a column where that can be meant."""
    if column.kind not in {"integer", "text"} or column.distinct < column.present * (1 - _STRAY):
        return False
    return column.kind == "integer" or not _is_prose(column)


def _is_prose(column: Column) -> bool:
    """Whether texts have spaces in them: a remark that comes once is no key."""
    some = sampled(column.values)
    spaced = int(pc.sum(pc.match_substring(some, " ")).as_py() or 0)
    return spaced > _SPACED * len(some)


def _unique(column: Column) -> Iterator[Expectation]:
    if not is_unique(column):
        return
    repeated = int(column.counts[column.counts > 1].sum())
    mostly = mostly_for(column.present, repeated)
    if mostly is None or repeated > _STRAY * column.present:
        return
    collisions = _expected_collisions(column)
    sureness = confidence(column.present, repeated, mostly) * _sureness_of_key(column)
    reason = (
        f"{repeated:,} of {column.present:,} values come more than once."
        if repeated
        else "No value comes twice."
    )
    rule = expect(column.label).unique(mostly=mostly)
    yield because(
        rule, reason, sureness,
        values=column.present, distinct=column.distinct, repeated=repeated,
        expected_by_chance=None if math.isinf(collisions) else round(collisions, 3),
    )  # fmt: skip


def has_growing_values(column: Column) -> bool:
    """Whether later values are likely to be greater than all so far: keys, and what is sorted."""
    if is_key(column.label):
        return True
    if column.kind == "integer" and is_unique(column) and _sureness_of_key(column) > _SURE:
        return True
    return column.kind == "time" and order_of(column)[0] == "increasing"


def _sureness_of_key(column: Column) -> float:
    """Return how sure it is that values do not differ by chance alone."""
    return 1.0 if is_key(column.label) else 1 - math.exp(-_expected_collisions(column))


def _expected_collisions(column: Column) -> float:
    """Return how many pairs would be equal if integers were drawn at random from their range.

    Few, and that none is equal says nothing (the birthday problem). Texts are drawn from no
    range.
    """
    if column.kind == "text":
        return math.inf
    span = int(column.numbers.max()) - int(column.numbers.min()) + 1
    return column.present * (column.present - 1) / 2 / span


def _ordered(column: Column) -> Iterator[Expectation]:
    direction, back = order_of(column)
    if not direction:
        return
    steps = np.diff(column.numbers)
    strictly = back == 0 and bool(np.all(steps != 0))
    mostly = mostly_for(column.present, back)
    if mostly is None:
        return
    sureness = confidence(column.present - 1, back, mostly)
    builder = expect(column.label)
    method = builder.increasing if direction == "increasing" else builder.decreasing
    reason = (
        f"{back:,} of {column.present:,} values turn back." if back
        else f"Every value is {'beyond' if strictly else 'at or beyond'} the one before."
    )  # fmt: skip
    rule = method(strictly=strictly, mostly=mostly)
    yield because(
        rule, reason, sureness,
        values=column.present, turning_back=back, equal_neighbours=int((steps == 0).sum()),
    )  # fmt: skip


def order_of(column: Column) -> tuple[str, int]:
    """Return ``increasing``, ``decreasing`` or nothing, and how many values turn back.

    Only times and signed integers that differ for the most part: a column by whose few values the
    rows happen to be grouped is not meant to grow.
    """
    if column.kind == "time":
        least = _STEPS
    elif column.kind == "integer" and _has_steps(column):
        least = max(_STEPS, column.present // 2)
    else:
        return "", 0
    if column.present < least:
        return "", 0
    values = column.numbers
    for name, ahead in (("increasing", np.less), ("decreasing", np.greater)):
        back = int(ahead(values[1:], values[:-1]).sum())
        if back <= _STRAY * column.present:
            return (name, back) if column.distinct >= least else ("", 0)
    return "", 0


def _has_steps(column: Column) -> bool:
    """Whether pandas finds the differences of neighbours exactly."""
    is_unsigned = column.dtype.kind == "u"
    return column.is_exact and not is_unsigned and not isinstance(column.dtype, pd.ArrowDtype)
