"""Rules about the range of numbers and times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.validation.builders.builder import expect
from dkdata.validation.suggestion import sets
from dkdata.validation.suggestion.confidence import EXTREMES, because, confidence, mostly_for
from dkdata.validation.suggestion.outliers import bulk_of
from dkdata.validation.suggestion.presence import has_growing_values
from dkdata.validation.suggestion.rounding import as_number, as_text, outward, outward_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_GAPLESS: Final = 1_000
_STRAY: Final = 0.01


def of_numbers(column: Column) -> Iterator[Expectation]:
    """Yield the set of few numbers, or else their range."""
    if not column.is_exact:
        return
    if column.kind == "integer" and not _is_gapless(column):
        found = list(sets.rules(column))
        if found:
            yield from found
            return
    bulk = bulk_of(column.numbers)
    if not (math.isfinite(bulk.low) and math.isfinite(bulk.high)):
        return
    least, greatest = as_number(bulk.low), as_number(bulk.high)
    low, high = (
        (least, greatest) if _is_gapless(column)
        else outward(least, greatest, is_whole=_is_whole(column))
    )  # fmt: skip
    kept_high = None if has_growing_values(column) else high
    if kept_high is None and low >= 0:
        low = min(least, 1)
    values = column.numbers
    yield from _between(
        column, low, kept_high, _beyond(values, low, kept_high), bulk.reason,
        evidence={
            "min": _shown(values.min()), "max": _shown(values.max()),
            **_quartiles(bulk.quartiles),
        },
    )  # fmt: skip


def of_times(column: Column) -> Iterator[Expectation]:
    """Yield the range of times, to whole years, months, days or hours."""
    values, unit, zone = column.numbers, column.times.unit, column.times.tz
    bulk = bulk_of(values, allows_sign=False)
    bounds = outward_times(int(bulk.low), int(bulk.high), unit)
    if bounds is None:
        return
    low, high = (as_text(bound, is_zoned=zone is not None) for bound in bounds)
    least, greatest = (int(bound.astype(f"M8[{unit}]").astype("int64")) for bound in bounds)
    is_growing = has_growing_values(column)
    beyond = _beyond(values, least, None if is_growing else greatest)
    seen = (np.datetime64(int(value), unit) for value in (values.min(), values.max()))
    first, last = (as_text(value, is_zoned=zone is not None) for value in seen)
    yield from _between(
        column, low, None if is_growing else high, beyond, bulk.reason,
        evidence={"min": first, "max": last},
    )  # fmt: skip


def _between(  # noqa: PLR0913, PLR0917 - the parts of the rule
    column: Column,
    low: Any,  # noqa: ANN401 - a number or a time
    high: Any,  # noqa: ANN401 - the same
    beyond: int,
    outlying: str,
    evidence: dict[str, Any],
) -> Iterator[Expectation]:
    mostly = mostly_for(column.present, beyond)
    if mostly is None or beyond > _STRAY * column.present:
        return
    least, greatest = evidence["min"], evidence["max"]
    if beyond:
        reason = f"Beyond these bounds: {beyond:,} of {column.present:,} values, {outlying}."
    elif high is None:
        reason = f"The least value is {least}; there is no greatest to expect."
    elif least == greatest:
        reason = f"Every value is {least}."
    else:
        reason = f"All values lie from {least} to {greatest}."
    rule = expect(column.label).between(low, high, mostly=mostly)
    sureness = confidence(column.present, max(beyond, EXTREMES), mostly)
    yield because(rule, reason, sureness, values=column.present, **evidence, beyond=beyond)


def _beyond(values: np.ndarray[Any, Any], low: Any, high: Any) -> int:  # noqa: ANN401
    """Return how many values lie outside the bounds."""
    outside = values < low
    return int((outside if high is None else outside | (values > high)).sum())


def _is_gapless(column: Column) -> bool:
    """Whether integers are all those from the least to the greatest, such as months or ratings."""
    if column.kind != "integer":
        return False
    span = int(column.numbers.max()) - int(column.numbers.min()) + 1
    return span <= _GAPLESS and column.distinct == span and bool(column.counts.min() > 1)


def _is_whole(column: Column) -> bool:
    """Whether all numbers are whole, as those of integers with missing values are in floats."""
    return column.kind == "integer" or bool(np.all(column.numbers == np.trunc(column.numbers)))


def _shown(value: Any) -> float | str:  # noqa: ANN401 - a scalar of numpy
    """Return a number as JSON has it: an infinite one as text."""
    return as_number(value) if math.isfinite(value) else str(value)


def _quartiles(found: tuple[float, ...]) -> dict[str, float]:
    names = ("q25", "median", "q75")
    return {name: round(value, 6) for name, value in zip(names, found, strict=True)}
