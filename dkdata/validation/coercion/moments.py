"""Dates and times: their text, their objects, and numbers that count from 1970."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dkdata.validation.coercion import iso
from dkdata.validation.coercion.notation import UNITS, Notation
from dkdata.validation.coercion.numerals import numeral
from dkdata.validation.coercion.refusal import RefusalError, filled, out_of_range, shown
from dkdata.validation.coercion.target import Lane, Source, Target, Values, finishing

if TYPE_CHECKING:
    from collections.abc import Mapping

NAIVE: Final = np.iinfo("int32").min
"""The offset of a time that names no zone."""
MOMENT: Final = np.dtype([("count", "int64"), ("offset", "int32")])
_FIRST, _LAST = (
    iso.moment(f"{day}T{time}", day_first=False)[0]
    for day, time in (("0001-01-01", "00:00"), ("9999-12-31", "23:59:59.999999999"))
)
_MOST_DIGITS: Final = 20  # before or after the point, of what 64 bits hold in any unit
_NAMES: Final = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
# Every text that matches is a time that there is, and that Arrow reads: none of the years that
# some unit is too narrow for, no 29th of February, which not every year has.
_DAYS: Final = (
    r"(?:1[7-9]|2[01])[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,%d})?)?"
_OFFSET: Final = r"(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
_DIGITS: Final = {"ms": 3, "us": 6, "ns": 9}
_DAY_FIRST: Final = r"\A([0-9]{2})(?:/([0-9]{2})/|\.([0-9]{2})\.|-([0-9]{2})-)([0-9]{4})"


def moment(value: Any, notation: Notation) -> tuple[int, int | None]:  # noqa: ANN401 - any value
    """Return a value in nanoseconds since 1970, and its offset from UTC in seconds, if any.

    Raises
    ------
    RefusalError
        It is neither date nor time, or a number without ``epoch``.
    """
    match value:
        case str():
            return _written(filled(value), notation)
        case dt.datetime():
            return _of_datetime(value)
        case dt.date():
            return (value - dt.date(1970, 1, 1)).days * iso.DAY, None
        case int() | float() | Decimal() if not isinstance(value, bool):
            if notation.epoch is None:
                message = "a number; epoch= says in which unit it counts from 1970"
                raise RefusalError(message)
            return counted(value, notation), 0
    message = "neither a date nor a time"
    raise RefusalError(message)


def _written(text: str, notation: Notation) -> tuple[int, int | None]:
    if notation.format is not None:
        try:
            return _of_datetime(dt.datetime.strptime(text, notation.format))  # noqa: DTZ007
        except ValueError as error:
            message = f"not in the format {notation.format!r}"
            raise RefusalError(message) from error
    if notation.epoch is not None and notation.number.fullmatch(text):
        return counted(numeral(text, notation), notation), 0
    return iso.moment(text, day_first=notation.day_first)


def _of_datetime(value: dt.datetime) -> tuple[int, int | None]:
    offset = value.utcoffset()
    seconds = None if offset is None else offset // dt.timedelta(seconds=1)
    local = value.replace(tzinfo=None) - dt.datetime(1970, 1, 1)  # noqa: DTZ001 - of the clock
    return in_nanoseconds(local) - (seconds or 0) * iso.SECOND, seconds


def in_nanoseconds(value: dt.timedelta) -> int:
    """Return a duration in nanoseconds, also one of pandas that has some."""
    microseconds = (value.days * 86_400 + value.seconds) * 10**6 + value.microseconds
    return microseconds * 1_000 + getattr(value, "nanoseconds", 0)


def counted(value: float | Decimal, notation: Notation) -> int:
    """Return the nanoseconds that a number of units is; of a float, as its shortest text says."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        message = f"{value} is not finite"
        raise RefusalError(message)
    if number.adjusted() > _MOST_DIGITS and number:
        raise out_of_range(value, "any time type")
    is_far_too_fine = number and number.adjusted() < -_MOST_DIGITS  # and too long a fraction
    count = Fraction(1, 2) if is_far_too_fine else Fraction(number) * UNITS[notation.epoch or "ns"]
    if count.denominator > 1:
        message = f"{shown(value)} is finer than nanoseconds"
        raise RefusalError(message)
    return count.numerator


def in_unit(count: int, unit: str) -> int:
    """Return nanoseconds in another unit, if they are a whole number of it.

    Raises
    ------
    RefusalError
        They are not, or they are too many for 64 bits.
    """
    whole, rest = divmod(count, UNITS[unit])
    if rest:
        message = f"finer than {_NAMES[unit]}"
        raise RefusalError(message)
    if not -(2**63) < whole < 2**63:  # the lowest one stands for null
        message = f"more {_NAMES[unit]} than 64 bits hold"
        raise RefusalError(message)
    return whole


def _one(value: Any, notation: Notation, unit: str) -> tuple[int, int]:  # noqa: ANN401
    count, offset = moment(value, notation)
    if not _FIRST <= count <= _LAST:
        message = "not within the years 1 to 9999"
        raise RefusalError(message)
    return in_unit(count, unit), NAIVE if offset is None else offset


def _of_texts(texts: pa.Array, notation: Notation, unit: str) -> tuple[Values, Values]:
    if notation.format is not None:
        return _nothing(texts, MOMENT)
    trimmed = pc.ascii_trim_whitespace(texts)
    if notation.day_first:
        trimmed = pc.replace_substring_regex(trimmed, _DAY_FIRST, r"\5-\2\3\4-\1")
    clock = f"(?:[T ]{_CLOCK % _DIGITS[unit]}"
    naive = _matching(trimmed, rf"\A{_DAYS}{clock})?\z")
    aware = ~naive
    if aware.any():
        rest = trimmed.filter(pa.array(aware))
        aware[aware] = _matching(rest, rf"\A{_DAYS}{clock}{_OFFSET})\z")
    sure = naive | aware
    made = np.empty(int(sure.sum()), MOMENT)
    for chosen, zone in ((naive, None), (aware, "UTC")):
        if chosen.any():
            part = trimmed if chosen.all() else trimmed.filter(pa.array(chosen))
            place = slice(None) if len(part) == len(made) else chosen[sure]
            made["count"][place] = part.cast(pa.timestamp(unit, zone)).cast(pa.int64())
            made["offset"][place] = _offsets(part) if zone else NAIVE
    return made, sure


def _matching(texts: pa.Array, pattern: str) -> Values:
    return pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)


def _nothing(values: pa.Array, dtype: np.dtype[Any]) -> tuple[Values, Values]:
    """Leave all values to be converted one at a time."""
    return np.empty(0, dtype), np.zeros(len(values), bool)


def _offsets(texts: pa.Array) -> Values:
    """Return the offsets from UTC, in seconds, that texts end with."""
    is_elsewhere = pc.invert(pc.ends_with(texts, "Z"))
    ends = pc.utf8_slice_codeunits(texts.filter(is_elsewhere), -6, None).dictionary_encode()
    seconds = [_offset(end) for end in ends.dictionary.to_pylist()]
    made = np.zeros(len(texts), "int32")
    elsewhere = is_elsewhere.to_numpy(zero_copy_only=False)
    made[elsewhere] = np.array(seconds, "int32")[ends.indices.to_numpy()]
    return made


def _offset(end: str) -> int:
    zone = end[end.replace("-", "+").rindex("+") :]
    _, offset = iso.moment(f"2000-01-01T00:00{zone}", day_first=False)
    return offset or 0


def _of_numbers(numbers: pa.Array, notation: Notation, unit: str) -> tuple[Values, Values]:
    """Return whole counts in the unit of ``epoch`` as instants."""
    if notation.epoch is None:
        return _nothing(numbers, MOMENT)
    values, factor = numbers.to_numpy(), UNITS[notation.epoch]
    first, last = max(-(-_FIRST // factor), 1 - 2**63), min(_LAST // factor, 2**63 - 1)
    sure = (values >= first) & (values <= last)
    return _rescaled(values[sure].astype("int64"), sure, factor, unit, offset=0)


def _of_times(times: pa.Array, _notation: Notation, unit: str) -> tuple[Values, Values]:
    """Return timestamps in another unit."""
    values = times.cast(pa.int64()).to_numpy()
    offset = NAIVE if times.type.tz is None else 0
    return _rescaled(values, np.ones(len(values), bool), UNITS[times.type.unit], unit, offset)


def _rescaled(
    values: Values, sure: Values, factor: int, unit: str, offset: int
) -> tuple[Values, Values]:
    """Return counts of ``factor`` nanoseconds in another unit, where they are whole there."""
    to = UNITS[unit]
    if factor >= to:
        most = (2**63 - 1) // (factor // to)
        right = (values <= most) & (values >= -most)
        counts = values[right] * (factor // to)
    else:
        right = values % (to // factor) == 0
        counts = values[right] // (to // factor)
    made = np.empty(len(counts), MOMENT)
    made["count"], made["offset"] = counts, offset
    where = sure.copy()
    where[sure] = right
    return made, where


def _check(results: Values, known: Values) -> Mapping[str, Values]:
    """Return the times that name a zone where the most name none, or the other way round.

    Where there are as many of both, those with a zone stay.
    """
    named = known & (results["offset"] != NAIVE)
    naive = known & ~named
    if named.sum() >= naive.sum():
        return {"names no zone, unlike the column's other times": naive}
    return {"names a zone, unlike the column's other times": named}


def _finish(results: Values, known: Values, unit: str, zone: Any) -> Any:  # noqa: ANN401
    """Return times without a zone, or in that of the column, in their one offset, or in UTC."""
    counts = np.where(known, results["count"], np.iinfo("int64").min)
    times = pd.Series(counts.view(f"datetime64[{unit}]"))
    offsets = results["offset"][known]
    if not len(offsets) or offsets[0] == NAIVE:
        return times.array
    if zone is None:
        one = int(offsets[0]) if (offsets == offsets[0]).all() else 0
        zone = dt.timezone(dt.timedelta(seconds=one)) if one else dt.UTC
    return times.dt.tz_localize("UTC").dt.tz_convert(zone).array


def moments(zone: Any = None) -> Target:  # noqa: ANN401 - a zone
    """Return the target of dates with times, in microseconds.

    Parameters
    ----------
    zone
        That of the column, which times that name one are shown in; by default their one offset,
        or UTC where there are several.
    """
    return Target(
        dtype=MOMENT,
        one=partial(_one, unit="us"),
        finish=partial(_finish, unit="us", zone=zone),
        lanes=_lanes("us"),
        check=_check,
    )


def _lanes(unit: str) -> dict[Source, Lane]:
    lanes: dict[Source, Any] = {"integer": _of_numbers, "time": _of_times}
    if unit in _DIGITS:
        lanes["text"] = _of_texts
    return {source: partial(lane, unit=unit) for source, lane in lanes.items()}


def timestamps(data_type: Any) -> Target:  # noqa: ANN401 - pa.TimestampType
    """Return the target of an Arrow timestamp: with its zone or without one, in its unit."""
    is_aware = data_type.tz is not None

    def one(value: Any, notation: Notation) -> int:  # noqa: ANN401 - any value
        count, offset = _one(value, notation, data_type.unit)
        if (offset != NAIVE) != is_aware:
            message = "names no zone" if is_aware else "names a zone"
            raise RefusalError(message)
        return count

    def without_offset(lane: Lane) -> Lane:
        def counts(values: pa.Array, notation: Notation) -> tuple[Values, Values]:
            found, sure = lane(values, notation)
            right = (found["offset"] != NAIVE) == is_aware
            sure = sure.copy()
            sure[sure] = right
            return found["count"][right], sure

        return counts

    return Target(
        dtype=np.dtype("int64"),
        one=one,
        finish=finishing(data_type),
        lanes={source: without_offset(lane) for source, lane in _lanes(data_type.unit).items()},
        kept=pd.ArrowDtype(data_type),
    )


def _date(value: Any, notation: Notation) -> int:  # noqa: ANN401 - any value
    """Return the days from 1970 to a date, or to a time that is a midnight without a zone."""
    if isinstance(value, (int, float, Decimal)):
        message = "a number; dates are not counted from 1970"
        raise RefusalError(message)
    count, offset = moment(value, notation)
    if offset is not None:
        message = "names a zone"
        raise RefusalError(message)
    days, rest = divmod(count, iso.DAY)
    if rest:
        message = "has a time of day"
        raise RefusalError(message)
    return days


def _dates_of_texts(texts: pa.Array, notation: Notation) -> tuple[Values, Values]:
    if notation.format is not None:
        return _nothing(texts, np.dtype("int32"))
    trimmed = pc.ascii_trim_whitespace(texts)
    sure = _matching(trimmed, rf"\A{_DAYS}\z")
    found = trimmed if sure.all() else trimmed.filter(pa.array(sure))
    return found.cast(pa.date32()).cast(pa.int32()).to_numpy(), sure


def dates(data_type: pa.DataType | None = None) -> Target:
    """Return the target of dates: ``date32[pyarrow]``, or another Arrow type of them."""
    held = data_type or pa.date32()
    return Target(
        dtype=np.dtype("int32"),
        one=_date,
        finish=finishing(held, counted=pa.date32()),
        lanes={"text": _dates_of_texts},
        kept=pd.ArrowDtype(held),
    )
