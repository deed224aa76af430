"""Rules about texts: a set, a shape or a length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dkdata.errors import shortened
from dkdata.validation.builders.builder import expect
from dkdata.validation.suggestion import sets
from dkdata.validation.suggestion.confidence import EXTREMES, because, confidence, mostly_for
from dkdata.validation.suggestion.rounding import outward
from dkdata.validation.suggestion.sampling import sampled
from dkdata.validation.suggestion.shapes import Shape, shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_STRAY: Final = 0.01
_SHOWN: Final = 3


def rules(column: Column) -> Iterator[Expectation]:
    """Yield the set of values; where it is none, the shape; where that leaves it open, lengths."""
    few = list(sets.rules(column))
    if few:
        yield from few
        return
    shape = _shape(column)
    if shape is not None:
        yield shape
    if shape is None or "+" in shape.kwargs["regex"]:
        yield from _lengths(column)


def _shape(column: Column) -> Expectation | None:
    """Return the rule of the shape that most texts have, and all of them if there is one."""
    tried = []
    for shape in shapes_of(sampled(column.values).to_pylist()):
        fits = pc.match_substring_regex(column.values, shape.regex)
        strays = pc.invert(fits).to_numpy(zero_copy_only=False)
        tried.append((int(column.counts[strays].sum()), shape, strays))
        if not tried[-1][0]:
            break
    if not tried:
        return None
    exceptions, shape, strays = min(tried, key=lambda one: one[0])
    mostly = mostly_for(column.present, exceptions)
    if mostly is None or exceptions > _STRAY * column.present:
        return None
    return because(
        expect(column.label).matches(shape.regex, mostly=mostly),
        _told(shape, exceptions, column.present),
        confidence(column.present, exceptions, mostly),
        values=column.present, exceptions=exceptions, others=_others(column.values, strays),
    )  # fmt: skip


def _told(shape: Shape, exceptions: int, present: int) -> str:
    about = f"{present - exceptions:,} of {present:,}" if exceptions else f"All {present:,}"
    return f"{about} texts {f'look like {shape.told}' if shape.told else 'have this shape'}."


def _others(values: pa.Array, strays: np.ndarray[Any, Any]) -> list[str]:
    """Return a few of the texts that have another shape."""
    some = values.take(pa.array(np.flatnonzero(strays)[:_SHOWN]))
    return [shortened(text) for text in some.to_pylist()]


def _lengths(column: Column) -> Iterator[Expectation]:
    lengths = pc.utf8_length(column.values).to_numpy(zero_copy_only=False)
    least, greatest = int(lengths.min()), int(lengths.max())
    evidence = {"values": column.present, "min": least, "max": greatest}
    builder = expect(column.label)
    if least == greatest:
        reason = f"All {column.present:,} texts have {least:,} characters."
        sureness = confidence(column.present)
        yield because(builder.length(least), reason, sureness, **evidence)
        return
    low, high = outward(least, greatest, is_whole=True)
    rule = builder.length_between(int(max(low, min(least, 1))), int(high))
    reason = f"Texts have {least:,} to {greatest:,} characters."
    yield because(rule, reason, confidence(column.present, EXTREMES), **evidence)
