"""Literals by value: where an exact number, time or length lies among a column's values."""

from __future__ import annotations

import datetime as dt
import math
import struct
import uuid
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, cast

from pyarrow import types as is_type

from dkdata.dialects import times
from dkdata.errors import QueryError, shortened
from dkdata.values import Moment, Numeral, Span

if TYPE_CHECKING:
    from dkdata.dialects.columns import Column
    from dkdata.predicate import Operator
    from dkdata.values import Value

# A value of a column's own type, or a float that no such value equals: ±inf, nan.
Amount: TypeAlias = Fraction | float
Family = Literal[
    "integer", "float", "decimal", "text", "boolean", "binary",
    "instant", "time", "duration", "period", "document", "nested", "null",
]  # fmt: skip
_UNIT_NS = {"s": times.SECOND, "ms": 10**6, "us": 10**3, "ns": 1}
_WORDS = {
    "integer": "a number", "float": "a number", "decimal": "a number", "text": "text",
    "boolean": "true or false", "binary": "bytes", "null": "a value",
    "instant": "a time such as '2024-01-31' or '2024-01-31T12:00'",
    "time": "a time of day such as '12:30'",
    "duration": "a length of time such as '1 day' or a timedelta",
    "period": "a period such as '2024-01'",
    "document": "is_null(), or a path into it such as col('a.b')",
    "nested": "is_null(), or a path into it such as col('a.b')",
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A comparison with a value that the column can hold."""

    op: Operator
    value: int | float | str | bytes | bool


# What a comparison comes to: one with a value, or the same answer for every value not null.
Placed: TypeAlias = Point | bool


def family(column: Column) -> Family:  # noqa: PLR0911 - a table of types
    """Return what kind of values a column has."""
    t = column.type
    match column.kind:
        case "period" | "decimal" as kind:
            return kind
        case "json":
            return "document"
    if is_type.is_integer(t):
        return "integer"
    if is_type.is_floating(t):
        return "float"
    if is_type.is_decimal(t):
        return "decimal"
    if is_type.is_large_string(t):
        return "text"
    if is_type.is_boolean(t):
        return "boolean"
    if is_type.is_large_binary(t):
        return "binary"
    if is_type.is_date(t) or is_type.is_timestamp(t):
        return "instant"
    if is_type.is_time(t):
        return "time"
    if is_type.is_duration(t):
        return "duration"
    return "null" if is_type.is_null(t) else "nested"


def mismatch(column: Column, value: object) -> NoReturn:
    """Refuse a value of another family, saying what the column takes."""
    group = family(column)
    shown = value.text if isinstance(value, Numeral) else shortened(value)
    if group == "boolean" and isinstance(value, int | float | Decimal | Numeral):
        message = (
            f"column {column.name!r} is true or false: it is no number and cannot be compared"
            f" with {shown}. Write col({column.name!r}) == True or, in SQL, {column.name} = true."
        )
        raise QueryError(message)
    held = "of unknown type" if group == "null" else column.described
    message = (
        f"column {column.name!r} is {held} and cannot be compared with {shown}"
        f" ({_kind_of(value)}). Give {_WORDS[group]}."
    )
    raise QueryError(message)


def _kind_of(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float() | Decimal() | Numeral():
            return "a number"
        case str():
            return "text"
        case Moment():
            return "a time"
        case Span() | dt.timedelta():
            return "a length of time"
    return type(value).__name__


def place(op: Operator, column: Column, value: Value) -> Placed:
    """Return what comparing the values of ``column`` with ``value`` comes to, exactly.

    Raises
    ------
    QueryError
        Values of such types are not comparable.
    """
    group = family(column)
    if group == "float":
        return _among_floats(op, column, value)
    if group in ("text", "boolean", "binary", "null"):
        return _same_type(op, column, value, group)
    if group in ("document", "nested"):
        mismatch(column, value)
    unit = _unit(column, group)
    return _on_grid(op, amount(column, value), unit, *_range(column, group))


def _same_type(op: Operator, column: Column, value: Value, group: str) -> Placed:
    match group, value:
        case "null", _:
            return False
        case ("text", str()) | ("boolean", bool()) | ("binary", bytes()):
            plain = cast("str | bool | bytes", value)
        case "text", uuid.UUID():
            plain = str(value)
        case "binary", uuid.UUID():
            plain = value.bytes
        case _:
            mismatch(column, value)
    if isinstance(plain, str):
        _refuse_surrogates(column, plain)
        plain = str(plain)
    return Point(op, plain)


def _refuse_surrogates(column: Column, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = (
            f"column {column.name!r}: {value!r} is no valid text: it holds a lone surrogate."
            " Text columns cannot hold such values."
        )
        raise QueryError(message) from error


def amount(column: Column, value: Value) -> Amount:
    """Return a value as an exact number: in nanoseconds for times and lengths."""
    match family(column):
        case "integer" | "decimal" | "float":
            return _number(column, value)
        case "instant":
            return _instant(column, value)
        case "time":
            return _time(column, value)
        case "duration":
            return _duration(column, value)
        case "period":
            return _period(column, value)
    mismatch(column, value)


def _number(column: Column, value: Value) -> Amount:
    match value:
        case bool():
            mismatch(column, value)
        case int():
            return Fraction(value)
        case float():
            return Fraction(value) if math.isfinite(value) else value
        case Decimal():
            return Fraction(value) if value.is_finite() else float(value)
        case Numeral(text):
            return Fraction(Decimal(text))
    mismatch(column, value)


def _zone(column: Column) -> dt.tzinfo | None:
    if not is_type.is_timestamp(column.type) or column.type.tz is None:
        return None
    return times.zone(str(column.descriptor.get("zone") or column.type.tz))


def _instant(column: Column, value: Value) -> Fraction:
    zone = _zone(column)
    extra = 0
    match value:
        case dt.datetime():
            moment = value
        case dt.date():
            moment = dt.datetime.combine(value, dt.time())
        case str() | Moment():
            text = value if isinstance(value, str) else value.text
            parsed = times.parse_moment(text)
            if parsed is None:
                mismatch(column, value)
            moment, extra = parsed
        case _:
            mismatch(column, value)
    if moment.tzinfo and zone is None:
        message = (
            f"column {column.name!r} has times without a zone; {shortened(str(value))} has one."
            " Give a time without an offset."
        )
        raise QueryError(message)
    return Fraction(times.datetime_ns(moment, zone) + extra)


def _time(column: Column, value: Value) -> Fraction:
    nanoseconds = None
    if isinstance(value, dt.time) and value.tzinfo is None:
        nanoseconds = times.time_ns(value)
    elif isinstance(value, str):
        nanoseconds = times.parse_time(value)
    if nanoseconds is None:
        mismatch(column, value)
    return Fraction(nanoseconds)


def _duration(column: Column, value: Value) -> Fraction:
    parsed: Fraction | int | None = None
    match value:
        case dt.timedelta():
            parsed = times.span_ns(value)
        case Span(nanoseconds):
            parsed = nanoseconds
        case str():
            parsed = times.parse_span(value)
    if parsed is None:
        mismatch(column, value)
    return Fraction(parsed)


def _period(column: Column, value: Value) -> Fraction:
    from dkdata.frames.periods import ordinal  # noqa: PLC0415 - loads pandas

    if isinstance(value, str | Moment):
        text = value if isinstance(value, str) else value.text
        number = ordinal(text, str(column.descriptor["freq"]))
        if number is not None:
            return Fraction(number)
    mismatch(column, value)


def _unit(column: Column, group: Family) -> Fraction:
    """Return the step between neighbouring values as the source keeps them."""
    kept = column.type if is_type.is_integer(column.physical) else column.physical
    if group == "decimal":
        return Fraction(1, 10 ** scale(column))
    if group in ("instant", "time", "duration"):
        kept = column.type if is_type.is_large_string(kept) else kept
        return Fraction(times.DAY if is_type.is_date(kept) else _UNIT_NS[kept.unit])
    return Fraction(1)


def scale(column: Column) -> int:
    """Return the number of digits after the point that a decimal column can have."""
    if is_type.is_decimal(column.type):
        return int(column.type.scale)
    return int(column.descriptor.get("scale") or 0)


def _range(column: Column, group: Family) -> tuple[int | None, int | None]:
    held = column.physical
    if group == "integer" and is_type.is_integer(held):
        signed = is_type.is_signed_integer(held)
        bits = held.bit_width - signed
        return (-(2**bits) if signed else 0), 2**bits - 1
    if group == "decimal" and is_type.is_decimal(held) and not is_type.is_decimal256(held):
        return 1 - 10**held.precision, 10**held.precision - 1
    if group == "integer" and is_type.is_decimal(held):
        return 1 - 10**held.precision, 10**held.precision - 1
    if is_type.is_date(held):
        return -(2**31) + 2, 2**31 - 2
    if group == "time" and not is_type.is_integer(held):
        return 0, None
    if group in ("instant", "duration", "period", "integer"):
        return -(2**63) + 2, 2**63 - 2
    return None, None


def _on_grid(
    op: Operator,
    value: Amount,
    unit: Fraction,
    low: int | None,
    high: int | None,
) -> Placed:
    """Compare whole multiples of ``unit`` between ``low`` and ``high`` with an exact value."""
    if isinstance(value, float):
        below = value < 0
        return {"==": False, "!=": True}.get(op, (op in ("<", "<=")) != below)
    steps = math.floor(value / unit)
    exact = steps * unit == value
    if not exact:
        if op in ("==", "!="):
            return op == "!="
        op = "<=" if op in ("<", "<=") else ">"
    if low is not None and steps < low:
        return op in ("!=", ">", ">=")
    if high is not None and steps > high:
        return op in ("!=", "<", "<=")
    return Point(op, steps)


def _among_floats(op: Operator, column: Column, value: Value) -> Placed:
    exact = _number(column, value)
    single = is_type.is_float32(column.type)
    if isinstance(exact, float):
        return Point(op, exact)
    near = _nearest(exact, single=single)
    if isinstance(value, Numeral) or (math.isfinite(near) and Fraction(near) == exact):
        return Point(op, near)
    if op in ("==", "!="):
        return op == "!="
    above = near > 0 if math.isinf(near) else Fraction(near) > exact
    if op in ("<", "<="):
        return Point("<" if above else "<=", near)
    return Point(">=" if above else ">", near)


def _nearest(exact: Fraction, *, single: bool) -> float:
    try:
        near = float(exact)
        return float(struct.unpack("f", struct.pack("f", near))[0]) if single else near
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
