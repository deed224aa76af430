"""The checks of pandera's columns, and the constraints of fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.errors import UsageError, shortened
from dkdata.validation.constraints.constraint import (
    Constraint,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Not,
    Pattern,
    Range,
)
from dkdata.validation.constraints.evaluating import failing
from dkdata.validation.exchange.pandera_functions import custom_of
from dkdata.validation.exchange.pandera_import import imported
from dkdata.validation.exchange.pandera_values import check_values, is_plain
from dkdata.validation.schemas.field_types import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dkdata.validation.schemas.field_types import Type

_START, _END, _WHOLE = r"\A", r"\Z", ("(?:", r")\Z")
_FLAGS: Final = re.compile(r"\A(?:\(\?[aimsux]+\))+")
"""What may only stand at the start of a regular expression, for all of it."""

_ENGINES_DIFFER: Final = re.compile(r"\\[A-Za-z0-9]|\(\?|\{,|[*+?}]\+|\[\[|\[:|\$")
"""What the engines that pandas asks read differently."""

_ASIDE: Final[Mapping[str, Any]] = {"ignore_na": True, "raise_warning": False, "groupby": None}
"""What a check says beyond its values, and what it must say to be a constraint."""


def constraints_of(check: Any, field_type: Type, place: str) -> list[Constraint]:  # noqa: ANN401 - of pandera
    """Return the constraints that a check says of a column of that type.

    Parameters
    ----------
    place
        Of the column, after which the constraints that are functions are named.

    Raises
    ------
    UsageError
        No constraint says what the check says.
    """
    with UsageError.within(f"check {str(check.name)!r}"):
        for name, expected in _ASIDE.items():
            told = getattr(check, name)
            if told != expected:
                message = f"{name}={shortened(told)} cannot be said of a field. Leave it out."
                raise UsageError(message)
        own = _own_name(check)
        if own is None:
            return [custom_of(check, place)]
        found = [*_known(own)(dict(check.statistics))]
        for constraint in found:
            check_values(constraint, field_type)
        return found


def _own_name(check: Any) -> str | None:  # noqa: ANN401 - of pandera
    """Return how pandera calls a check of its own, ``None`` if it is a function of the user's.

    The name of the check says nothing: any check may be given any. Functions of pandera's own are
    dispatchers, of which models hold copies.
    """
    function = check._check_fn  # noqa: SLF001 - pandera tells it in no other way
    name = str(getattr(function, "__name__", ""))
    if not type(check).is_builtin_check(name):
        return None
    if not isinstance(function, type(type(check).get_builtin_check_fn(name))):
        message = (
            f"its function is called {name!r} like a check of pandera's own, which pandera asks"
            " instead of it. Give the function another name."
        )
        raise UsageError(message)
    return name


def _known(own: str) -> Callable[[Mapping[str, Any]], Iterable[Constraint]]:
    """Return what makes constraints of the values of a check of pandera's own."""
    if own not in _KNOWN:
        message = "it is no constraint of a field. Leave it out."
        raise UsageError(message)
    return _KNOWN[own]


def _in_range(told: Mapping[str, Any]) -> Iterable[Constraint]:
    low, high = told["min_value"], told["max_value"]
    is_closed = [told.get(end, True) for end in ("include_min", "include_max")]
    if all(is_closed):
        return [Range(low, high)]
    return [
        MinValue(low) if is_closed[0] else ~MaxValue(low),
        MaxValue(high) if is_closed[1] else ~MinValue(high),
    ]


def _str_length(told: Mapping[str, Any]) -> Iterable[Constraint]:
    exact = told.get("exact_value")
    if exact is not None:
        return [Length(exact)]
    low, high = told.get("min_value"), told.get("max_value")
    if low is not None:
        return [MinLength(low) if high is None else Length(low, high)]
    return [MaxLength(told["max_value"])]


def _str_matches(told: Mapping[str, Any]) -> Iterable[Constraint]:
    regex, (start, end) = _regex(told), _WHOLE
    inner = regex[len(start) : -len(end)]
    if regex.startswith(start) and regex.endswith(end) and _is_regex(inner):
        return [Pattern(inner)]
    return [Pattern(f"{_START}(?:{regex})", search=True)]


def _regex(told: Mapping[str, Any]) -> str:
    """Return a regular expression as text that can be a part of another, with its flags."""
    compiled = re.compile(told["pattern"])
    letters = "".join(
        letter for letter in "aimsx" if compiled.flags & getattr(re, letter.upper())
    )  # fmt: skip
    bare = _FLAGS.sub("", compiled.pattern)
    end = "\n)" if "x" in letters else ")"  # a comment lasts to the end of its line
    return f"(?{letters}:{bare}{end}" if letters else bare


def _is_regex(text: str) -> bool:
    """Whether a part of a regular expression is one: whether its parentheses are pairs."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _listed(values: Iterable[Any]) -> Enum:
    return Enum(
        [value for value in values if not (pd.api.types.is_scalar(value) and pd.isna(value))]
    )


_KNOWN: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterable[Constraint]]]] = {
    "equal_to": lambda told: [Enum([told["value"]])],
    "not_equal_to": lambda told: [~Enum([told["value"]])],
    "greater_than": lambda told: [~MaxValue(told["min_value"])],
    "greater_than_or_equal_to": lambda told: [MinValue(told["min_value"])],
    "less_than": lambda told: [~MinValue(told["max_value"])],
    "less_than_or_equal_to": lambda told: [MaxValue(told["max_value"])],
    "in_range": _in_range,
    "isin": lambda told: [_listed(told["allowed_values"])],
    "notin": lambda told: [~_listed(told["forbidden_values"])],
    "str_matches": _str_matches,
    "str_contains": lambda told: [Pattern(_regex(told), search=True)],
    "str_startswith": lambda told: [Pattern(_START + re.escape(told["string"]), search=True)],
    "str_endswith": lambda told: [Pattern(re.escape(told["string"]) + _END, search=True)],
    "str_length": _str_length,
}
"""The checks of pandera that are constraints."""


def check_for(constraint: Constraint, field_type: Type) -> Any:  # noqa: ANN401 - of pandera
    """Return the check that says what a constraint says of a column of that type.

    One of pandera's own where it means the same, else one that asks the constraint.
    """
    pandera = imported("Schema.to_pandera")
    known = _own(pandera.Check, constraint, field_type)
    if known is not None:
        return known

    def meets(values: pd.Series[Any]) -> pd.Series[Any]:
        return pd.Series(~failing(constraint, values).rows, index=values.index)

    return pandera.Check(meets, name=str(constraint))


def _own(check: Any, constraint: Constraint, field_type: Type) -> Any:  # noqa: ANN401, PLR0911 - a table of cases
    """Return pandera's own check of the same meaning, ``None`` if there is none."""
    match constraint:
        case MinValue(low) if is_plain(low, field_type):
            return check.ge(low)
        case MaxValue(high) if is_plain(high, field_type):
            return check.le(high)
        case Range(low, high) if is_plain(low, field_type) and is_plain(high, field_type):
            return check.in_range(low, high)
        case Not(MaxValue(low)) if is_plain(low, field_type):
            return check.gt(low)
        case Not(MinValue(high)) if is_plain(high, field_type):
            return check.lt(high)
        case Enum(values) if all(is_plain(value, field_type) for value in values):
            return check.isin(list(values))
        case Not(Enum(values)) if all(is_plain(value, field_type) for value in values):
            return check.notin(list(values))
        case MinLength() | MaxLength() | Length() if name_of(field_type) == "string":
            ends = {"min_value": "min", "max_value": "max"}
            told = {key: getattr(constraint, end, None) for key, end in ends.items()}
            return check.str_length(**told)
        case Pattern(regex, search) if name_of(field_type) == "string":
            return _of_text(check, regex, search=search)
    return None


def _of_text(check: Any, regex: str, *, search: bool) -> Any:  # noqa: ANN401 - of pandera
    if not search:
        return None if _ENGINES_DIFFER.search(regex) else check.str_matches(regex.join(_WHOLE))
    head, tail = regex.removeprefix(_START), regex.removesuffix(_END)
    inner = head[3:-1]
    if head != regex and head.startswith("(?:") and head.endswith(")") and _is_regex(inner):
        return None if _ENGINES_DIFFER.search(inner) else check.str_matches(inner)
    for part, make in ((head, check.str_startswith), (tail, check.str_endswith)):
        literal = re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)
        if part != regex and re.escape(literal) == part:
            return make(literal)
    return None if _ENGINES_DIFFER.search(regex) else check.str_contains(regex)
