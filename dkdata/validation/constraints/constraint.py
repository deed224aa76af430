"""Constraints: what a value of a field must be, as plain values that combine with ``& | ~``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.errors import UsageError, shortened
from dkdata.validation.constraints.registry import register
from dkdata.validation.constraints.values import ordered, serialisable
from dkdata.validation.schemas.field_types import Type, checked_type

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_SAME: Final[Any] = ...
"""Stands in for the upper end of a length that is given once."""


class Constraint:
    """What a value must be. Immutable; null meets every constraint but ``Required``.

    ``a & b`` is met where both are, ``a | b`` where one of them is, ``~a`` where ``a`` is not.

    Examples
    --------
    >>> Range(0, 10) | Enum([99])
    Range(0, 10) | Enum([99])
    >>> ~(Enum(["x"]) | Pattern("y+"))
    ~(Enum(['x']) | Pattern('y+'))
    """

    def __and__(self, other: Constraint) -> AllOf:
        return AllOf(_operands(self, other, "&", AllOf))

    def __or__(self, other: Constraint) -> AnyOf:
        return AnyOf(_operands(self, other, "|", AnyOf))

    def __invert__(self) -> Not:
        return Not(self)

    def __bool__(self) -> bool:
        """Refuse: ``and``, ``or`` and ``not`` would drop a part without a word."""
        message = f"{self} is neither true nor false. Combine constraints with & | ~."
        raise UsageError(message)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_arguments(self))})"


def _operands(
    one: Constraint, other: object, sign: str, kind: type[AllOf | AnyOf]
) -> tuple[Constraint, ...]:
    """Return the parts that two constraints combine to, those of the same kind side by side."""
    if not isinstance(other, Constraint):
        message = f"{one} {sign} {shortened(other)}: the second is no constraint."
        raise UsageError(message)
    both = (part.of if isinstance(part, kind) else (part,) for part in (one, other))
    return tuple(part for parts in both for part in parts)


def _arguments(constraint: Any) -> Iterable[str]:  # noqa: ANN401 - a dataclass
    """Return the arguments as they would be written, without those that are left as they are."""
    for item in fields(constraint):
        value = getattr(constraint, item.name)
        if item.default is None or item.default is False:
            if value != item.default:
                yield f"{item.name}={value!r}"
        else:
            yield repr(list(value) if isinstance(value, tuple) else value)


@dataclass(frozen=True, repr=False)
class Required(Constraint):
    """A value is there.

    Examples
    --------
    >>> Required() & Unique()
    Required() & Unique()
    """


@dataclass(frozen=True, repr=False)
class Unique(Constraint):
    """No value is there twice; all rows of a repeated value fail.

    Parameters
    ----------
    unique_in
        A stored table: values that its column of the same name holds already fail too.

    Examples
    --------
    >>> Unique(unique_in="warehouse.people")
    Unique(unique_in='warehouse.people')
    """

    unique_in: str | None = None

    def __post_init__(self) -> None:
        if self.unique_in is not None and not isinstance(self.unique_in, str):
            message = f"Unique: unique_in={shortened(self.unique_in)} is not the name of a table."
            raise UsageError(message)


@dataclass(frozen=True, repr=False)
class MinValue(Constraint):
    """A value is ``min`` or more, exactly compared.

    Examples
    --------
    >>> MinValue(0) | Enum([-1])
    MinValue(0) | Enum([-1])
    """

    min: Any

    def __post_init__(self) -> None:
        _keep_bounds(self, "min")


@dataclass(frozen=True, repr=False)
class MaxValue(Constraint):
    """A value is ``max`` or less, exactly compared.

    Examples
    --------
    >>> import datetime as dt
    >>> MaxValue(dt.date(2024, 2, 29))
    MaxValue(datetime.date(2024, 2, 29))
    """

    max: Any

    def __post_init__(self) -> None:
        _keep_bounds(self, "max")


@dataclass(frozen=True, repr=False)
class Range(Constraint):
    """A value lies between ``min`` and ``max``, which belong to the range, exactly compared.

    Examples
    --------
    >>> Range(10, 0)
    Traceback (most recent call last):
    dkdata.errors.UsageError: Range(10, 0): min is greater than max. Swap them.
    """

    min: Any
    max: Any

    def __post_init__(self) -> None:
        _keep_bounds(self, "min", "max")


@dataclass(frozen=True, repr=False)
class MinLength(Constraint):
    """A text has ``min`` characters or more, a list as many items, binary as many bytes.

    Examples
    --------
    >>> MinLength(1)
    MinLength(1)
    """

    min: int

    def __post_init__(self) -> None:
        _keep_lengths(self, "min")


@dataclass(frozen=True, repr=False)
class MaxLength(Constraint):
    """A text has ``max`` characters or fewer, a list as many items, binary as many bytes.

    Examples
    --------
    >>> MaxLength(40)
    MaxLength(40)
    """

    max: int

    def __post_init__(self) -> None:
        _keep_lengths(self, "max")


@dataclass(frozen=True, repr=False)
class Length(Constraint):
    """A text has ``min`` to ``max`` characters; given once, exactly so many.

    Examples
    --------
    >>> Length(2, 40), Length(5) == Length(5, 5)
    (Length(2, 40), True)
    """

    min: int
    max: int = _SAME

    def __post_init__(self) -> None:
        if self.max is _SAME:
            object.__setattr__(self, "max", self.min)
        _keep_lengths(self, "min", "max")


@dataclass(frozen=True, repr=False)
class Pattern(Constraint):
    """A text matches the regular expression of Python's ``re``, from its start to its end.

    Parameters
    ----------
    search
        Whether it is enough that the expression is found somewhere in the text.

    Examples
    --------
    >>> Pattern("a(b")
    Traceback (most recent call last):
    dkdata.errors.UsageError: Pattern: 'a(b' is no regular expression: missing ), unterminated
    subpattern, at position 1 ('(b').
    """

    regex: str
    search: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.regex, str):
            message = f"Pattern: {shortened(self.regex)} is not a regular expression as text."
            raise UsageError(message)
        try:
            re.compile(self.regex)
        except (re.error, RecursionError, OverflowError) as error:
            place = getattr(error, "pos", None)
            where = "" if place is None else f", at position {place} ({self.regex[place:][:10]!r})"
            told = getattr(error, "msg", error)
            message = f"Pattern: {shortened(self.regex)} is no regular expression: {told}{where}."
            raise UsageError(message) from error


@dataclass(frozen=True, repr=False)
class Enum(Constraint):
    """A value is one of those listed; true is not 1, and text is no number.

    Examples
    --------
    >>> Enum({"b", "a"})
    Enum(['a', 'b'])
    """

    values: tuple[Any, ...]

    def __init__(self, values: Iterable[Any]) -> None:
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            message = f"Enum: {shortened(values)} is not a list of values. Give Enum(['a', 'b'])."
            raise UsageError(message)
        listed = ordered(values) if isinstance(values, set | frozenset) else list(values)
        if not listed:
            message = "Enum: no value is allowed by an empty list. Give one or more."
            raise UsageError(message)
        object.__setattr__(self, "values", tuple(serialisable("Enum", item) for item in listed))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the argument: the values stand as they are kept."""
        return Enum, (self.values,)


@dataclass(frozen=True, repr=False)
class Custom(Constraint):
    """A value that a function of your own calls good.

    Parameters
    ----------
    name
        By which the function is registered, so that the constraint can be written as JSON.
    function
        Gets the values of a column that are not null as a pandas Series and returns a boolean
        for each: true for good. Registered on the spot, instead of another of that name. If it
        raises, it is asked for parts of the column, and those rows fail for which it raises.

    Examples
    --------
    >>> Custom("even", lambda values: values % 2 == 0)
    Custom('even')
    """

    name: str
    function: InitVar[Callable[[pd.Series[Any]], Any] | None] = None

    def __post_init__(self, function: Callable[[pd.Series[Any]], Any] | None) -> None:
        if not isinstance(self.name, str) or not self.name:
            message = (
                f"Custom: {shortened(self.name)} is not a name. Give Custom('even', function)."
            )
            raise UsageError(message)
        if function is None:
            return
        if not callable(function):
            message = f"Custom({self.name!r}): {shortened(function)} is no function."
            raise UsageError(message)
        register(self.name, function)


@dataclass(frozen=True, repr=False)
class OfType(Constraint):
    """A value is of the type of a field; every ``Field`` says this of its own."""

    type: Type

    def __post_init__(self) -> None:
        checked_type(self.type)

    def __repr__(self) -> str:
        return f"OfType({str(self.type)!r})"


@dataclass(frozen=True, repr=False)
class AllOf(Constraint):
    """All of several constraints are met: what ``&`` makes."""

    of: tuple[Constraint, ...]

    def __repr__(self) -> str:
        return " & ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.of)


@dataclass(frozen=True, repr=False)
class AnyOf(Constraint):
    """One or more of several constraints are met: what ``|`` makes."""

    of: tuple[Constraint, ...]

    def __repr__(self) -> str:
        return " | ".join(map(str, self.of))


@dataclass(frozen=True, repr=False)
class Not(Constraint):
    """A constraint is not met: what ``~`` makes. Null meets it all the same."""

    of: Constraint

    def __repr__(self) -> str:
        return f"~({self.of})" if isinstance(self.of, AllOf | AnyOf) else f"~{self.of}"


def _keep_bounds(constraint: Constraint, *names: str) -> None:
    """Keep the ends of a range, checked."""
    owner = type(constraint).__name__
    for name in names:
        value = serialisable(f"{owner}: {name}", getattr(constraint, name))
        if isinstance(value, bool | list | dict | tuple | set | frozenset):
            message = f"{owner}: {name}={shortened(value)} has no order. Enum lists values."
            raise UsageError(message)
        object.__setattr__(constraint, name, value)
    _check_order(constraint, names)


def _check_order(constraint: Constraint, names: tuple[str, ...]) -> None:
    ends = [getattr(constraint, name) for name in names]
    try:
        is_swapped = len(ends) == 2 and ends[0] > ends[1]  # noqa: PLR2004 - both are given
    except TypeError as error:
        message = f"{constraint}: min and max cannot be compared: {error}."
        raise UsageError(message) from error
    if is_swapped:
        message = f"{constraint}: min is greater than max. Swap them."
        raise UsageError(message)


def _keep_lengths(constraint: Constraint, *names: str) -> None:
    """Keep lengths, checked."""
    for name in names:
        given = getattr(constraint, name)
        value = given.item() if isinstance(given, np.integer) else given
        if type(value) is not int or value < 0:
            message = (
                f"{type(constraint).__name__}: {name}={shortened(given)} is no length. Give a whole"
                " number from 0."
            )
            raise UsageError(message)
        object.__setattr__(constraint, name, value)
    _check_order(constraint, names)
