"""Time zones of pandas and polars as JSON: which zone, and which library's object."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any


def zone_to_json(zone: dt.tzinfo) -> dict[str, Any]:
    """Return the name of a zone (or its offset) and the kind of object that it is.

    Examples
    --------
    >>> zone_to_json(dt.timezone.utc)
    {'name': 'UTC', 'of': 'fixed'}
    """
    if isinstance(zone, zoneinfo.ZoneInfo) and zone.key:
        return {"name": zone.key, "of": "zoneinfo"}
    module = type(zone).__module__.partition(".")[0]
    if isinstance(zone, dt.timezone):
        return {"name": _offset(zone.utcoffset(None)), "of": "fixed"}
    if module == "pytz":
        name = getattr(zone, "zone", None)
        return {"name": name or _offset(zone.utcoffset(None)), "of": "pytz"}
    if module == "dateutil":
        return _dateutil(zone)
    message = f"a time zone of type {type(zone).__name__} has no name"
    raise TypeError(message)


def _dateutil(zone: dt.tzinfo) -> dict[str, Any]:
    path = getattr(zone, "_filename", None)
    if path:
        return {"name": str(path).rpartition("zoneinfo/")[2], "of": "dateutil"}
    offset = zone.utcoffset(dt.datetime(2000, 1, 1))  # noqa: DTZ001 - a fixed offset
    return {"name": _offset(offset), "of": "dateutil"}


def _offset(offset: dt.timedelta | None) -> str:
    seconds = int((offset or dt.timedelta()).total_seconds())
    if seconds == 0:
        return "UTC"
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return text if seconds % 60 == 0 else f"{text}:{seconds % 60:02}"


def _delta(offset: str) -> dt.timedelta:
    if offset == "UTC":
        return dt.timedelta()
    hours, minutes, *rest = (int(part) for part in offset[1:].split(":"))
    delta = dt.timedelta(hours=hours, minutes=minutes, seconds=rest[0] if rest else 0)
    return -delta if offset[0] == "-" else delta


def zone_from_json(zone: dict[str, Any]) -> dt.tzinfo:
    """Return the zone that ``zone_to_json`` described.

    Examples
    --------
    >>> zone_from_json({"name": "+02:00", "of": "fixed"})
    datetime.timezone(datetime.timedelta(seconds=7200))
    """
    name, is_offset = zone["name"], zone["name"][:1] in "+-"
    match zone["of"]:
        case "fixed":
            return dt.UTC if name == "UTC" else dt.timezone(_delta(name))
        case "pytz":
            import pytz  # noqa: PLC0415 - only for its own zones

            minutes = int(_delta(name).total_seconds() // 60) if is_offset else 0
            return pytz.FixedOffset(minutes) if is_offset else pytz.timezone(name)
        case "dateutil":
            from dateutil import tz  # noqa: PLC0415

            if name == "UTC":
                return tz.tzutc()
            return tz.tzoffset(None, _delta(name)) if is_offset else tz.gettz(name)
        case _:
            return zoneinfo.ZoneInfo(name)
