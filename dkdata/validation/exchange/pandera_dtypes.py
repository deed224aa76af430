"""The dtypes of pandera's columns, and the types of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import UsageError, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.validation.schemas.field_types import Type

_DTYPES: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("str", "str"),
    "integer": ("int64", "Int64"),
    "float": ("float64", "float64"),
    "boolean": ("bool", "boolean"),
    "datetime": ("datetime64[ns]", "datetime64[ns]"),
    "duration": ("timedelta64[ns]", "timedelta64[ns]"),
}
"""The dtypes of required and other fields; pandera asks times of numpy for no unit."""

_ARROW: Final[Mapping[str, pa.DataType]] = {
    "date": pa.date32(),
    "time": pa.time64("us"),
    "binary": pa.large_binary(),
}
_READ: Final[Mapping[str, str]] = {
    name: word for word, names in _DTYPES.items() for name in names
} | {"Float64": "float", "object": "any"}  # fmt: skip
_UNITLESS: Final = {"M": "datetime", "m": "duration"}
_WIDEST: Final = 8
"""Bytes of the widest number that Arrow has."""

_SIMPLE: Final = (is_type.is_integer, is_type.is_floating)


def dtype_for(field_type: Type, *, required: bool) -> Any:  # noqa: ANN401 - a dtype or its name
    """Return the dtype that pandera asks of a column; ``None`` where none says the same.

    Examples
    --------
    >>> dtype_for("integer", required=True), dtype_for("integer", required=False)
    ('int64', 'Int64')
    >>> dtype_for("decimal", required=True) is None
    True
    """
    if isinstance(field_type, str):
        if field_type in _ARROW:
            return pd.ArrowDtype(_ARROW[field_type])
        names = _DTYPES.get(field_type)
        return names[0 if required else 1] if names else None
    if is_type.is_timestamp(field_type) and field_type.tz is not None:
        return pd.DatetimeTZDtype(field_type.unit, field_type.tz)
    if not any(test(field_type) for test in _SIMPLE):
        return None
    named = np.dtype(field_type.to_pandas_dtype()).name
    is_nullable = not required and is_type.is_integer(field_type)
    return named.replace("int", "Int").replace("uI", "UI") if is_nullable else named


def type_for(dtype: Any) -> Type:  # noqa: ANN401 - of pandera
    """Return the type of a field of a dtype of pandera.

    Raises
    ------
    UsageError
        No type of a field says what the dtype says.
    """
    if dtype is None or str(dtype) == "date":  # objects that are dates are no dtype of pandas
        return "any" if dtype is None else "date"
    held = dtype.type
    match held:
        case pd.StringDtype():
            return "string"
        case pd.DatetimeTZDtype():
            return pa.timestamp(held.unit, str(held.tz))
        case pd.ArrowDtype():
            arrow = held.pyarrow_dtype
            return next((word for word, known in _ARROW.items() if known == arrow), arrow)
        case np.dtype() if held.kind in _UNITLESS:
            return _UNITLESS[held.kind]
    inner = getattr(held, "numpy_dtype", held)
    if isinstance(inner, np.dtype) and not str(dtype).startswith("Decimal"):
        if str(held) in _READ:
            return _READ[str(held)]
        if inner.kind in "iuf" and inner.itemsize <= _WIDEST:
            return pa.from_numpy_dtype(inner)
    message = (
        f"dtype {str(dtype)!r} is not the type of a field. There are: {listing(_DTYPES)}, date,"
        " numbers of any width, times with a zone, and the dtypes of Arrow. Give one of them, or"
        " none."
    )
    raise UsageError(message)
