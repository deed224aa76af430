"""Where the bins of a histogram lie."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

IN_LIST: Final = 20
"""Bins of a histogram in the list of columns."""

IN_DETAIL: Final = 60
"""Bins of the histogram of one column."""


@dataclass(frozen=True)
class Bins:
    """A histogram of equal bins.

    Parameters
    ----------
    of
        Whether values are counted, or the lengths of texts.
    low, high
        Where the first bin begins and the last one ends; of times, milliseconds since 1970 UTC.
    counts
        How many values are in each.
    ends
        The least and the greatest value as texts.
    """

    of: Literal["value", "length"]
    low: float
    high: float
    counts: tuple[int, ...]
    ends: tuple[str, str] = ("", "")

    @property
    def width(self) -> float:
        """Of a bin."""
        return (self.high - self.low) / len(self.counts)

    def filled(self, counts: dict[int, int]) -> Bins:
        """Return the bins with what was counted, by number."""
        return replace(
            self, counts=tuple(counts.get(number, 0) for number in range(len(self.counts)))
        )


def between(
    low: float, high: float, most: int, *, whole: bool, of: Literal["value", "length"] = "value"
) -> Bins:
    """Return empty bins for values from ``low`` to ``high``.

    Parameters
    ----------
    most
        How many bins there may be.
    whole
        Whether values are whole numbers, so that each bin holds as many of them.

    Examples
    --------
    >>> bins = between(0, 89, 20, whole=True)
    >>> bins.low, bins.high, len(bins.counts)
    (0, 90, 18)
    """
    if whole:
        width = math.ceil((high - low + 1) / most)
        number = math.ceil((high - low + 1) / width)
        return Bins(of, low, low + number * width, (0,) * number)
    each = (high - low) / most
    # Of numbers too near or too far from each other, floats do not hold the width of a bin.
    return Bins(of, low, high, (0,) * (most if each and math.isfinite(each) else 1))
