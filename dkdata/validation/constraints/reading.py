"""Constraints as JSON trees, and back."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.frames import tagged
from dkdata.validation.constraints.constraint import (
    AllOf,
    AnyOf,
    Constraint,
    Custom,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Not,
    OfType,
    Pattern,
    Range,
    Required,
    Unique,
)
from dkdata.validation.schemas.field_types import type_from_json, type_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIMPLE: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        Required, Unique, MinValue, MaxValue, Range, MinLength, MaxLength, Length, Pattern, Enum,
        Custom,
    )
}  # fmt: skip
_KNOWN: Final = (*_SIMPLE, "AllOf", "AnyOf", "Not", "OfType")
_WIDTH: Final = 160


def constraint_to_json(constraint: Constraint) -> dict[str, Any]:
    """Return a constraint in the plain types of JSON; values that JSON lacks are tagged.

    Examples
    --------
    >>> from dkdata.validation.constraints.constraint import Enum, MinValue
    >>> constraint_to_json(MinValue(0) | Enum([-1]))["of"][0]
    {'rule': 'MinValue', 'min': 0}
    """
    named: dict[str, Any] = {"rule": type(constraint).__name__}
    match constraint:
        case AllOf(of) | AnyOf(of):
            return {**named, "of": [constraint_to_json(part) for part in of]}
        case Not(inner):
            return {**named, "of": constraint_to_json(inner)}
        case OfType(field_type):
            return {**named, "type": type_to_json(field_type)}
    given = {item: getattr(constraint, item.name) for item in _fields(type(constraint))}
    told = {item.name: value for item, value in given.items() if value != item.default}
    return named | {
        name: [*map(tagged.encode, value)] if name == "values" else tagged.encode(value)
        for name, value in told.items()
    }


def constraint_from_json(given: Any) -> Constraint:  # noqa: ANN401 - JSON
    """Return the constraint of a JSON tree.

    The function of a custom one is looked up when it is used, not now.

    Raises
    ------
    UsageError
        It is no such tree: which part, and what it may have been meant to be.

    Examples
    --------
    >>> constraint_from_json({"rule": "Range", "min": 0, "max": 10})
    Range(0, 10)
    """
    match given:
        case {"rule": "AllOf" | "AnyOf" as name, "of": [_, _, *_] as parts, **rest} if not rest:
            made = tuple(constraint_from_json(part) for part in parts)
            return AllOf(made) if name == "AllOf" else AnyOf(made)
        case {"rule": "Not", "of": inner, **rest} if not rest:
            return Not(constraint_from_json(inner))
        case {"rule": "OfType", "type": field_type, **rest} if not rest:
            return OfType(type_from_json(field_type))
        case {"rule": str(name), **arguments} if name in _SIMPLE:
            return _simple(name, arguments)
        case {"rule": name} if name not in _KNOWN:
            message = (
                f"{shortened(name)} is not a constraint.{did_you_mean(name, _KNOWN)} There are:"
                f" {', '.join(_KNOWN)}."
            )
            raise UsageError(message)
    message = (
        f"{shortened(given)} is not the JSON of a constraint. It looks like"
        " {'rule': 'Range', 'min': 0, 'max': 10}."
    )
    raise UsageError(message)


def _simple(name: str, given: Mapping[Any, Any]) -> Constraint:
    """Return the constraint of a name and its arguments, checked."""
    known = _fields(_SIMPLE[name])
    names = [item.name for item in known]
    for argument in given:
        if argument not in names:
            message = (
                f"{name} has no argument {argument!r}.{did_you_mean(argument, names)} There are:"
                f" {listing(names)}."
            )
            raise UsageError(message)
    lacking = [item.name for item in known if item.default is MISSING and item.name not in given]
    if lacking:
        message = f"{name} needs {listing(map(repr, lacking))}."
        raise UsageError(message)
    try:
        read = {argument: tagged.decode(value) for argument, value in given.items()}
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        message = f"{name}: {shortened(dict(given))} holds a value that cannot be read: {error!r}."
        raise UsageError(message) from error
    return _SIMPLE[name](**read)


def _fields(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a dataclass
    return fields(kind)


def text_of(given: Mapping[str, Any]) -> str:
    """Return the constraint in the parameters of an expectation as short text.

    Examples
    --------
    >>> text_of({"column": "a", "constraint": {"rule": "Range", "min": 0, "max": 10}})
    'Range(0, 10)'
    """
    try:
        told = str(constraint_from_json(given["constraint"]))
    except UsageError:  # it is told in full where the rule is evaluated
        told = repr(given["constraint"])
    mostly = given.get("mostly", 1)
    shown = told if len(told) <= _WIDTH else f"{told[: _WIDTH - 1]}…"
    return shown if mostly == 1 else f"{shown}, mostly={mostly!r}"
