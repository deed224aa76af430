"""Lists of dictionaries as Arrow tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Number
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.errors import SchemaError
from dkdata.frames.names import stored_names
from dkdata.frames.objects import surrogate_error

_EXACT = frozenset({bool, int, float, str, bytes, Decimal, dt.date, dt.time, dt.timedelta})
_MOMENTS = frozenset({pd.Timestamp, pd.Timedelta, np.datetime64, np.timedelta64})
_REFUSED = (
    pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ArithmeticError, TypeError,
)  # fmt: skip


def table_of(records: Sequence[Mapping[Any, Any]]) -> pa.Table:
    """Return records as a table; what a record lacks is null.

    Raises
    ------
    SchemaError
        The values of a column have no common type that keeps them all.

    Examples
    --------
    >>> table_of([{"a": 1}, {"b": "x"}]).to_pylist()
    [{'a': 1, 'b': None}, {'a': None, 'b': 'x'}]
    """
    labels = list(dict.fromkeys(label for record in records for label in record))
    stored_names(labels)
    columns = [_column(label, [record.get(label) for record in records]) for label in labels]
    return pa.Table.from_arrays(columns, names=[str(label) for label in labels])


def _column(label: object, given: list[Any]) -> pa.Array:
    values = _with_nulls(given)
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= _MOMENTS and (moments := pd.Series(values)).dtype.kind in "mM":
        return pa.array(moments)
    if kinds == {UUID}:
        return pa.array([None if value is None else str(value) for value in values])
    try:
        made = pa.array(values)
    except UnicodeEncodeError as error:
        raise surrogate_error(values, label) from error
    except _REFUSED as error:
        message = f"column {label!r} of the records has no type that keeps its values: {error}."
        raise SchemaError(message) from error
    if len(kinds) > 1 or not kinds <= _EXACT:
        _check(label, values, made)
    return made


def _with_nulls(given: list[Any]) -> list[Any]:
    """Return values with ``None`` for those that are missing.

    Beside values of which none is a number NaN is missing too, as pandas writes it into records.
    """
    values = [None if value is pd.NA or value is pd.NaT else value for value in given]
    if not any(map(_is_nan, values)):
        return values
    others = [value for value in values if value is not None and not _is_nan(value)]
    if not others or any(isinstance(one, Number) and not isinstance(one, bool) for one in others):
        return values
    return [None if _is_nan(value) else value for value in values]


def _is_nan(value: object) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _check(label: object, values: list[Any], made: pa.Array) -> None:
    """Refuse a value that Arrow changed to fit the others."""
    for row, (value, kept) in enumerate(zip(values, made.to_pylist(), strict=True)):
        if not is_same(value, kept):
            reason = "with the column's other values it has no common type"
            raise SchemaError.value(label, value, row, reason)


def is_same(value: Any, kept: Any) -> bool:  # noqa: ANN401 - any values
    """Whether Arrow kept a value as it was given, but for fields that a structure lacks."""
    if value is None or kept is None:
        return value is kept
    match value, kept:
        case Mapping(), Mapping():
            same = all(is_same(value.get(name), kept[name]) for name in kept)
            return same and value.keys() <= kept.keys()
        case Mapping(), list():
            return len(value) == len(kept)
        case ((list() | tuple()), list()):
            pairs = zip(value, kept, strict=True)
            return len(value) == len(kept) and all(is_same(*pair) for pair in pairs)
    if isinstance(value, bool) != isinstance(kept, bool):
        return False
    if isinstance(value, str | bytes) or not hasattr(value, "tolist"):
        zones = getattr(value, "tzinfo", None), getattr(kept, "tzinfo", None)
        if (zones[0] is None) != (zones[1] is None):
            return False
        return bool(value == kept or value != value)  # noqa: PLR0124 - NaN
    return is_same(value.tolist(), kept)
