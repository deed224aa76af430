"""Types of your own, and the functions that convert to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.errors import SchemaError, UsageError, shortened
from dkdata.validation.coercion.columns import Converted
from dkdata.validation.coercion.target import OBJECT
from dkdata.validation.schemas.field_types import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FUNCTIONS: Final[dict[str, Callable[[Any], Any]]] = {}


def register_coercion(type: str, function: Callable[[pd.Series[Any]], Any]) -> None:  # noqa: A002
    """Say how columns are converted to a type of your own, or say it anew.

    Parameters
    ----------
    type
        A name that no field type has.
    function
        Gets a column as a pandas Series, nulls among its values, and returns a Series, or what
        makes one, of the same length. If it raises, the column is halved until it does not:
        each single value that it still raises for is a failure, with the exception's text.

    Raises
    ------
    UsageError
        The name is that of a field type, whose conversion stays what it is.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.register_coercion("cents", lambda prices: (prices.astype(float) * 100).round())
    >>> dk.coerce([{"price": "1.25"}, {"price": "a lot"}], {"price": "cents"}).failures["reason"][0]
    "could not convert string to float: 'a lot'"
    """
    if not isinstance(type, str) or not type:
        message = f"type={shortened(type)} is not a name. Give text."
        raise UsageError(message)
    if type in FIELD_TYPES:
        message = f"values become {type!r} in dkdata's own way already. Choose another name."
        raise UsageError(message)
    if not callable(function):
        message = f"function={shortened(function)} is no function."
        raise UsageError(message)
    _FUNCTIONS[type] = function


def registered() -> dict[str, Callable[[Any], Any]]:
    """Return the functions by the names of their types."""
    return dict(_FUNCTIONS)


def converted_by(
    values: pd.Series[Any], function: Callable[[pd.Series[Any]], Any], called: str
) -> Converted:
    """Convert a column with a function, and tell which values it raises for.

    Parameters
    ----------
    called
        What messages call the function.
    """
    numbered = values.set_axis(pd.RangeIndex(len(values)))
    made, positions, reasons = [], [], []
    for part, outcome in _attempts(numbered, function, called):
        if isinstance(outcome, Exception):
            positions.append(part.index[0])
            reasons.append(str(outcome) or type(outcome).__name__)
        else:
            made.append(outcome)
    whole = pd.concat(made) if made else pd.Series(dtype=OBJECT)
    if positions and whole.dtype.kind in "iub" and isinstance(whole.dtype, np.dtype):
        whole = whole.astype(pd.array(whole.to_numpy()).dtype)  # the nullable one of that width
    return Converted(
        whole.reindex(numbered.index).array,
        np.array(positions, "int64"),
        np.array(reasons, OBJECT),
    )


def _attempts(
    values: pd.Series[Any], function: Callable[[pd.Series[Any]], Any], called: str
) -> Iterator[tuple[pd.Series[Any], pd.Series[Any] | Exception]]:
    """Convert a column, its halves where that fails, and so on down to single values."""
    try:
        given = function(values.copy(deep=False))
    except Exception as error:  # noqa: BLE001 - whatever the function raises is a failure
        if len(values) > 1:
            middle = len(values) // 2
            yield from _attempts(values.iloc[:middle], function, called)
            yield from _attempts(values.iloc[middle:], function, called)
        elif len(values):
            yield values, error
        return
    if isinstance(given, pd.DataFrame):
        message = f"{called} returned a frame of {given.shape[1]:,} columns, not a Series."
        raise SchemaError(message)
    made = pd.Series(given)
    if len(made) != len(values):
        message = f"{called} returned {len(made):,} values for {len(values):,} rows."
        raise SchemaError(message)
    yield values, made.set_axis(values.index)
