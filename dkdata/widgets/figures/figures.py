"""Figures: what is told of the values of one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dkdata.widgets.figures.bins import Bins


@dataclass(frozen=True)
class Figures:
    """What is told of the values of one column; ``None`` where it does not apply, or not yet.

    Parameters
    ----------
    nulls
        How many values are null.
    distinct
        How many different values there are.
    exact
        Whether ``distinct`` is exact, and no estimate (of a few percent).
    low, high
        The least and the greatest as numbers: of finite values, of times in milliseconds since
        1970 UTC, of texts their lengths.
    least, greatest, mean
        The same as texts.
    nan, infinite
        How many values are no number, and infinite.
    top
        The most frequent values as texts, and how often each is there.
    """

    nulls: int
    distinct: int | None = None
    exact: bool = False
    low: float | None = None
    high: float | None = None
    least: str | None = None
    greatest: str | None = None
    mean: str | None = None
    nan: int = 0
    infinite: int = 0
    bins: Bins | None = None
    top: tuple[tuple[str, int], ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what a page is told."""
        known = {
            "distinct": self.distinct, "exact": self.exact, "min": self.least,
            "max": self.greatest, "mean": self.mean, "nan": self.nan or None,
            "infinite": self.infinite or None, "bins": bins_to_dict(self.bins),
            "top": None if self.top is None else [list(item) for item in self.top],
        }  # fmt: skip
        return {"nulls": self.nulls} | {k: v for k, v in known.items() if v is not None}


def bins_to_dict(bins: Bins | None) -> dict[str, Any] | None:
    """Return what a page is told of a histogram."""
    if bins is None:
        return None
    low_text, high_text = bins.ends
    return {
        "of": bins.of, "low": bins.low, "high": bins.high, "low_text": low_text,
        "high_text": high_text, "counts": list(bins.counts),
    }  # fmt: skip
