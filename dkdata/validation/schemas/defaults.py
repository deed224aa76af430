"""The default of a field: a value of its type that meets its constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dkdata.errors import UsageError, shortened
from dkdata.validation.constraints.constraint import AllOf, AnyOf, Constraint, Custom, Not, Unique
from dkdata.validation.constraints.evaluating import failing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.validation.schemas.field_types import Type


def check_default(default: Any, field_type: Type, constraints: Iterable[Constraint]) -> None:  # noqa: ANN401
    """Raise if a field forbids its own default, which is not null.

    Functions and whole columns are not asked.

    Raises
    ------
    UsageError
        It cannot be converted to the type, or fails a constraint.
    """
    values = _converted(default, field_type)
    for constraint in constraints:
        if _is_about_a_value(constraint) and failing(constraint, values).rows.any():
            message = (
                f"default={shortened(default)} does not meet {constraint}. Change one of them."
            )
            raise UsageError(message)


def _converted(default: Any, field_type: Type) -> pd.Series[Any]:  # noqa: ANN401 - any value
    """Return a column of the default, as ``coerce`` adds it to a frame that lacks one."""
    from dkdata.validation.coercion.columns import converted  # noqa: PLC0415 - it needs fields
    from dkdata.validation.coercion.notation import Notation  # noqa: PLC0415 - the same
    from dkdata.validation.coercion.targets import target_for  # noqa: PLC0415 - the same

    values = pd.Series([default], dtype=object)
    if field_type == "any":
        return values
    try:
        target = target_for(field_type, values.dtype)
    except UsageError:  # nothing is converted to some types of Arrow, and their defaults stay apart
        return values
    made = converted(values, target, Notation())
    if len(made.positions):
        message = (
            f"default={shortened(default)} is not of type {str(field_type)!r}: {made.reasons[0]}."
            " Change one of them."
        )
        raise UsageError(message)
    return pd.Series(made.array, dtype=made.array.dtype)


def _is_about_a_value(constraint: Constraint) -> bool:
    match constraint:
        case Unique() | Custom():
            return False
        case Not(inner):
            return _is_about_a_value(inner)
        case AllOf(of) | AnyOf(of):
            return all(map(_is_about_a_value, of))
    return True
