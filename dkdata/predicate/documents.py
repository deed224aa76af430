"""Predicates as plain JSON values, and back."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dkdata import predicate as p
from dkdata.errors import UsageError, shortened
from dkdata.values import Moment, Numeral, Ref, Span, SqlName

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.predicate import Predicate

_CLASSES: dict[str, type[Predicate]] = {
    "compare": p.Compare, "is_in": p.IsIn, "between": p.Between, "like": p.Like,
    "text": p.TextMatch, "regex": p.Regex, "is_null": p.IsNull, "flag": p.Flag,
    "constant": p.Constant, "sql": p.Sql, "not": p.Not, "and": p.And, "or": p.Or,
}  # fmt: skip
_TAGS = {cls: tag for tag, cls in _CLASSES.items()}
_MICROSECOND = dt.timedelta(microseconds=1)
# Tag → (type, to JSON, from JSON); the first type that fits is taken.
_VALUES: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "name": (SqlName, str, SqlName),
    "column": (Ref, lambda v: v.name, Ref),
    "moment": (Moment, lambda v: v.text, Moment),
    "nanoseconds": (Span, lambda v: v.nanoseconds, Span),
    "numeral": (Numeral, lambda v: v.text, Numeral),
    "decimal": (Decimal, str, Decimal),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "time": (dt.time, dt.time.isoformat, dt.time.fromisoformat),
    "microseconds": (dt.timedelta, lambda v: v // _MICROSECOND, lambda n: n * _MICROSECOND),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "uuid": (uuid.UUID, str, uuid.UUID),
    "float": (float, repr, float),
}


def to_dict(predicate: Predicate) -> dict[str, Any]:
    """Return a predicate as one tag with its fields."""
    packed = {field.name: _pack(getattr(predicate, field.name)) for field in fields(predicate)}  # type: ignore[arg-type]
    return {_TAGS[type(predicate)]: packed}


def _pack(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, p.Predicate):
        return to_dict(value)
    if isinstance(value, tuple):
        return [_pack(item) for item in value]
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    for tag, (kind, pack, _) in _VALUES.items():
        if isinstance(value, kind):
            return {tag: pack(value)}
    return str(value) if isinstance(value, str) else value


def from_dict(data: Any) -> Predicate:  # noqa: ANN401 - JSON
    """Return the predicate that ``to_dict`` wrote."""
    match data:
        case dict() if len(data) == 1 and (cls := _CLASSES.get(next(iter(data)))):
            (packed,) = data.values()
            try:
                return cls(**{name: _unpack(value) for name, value in packed.items()})
            except (TypeError, AttributeError, ValueError) as error:
                message = f"not a predicate: {shortened(data)}: {error}."
                raise UsageError(message) from error
    message = f"not a predicate: {shortened(data)}. Give what Predicate.to_dict() returned."
    raise UsageError(message)


def _unpack(value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case list():
            return tuple(map(_unpack, value))
        case dict():
            tag, packed = next(iter(value.items()))
            return _VALUES[tag][2](packed) if tag in _VALUES else from_dict(value)
    return value
