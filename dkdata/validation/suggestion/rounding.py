"""Bounds a little wider than the data, at numbers and dates that people would choose."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

import numpy as np

_STEPS_IN_RANGE: Final = 10
_EXACT: Final = 2**53
_SPANS: Final[Any] = (("Y", 365), ("M", 31), ("D", 2), ("h", 1 / 12))
"""Units of the calendar, and how many days times must span to be bounded by them."""

_YEARS: Final = {"ns": (1678, 2261)}
"""The whole years that a unit of time has; the others have all that ISO text can write."""


def step_for(low: float, high: float, *, is_whole: bool) -> Decimal:
    """Return the greatest of 1, 2, 5, 10, 20 … that is at most a tenth of the range.

    Examples
    --------
    >>> step_for(0, 99, is_whole=True), step_for(32.1, 59.6, is_whole=False)
    (Decimal('5'), Decimal('2'))
    """
    tenth = (Decimal(repr(high)) - Decimal(repr(low))) / _STEPS_IN_RANGE
    if is_whole and tenth < 1:
        return Decimal(1)
    if tenth == 0:
        return Decimal(0)
    power = Decimal(1).scaleb(tenth.adjusted())
    return max(power * factor for factor in (1, 2, 5) if power * factor <= tenth)


def outward(low: float, high: float, *, is_whole: bool) -> tuple[float, float]:
    """Return round bounds of a range, which hold it; never beyond zero.

    Parameters
    ----------
    is_whole
        Whether all values are whole numbers.

    Examples
    --------
    >>> outward(3, 8_599, is_whole=True), outward(0.003, 0.998, is_whole=False)
    ((0, 9000), (0, 1))
    """
    step = step_for(low, high, is_whole=is_whole)
    if not step:
        return low, high
    return _multiple(low, step, ROUND_FLOOR), _multiple(high, step, ROUND_CEILING)


def _multiple(value: float, step: Decimal, rounding: str) -> float:
    """Return the nearest multiple of a step, as an integer where it is a whole number."""
    found = (Decimal(repr(value)) / step).to_integral_value(rounding) * step
    if not math.isfinite(float(found)):
        return value  # no float is beyond it
    is_exact = found == found.to_integral_value() and (abs(found) < _EXACT or type(value) is int)
    return int(found) if is_exact else float(found)


def outward_times(
    low: int,
    high: int,
    unit: Any,  # noqa: ANN401 - of numpy
) -> tuple[np.datetime64, np.datetime64] | None:
    """Return bounds of times at years, months, days or hours, which hold them.

    ``None`` where ISO text does not reach.

    Parameters
    ----------
    low, high
        In units since 1970.

    Examples
    --------
    >>> [str(bound) for bound in outward_times(86_400, 40_000_000, "s") or ()]
    ['1970', '1972']
    """
    least, greatest = np.datetime64(low, unit), np.datetime64(high, unit)
    if not (_fits(least, unit) and _fits(greatest, unit)):
        return None
    days = (greatest - least) / np.timedelta64(1, "D")
    chosen = next((name for name, span in _SPANS if days >= span), None)
    if chosen is None:
        return least, greatest
    floor, ceiling = (value.astype(f"M8[{chosen}]") for value in (least, greatest))
    if ceiling < greatest:
        ceiling += np.timedelta64(1, chosen)
    return (
        floor if _fits(floor, unit) else least,
        ceiling if _fits(ceiling, unit) else greatest,
    )


def _fits(time: np.datetime64, unit: str) -> bool:
    first, last = _YEARS.get(unit, (1, 9999))
    year = int(time.astype("M8[Y]").astype("int64")) + 1970
    return first <= year <= last


def as_text(time: np.datetime64, *, is_zoned: bool) -> str:
    """Return a time as ISO text; one of a zone in UTC, which the text says."""
    units = ("s", "ms", "us", "ns")
    coarser = (time.astype(f"M8[{unit}]") for unit in units)
    shortest = next((found for found in coarser if found == time), time)
    return f"{shortest}{'+00:00' if is_zoned else ''}"


def as_number(value: Any) -> float:  # noqa: ANN401 - a scalar of numpy
    """Return a number as Python's own, an integer where it is one."""
    plain = value.item()
    is_whole = isinstance(plain, float) and plain.is_integer() and abs(plain) < _EXACT
    return int(plain) if is_whole else plain
