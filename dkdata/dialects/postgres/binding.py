"""Values as the driver writes them into a statement, exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from pyarrow import types as is_type

if TYPE_CHECKING:
    from dkdata.dialects.postgres.relation import Operand

_DAY = 86_400 * 10**6  # in microseconds, as all times here
_EPOCH = dt.date(1970, 1, 1).toordinal()
_CYCLE = 146_097  # the calendar repeats itself after these days
_YEARS = 400


def bound(operand: Operand, value: object) -> object:
    """Return a value that ``place`` found for an operand, to be bound in its type.

    Parameters
    ----------
    value
        In the steps of the type in which the operand is read: days, microseconds, the last
        digit of a decimal.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    match operand.bound:
        case "numeric":
            held = operand.column.physical
            return Decimal(f"{value}E-{held.scale}") if is_type.is_decimal(held) else Decimal(value)
        case "date":
            return "".join(_day(value))
        case "timestamp":
            return moment_text(value)
        case "timestamptz":
            return moment_text(value, "+00")
        case "time":
            return _clock(value)
        case "interval":
            days, rest = divmod(value, _DAY)
            # Both signs are written: with one, the session's style of intervals would decide.
            return f"{days:+} days +{_clock(rest)}"
    return value


def moment_text(microseconds: int, zone: str = "") -> str:
    """Return a time, counted from 1970, as PostgreSQL reads it under any settings.

    Examples
    --------
    >>> moment_text(0, "+00"), moment_text(-62_135_596_800_000_001)
    ('1970-01-01 00:00:00.000000+00', '0001-12-31 23:59:59.999999 BC')
    """
    days, rest = divmod(microseconds, _DAY)
    day, before = _day(days)
    return f"{day} {_clock(rest)}{zone}{before}"


def _day(days: int) -> tuple[str, str]:
    """Return a day, and what follows it (after the time) where its year is before the first."""
    cycles, within = divmod(days + _EPOCH - 1, _CYCLE)
    day = dt.date.fromordinal(within + 1)
    year = day.year + _YEARS * cycles
    shown = year if year > 0 else 1 - year
    return f"{shown:04}-{day:%m-%d}", "" if year > 0 else " BC"


def _clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 10**6)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}.{fraction:06}"
