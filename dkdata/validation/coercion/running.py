"""A frame of any kind, a type for each of some columns, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dkdata.errors import ColumnNotFoundError, UsageError, shortened
from dkdata.validation.coercion.columns import Converted, converted
from dkdata.validation.coercion.custom import converted_by, registered
from dkdata.validation.coercion.notation import notation_of
from dkdata.validation.coercion.opening import opened
from dkdata.validation.coercion.result import CoerceResult
from dkdata.validation.coercion.target import OBJECT
from dkdata.validation.coercion.targets import target_for, target_of
from dkdata.validation.field_types import checked_type

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Unpack

    from dkdata.validation.coercion.notation import Notation, NotationOptions
    from dkdata.validation.field_types import Type


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
        A mapping of columns to the names of field types, Arrow types, or types of
        ``register_coercion``. Columns that it does not name stay as they are.
    options
        For some columns, the options that differ from the others'.
    **notation
        How text is to be read: the parameters of ``Notation``.

    Raises
    ------
    ColumnNotFoundError
        The frame lacks a column.
    UsageError
        There is no such type or option.

    Examples
    --------
    >>> made = coerce([{"n": "1"}, {"n": "1.5"}], {"n": "integer"})
    >>> made.frame["n"].tolist(), made.failures["reason"].tolist()
    ([1, <NA>], ['1.5 has a fractional part'])
    """
    types = _types(schema)
    notations = _notations(types, options or {}, notation)
    chosen, rebuilt = opened(frame, types)
    made = chosen.copy(deep=False)
    outcomes = []
    for place, column in enumerate(chosen.columns):
        outcome = _converted(chosen.iloc[:, place], types[column], notations[column])
        made.isetitem(place, outcome.values)
        outcomes.append(outcome)
    return CoerceResult(rebuilt(made), _failures(chosen, outcomes))


def _types(schema: Any) -> dict[Hashable, Type]:  # noqa: ANN401 - a schema or a mapping
    """Return the type of each column, checked."""
    if not isinstance(schema, Mapping):
        message = f"{shortened(schema)} is not a schema. Give a mapping of columns to types."
        raise UsageError(message)
    own = registered()
    types = {name: given if given in own else checked_type(given) for name, given in schema.items()}
    for wanted in types.values():
        if wanted not in own and wanted != "any":
            target_of(wanted)  # raises for Arrow types that no values can be converted to
    return types


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
    if wanted in registered():
        return converted_by(values, str(wanted))
    return converted(values, target_for(wanted, values.dtype), notation)


def _failures(frame: pd.DataFrame, outcomes: list[Converted]) -> pd.DataFrame:
    """Return what failed as a frame: by column and then by row."""
    places = np.repeat(np.arange(len(outcomes)), [len(one.positions) for one in outcomes])
    positions = np.concatenate([np.empty(0, "int64"), *(one.positions for one in outcomes)])
    values = [
        frame.iloc[one.positions, place].to_numpy(dtype=OBJECT)
        for place, one in enumerate(outcomes)
    ]
    reasons = [one.reasons for one in outcomes]
    return pd.DataFrame(
        {
            "column": frame.columns.to_flat_index().take(places),
            "row": frame.index.to_flat_index().take(positions),
            "value": pd.Series(np.concatenate([np.empty(0, OBJECT), *values]), dtype=OBJECT),
            "reason": pd.Series(np.concatenate([np.empty(0, OBJECT), *reasons]), dtype="str"),
        }
    )
