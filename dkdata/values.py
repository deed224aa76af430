"""Values that predicates compare with: Python's own, and three that Python lacks."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from dkdata.errors import UsageError, shortened


class SqlName(str):
    """A column name written in SQL text: matches without case where no exact name does."""

    __slots__ = ()


@dataclass(frozen=True, repr=False)
class Ref:
    """The value of another column of the same row."""

    name: str

    def __repr__(self) -> str:
        return f"col({self.name!r})"


@dataclass(frozen=True, repr=False)
class Moment:
    """A time or a period as ISO 8601 text: what a datetime cannot hold, such as nanoseconds."""

    text: str

    def __repr__(self) -> str:
        return repr(self.text)


@dataclass(frozen=True, repr=False)
class Span:
    """A length of time in nanoseconds."""

    nanoseconds: int

    def __repr__(self) -> str:
        return f"Span({self.nanoseconds})"


@dataclass(frozen=True, repr=False)
class Numeral:
    """A number as written in SQL text, read in the type of the column it is compared with."""

    text: str

    def __repr__(self) -> str:
        return self.text


Plain: TypeAlias = (
    bool | int | float | Decimal | str | bytes | dt.date | dt.time | dt.timedelta | uuid.UUID
)
Value: TypeAlias = Plain | Ref | Moment | Span | Numeral | None
_PLAIN = (bool, int, float, Decimal, str, bytes, dt.datetime, dt.date, dt.time, uuid.UUID,
          Ref, Moment, Span, Numeral)  # fmt: skip
_MISSING = ("NAType", "NaTType")
_UNITS = {"W": 604_800 * 10**9, "D": 86_400 * 10**9, "h": 3_600 * 10**9, "m": 60 * 10**9,
          "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}  # fmt: skip


def normal(value: object) -> Value:
    """Return a value of NumPy, pandas or Arrow as one of Python or of this module, exactly.

    ``NA`` and ``NaT`` are ``None``; a float ``nan`` stays the number that it is.

    Examples
    --------
    >>> import numpy as np
    >>> normal(np.int8(3)), normal(np.datetime64("2024-01-01T00:00:00.000000001"))
    (3, '2024-01-01T00:00:00.000000001')
    """
    kind = type(value)
    if value is None or kind.__name__ in _MISSING:
        return None
    if kind.__module__.partition(".")[0] in ("pandas", "numpy", "pyarrow"):
        return _foreign(value)
    if isinstance(value, dt.timedelta):
        return value
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    raise _incomparable(value)


def _incomparable(value: object) -> UsageError:
    return UsageError(
        f"a column cannot be compared with {shortened(value)} ({type(value).__name__})."
        " Give a number, text, true or false, a time, bytes, or another column.",
    )


def _foreign(value: Any) -> Value:  # noqa: ANN401 - a value of a library that is not imported
    match type(value).__name__:
        case "Timestamp":
            nanosecond = value.nanosecond
            return Moment(value.isoformat()) if nanosecond else value.to_pydatetime()
        case "Timedelta":
            return Span(value.as_unit("ns").value) if value.nanoseconds else value.to_pytimedelta()
        case "Period":
            return Moment(str(value))
        case "datetime64":
            return None if str(value) == "NaT" else Moment(str(value))
        case "timedelta64":
            return None if str(value) == "NaT" else _span(value)
    if hasattr(value, "as_py"):
        return normal(value.as_py())
    plain = value.item() if getattr(value, "shape", None) == () else value
    if type(plain) is type(value):
        raise _incomparable(value)
    return normal(plain)


def _span(value: Any) -> Span:  # noqa: ANN401 - a numpy.timedelta64
    unit = value.dtype.str.partition("[")[2].rstrip("]")
    digits = unit.rstrip("WDhmsunYM")
    factor = _UNITS.get(unit.removeprefix(digits))
    if factor is None:
        message = f"{value!r} has no fixed length. Give days, hours, seconds or smaller units."
        raise UsageError(message)
    return Span(int(value.astype("int64")) * factor * int(digits or 1))
