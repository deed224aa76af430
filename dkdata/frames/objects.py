"""Object columns of pandas: Python values, kept typed where they are all of one type."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.errors import SchemaError
from dkdata.frames import tagged

_DIGITS = 38
_NULLS: dict[str, Any] = {"None": None, "nan": math.nan, "NA": pd.NA, "NaT": pd.NaT}
_TYPED: dict[type, pa.DataType] = {
    str: pa.large_string(),
    bytes: pa.large_binary(),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.timedelta: pa.duration("us"),
}


def null_name(value: object) -> str | None:
    """Return which null a value is, or ``None`` for a value that is none."""
    if value is None:
        return "None"
    if value is pd.NA:
        return "NA"
    if value is pd.NaT:
        return "NaT"
    return "nan" if type(value) is float and math.isnan(value) else None


def encode_objects(
    values: np.ndarray[Any, Any],
    column: object,
) -> tuple[pa.Array, dict[str, Any], dict[str, Any]]:
    """Return Python values as an Arrow array, the dtype to restore them by, and their meaning.

    Values of one plain type become a column of that type; anything else tagged JSON.

    Raises
    ------
    SchemaError
        A value has no exact form.
    """
    missing = _missing(values, column) if values.ndim == 1 else np.zeros(len(values), bool)
    nulls = {null_name(value) for value in values[missing]} or {"None"}
    held = values[~missing]
    kinds = set(map(type, held))
    if kinds == {float} or (not len(held) and nulls == {"nan"}):
        return _floats(values, missing, nulls, column)
    if len(nulls) == 1 and None not in nulls and len(kinds) <= 1:
        null = str(nulls.pop())
        typed = _typed(values, held, missing, kinds.pop() if kinds else None, column)
        if typed is not None:
            array, item, meaning = typed
            return array, {"of": "object", "item": item, "null": null}, meaning
    return as_documents(values, column)


def _missing(values: np.ndarray[Any, Any], column: object) -> np.ndarray[Any, Any]:
    try:
        return pd.isna(values)
    except ArithmeticError as error:
        row, value = next(
            (n, v) for n, v in enumerate(values) if type(v) is Decimal and v.is_snan()
        )
        reason = "a signalling NaN cannot be compared"
        raise SchemaError.value(column, value, row, reason, has_nearest=True) from error


def _floats(
    values: np.ndarray[Any, Any],
    missing: np.ndarray[Any, Any],
    nulls: set[Any],
    column: object,
) -> tuple[pa.Array, dict[str, Any], dict[str, Any]]:
    others = nulls - {"nan"}
    if others - {"None"}:
        return as_documents(values, column)
    is_none = np.array([value is None for value in values], bool) if "None" in others else None
    numbers = np.where(missing, np.nan, values).astype("float64")
    array = pa.array(numbers, pa.float64(), mask=is_none, from_pandas=False)
    return array, {"of": "object", "item": "float", "null": "None"}, {}


def _typed(
    values: np.ndarray[Any, Any],
    held: np.ndarray[Any, Any],
    missing: np.ndarray[Any, Any],
    kind: type | None,
    column: object,
) -> tuple[pa.Array, str, dict[str, Any]] | None:
    """Return values of one type as a typed array, or ``None`` where that is not exact."""
    if kind is None:
        return pa.nulls(len(values)), "null", {}
    if kind in _TYPED:
        try:
            return pa.array(values, _TYPED[kind], mask=missing), kind.__name__, {}
        except UnicodeEncodeError as error:
            raise surrogate_error(values, column) from error
    if kind is int:
        if any(not -(2**63) <= value < 2**63 for value in held):
            return None
        return pa.array(values, pa.int64(), mask=missing), "int", {}
    if kind is dt.datetime and all(v.tzinfo is None and not v.fold for v in held):
        return pa.array(values, pa.timestamp("us"), mask=missing), "datetime", {}
    if kind is dt.time and all(v.tzinfo is None and not v.fold for v in held):
        return pa.array(values, pa.time64("us"), mask=missing), "time", {}
    if kind is uuid.UUID:
        texts = [None if gone else str(v) for v, gone in zip(values, missing, strict=True)]
        return pa.array(texts, pa.large_string()), "uuid", {}
    if kind is Decimal and all(value.is_finite() for value in held):
        return _decimals(values, held, missing)
    return None


def _decimals(
    values: np.ndarray[Any, Any],
    held: np.ndarray[Any, Any],
    missing: np.ndarray[Any, Any],
) -> tuple[pa.Array, str, dict[str, Any]] | None:
    """Return decimals of one scale as such, of several as text that means a decimal."""
    parts = [value.as_tuple() for value in held]
    exponents = {part.exponent for part in parts}
    scale = max(0, *(-int(exponent) for exponent in exponents))
    digits = max(len(part.digits) + int(part.exponent) + scale for part in parts)
    negative_zero = any(value.is_zero() and value.is_signed() for value in held)
    if max(digits, scale) > _DIGITS:
        return None
    if len(exponents) == 1 and max(exponents) <= 0 and not negative_zero:
        t = pa.decimal128(_DIGITS, scale)
        return pa.array(values, t, mask=missing), "decimal", {}
    texts = [None if gone else str(v) for v, gone in zip(values, missing, strict=True)]
    meaning = {"kind": "decimal", "scale": scale}
    return pa.array(texts, pa.large_string()), "decimal", meaning


def surrogate_error(values: Any, column: object) -> SchemaError:  # noqa: ANN401 - values in order
    """Return the error that names the first text that is not Unicode."""
    for row, value in enumerate(values):
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                reason = "the text holds a lone surrogate"
                return SchemaError.value(column, value, row, reason, has_nearest=True)
    return SchemaError(f"column {column!r} holds text that is not Unicode.")


def as_documents(
    values: np.ndarray[Any, Any],
    column: object,
) -> tuple[pa.Array, dict[str, Any], dict[str, Any]]:
    """Return Python values of any types as tagged JSON; the rest as ``encode_objects`` does."""
    texts: list[str | None] = []
    for row, value in enumerate(values):
        try:
            texts.append(None if value is None else tagged.dumps(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise SchemaError.value(column, value, row, str(error), has_nearest=True) from error
    try:
        array = pa.array(texts, pa.large_string())
    except UnicodeEncodeError as error:
        raise surrogate_error(texts, column) from error
    return array, {"of": "object", "item": "json", "null": "None"}, {"kind": "json"}


_FROM_TEXT: dict[str, Any] = {"uuid": uuid.UUID, "json": tagged.loads, "decimal": Decimal}


def decode_objects(array: Any, dtype: dict[str, Any]) -> np.ndarray[Any, Any]:  # noqa: ANN401
    """Return the Python values that ``encode_objects`` was given."""
    null, item = _NULLS[dtype["null"]], dtype["item"]
    made = np.empty(len(array), object)
    if item in _FROM_TEXT and pa.types.is_large_string(array.type):
        read = _FROM_TEXT[item]
        made[:] = [null if text is None else read(text) for text in array.to_pylist()]
        return made
    if item == "timedelta":
        made[:] = [null if v is None else _timedelta(v) for v in array.cast(pa.int64()).to_pylist()]
        return made
    if null is None:
        made[:] = array.to_pylist()
    else:
        made[:] = [null if value is None else value for value in array.to_pylist()]
    return made


def _timedelta(microseconds: int) -> dt.timedelta:
    return dt.timedelta(microseconds=microseconds)
