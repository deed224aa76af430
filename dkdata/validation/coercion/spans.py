"""Times of day, and durations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion import iso
from dkdata.validation.coercion.moments import counted, in_nanoseconds, in_unit
from dkdata.validation.coercion.numerals import numeral
from dkdata.validation.coercion.refusal import RefusalError, filled
from dkdata.validation.coercion.target import Target, Values, finishing

if TYPE_CHECKING:
    from dkdata.validation.coercion.notation import Notation


def _time(value: Any, notation: Notation, unit: str) -> int:  # noqa: ANN401 - any value
    """Return the units from midnight to a time of day."""
    match value:
        case str() if notation.format is not None:
            return in_unit(_formatted(value, notation.format), unit)
        case str():
            return in_unit(iso.time_of_day(filled(value)), unit)
        case dt.time() if value.tzinfo is None:
            return in_unit(_since_midnight(value), unit)
        case dt.time():
            message = "names a zone"
            raise RefusalError(message)
    message = "not a time of day"
    raise RefusalError(message)


def _formatted(text: str, pattern: str) -> int:
    try:
        return _since_midnight(dt.datetime.strptime(filled(text), pattern).time())  # noqa: DTZ007
    except ValueError as error:
        message = f"not in the format {pattern!r}"
        raise RefusalError(message) from error


def _since_midnight(value: dt.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * iso.SECOND + value.microsecond * 1_000


def times(data_type: Any = None) -> Target:  # noqa: ANN401 - pa.Time64Type, pa.Time32Type
    """Return the target of times of day: ``time64[us][pyarrow]``, or another Arrow type."""
    held = data_type or pa.time64("us")
    return Target(
        dtype=np.dtype("int64" if pa.types.is_time64(held) else "int32"),
        one=partial(_time, unit=held.unit),
        finish=finishing(held),
        kept=pd.ArrowDtype(held),
    )


def _duration(value: Any, notation: Notation, unit: str) -> int:  # noqa: ANN401 - any value
    """Return a duration in a unit; numbers are durations in that of ``epoch``."""
    match value:
        case str() if notation.epoch is not None and notation.number.fullmatch(value.strip()):
            count = counted(numeral(value, notation), notation)
        case str():
            count = iso.span(filled(value))
        case dt.timedelta():
            count = in_nanoseconds(value)
        case int() | float() | Decimal() if not isinstance(value, bool):
            if notation.epoch is None:
                message = "a number; epoch= says in which unit it counts"
                raise RefusalError(message)
            count = counted(value, notation)
        case _:
            message = "not a duration"
            raise RefusalError(message)
    return in_unit(count, unit)


def _finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - TimedeltaArray
    counts = np.where(known, results, np.iinfo("int64").min)
    return pd.Series(counts.view("timedelta64[us]")).array


def durations(data_type: Any = None) -> Target:  # noqa: ANN401 - pa.DurationType
    """Return the target of durations: ``timedelta64[us]``, or an Arrow type of them."""
    return Target(
        dtype=np.dtype("int64"),
        one=partial(_duration, unit="us" if data_type is None else data_type.unit),
        finish=_finish if data_type is None else finishing(data_type),
        kept=np.dtype("timedelta64[us]") if data_type is None else pd.ArrowDtype(data_type),
    )
