"""The rules of one field: as expectations of its column, and read from them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.errors import UsageError
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.constraints.constraint import (
    Constraint,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    OfType,
    Pattern,
    Range,
    Unique,
)
from dkdata.validation.constraints.reading import constraint_from_json, constraint_to_json
from dkdata.validation.expectation import Expectation
from dkdata.validation.schemas.field_types import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.validation.schemas.field_types import Type

_UNIQUE: Final = "expect_column_values_to_be_unique"
_BETWEEN: Final = "expect_column_values_to_be_between"
_LENGTH: Final = "expect_column_value_lengths_to_equal"
_LENGTHS: Final = "expect_column_value_lengths_to_be_between"
_MATCHES: Final = "expect_column_values_to_match_regex"
_IN_SET: Final = "expect_column_values_to_be_in_set"

_EXACT: Final = 2**53
"""Up to here, floats of 64 bits hold every whole number."""
_WIDEST: Final = 2**63
_NUMERIC: Final = ("integer", "float", "any")
_TEXTUAL: Final = ("string", "any")
_ENDS: Final = ("min_value", "max_value")
_VALUES: Final[Mapping[type[Any], tuple[str, ...]]] = {
    MinValue: _ENDS[:1],
    MaxValue: _ENDS[1:],
    Range: _ENDS,
}
_SIZES: Final[Mapping[type[Any], tuple[str, ...]]] = {
    MinLength: _ENDS[:1],
    MaxLength: _ENDS[1:],
    Length: _ENDS,
}
_WHOLE: Final = r"\A(?:", r")\Z"
_ELSEWHERE_DIFFERENT: Final = re.compile(r"\(\?[aiLmsux]|\{,|\[\[|\[:")


def constraint_rule(column: Any, constraint: Constraint) -> Expectation:  # noqa: ANN401 - any label
    """Return the expectation of dkdata's own that says what a constraint says.

    Examples
    --------
    >>> str(constraint_rule("age", Range(0, 10) | Enum([99])))
    'age: Range(0, 10) | Enum([99])'
    """
    tree = constraint_to_json(constraint)
    return Expectation(CONSTRAINT.type, {"column": column, "constraint": tree})


def rule_of(column: Any, field_type: Type, constraint: Constraint) -> Expectation:  # noqa: ANN401
    """Return the expectation that says what a constraint of a field says.

    A core one of Great Expectations where it means the same for the values of that type.

    Examples
    --------
    >>> str(rule_of("age", "integer", Range(0, 120)))
    'age: between(0, 120)'
    """
    core = _core(name_of(field_type), constraint)
    if core is not None and _constraint_of_core(*core) == constraint:
        return Expectation(core[0], {"column": column, **core[1]})
    return constraint_rule(column, constraint)


def constraint_of(rule: Expectation, field_type: Type) -> Constraint | None:
    """Return the constraint that is written as that expectation, ``None`` if there is none.

    Examples
    --------
    >>> from dkdata.validation.builders.builder import expect
    >>> constraint_of(expect("name").length_between(2)[0], "string")
    MinLength(2)
    """
    given = dict(rule.kwargs)
    column = given.pop("column", None)
    try:
        if rule.type == CONSTRAINT.type:
            found: Constraint | None = constraint_from_json(given.get("constraint"))
        else:
            found = _constraint_of_core(rule.type, given)
    except UsageError:
        return None
    if found is None or not _same(rule_of(column, field_type, found), rule):
        return None
    return found


def _same(one: Expectation, other: Expectation) -> bool:
    """Whether two rules are equal, also in the types of their numbers."""
    kwargs = (repr(sorted(rule.kwargs.items())) for rule in (one, other))
    return one == other and len(set(kwargs)) == 1


def _core(name: str, constraint: Constraint) -> tuple[str, dict[str, Any]] | None:
    """Return type and parameters of the core expectation of the same meaning, if there is one."""
    match constraint:
        case Unique(None) if name not in ("json", "list"):
            return _UNIQUE, {}
        case Pattern(regex, search) if name in _TEXTUAL and _is_alike(regex):
            return _MATCHES, {"regex": regex if search else regex.join(_WHOLE)}
        case Enum(values) if _are_plain(values, name):
            return _IN_SET, {"value_set": list(values)}
        case Length(low, high) if name in _TEXTUAL and low == high:
            return _LENGTH, {"value": low}
    for of, rule_type, names in ((_SIZES, _LENGTHS, _TEXTUAL), (_VALUES, _BETWEEN, _NUMERIC)):
        if type(constraint) in of and name in names:
            ends = {end: getattr(constraint, end[:3]) for end in of[type(constraint)]}
            return (rule_type, ends) if all(_is_exact(x, name) for x in ends.values()) else None
    return None


def _is_alike(regex: str) -> bool:
    """Whether a regular expression means the same within a group, and to other engines."""
    return _ELSEWHERE_DIFFERENT.search(regex) is None


def _is_exact(bound: object, name: str) -> bool:
    """Whether a bound and every number of the column meet in their own types."""
    if type(bound) is int and name == "integer":
        return -_WIDEST <= bound < _WIDEST
    return type(bound) in (int, float) and abs(bound) <= _EXACT  # type: ignore[arg-type]


def _are_plain(values: tuple[Any, ...], name: str) -> bool:
    """Whether values are all text, or all whole numbers, as the column's are."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return name in _TEXTUAL
    return kinds == {int} and name in ("integer", "any") and all(abs(x) < _WIDEST for x in values)


def _constraint_of_core(rule_type: str, given: Mapping[str, Any]) -> Constraint | None:
    """Return the constraint that a core expectation says; parameters it lacks are left out."""
    if rule_type in (_BETWEEN, _LENGTHS):
        named = _VALUES if rule_type == _BETWEEN else _SIZES
        kinds = [kind for kind, ends in named.items() if set(ends) == set(given)]
        return kinds[0](*(given[end] for end in named[kinds[0]])) if kinds else None
    match rule_type, given:
        case "expect_column_values_to_be_unique", _:
            return Unique()
        case "expect_column_value_lengths_to_equal", {"value": size}:
            return Length(size)
        case "expect_column_values_to_match_regex", {"regex": str(regex)} if _is_alike(regex):
            start, end = _WHOLE
            if regex.startswith(start) and regex.endswith(end):
                return Pattern(regex[len(start) : -len(end)])
            return Pattern(regex, search=True)
        case "expect_column_values_to_be_in_set", {"value_set": list(values)}:
            return Enum(values)
    return None


def applied(rule: Expectation, field_type: Type, dtype: Any) -> Expectation:  # noqa: ANN401
    """Return a rule of a field in the form that is right for the dtype which its column has.

    A core expectation may raise, or mean something else, for a column of another type; the
    constraint that it stands for does not.
    """
    constraint = constraint_of(rule, field_type)
    if constraint is None or rule.type == CONSTRAINT.type or _is_at_home(constraint, dtype):
        return rule
    return replace(constraint_rule(rule.kwargs["column"], constraint), meta=rule.meta)


def _is_at_home(constraint: Constraint, dtype: Any) -> bool:  # noqa: ANN401 - of pandas
    """Whether the core expectation means what the constraint means for that dtype."""
    is_text = isinstance(dtype, pd.StringDtype)
    held = getattr(dtype, "numpy_dtype", dtype)
    kind = held.kind if isinstance(held, np.dtype) else ""
    is_arrow = isinstance(dtype, pd.ArrowDtype)
    match constraint:
        case Unique():
            return not is_arrow and (is_text or kind in tuple("iufbMm"))
        case MinValue() | MaxValue() | Range():
            return not is_arrow and (kind in tuple("iu") or dtype == np.dtype("float64"))
        case Enum(values):
            return is_text if isinstance(values[0], str) else not is_arrow and kind in tuple("iu")
    return is_text


def type_rule(column: Any, field_type: Type) -> Expectation:  # noqa: ANN401 - any label
    """Return the expectation that values are of a field's type."""
    return constraint_rule(column, OfType(field_type))


def type_of_rule(rule: Expectation) -> Type | None:
    """Return the type that a rule says the values have, ``None`` if it does not say that alone."""
    if rule.type != CONSTRAINT.type:
        return None
    try:
        found = constraint_from_json(rule.kwargs["constraint"])
    except UsageError:
        return None
    is_plain = isinstance(found, OfType) and type_rule(rule.kwargs["column"], found.type) == rule
    return found.type if isinstance(found, OfType) and is_plain else None
