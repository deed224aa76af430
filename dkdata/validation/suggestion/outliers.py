"""The few values that lie far from all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_FAR: Final = 3
"""Interquartile ranges beyond the quartiles that a value must lie to be far out (Tukey, 1977)."""

_FEW: Final = 0.01
_FEW_NEGATIVE: Final = 0.001
_FEW_OF_MIRRORED: Final = 0.1


@dataclass(frozen=True)
class Bulk:
    """Where most values lie, as the least and the greatest of them, and the quartiles.

    ``reason`` says what the values beyond are; it is empty where there are none.
    """

    low: Any
    high: Any
    quartiles: tuple[float, ...]
    reason: str = ""


def bulk_of(values: np.ndarray[Any, Any], *, allows_sign: bool = True) -> Bulk:
    """Return where the values lie, without clear outliers.

    Clear ones are few (one in a hundred), lie beyond Tukey's far fences, and a gap as wide as the
    range of all others lies between. Fewer than one in a thousand below zero are outliers too, if
    they are no tail.

    Parameters
    ----------
    values
        At least one, none of them NaN.
    allows_sign
        Whether it means something that a value is below zero.
    """
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not len(finite):
        return Bulk(values.min(), values.max(), (np.nan,) * 3, "infinite")
    low, high = finite.min(), finite.max()
    places = [int(share * (len(finite) - 1)) for share in (0.25, 0.5, 0.75)]
    parted = np.partition(finite, places)
    quartiles = tuple(float(parted[place]) for place in places)
    reason = "infinite" if len(finite) < len(values) else ""
    inner_low, inner_high = _within_gaps(finite, quartiles, low, high)
    if (inner_low, inner_high) != (low, high):
        low, high, reason = inner_low, inner_high, "far from all others"
    if allows_sign and low < 0 and quartiles[0] >= 0:
        negative = finite[finite < 0]
        if len(negative) < _FEW_NEGATIVE * len(finite) and _is_foreign(negative, finite, quartiles):
            low, reason = finite[finite >= 0].min(), "below zero, unlike all others"
    return Bulk(low, high, quartiles, reason)


def _is_foreign(
    negative: np.ndarray[Any, Any], values: np.ndarray[Any, Any], quartiles: tuple[float, ...]
) -> bool:
    """Whether values below zero are no tail of the others: one code, or few beside what mirrors it.

    A tail has about as many values on the other side, as far from the median.
    """
    is_code = len(negative) > 1 and bool((negative == negative[0]).all())
    mirrored = int((values > 2 * quartiles[1]).sum())
    return is_code or len(negative) < _FEW_OF_MIRRORED * mirrored


def _within_gaps(
    values: np.ndarray[Any, Any],
    quartiles: tuple[float, ...],
    low: Any,  # noqa: ANN401 - a scalar of the values
    high: Any,  # noqa: ANN401 - the same
) -> tuple[Any, Any]:
    """Return the least and the greatest value on this side of the gaps."""
    reach = _FAR * (quartiles[2] - quartiles[0])
    fences = quartiles[0] - reach, quartiles[2] + reach
    if reach == 0 or (low >= fences[0] and high <= fences[1]):
        return low, high
    beyond = (values < fences[0]) | (values > fences[1])
    outer = np.sort(values[beyond])
    if len(outer) > _FEW * len(values):
        return low, high
    inner = values[~beyond]
    least, greatest = inner.min(), inner.max()
    width = float(greatest) - float(least)
    above = np.concatenate([[greatest], outer[outer > fences[1]]])
    below = np.concatenate([[least], outer[outer < fences[0]][::-1]])
    return _before_gap(below, width), _before_gap(above, width)


def _before_gap(outgoing: np.ndarray[Any, Any], width: float) -> Any:  # noqa: ANN401
    """Return the last value before a gap of that width, of values that go outward."""
    with np.errstate(over="ignore"):  # a gap of more than a float holds is wide enough
        gaps = np.abs(np.diff(outgoing.astype("float64"))) >= width
    return outgoing[int(np.argmax(gaps))] if gaps.any() else outgoing[-1]
