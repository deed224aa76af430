"""Dates of documents, in the formats of a mapping, as texts that databases read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The parts of a pattern of Java, as regular expressions and as DuckDB's strptime reads them.
_TOKENS = {
    "yyyy": (r"\d{4}", "%Y"), "uuuu": (r"\d{4}", "%Y"), "MM": (r"\d{2}", "%m"),
    "M": (r"\d{1,2}", "%m"), "dd": (r"\d{2}", "%d"), "d": (r"\d{1,2}", "%d"),
    "HH": (r"\d{2}", "%H"), "H": (r"\d{1,2}", "%H"), "mm": (r"\d{2}", "%M"),
    "ss": (r"\d{2}", "%S"), "SSS": (r"\d{3}", "%g"), "SSSSSS": (r"\d{6}", "%f"),
    "XXX": (r"[+-]\d{2}:\d{2}", "%z"), "xxx": (r"[+-]\d{2}:\d{2}", "%z"),
    "Z": (r"[+-]\d{4}", "%z"), "xx": (r"[+-]\d{4}", "%z"), "XX": (r"[+-]\d{4}", "%z"),
}  # fmt: skip
_PART = re.compile(r"([A-Za-z])\1*|'([^']*)'|[^A-Za-z'\[\]]")
_NAMED = {
    "basic_date": "yyyyMMdd", "basic_date_time": "yyyyMMdd'T'HHmmss.SSSZ",
    "basic_date_time_no_millis": "yyyyMMdd'T'HHmmssZ",
}  # fmt: skip
_ISO_NAMES = re.compile(
    r"(?:strict_)?(?:date_optional_time(?:_nanos)?|date|year|year_month(?:_day)?|date_time"
    r"(?:_no_millis)?|date_hour(?:_minute(?:_second(?:_(?:millis|fraction))?)?)?)|iso8601"
)
_OFFSET = r"(?:Z|[+-]\d{2}(?::?\d{2})?)"
_ISO = (
    r"^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(?:(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    rf"({_OFFSET})?)?)?)?)?$"
)
_ISO_PARTS = ["year", "month", "day", "hour", "minute", "second", "part", "zone"]
# Those that dkdata writes into the mappings of its own tables.
_OWN = re.compile(r"yyyy-MM-dd HH:mm:ss\[\.S+\](?:\[\.S+\])*")
_PLAIN = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?$"
HAS_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)$"


def normalised(found: str, formats: Iterable[str]) -> str:
    """Return SQL of a text as ``2024-01-31 12:00:00.5``, with an offset where it tells one.

    It is null where the formats do not say what the text means: the server tries one after the
    other, and behind one that is not known here, none counts.

    Parameters
    ----------
    found
        SQL of the text.
    """
    tried = []
    for name in formats:
        made = _reader(name)
        if made is None:
            break
        tried.append(made(found))
    return f"coalesce({', '.join(tried)}, NULL)" if tried else "CAST(NULL AS VARCHAR)"


def is_iso(formats: Iterable[str]) -> bool:
    """Whether dates that are written out as in ISO 8601 mean what they say."""
    first = next(iter(formats), "")
    return bool(_ISO_NAMES.fullmatch(first) or _OWN.fullmatch(first))


def _reader(name: str) -> Callable[[str], str] | None:
    if _ISO_NAMES.fullmatch(name):
        return _iso
    if name in ("epoch_millis", "epoch_second"):
        return _millis if name == "epoch_millis" else _seconds
    if _OWN.fullmatch(name):
        return lambda found: f"CASE WHEN regexp_matches({found}, {text(_PLAIN)}) THEN {found} END"
    return _of_pattern(_NAMED.get(name, name))


def _iso(found: str) -> str:
    """Return the parts that are there, those that lack filled up: the server takes a year alone."""
    parts = f"regexp_extract({found}, {text(_ISO)}, {_ISO_PARTS!r})"
    day = "p.year || '-' || {} || '-' || {}".format(
        *(_or("p." + n, "01") for n in ("month", "day"))
    )
    time = " || ':' || ".join(_or("p." + n, "00") for n in ("hour", "minute", "second"))
    part = "CASE WHEN p.part = '' THEN '' ELSE '.' || p.part END"
    hours = "length(p.zone) = 3"
    zone = f"CASE WHEN {hours} THEN p.zone || ':00' ELSE {_colon('p.zone')} END"
    whole = f"{day} || ' ' || {time} || {part} || {zone}"
    return f"list_transform([{parts}], lambda p: CASE WHEN p.year <> '' THEN {whole} END)[1]"


def _or(part: str, default: str) -> str:
    return f"CASE WHEN {part} = '' THEN '{default}' ELSE {part} END"


def _colon(zone: str) -> str:
    return f"regexp_replace({zone}, '^([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"


def _millis(found: str) -> str:
    return _epoch(found, 1000)


def _seconds(found: str) -> str:
    return _epoch(found, 1_000_000)


def _epoch(found: str, microseconds: int) -> str:
    number = rf"regexp_matches({found}, '^-?[0-9]{{1,15}}$')"
    moment = f"make_timestamp(CAST({found} AS BIGINT) * {microseconds})"
    return f"CASE WHEN {number} THEN TRY(CAST({moment} AS VARCHAR)) || 'Z' END"


def _of_pattern(pattern: str) -> Callable[[str], str] | None:
    """Return what reads texts of a pattern of Java; ``None`` where it has parts that are odd."""
    shape, form, at = "", "", 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            return None
        at = part.end()
        if part[2] is not None or not part[1]:
            literal = (part[2] or "'") if part[2] is not None else part[0]
            shape, form = shape + re.escape(literal), form + literal.replace("%", "%%")
        elif part[0] in _TOKENS:
            shape, form = shape + _TOKENS[part[0]][0], form + _TOKENS[part[0]][1]
        else:
            return None
    if "%Y" not in form:
        return None
    is_zoned = "%z" in form

    def read(found: str) -> str:
        moment = f"try_strptime({found}, {text(form)})"
        shown = f"CAST({moment} AT TIME ZONE 'UTC' AS VARCHAR) || 'Z'"
        whole = shown if is_zoned else f"CAST({moment} AS VARCHAR)"
        return f"CASE WHEN regexp_matches({found}, {text(f'^{shape}$')}) THEN {whole} END"

    return read
