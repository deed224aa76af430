"""Exact comparison of whole columns with single values: as whole numbers, or as floats."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import shortened
from dkdata.frames.arrow_types import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Mask: TypeAlias = "np.ndarray[Any, Any]"
_EPOCH: Final = dt.date(1970, 1, 1)
_HOURS: Final = "times of day"
_UNZONED: Final = "moments without a zone"
_WHOLE_DIGITS: Final = 18
"""Digits of a decimal that 64 bits hold."""
_NANOSECONDS: Final = {"D": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@dataclass(frozen=True, eq=False)
class Scale:
    """A column without nulls as numbers, and the place of any value among them.

    Parameters
    ----------
    numbers
        Whole ones (64 bits), or floats (64 bits).
    place
        Returns the exact place of a value; ``TypeError`` if it has none.
    """

    numbers: np.ndarray[Any, Any]
    place: Callable[[Any], Fraction | float]

    def between(self, low: Any, high: Any) -> Mask:  # noqa: ANN401 - bounds, ``None`` for no end
        """Return which values lie between two ends that belong to the range.

        Raises
        ------
        TypeError
            An end cannot be compared with the values.
        """
        good = np.ones(len(self.numbers), bool)
        if low is not None:
            good &= self._at_least(self.place(low))
        if high is not None:
            good &= self._at_most(self.place(high))
        return good

    def _at_least(self, place: Fraction | float) -> Mask:
        if math.isinf(place):
            return self.numbers >= place
        bound = self._nearest(place, up=True)
        return self._none if bound is None else self.numbers >= bound

    def _at_most(self, place: Fraction | float) -> Mask:
        if math.isinf(place):
            return self.numbers <= place
        bound = self._nearest(place, up=False)
        return self._none if bound is None else self.numbers <= bound

    @property
    def _none(self) -> Mask:
        return np.zeros(len(self.numbers), bool)

    def _nearest(self, place: Fraction | float, *, up: bool) -> Any:  # noqa: ANN401 - a number
        """Return the nearest number of the column's kind that is not on the wrong side.

        ``None`` if there is none: the place is beyond all whole numbers of 64 bits.
        """
        exact = Fraction(place)
        if self.numbers.dtype.kind == "f":
            return _nearest_float(exact, up=up)
        whole = math.ceil(exact) if up else math.floor(exact)
        ends = np.iinfo(self.numbers.dtype)
        if (whole > ends.max) if up else (whole < ends.min):
            return None
        return self.numbers.dtype.type(max(ends.min, min(ends.max, whole)))

    def among(self, values: Iterable[Any]) -> Mask:
        """Return which values of the column are equal to one of those given."""
        found = [number for value in values for number in self._equal(value)]
        if not found:
            return self._none
        return pd.Series(self.numbers).isin(np.array(found, self.numbers.dtype)).to_numpy()

    def _equal(self, value: Any) -> Iterable[Any]:  # noqa: ANN401 - any value
        """Yield the number of the column's kind that is exactly the value, if there is one."""
        try:
            place = self.place(value)
        except TypeError:
            return
        if math.isinf(place):
            yield from [place] * (self.numbers.dtype.kind == "f")
            return
        nearest = self._nearest(place, up=True)
        if nearest is not None and Fraction(nearest.item()) == place:
            yield nearest


def _nearest_float(exact: Fraction, *, up: bool) -> np.float64:
    try:
        near = float(exact)
    except OverflowError:
        near = math.inf if exact > 0 else -math.inf
    if math.isinf(near) or (near < exact if up else near > exact):
        is_inside = math.isinf(near) and (near > 0) == up
        near = near if is_inside else math.nextafter(near, math.inf if up else -math.inf)
    return np.float64(near)


def scale_of(values: pd.Series[Any]) -> Scale | None:
    """Return a column without nulls as numbers, ``None`` if it is none of numbers or times.

    Examples
    --------
    >>> import pandas as pd
    >>> from decimal import Decimal
    >>> scale_of(pd.Series([1, 2, 3])).between(Decimal("1.5"), None).tolist()
    [False, True, True]
    """
    dtype = values.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return _scale_of_arrow(whole(pa.array(values)), dtype.pyarrow_dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _times(values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), dtype.tz)
    held = getattr(dtype, "numpy_dtype", dtype)
    if not isinstance(held, np.dtype):
        return None
    match held.kind:
        case "i" | "u":
            return Scale(values.to_numpy("uint64" if held == "uint64" else "int64"), _number)
        case "f":
            return Scale(values.to_numpy("float64"), _number)
        case "M":
            return _times(values.to_numpy(), None)
        case "m":
            return _spans(values.to_numpy())
    return None


def _scale_of_arrow(array: pa.Array, t: pa.DataType) -> Scale | None:
    if is_type.is_integer(t) or is_type.is_floating(t):
        return Scale(array.to_numpy(zero_copy_only=False), _number)
    if is_type.is_timestamp(t):
        return _times(array.to_numpy(zero_copy_only=False), t.tz)
    if is_type.is_duration(t):
        return _spans(array.to_numpy(zero_copy_only=False))
    if is_type.is_date(t):
        days = array.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)
        return Scale(days.astype("int64"), _day)
    if is_type.is_time(t):
        counts = array.cast(pa.time64("ns")).cast(pa.int64())
        return Scale(counts.to_numpy(zero_copy_only=False), _hour)
    if is_type.is_decimal128(t) and t.precision <= _WHOLE_DIGITS:
        return _decimals(array, t.scale)
    return None


def _decimals(array: pa.Array, scale: int) -> Scale:
    """Return decimals as whole numbers of their last digit: the lower half of their 128 bits."""
    halves = np.frombuffer(array.buffers()[1], "<i8") if len(array) else np.empty(0, "<i8")
    numbers = halves[2 * array.offset : 2 * (array.offset + len(array)) : 2]
    return Scale(numbers, lambda value: _number(value) * Fraction(10) ** scale)


def _times(values: np.ndarray[Any, Any], zone: Any) -> Scale:  # noqa: ANN401 - any zone
    unit = np.datetime_data(values.dtype)[0]

    def place(value: object) -> Fraction:
        return Fraction(_nanoseconds(_moment(value, zone)), _NANOSECONDS[unit])

    return Scale(values.view("int64"), place)


def _spans(values: np.ndarray[Any, Any]) -> Scale:
    unit = np.datetime_data(values.dtype)[0]

    def place(value: object) -> Fraction:
        if not isinstance(value, dt.timedelta):
            raise _incomparable("durations", value)
        return Fraction(_nanoseconds(pd.Timedelta(value)), _NANOSECONDS[unit])

    return Scale(values.view("int64"), place)


def _nanoseconds(value: pd.Timestamp | pd.Timedelta) -> int:
    return int(value.asm8.view("int64")) * _NANOSECONDS[value.unit]


def _moment(value: object, zone: Any) -> pd.Timestamp:  # noqa: ANN401 - any zone
    """Return a moment given as such, as a date or as ISO text; in the column's zone if it has none.

    Raises
    ------
    TypeError
        It is no moment, or has a zone and the column has none.
    """
    if not isinstance(value, str | dt.date):
        raise _incomparable("moments", value)
    try:
        moment = pd.Timestamp(value)
        if zone is not None and moment.tzinfo is None:
            moment = moment.tz_localize(zone)
    except ValueError as error:
        raise _incomparable("moments", value) from error
    if pd.isna(moment):  # which empty text is read as
        raise _incomparable("moments", value)
    if zone is None and moment.tzinfo is not None:
        raise _incomparable(_UNZONED, value)
    return moment


def _day(value: object) -> Fraction:
    try:
        day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _incomparable("dates", value) from error
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise _incomparable("dates", value)
    return Fraction((day - _EPOCH).days)


def _hour(value: object) -> Fraction:
    try:
        hour = dt.time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _incomparable(_HOURS, value) from error
    if not isinstance(hour, dt.time) or hour.tzinfo is not None:
        raise _incomparable(_HOURS, value)
    seconds = (hour.hour * 60 + hour.minute) * 60 + hour.second
    return Fraction(seconds * 10**9 + hour.microsecond * 1_000)


def _number(value: object) -> Fraction | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        raise _incomparable("numbers", value)
    return float(value) if math.isinf(value) else Fraction(value)


def _incomparable(what: str, value: object) -> TypeError:
    return TypeError(f"{what} cannot be compared with {shortened(value)}")
