"""The values that pandera's checks and constraints compare with, and the types of columns."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import pandas as pd

from dkdata.errors import UsageError, shortened
from dkdata.validation.constraints.constraint import (
    Constraint,
    Enum,
    MaxValue,
    MinValue,
    Not,
    Range,
)
from dkdata.validation.schemas.field_types import name_of, type_of_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.validation.schemas.field_types import Type

_EXACT: Final = 2**53
"""Up to here, floats of 64 bits hold every whole number."""


def check_values(constraint: Constraint, field_type: Type) -> None:
    """Raise if a constraint compares with values that are not like those of the column.

    What comes of it differs: pandera takes true for 1, reads text as times, or fails the column.

    Raises
    ------
    UsageError
        One of them is of another type, or the constraint is about text and the column is not.
    """
    kind = _kind(name_of(field_type), getattr(field_type, "tz", None))
    if kind == "any":
        return
    compared = _compared(constraint)
    if compared is None and kind != "string":
        message = f"it is about text, and the column is of type {kind}. Leave it out."
        raise UsageError(message)
    for value in compared or ():
        found = type_of_column(pd.Series([value], dtype=object))
        found = _kind(found, getattr(value, "tzinfo", None))
        if found != kind:
            message = (
                f"{shortened(value)} is of type {found}, the column {kind}. Give values of the"
                " column's type."
            )
            raise UsageError(message)


def _kind(name: str, zone: object) -> str:
    """Return what can be compared with what: all numbers, and moments with or without a zone."""
    if name in ("integer", "float", "decimal"):
        return "number"
    return name if zone is None else f"{name} with a zone"


def _compared(constraint: Constraint) -> Iterable[object] | None:
    """Return what values are compared with, ``None`` of a constraint about text."""
    match constraint:
        case Not(inner):
            return _compared(inner)
        case Enum(values):
            return values
        case MinValue(value) | MaxValue(value):
            return (value,)
        case Range(low, high):
            return (low, high)
    return None


def is_plain(value: object, field_type: Type) -> bool:
    """Whether pandas compares a value with those of a type as constraints do: exactly.

    Examples
    --------
    >>> is_plain(2, "float"), is_plain(2**60, "float"), is_plain(True, "integer")
    (True, False, False)
    """
    match name_of(field_type):
        case "integer" | "float":
            return type(value) in (int, float) and -_EXACT <= value <= _EXACT  # type: ignore[operator]
        case "string":
            return isinstance(value, str)
        case "datetime" if getattr(field_type, "tz", None) is None:
            return isinstance(value, dt.datetime) and value.tzinfo is None
    return False
