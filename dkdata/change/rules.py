"""Rules of a side: expectations, with the constraints that they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError
from dkdata.validation.catalogue import CONSTRAINT
from dkdata.validation.constraints.constraint import AllOf, AnyOf, Constraint, Custom, Not, Unique
from dkdata.validation.constraints.reading import constraint_from_json
from dkdata.validation.schemas.field import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.validation.expectation import Expectation

EXISTS: Final = "expect_column_to_exist"
NOT_NULL: Final = "expect_column_values_to_not_be_null"
COLUMNS: Final = "expect_table_columns_to_match_set"
_UNASKED: Final = ("result_format", "catch_exceptions", "windows", "batch_id")


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    constraint
        What it says exactly, where it is a constraint.
    of_field
        Whether a field says it, not a suite.
    """

    expectation: Expectation
    constraint: Constraint | None = None
    of_field: bool = False

    @property
    def columns(self) -> tuple[Any, ...]:
        """The names of the columns that it is about."""
        item = self.expectation
        named = item.columns or ((item.kwargs["column"],) if "column" in item.kwargs else ())
        return tuple(map(label, named))

    @property
    def is_met_by_default(self) -> bool:
        """Whether a field has compared its default with it."""
        return self.of_field and not any(
            isinstance(part, Unique | Custom) for part in parts(self.constraint)
        )


def label(name: Any) -> Any:  # noqa: ANN401 - any label
    """Return the name of a column as a key: a field's, or else its text."""
    return name if is_name(name) else str(name)


def parts(constraint: Constraint | None) -> Iterator[Constraint]:
    """Yield a constraint and all that it is made of."""
    match constraint:
        case None:
            return
        case AllOf(of) | AnyOf(of):
            inner: tuple[Constraint, ...] = of
        case Not(one):
            inner = (one,)
        case _:
            inner = ()
    yield constraint
    for part in inner:
        yield from parts(part)


def rule_from(expectation: Expectation) -> Rule:
    """Return the rule of a suite."""
    if expectation.type != CONSTRAINT.type:
        return Rule(expectation)
    try:
        return Rule(expectation, constraint_from_json(expectation.kwargs["constraint"]))
    except UsageError:
        return Rule(expectation)


def asked(expectation: Expectation) -> dict[str, Any]:
    """Return all that a rule asks: its parameters with their defaults, without its columns.

    Examples
    --------
    >>> from dkdata.validation import expect
    >>> asked(expect("a").not_null()[0])
    {'mostly': 1, 'row_condition': None, 'condition_parser': None}
    """
    entry = expectation.entry
    unasked = (*_UNASKED, *(entry.domain if entry else ()), *({"column"} if entry else ()))
    known: Mapping[str, Any] = entry.parameters if entry else {}
    every = {**known, **expectation.kwargs}
    return {name: value for name, value in every.items() if name not in unasked}


def is_bare(expectation: Expectation, rule_type: str) -> bool:
    """Whether a rule is of a type and leaves all parameters but its columns as they are."""
    entry = expectation.entry
    if expectation.type != rule_type or entry is None:
        return False
    return all(value == entry.parameters[name] for name, value in asked(expectation).items())
