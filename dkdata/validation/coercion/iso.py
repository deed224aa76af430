"""Dates, times and durations as ISO 8601 writes them, in nanoseconds."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from dkdata.validation.coercion.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND: Final = 10**9
DAY: Final = 86_400 * SECOND
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_CLOCK = (
    r"(?P<hour>[0-9]{2})"
    r"(?::?(?P<minute>[0-9]{2})(?::?(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?)?"
)
_OFFSET = r"(?P<sign>[+-])(?P<east>[0-9]{2})(?::?(?P<further>[0-9]{2}))?"
_TIME_PART = rf"(?:[Tt ]{_CLOCK}(?: ?(?P<zone>[Zz]|{_OFFSET}))?)?"
_MOMENT = re.compile(
    rf"(?P<year>[0-9]{{4}})(?P<dash>-?)(?P<month>[0-9]{{2}})(?P=dash)(?P<day>[0-9]{{2}}){_TIME_PART}"
)
_DAY_FIRST = re.compile(
    rf"(?P<day>[0-9]{{1,2}})(?P<dash>[/.-])(?P<month>[0-9]{{1,2}})(?P=dash)(?P<year>[0-9]{{4}})"
    rf"{_TIME_PART}"
)
_TIME = re.compile(_CLOCK)
_ISO_SPAN = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+)(?:[.,](?P<fraction>[0-9]+))?S)?)?",
)
_CLOCK_SPAN = re.compile(
    r"(?:(?P<day_sign>[+-]?)(?P<days>[0-9]+) days?,? *)?(?P<sign>[+-]?)(?P<hours>[0-9]+)"
    r":(?P<minutes>[0-5][0-9])(?::(?P<seconds>[0-5][0-9])(?:[.](?P<fraction>[0-9]+))?)?"
)


def moment(text: str, *, day_first: bool) -> tuple[int, int | None]:
    """Return the nanoseconds since 1970 that a text writes, and its offset from UTC in seconds.

    The offset is ``None`` where the text names no zone; otherwise the nanoseconds are those of
    the instant.

    Examples
    --------
    >>> moment("1970-01-01T02:00+02:00", day_first=False)
    (0, 7200)
    """
    found = _MOMENT.fullmatch(text) or (_DAY_FIRST.fullmatch(text) if day_first else None)
    if not found:
        message = "not an ISO 8601 date or time"
        if _DAY_FIRST.fullmatch(text):
            message += "; day_first= or format= say how to read it"
        raise RefusalError(message)
    parts = found.groupdict()
    try:
        day = dt.date(*(int(parts[name]) for name in ("year", "month", "day")))
    except ValueError as error:
        message = "no such day"
        raise RefusalError(message) from error
    count = (day.toordinal() - _EPOCH) * DAY + (_clock(parts) if parts["hour"] else 0)
    offset = _offset(parts) if parts["zone"] else None
    return count - (offset or 0) * SECOND, offset


def time_of_day(text: str) -> int:
    """Return the nanoseconds since midnight that a text writes.

    Examples
    --------
    >>> time_of_day("00:00:01.5")
    1500000000
    """
    found = _TIME.fullmatch(text)
    if not found or ":" not in text:
        message = "not a time of day"
        raise RefusalError(message)
    return _clock(found.groupdict())


def _clock(parts: Mapping[str, str | None]) -> int:
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - of a day without leap seconds
        message = "no such time of day: they end with 23:59:59"
        raise RefusalError(message)
    return ((hour * 60 + minute) * 60 + second) * SECOND + _fraction(parts["fraction"])


def _fraction(digits: str | None) -> int:
    """Return the nanoseconds of a fraction of a second."""
    if digits is None:
        return 0
    count = Fraction(int(digits) * SECOND, 10 ** len(digits))
    if count.denominator > 1:
        message = "finer than nanoseconds"
        raise RefusalError(message)
    return count.numerator


def _offset(parts: Mapping[str, str | None]) -> int:
    """Return an offset from UTC in seconds."""
    if parts["sign"] is None:
        return 0
    hours, minutes = int(parts["east"] or 0), int(parts["further"] or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - less than a day
        message = "no such zone"
        raise RefusalError(message)
    seconds = (hours * 60 + minutes) * 60
    return -seconds if parts["sign"] == "-" else seconds


def span(text: str) -> int:
    """Return the nanoseconds of a duration: ``P1DT2H``, ``26:00:00``, ``-1 days +02:00:00``.

    Examples
    --------
    >>> span("-PT1.5S"), span("1 day, 00:00:01") // SECOND
    (-1500000000, 86401)
    """
    found = _ISO_SPAN.fullmatch(text) or _CLOCK_SPAN.fullmatch(text)
    if not found or text[-1] in "PT":
        message = "not a duration such as 'P1DT2H30M', '26:30:00' or '1 day, 2:30:00'"
        raise RefusalError(message)
    parts = found.groupdict()
    weeks, days, hours, minutes, seconds = (
        int(parts.get(name) or 0) for name in ("weeks", "days", "hours", "minutes", "seconds")
    )
    clock = ((hours * 60 + minutes) * 60 + seconds) * SECOND + _fraction(parts["fraction"])
    in_days = (weeks * 7 + days) * DAY
    if "day_sign" in parts:  # the days have a sign of their own, as Python and pandas write them
        in_days = -in_days if parts["day_sign"] == "-" else in_days
        return in_days + (-clock if parts["sign"] == "-" else clock)
    return -(in_days + clock) if parts["sign"] == "-" else in_days + clock


def span_text(count: int) -> str:
    """Return nanoseconds as a duration of ISO 8601, with one sign for all of it.

    Examples
    --------
    >>> span_text(-1_500_000_000), span_text(DAY + 60 * SECOND), span_text(0)
    ('-PT1.5S', 'P1DT1M', 'PT0S')
    """
    days, rest = divmod(abs(count), DAY)
    minutes, clock = divmod(rest, 60 * SECOND)
    seconds, fraction = divmod(clock, SECOND)
    second = f"{seconds}.{fraction:09}".rstrip("0").rstrip(".") if fraction else str(seconds)
    counts = ((minutes // 60, "H"), (minutes % 60, "M"), (second if clock else 0, "S"))
    parts = "".join(f"{number}{letter}" for number, letter in counts if number)
    day = f"{days}D" if days else ""
    sign = "-" if count < 0 else ""
    return f"{sign}P{day}T{parts}" if parts else f"{sign}P{day or 'T0S'}"
