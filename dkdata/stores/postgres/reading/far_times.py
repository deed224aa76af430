r"""Dates, moments and intervals as PostgreSQL writes them, over its whole range.

Arrow's own parser knows the years 1 to 9999.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.stores.postgres.tables.types import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLOCK = r"(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<part>\d{1,6}))?"
_DAY = r"(?P<year>\d{4,})-(?P<month>\d\d)-(?P<day>\d\d)"
_MOMENT = rf"^{_DAY}(?: {_CLOCK}(?:\+00)?)?(?P<era> BC)?$"
_INTERVAL = rf"^(?:(?P<days>[+-]?\d+) days?(?: |$))?(?:(?P<sign>[+-])?{_CLOCK})?$"
# The first and last days, and microseconds: all of PostgreSQL's that Arrow holds.
ENDS = {True: (FIRST_DAY, LAST_DAY), False: (FIRST_MOMENT, LAST_MOMENT)}
_EARLIEST = {True: "4714-11-24 BC", False: "4714-11-24 00:00:00 BC"}
# The last date of PostgreSQL, and the last of its moments that 64 bits of microseconds hold.
_LATEST = {True: "5874897-12-31", False: "294247-01-10 04:00:54.775807"}


def bounded(texts: pa.Array, t: pa.DataType) -> tuple[pa.Array, int]:
    """Return texts of times with finite ones for infinite ones, and how many those were.

    Arrow has no infinite time: the first or the last one takes its place.

    Examples
    --------
    >>> texts, count = bounded(pa.array(["-infinity", "2024-01-01"]), pa.date32())
    >>> texts.to_pylist(), count
    (['4714-11-24 BC', '2024-01-01'], 1)
    """
    count = 0
    for name, bound in (("-infinity", _EARLIEST), ("infinity", _LATEST)):
        found = pc.equal(texts, name)
        if found.true_count:
            count += found.true_count
            finite = pa.scalar(bound[is_type.is_date(t)], texts.type)
            texts = pc.if_else(found, finite, texts)
    return texts, count


def moments(texts: pa.Array, t: pa.DataType) -> pa.Array:
    """Return texts of dates, or of moments in UTC, as the date or microseconds of ``t``.

    Raises
    ------
    pyarrow.ArrowInvalid
        One is no such text, or too late for Arrow.

    Examples
    --------
    >>> moments(pa.array(["0001-12-31 BC"]), pa.date32()).cast(pa.int32()).to_pylist()
    [-719163]
    """
    found = _matched(texts, _MOMENT)
    is_before = pc.equal(found.field("era"), " BC").to_numpy(zero_copy_only=False)
    year = _numbers(found, "year")
    days = _days(np.where(is_before, 1 - year, year), found)
    if is_type.is_date(t):
        return _with_nulls(days.astype(np.int32), texts).view(t)
    seconds = days * 86_400 + _seconds(found)
    return _with_nulls(_microseconds(seconds, _part(found)), texts).view(t)


def intervals(texts: pa.Array) -> pa.Array:
    """Return texts of intervals of days, hours and less as microseconds.

    Raises
    ------
    pyarrow.ArrowInvalid
        One has months or years, which have no length, or is too long for Arrow.

    Examples
    --------
    >>> intervals(pa.array(["1 day -00:00:01.5"])).cast(pa.int64()).to_pylist()
    [86398500000]
    """
    found = _matched(texts, _INTERVAL)
    is_less = pc.equal(found.field("sign"), "-").to_numpy(zero_copy_only=False)
    sign: NDArray[np.int64] = np.where(is_less, -1, 1).astype(np.int64)
    seconds = _numbers(found, "days") * 86_400 + sign * _seconds(found)
    return _with_nulls(_microseconds(seconds, sign * _part(found)), texts).view(pa.duration("us"))


def _matched(texts: pa.Array, pattern: str) -> pa.StructArray:
    """Return the named parts of texts that all match."""
    found = pc.extract_regex(texts, pattern)
    if found.null_count != texts.null_count:
        message = "no such time"
        raise pa.ArrowInvalid(message)
    return found


def _numbers(found: pa.StructArray, name: str) -> NDArray[np.int64]:
    text = found.field(name)
    some = pc.if_else(pc.equal(text, ""), "0", text)
    return pc.fill_null(pc.utf8_ltrim(some, "+").cast(pa.int64()), 0).to_numpy()


def _part(found: pa.StructArray) -> NDArray[np.int64]:
    """Return the microseconds after the point."""
    digits = pc.utf8_rpad(found.field("part"), 6, "0")
    return pc.fill_null(digits.cast(pa.int64()), 0).to_numpy()


def _days(year: NDArray[np.int64], found: pa.StructArray) -> NDArray[np.int64]:
    """Return the days since 1970; numpy knows the calendar of all years."""
    months = (year - 1970) * 12 + _numbers(found, "month") - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first + _numbers(found, "day") - 1


def _seconds(found: pa.StructArray) -> NDArray[np.int64]:
    minutes = _numbers(found, "hours") * 60 + _numbers(found, "minutes")
    return minutes * 60 + _numbers(found, "seconds")


def _microseconds(seconds: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a count of microseconds, if 64 bits hold it."""
    count = seconds * 1_000_000 + part
    if (np.abs(count / 1e6 - seconds) > 2).any():  # noqa: PLR2004 - it went round, by 2 ** 64
        message = "more microseconds than 64 bits hold"
        raise pa.ArrowInvalid(message)
    return count


def _with_nulls(values: NDArray[np.generic], texts: pa.Array) -> pa.Array:
    return pa.array(values, mask=texts.is_null().to_numpy(zero_copy_only=False))
