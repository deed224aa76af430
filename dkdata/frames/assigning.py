"""Single values as the columns of a table hold them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import SchemaError, listing
from dkdata.frames import tagged
from dkdata.frames.decoding import decode
from dkdata.frames.encoding import array_of, encode
from dkdata.frames.envelope import FrameDescriptor, descriptor_of, plain, resolved
from dkdata.frames.objects import null_name
from dkdata.frames.records import is_same
from dkdata.frames.widening import categories, is_closed, type_words
from dkdata.physical import convert

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from dkdata.frames.envelope import ColumnDescriptor

_REFUSED = (pa.ArrowException, ArithmeticError, TypeError, ValueError)


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
    names = resolved(values, schema, "values")
    descriptor = descriptor_of(schema) or FrameDescriptor()
    fields = [schema.field(name) for name in names]
    arrays = [
        _array(field, descriptor.column(field.name), value)
        for field, value in zip(fields, values.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(field: pa.Field, column: ColumnDescriptor | None, value: object) -> pa.Array:
    if null_name(value) in ("None", "NA", "NaT"):
        return pa.nulls(1, field.type)
    try:
        return _held(field.type, column or plain(field.name, field.type), value)
    except _REFUSED as error:
        label = column.shown if column else field.name
        message = (
            f"column {label!r} is {type_words(field.type, column)} and cannot hold {value!r}"
            f" exactly: {error.__cause__ or error}. Nothing was written. Give a value of its type."
        )
        raise SchemaError(message) from error


def _held(t: pa.DataType, column: ColumnDescriptor, value: object) -> pa.Array:
    kind = column.meaning.get("kind")
    if kind == "json":
        return pa.array([tagged.dumps(value)], t)
    if kind == "decimal" and is_type.is_large_string(t):
        return pa.array([_decimal_text(value, int(column.meaning["scale"]))], t)
    if is_type.is_temporal(t) and isinstance(value, str):
        return pa.array([value], pa.large_string()).cast(t)
    if is_type.is_temporal(t) and isinstance(value, Real):
        reason = "it is a number"
        raise ValueError(reason)
    if is_type.is_timestamp(t) and isinstance(value, dt.date) and type(value) is dt.date:
        return _by_dtype(t, column, dt.datetime.combine(value, dt.time()))
    return _by_dtype(t, column, value)


def _decimal_text(value: object, scale: int) -> str:
    exponent = Decimal(value).as_tuple().exponent if isinstance(value, (Decimal, int)) else None
    if isinstance(exponent, int) and -exponent <= scale:
        return str(value)
    reason = f"it is no decimal of up to {scale} digits after the point"
    raise ValueError(reason)


def _by_dtype(t: pa.DataType, column: ColumnDescriptor, value: object) -> pa.Array:
    """Return a value by way of the column's dtype, and only if it comes back from there."""
    if categories(column) is not None and not is_closed(column):
        column = plain(column.name, t)  # others may come to those that have no order
    dtype = decode(pa.chunked_array([], t), column.dtype).dtype
    if isinstance(dtype, pd.CategoricalDtype) and value not in dtype.categories:
        reason = f"it is none of the categories {listing(dtype.categories)}"
        raise ValueError(reason)
    given = encode(array_of(pd.Series([value], dtype=dtype)), column.shown).array
    if is_type.is_large_string(given.type) != is_type.is_large_string(t):
        reason = f"it is of type {type(value).__name__}"
        raise ValueError(reason)
    held = convert(given, t)
    kept = _plainly(decode(pa.chunked_array([held]), column.dtype)[0])
    if not is_same(_plainly(value), kept):
        reason = f"it would become {kept!r}"
        raise ValueError(reason)
    return held


def _plainly(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a number or a truth value of NumPy as Python's own."""
    is_number = isinstance(value, np.generic) and value.dtype.kind in "biuf"
    return value.item() if is_number else value
