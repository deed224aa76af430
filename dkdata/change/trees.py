"""Constraints: whether what meets one certainly meets another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.change.bounds import is_part, is_same, is_within
from dkdata.change.rules import parts
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
    Pattern,
    Range,
    Required,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_implied(given: Constraint, held: Constraint) -> bool:
    """Whether every value that meets one constraint certainly meets the other.

    A value about which any part raises fails, so what is met has to have shown that nothing in
    the other can raise.

    Examples
    --------
    >>> is_implied(Range(0, 5), Range(0, 9) | Enum([99]))
    True
    >>> is_implied(Enum(["a"]), Enum(["a"]) | Range(0, 9))
    False
    """
    if is_same(given, held):
        return True
    asks_for_null = any(isinstance(part, Required) for one in (given, held) for part in parts(one))
    return not asks_for_null and _raising(held) <= _raising(given) and _follows(given, held)


def _follows(given: Constraint, held: Constraint) -> bool:
    """Whether one follows of the other, where nothing raises."""
    if is_same(given, held):
        return True
    match given, held:
        case _, AllOf(of):
            return all(_follows(given, part) for part in of)
        case AnyOf(of), _:
            return all(_follows(part, held) for part in of)
        case Not(inner), Not(other):
            return _follows(other, inner)
    if isinstance(given, AllOf) and any(_follows(part, held) for part in given.of):
        return True
    if isinstance(held, AnyOf):
        return any(_follows(given, part) for part in held.of)
    return _is_within(given, held)


def _is_within(given: Constraint, held: Constraint) -> bool:
    if isinstance(given, Enum) and isinstance(held, Enum):
        return is_part(given.values, held.values)
    for ends_of in (_values, _sizes):
        inner, outer = ends_of(given), ends_of(held)
        if inner is not None and outer is not None:
            return is_within(inner, outer)
    return False


def _values(constraint: Constraint) -> tuple[Any, Any] | None:
    match constraint:
        case MinValue(low):
            return low, None
        case MaxValue(high):
            return None, high
        case Range(low, high):
            return low, high
    return None


def _sizes(constraint: Constraint) -> tuple[Any, Any] | None:
    match constraint:
        case MinLength(low):
            return low, None
        case MaxLength(high):
            return None, high
        case Length(low, high):
            return low, high
    return None


def _raising(constraint: Constraint) -> set[Any]:
    """Return the kinds of comparison in a constraint that some values cannot take."""
    return {kind for part in parts(constraint) for kind in _kinds(part)}


def _kinds(part: Constraint) -> Iterator[Any]:
    match part:
        case Pattern():
            yield "text"
        case Custom(name):
            yield "custom", name
    if _sizes(part) is not None:
        yield "length"
    for bound in _values(part) or ():
        if bound is not None:
            # Text is read as what the column holds; not every text can be.
            zone = getattr(bound, "tzinfo", None) is None
            yield type(bound), zone, bound if isinstance(bound, str) else None
