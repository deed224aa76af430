"""Times, lengths of time and time zones as exact whole nanoseconds."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dkdata.errors import QueryError

SECOND = 10**9
DAY = 86_400 * SECOND
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
_OFFSET = r"(Z|z|[+-]\d\d(?::?\d\d)?)?"
_MOMENT = re.compile(rf"(\d{{4}})-(\d\d)(?:-(\d\d)(?:[Tt ]{_CLOCK} ?{_OFFSET})?)?")
_TIME = re.compile(_CLOCK)
_UNITS = {
    "w": 7 * DAY, "week": 7 * DAY, "d": DAY, "day": DAY,
    "h": 3600 * SECOND, "hr": 3600 * SECOND, "hour": 3600 * SECOND,
    "m": 60 * SECOND, "min": 60 * SECOND, "minute": 60 * SECOND,
    "s": SECOND, "sec": SECOND, "second": SECOND,
    "ms": 10**6, "millisecond": 10**6, "us": 10**3, "µs": 10**3, "microsecond": 10**3,
    "ns": 1, "nanosecond": 1,
}  # fmt: skip
_QUANTITY = re.compile(r"([+-]?)\s*(\d+(?:\.\d+)?)\s*([a-zµ]+)", re.IGNORECASE)
_SPAN_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$")
_ISO_SPAN = re.compile(
    r"([+-]?)P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?",
)


def zone(name: str) -> dt.tzinfo:
    """Return a time zone by its IANA name or its offset."""
    if name.upper() in ("UTC", "Z", "ETC/UTC"):
        return dt.UTC
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-]\d\d(?::?\d\d)?)", name)
    if offset:
        return dt.timezone(dt.timedelta(minutes=_minutes(offset[1])))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"unknown time zone {name!r}. Give times with their offset from UTC."
        raise QueryError(message) from error


def _minutes(offset: str) -> int:
    if offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if offset[0] == "-" else minutes


def date_ns(value: dt.date) -> int:
    """Return the nanoseconds from 1970 to the start of a day."""
    return (value.toordinal() - _EPOCH) * DAY


def time_ns(value: dt.time) -> int:
    """Return the nanoseconds from midnight to a time of day."""
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * SECOND + value.microsecond * 1000


def span_ns(value: dt.timedelta) -> int:
    """Return a length of time in nanoseconds."""
    return value // _MICROSECOND * 1000


def datetime_ns(value: dt.datetime, local: dt.tzinfo | None) -> int:
    """Return the nanoseconds from 1970; a time without a zone is one of ``local``."""
    aware = value if value.tzinfo or local is None else value.replace(tzinfo=local)
    offset = aware.utcoffset() or dt.timedelta()
    return date_ns(value.date()) + time_ns(value.time()) - span_ns(offset)


def parse_moment(text: str) -> tuple[dt.datetime, int] | None:
    """Return an ISO 8601 time and the nanoseconds beyond its microseconds, or ``None``.

    Examples
    --------
    >>> parse_moment("2024-01-31T12:00:00.000000001")
    (datetime.datetime(2024, 1, 31, 12, 0), 1)
    """
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found is None:
            return dt.datetime.fromisoformat(text.strip()), 0
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        digits = (fraction or "").ljust(9, "0")
        moment = dt.datetime(  # noqa: DTZ001 - a zone follows if the text has one
            int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0),
            int(second or 0), int(digits[:6]),
        )  # fmt: skip
    except ValueError:
        return None
    if offset:
        moment = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=_minutes(offset))))
    return moment, int(digits[6:])


def parse_time(text: str) -> int | None:
    """Return the nanoseconds from midnight of a time of day, or ``None``.

    Examples
    --------
    >>> parse_time("00:00:01.5")
    1500000000
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hour, minute, second, fraction = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:  # noqa: PLR2004 - of a clock
        return None
    whole = (int(hour) * 60 + int(minute)) * 60 + int(second or 0)
    return whole * SECOND + int((fraction or "").ljust(9, "0"))


def parse_span(text: str) -> Fraction | None:
    """Return a length of time in nanoseconds, or ``None``.

    Reads ``1 day 02:00:00``, ``90 minutes``, ``1h 30m``, ``00:30:00`` and ISO 8601
    (``P1DT2H``); months and years have no fixed length.

    Examples
    --------
    >>> parse_span("1h 30m") == parse_span("PT1H30M") == parse_span("01:30:00")
    True
    """
    rest, total, seen = text.strip(), Fraction(0), False
    iso = _ISO_SPAN.fullmatch(rest)
    if iso and any(iso.groups()[1:]):
        factors = (7 * DAY, DAY, 3600 * SECOND, 60 * SECOND, SECOND)
        pairs = zip(iso.groups()[1:], factors, strict=True)
        total = sum((Fraction(number) * factor for number, factor in pairs if number), Fraction(0))
        return -total if iso[1] == "-" else total
    while rest:
        clock, quantity = _SPAN_CLOCK.match(rest), _QUANTITY.match(rest)
        if clock:
            sign, hour, minute, second, fraction = clock.groups()
            seconds = (int(hour) * 60 + int(minute)) * 60 + int(second or 0)
            amount = Fraction(seconds * SECOND + int((fraction or "").ljust(9, "0")))
            rest = ""
        elif quantity and (factor := _unit(quantity[3])):
            sign, amount = quantity[1], Fraction(quantity[2]) * factor
            rest = rest[quantity.end() :].lstrip(", ")
        else:
            return None
        total, seen = total + (-amount if sign == "-" else amount), True
    return total if seen else None


def _unit(word: str) -> int | None:
    folded = word.lower()
    return _UNITS.get(folded) or _UNITS.get(folded.removesuffix("s"))
