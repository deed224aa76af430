"""Single values as the columns of a table hold them."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import SchemaError, UsageError, listing
from dkdata.frames import polars_frames, tagged
from dkdata.frames.arrow_types import from_canonical, to_canonical, type_from_text, whole
from dkdata.frames.decoding import decode
from dkdata.frames.encoding import array_of, encode
from dkdata.frames.envelope import FrameDescriptor, attach, descriptor_of, plain, resolved
from dkdata.frames.objects import null_name
from dkdata.frames.records import is_same
from dkdata.frames.widening import categories, is_closed, type_words
from dkdata.physical import convert
from dkdata.quieting import quiet

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from dkdata.frames.envelope import ColumnDescriptor

_REFUSED = (pa.ArrowException, ArithmeticError, NotImplementedError, TypeError, ValueError)
_ARROW_MADE = ("polars", "table", "plain")


def row_of(values: Mapping[Hashable, Any], schema: pa.Schema) -> pa.Table:
    """Return values for some columns of a table as one row, in the types that these have.

    A value is taken as ``frame.loc[row, column] = value`` of pandas would, if that changes neither
    the value nor the dtype. ISO 8601 text stands for a date or a time; categories without an
    order take further ones, as in an append.

    Raises
    ------
    ColumnNotFoundError
        The table has no such column.
    SchemaError
        A column cannot hold its value exactly.

    Examples
    --------
    >>> schema = pa.schema([("id", pa.int64()), ("price", pa.float32())])
    >>> row_of({"price": 2}, schema).to_pylist()
    [{'price': 2.0}]
    """
    names = names_of(values, schema, "values")
    descriptor = descriptor_of(schema) or FrameDescriptor()
    fields = [schema.field(name) for name in names]
    arrays = [
        _array(field, descriptor.column(field.name), value)
        for field, value in zip(fields, values.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def names_of(labels: Iterable[Hashable], schema: pa.Schema, argument: str) -> list[str]:
    """Return the stored names of the columns with these labels, which are to get values.

    Raises as ``envelope.resolved`` does, and

    Raises
    ------
    UsageError
        Several columns have the same label.
    """
    wanted = list(labels)
    names = resolved(wanted, schema, argument)
    descriptor = descriptor_of(schema) or FrameDescriptor()
    shown = [column.shown for column in descriptor.columns]
    for label in wanted:
        if shown.count(label) > 1:
            message = f"{shown.count(label)} columns are called {label!r}. Rename them first."
            raise UsageError(message)
    return names


def column_of(values: Sequence[Any], field: pa.Field, column: ColumnDescriptor | None) -> pa.Array:
    """Return values as a column of a table holds them; errors are those of ``row_of``.

    Examples
    --------
    >>> column_of([2, None], pa.field("price", pa.float32()), None).to_pylist()
    [2.0, None]
    """
    made = [_array(field, column, value) for value in values]
    return pa.concat_arrays(made) if made else pa.nulls(0, field.type)


def _array(field: pa.Field, column: ColumnDescriptor | None, value: object) -> pa.Array:
    known = column or plain(field.name, field.type)
    if is_missing(value, column):
        return pa.nulls(1, field.type)
    try:
        with quiet():  # warnings of libraries; what they did is checked
            return _held(field.type, known, _plainly(value))
    except (*_REFUSED, pl.exceptions.PolarsError) as error:
        message = (
            f"column {known.shown!r} is {type_words(field.type, column)} and cannot hold"
            f" {value!r} exactly: {error.__cause__ or error}. Nothing was written. Give a value of"
            " its type."
        )
        raise SchemaError(message) from error


def is_missing(value: object, column: ColumnDescriptor | None) -> bool:
    """Whether a value is null in a column: NaN is in pandas; mixed objects tell nulls apart."""
    if value is None:
        return True
    if column is not None and column.meaning.get("kind") == "json":
        return False
    of = "plain" if column is None else column.dtype["of"]
    is_nan = isinstance(value, float) and math.isnan(value)
    return null_name(value) in ("NA", "NaT") or (is_nan and of not in _ARROW_MADE)


def _held(t: pa.DataType, column: ColumnDescriptor, value: object) -> pa.Array:
    kind = column.meaning.get("kind")
    if kind == "json":
        return pa.array([tagged.dumps(value)], t)
    if kind == "decimal" and is_type.is_large_string(t):
        return pa.array([_decimal_text(value, int(column.meaning["scale"]))], t)
    if categories(column) is not None and not is_closed(column):
        column = plain(column.name, t)  # others may come to those that have no order
    held = _converted(t, column, value)
    kept = _again(held, column)[0].as_py()
    if not is_same(held[0].as_py(), kept):
        known = categories(column)
        reason = f"it is none of {listing(known)}" if known else f"it would become {kept!r}"
        raise ValueError(reason)
    return held


def _decimal_text(value: object, scale: int) -> str:
    exponent = Decimal(value).as_tuple().exponent if isinstance(value, (Decimal, int)) else None
    if isinstance(exponent, int) and -exponent <= scale:
        return str(value)
    reason = f"it is no decimal of up to {scale} digits after the point"
    raise ValueError(reason)


def _converted(t: pa.DataType, column: ColumnDescriptor, value: object) -> pa.Array:
    """Return a value in the type of the column, and only if it is the same there."""
    if is_type.is_temporal(t) and isinstance(value, str):
        return pa.array([value], pa.large_string()).cast(t)
    if is_type.is_temporal(t) and isinstance(value, Real):
        reason = "it is a number"
        raise ValueError(reason)
    if is_type.is_timestamp(t) and isinstance(value, dt.date) and type(value) is dt.date:
        value = dt.datetime.combine(value, dt.time())
    if column.dtype["of"] in _ARROW_MADE:
        held = pa.array([value], t)
        kept = held[0].as_py()
    else:
        dtype = decode(pa.chunked_array([], t), column.dtype).dtype
        if isinstance(dtype, pd.CategoricalDtype) and value not in dtype.categories:
            reason = f"it is none of {listing(dtype.categories)}"
            raise ValueError(reason)
        given = encode(array_of(pd.Series([value], dtype=dtype)), column.shown).array
        if is_type.is_large_string(given.type) != is_type.is_large_string(t):
            reason = f"it is of type {type(value).__name__}"
            raise ValueError(reason)
        held = whole(convert(given, t))
        kept = _plainly(decode(pa.chunked_array([held]), column.dtype)[0])
    if not is_same(value, kept):
        reason = f"it would become {kept!r}"
        raise ValueError(reason)
    return held


def _again(held: pa.Array, column: ColumnDescriptor) -> pa.Array:
    """Return a stored value as it is after a load and a save in the column's own dtype."""
    match column.dtype["of"]:
        case "plain":
            return held
        case "table":
            return to_canonical(from_canonical(held, type_from_text(column.dtype["type"])))
        case "polars":
            schema = attach(
                pa.schema([(column.name, held.type)]), FrameDescriptor(columns=(column,))
            )
            if (known := categories(column)) is not None and held[0].as_py() not in known:
                return pa.nulls(1, held.type)
            frame = polars_frames.from_arrow(pa.Table.from_arrays([held], schema=schema))
            return whole(polars_frames.to_arrow(frame).column(0))
        case _:
            loaded = decode(pa.chunked_array([held]), column.dtype)
            if is_closed(column) and not isinstance(loaded.dtype, pd.CategoricalDtype):
                return pa.nulls(1, held.type)
            return whole(convert(encode(loaded, column.shown).array, held.type))


def _plainly(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value of NumPy as one of Python or pandas."""
    match value:
        case np.datetime64():
            return pd.Timestamp(value)
        case np.timedelta64():
            return pd.Timedelta(value)
        case np.generic() if value.dtype.kind in "biuf":
            return value.item()
        case _:
            return value
