"""Single fields as columns of pandera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.validation.constraints.constraint import OfType, Unique
from dkdata.validation.exchange.pandera_checks import check_for
from dkdata.validation.exchange.pandera_dtypes import dtype_for
from dkdata.validation.exchange.pandera_import import imported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.validation.schemas.field import Field


def column_for(field: Field, metadata: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - of pandera
    """Return the column of pandera that says what a field says.

    What pandera has no words for, checks say that ask the constraints of the field.
    """
    pandera = imported("Schema.to_pandera")
    dtype = dtype_for(field.type, required=field.required)
    is_asked = dtype is None and field.type != "any"
    asked = [OfType(field.type), *field.constraints] if is_asked else [*field.constraints]
    is_unique = Unique() in asked and field.required  # to pandera, nulls are equal
    return pandera.Column(
        dtype,
        [
            check_for(constraint, field.type)
            for constraint in asked
            if not (is_unique and constraint == Unique())
        ],
        nullable=not field.required,
        unique=is_unique,
        required=not field.has_default,
        description=field.description or None,
        metadata=dict(metadata) if metadata else None,
    )


def shape_of(column: Any) -> Any:  # noqa: ANN401 - of pandera
    """Return what a column says, in a form that can be compared."""
    return (
        str(column.dtype), column.nullable, column.unique, column.required,
        column.description, [(check.name, check.statistics) for check in column.checks],
    )  # fmt: skip
