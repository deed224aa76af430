"""A frame of any kind, a type for each of some columns, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.errors import ColumnNotFoundError, UsageError, shortened
from dkdata.validation.coercion.columns import Converted, converted
from dkdata.validation.coercion.custom import converted_by, registered
from dkdata.validation.coercion.notation import Notation, notation_of
from dkdata.validation.coercion.opening import opened
from dkdata.validation.coercion.result import CoerceResult
from dkdata.validation.coercion.target import OBJECT
from dkdata.validation.coercion.targets import target_for, target_of
from dkdata.validation.schemas.field_types import checked_type
from dkdata.validation.schemas.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Unpack

    from dkdata.validation.coercion.notation import NotationOptions
    from dkdata.validation.schemas.field_types import Type


def coerce(
    frame: Any,  # noqa: ANN401 - any frame
    schema: Any,  # noqa: ANN401 - a schema or a mapping
    *,
    options: Mapping[Any, NotationOptions] | None = None,
    **notation: Unpack[NotationOptions],
) -> CoerceResult:
    """Convert columns to the types of a schema; what cannot be converted is null and told.

    Parameters
    ----------
    frame
        Of any kind; the result has the same. It is not changed.
    schema
        A ``Schema``, or a mapping of columns to the names of field types, Arrow types, or types
        of ``register_coercion``. Columns that it does not name stay as they are; those that the
        frame lacks have the default of their field in every row; they stay absent where that is
        null and the field forbids it.
    options
        For some columns, the options that differ from the others'.
    **notation
        How text is to be read: the parameters of ``Notation``.

    Raises
    ------
    ColumnNotFoundError
        The frame lacks a column whose field has no default.
    UsageError
        There is no such type or option.

    Examples
    --------
    >>> made = coerce([{"n": "1"}, {"n": "1.5"}], {"n": "integer"})
    >>> made.frame["n"].tolist(), made.failures["reason"].tolist()
    ([1, <NA>], ['1.5 has a fractional part'])
    """
    types, defaults = _types(schema)
    required = {field.name for field in schema if field.required} if defaults else set()
    notations = _notations(types, options or {}, notation)
    chosen, rebuilt = opened(frame, types, defaults)
    made = chosen.copy(deep=False)
    outcomes = []
    for place, column in enumerate(chosen.columns):
        outcome = _converted(chosen.iloc[:, place], types[column], notations[column])
        made.isetitem(place, _series(outcome, made))
        outcomes.append(outcome)
    for absent in [column for column in types if column not in chosen.columns]:
        if not (defaults[absent] is None and absent in required):
            standing_in = _of_default(len(made), types[absent], defaults[absent])
            made[absent] = _series(standing_in, made)
    return CoerceResult(rebuilt(made), _failures(chosen, outcomes))


def _types(schema: Any) -> tuple[dict[Hashable, Type], dict[Hashable, Any]]:  # noqa: ANN401
    """Return the type of each column, checked, and what stands for those that may be absent."""
    types: dict[Hashable, Type]
    defaults: dict[Hashable, Any] = {}
    match schema:
        case Schema():
            types = {field.name: field.type for field in schema}
            defaults = {field.name: field.default for field in schema if field.has_default}
        case Mapping():
            types = {
                column: given if _is_own(given) else checked_type(given)
                for column, given in schema.items()
            }
        case _:
            message = (
                f"{shortened(schema)} is not a schema. Give a dk.Schema, or a mapping of columns to"
                " types."
            )
            raise UsageError(message)
    for wanted in types.values():
        if wanted != "any" and not _is_own(wanted):
            target_of(wanted)  # raises for Arrow types that no values can be converted to
    return types, defaults


def _is_own(wanted: object) -> bool:
    """Whether it is the name of a registered type."""
    return isinstance(wanted, str) and wanted in registered()


def _series(outcome: Converted, frame: pd.DataFrame) -> Any:  # noqa: ANN401 - pd.Series
    """Return a converted column in its own dtype: an array of objects would be guessed anew."""
    return pd.Series(outcome.array, index=frame.index, dtype=outcome.array.dtype, copy=False)


def _of_default(rows: int, wanted: Type, default: Any) -> Converted:  # noqa: ANN401
    """Return a column that has its default, which is of its type, in every row."""
    values = pd.Series([deepcopy(default) for _ in range(rows)], dtype=object)
    return _converted(values, wanted, Notation())


def _notations(
    types: Mapping[Hashable, Type],
    options: Mapping[Hashable, Mapping[str, Any]],
    general: Mapping[str, Any],
) -> dict[Hashable, Notation]:
    """Return how each column is to be read."""
    for column in options:
        if column not in types:
            raise ColumnNotFoundError(column, types, "the schema, to have options")
    return {column: notation_of({**general, **options.get(column, {})}) for column in types}


def _converted(values: pd.Series[Any], wanted: Type, notation: Notation) -> Converted:
    if wanted == "any":
        return Converted(values.array, np.empty(0, "int64"), np.empty(0, OBJECT))
    if _is_own(wanted):
        called = f"the function of type {str(wanted)!r}"
        return converted_by(values, registered()[str(wanted)], called)
    return converted(values, target_for(wanted, values.dtype), notation)


def _failures(frame: pd.DataFrame, outcomes: list[Converted]) -> pd.DataFrame:
    """Return what failed as a frame: by column and then by row."""
    places = np.repeat(np.arange(len(outcomes)), [len(one.positions) for one in outcomes])
    positions = np.concatenate([np.empty(0, "int64"), *(one.positions for one in outcomes)])
    values = [_objects(frame.iloc[:, place], one.positions) for place, one in enumerate(outcomes)]
    reasons = [one.reasons for one in outcomes]
    return pd.DataFrame(
        {
            "column": frame.columns.to_flat_index().take(places),
            "row": frame.index.to_flat_index().take(positions),
            "value": pd.Series(np.concatenate([np.empty(0, OBJECT), *values]), dtype=OBJECT),
            "reason": pd.Series(np.concatenate([np.empty(0, OBJECT), *reasons]), dtype="str"),
        }
    )


def _objects(values: pd.Series[Any], positions: Any) -> Any:  # noqa: ANN401 - numpy
    """Return some values of a column as Python objects."""
    try:
        return values.iloc[positions].to_numpy(dtype=OBJECT)
    except pa.ArrowNotImplementedError:  # Arrow takes nothing out of its views but one by one
        made = np.empty(len(positions), OBJECT)
        made[:] = [values.iloc[position] for position in positions]
        return made
