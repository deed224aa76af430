"""Rules: whether rows that meet one certainly meet another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata.change.bounds import is_at_most, is_part, is_same, is_within
from dkdata.change.rules import asked
from dkdata.change.trees import is_implied
from dkdata.validation.schemas.field_types import name_of

if TYPE_CHECKING:
    from dkdata.change.columns import Column
    from dkdata.change.rules import Rule
    from dkdata.validation.expectation import Expectation

_ENDS: Final = ("min_value", "max_value", "strict_min", "strict_max")
_LENGTH: Final = "expect_column_value_lengths_to_equal"
_LENGTHS: Final = "expect_column_value_lengths_to_be_between"
# Rules about sets: more values let more pass, or less.
_WIDER: Final = frozenset({
    "expect_column_values_to_be_in_set",
    "expect_column_distinct_values_to_be_in_set",
    "expect_column_most_common_value_to_be_in_set",
})  # fmt: skip
_NARROWER: Final = frozenset({
    "expect_column_values_to_not_be_in_set",
    "expect_column_distinct_values_to_contain_set",
})  # fmt: skip
_SIMPLE: Final = ("integer", "string")
"""Types for whose values a constraint and its expectation mean the same, whatever the dtype."""


def is_proven(given: Rule, held: Rule, column: Column | None) -> bool:
    """Whether rows that meet one rule certainly meet the other, about the same columns.

    Parameters
    ----------
    column
        The one that both are about; ``None`` where they are about several, or the table.
    """
    one, other = asked(given.expectation), asked(held.expectation)
    if given.constraint is not None and held.constraint is not None:
        return _is_as_often(one, other) and is_implied(given.constraint, held.constraint)
    is_simple = column is not None and name_of(column.type) in _SIMPLE
    if given.of_field is not held.of_field and not is_simple:
        return False
    return _is_core_proven(given.expectation, held.expectation, one, other)


def _is_core_proven(
    given: Expectation, held: Expectation, one: dict[str, Any], other: dict[str, Any]
) -> bool:
    inner, outer = _range(given, one), _range(held, other)
    compared: tuple[str, ...] = ("value_set",)
    if inner is not None and outer is not None and _kind(given) == _kind(held):
        compared, is_in = (*_ENDS, "value"), _is_in_range(inner, outer)
    elif given.type != held.type:
        return False
    else:
        is_in = _is_in_set(given.type, one, other)
    rest = [_without(part, "mostly", *compared) for part in (one, other)]
    is_equal = is_same(*(_without(part, "mostly") for part in (one, other)))
    return (is_equal or (is_in and is_same(*rest))) and _is_as_often(one, other)


def _without(kwargs: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name not in names}


def _is_as_often(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a rule has to be met by as large a share of the rows as another."""
    given, held = one.get("mostly", 1), other.get("mostly", 1)
    if is_same(given, held):
        return True
    are_numbers = all(type(share) in (int, float) for share in (given, held))
    return are_numbers and is_at_most(float(held), float(given))


def _kind(rule: Expectation) -> str:
    return _LENGTHS if rule.type == _LENGTH else rule.type


def _range(rule: Expectation, kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """Return the ends of a rule that is a range, and whether they are outside it."""
    if rule.type == _LENGTH:
        return kwargs["value"], kwargs["value"], False, False
    own = rule.entry.own.keys() if rule.entry else ()
    if "min_value" not in own or not set(own) <= set(_ENDS):
        return None
    return tuple(kwargs.get(name, False) for name in _ENDS)


def _is_in_range(inner: tuple[Any, ...], outer: tuple[Any, ...]) -> bool:
    """Whether a range is part of another, whose ends may be outside it where its own are."""
    is_closed = all(one or not other for one, other in zip(inner[2:], outer[2:], strict=True))
    is_asked = any(end is not None for end in outer[:2])  # two open ends are an error
    return is_asked and is_closed and is_within(inner[:2], outer[:2])


def _is_in_set(rule_type: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    given, held = one.get("value_set"), other.get("value_set")
    if rule_type in _WIDER:
        return is_part(given, held)
    return rule_type in _NARROWER and is_part(held, given)
