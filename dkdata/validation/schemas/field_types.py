"""The types of fields: which dtypes and values each of them holds, and what is made of it."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import UsageError, did_you_mean, shortened
from dkdata.frames.arrow_types import type_from_text, type_to_text
from dkdata.types import canonical, parse_type, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

Type: TypeAlias = "str | pa.DataType"
"""The type of a field: one of the names below, or an Arrow type."""


@dataclass(frozen=True)
class FieldType:
    """One type that a field can have.

    Parameters
    ----------
    arrow
        The Arrow type of its values where dkdata makes them, ``None`` if the values decide.
    pandas, nullable
        The pandas dtype of a column of it that dkdata makes: without nulls, and with some.
        ``"arrow"`` is the ``ArrowDtype`` of the type that the values have.
    holds
        The classes of its values in a column of Python objects.
    """

    name: str
    arrow: pa.DataType | None
    pandas: str
    nullable: str
    holds: tuple[type, ...]


_TYPES = (
    FieldType("string", pa.large_string(), "str", "str", (str,)),
    FieldType("integer", pa.int64(), "int64", "Int64", (int, np.integer)),
    FieldType("float", pa.float64(), "float64", "float64", (float, np.floating)),
    FieldType("boolean", pa.bool_(), "bool", "boolean", (bool, np.bool_)),
    FieldType(
        "datetime",
        pa.timestamp("us"),
        "datetime64[us]",
        "datetime64[us]",
        (dt.datetime, np.datetime64),
    ),
    FieldType("date", pa.date32(), "date32[pyarrow]", "date32[pyarrow]", (dt.date,)),
    FieldType("time", pa.time64("us"), "time64[us][pyarrow]", "time64[us][pyarrow]", (dt.time,)),
    FieldType(
        "duration",
        pa.duration("us"),
        "timedelta64[us]",
        "timedelta64[us]",
        (dt.timedelta, np.timedelta64),
    ),
    FieldType("decimal", None, "arrow", "arrow", (Decimal,)),
    FieldType(
        "binary",
        pa.large_binary(),
        "large_binary[pyarrow]",
        "large_binary[pyarrow]",
        (bytes, bytearray, memoryview),
    ),
    FieldType("json", None, "object", "object", (dict, list, bool, int, float)),
    FieldType("list", None, "arrow", "arrow", (list, tuple, np.ndarray)),
    FieldType("any", None, "object", "object", (object,)),
)
FIELD_TYPES: Final[Mapping[str, FieldType]] = {each.name: each for each in _TYPES}
"""The types of fields by their names; ``any`` holds everything."""

# A class is also one that another type's class derives from: true is a number to Python, and a
# moment a day. What a value is stands first.
_FIRST: Final = ("boolean", "datetime", "integer", "float", "string", "date", "time", "duration",
                 "decimal", "binary", "list")  # fmt: skip
_BY_KIND: Final = {
    "i": "integer", "u": "integer", "f": "float", "b": "boolean", "M": "datetime",
    "m": "duration", "S": "binary", "U": "string",
}  # fmt: skip
_BY_ARROW: Final = (
    (is_type.is_boolean, "boolean"),
    (is_type.is_integer, "integer"),
    (is_type.is_floating, "float"),
    (is_type.is_decimal, "decimal"),
    (is_type.is_timestamp, "datetime"),
    (is_type.is_date, "date"),
    (is_type.is_time, "time"),
    (is_type.is_duration, "duration"),
    (is_type.is_struct, "json"),
    (is_type.is_map, "json"),
    (is_type.is_nested, "list"),
)
_ELSEWHERE: Final = {
    "array": "list", "bool": "boolean", "bytes": "binary", "dict": "json", "double": "float",
    "int": "integer", "number": "float", "numeric": "decimal", "object": "json", "str": "string",
    "text": "string", "timedelta": "duration", "timestamp": "datetime", "varchar": "string",
}  # fmt: skip


def checked_type(given: object) -> Type:
    """Return the type of a field, or raise what it may have been meant to be.

    Raises
    ------
    UsageError
        It is neither the name of a type nor an Arrow type.

    Examples
    --------
    >>> checked_type("integer")
    'integer'
    """
    if isinstance(given, pa.DataType) or (isinstance(given, str) and given in FIELD_TYPES):
        return given
    meant = _ELSEWHERE.get(given) if isinstance(given, str) else None
    hint = f" Did you mean {meant!r}?" if meant else did_you_mean(given, FIELD_TYPES)
    message = (
        f"type={shortened(given)} is not the type of a field.{hint}"
        f" There are: {', '.join(FIELD_TYPES)}, and the types of Arrow, such as pyarrow.int32()."
    )
    raise UsageError(message)


def name_of(field_type: Type) -> str:
    """Return the name of a field's type; of an Arrow type the one that holds its values.

    Examples
    --------
    >>> name_of(pa.int32())
    'integer'
    """
    return field_type if isinstance(field_type, str) else _name_of_arrow(field_type)


def type_to_json(field_type: Type) -> Any:  # noqa: ANN401 - JSON
    """Return a field's type as JSON: its name, or of an Arrow type an object.

    Examples
    --------
    >>> type_to_json("integer"), type_to_json(pa.int32())
    ('integer', {'arrow': 'int32'})
    """
    if isinstance(field_type, str):
        return field_type
    is_canonical = not isinstance(field_type, pa.BaseExtensionType) and (
        canonical(field_type) == field_type
    )
    if is_canonical and parse_type(type_name(field_type)) == field_type:
        return {"arrow": type_name(field_type)}
    return {"arrow_schema": type_to_text(field_type)}


def type_from_json(given: object) -> Type:
    """Return the type that ``type_to_json`` wrote.

    Examples
    --------
    >>> type_from_json({"arrow": "int32"})
    DataType(int32)
    """
    try:
        match given:
            case {"arrow": str(name)}:
                return parse_type(name)
            case {"arrow_schema": str(text)}:
                return type_from_text(text)
    except (ValueError, KeyError, OSError) as error:
        message = f"{shortened(given)} is no Arrow type that can be read: {error!r}."
        raise UsageError(message) from error
    return checked_type(given)


def type_of_dtype(dtype: Any) -> str | None:  # noqa: ANN401 - of pandas, numpy, Arrow or polars
    """Return the name of the field type of a dtype; ``None`` where the values decide.

    Parameters
    ----------
    dtype
        Of pandas, numpy, Arrow or polars. Categories and sparse columns are what they hold.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> type_of_dtype(pd.Int8Dtype()), type_of_dtype(np.dtype("datetime64[ns]"))
    ('integer', 'datetime')
    >>> type_of_dtype(np.dtype(object)) is None
    True
    """
    match dtype:
        case pa.DataType():
            return _name_of_arrow(dtype)
        case pd.ArrowDtype():
            return _name_of_arrow(dtype.pyarrow_dtype)
        case pd.CategoricalDtype():
            return None if dtype.categories is None else type_of_dtype(dtype.categories.dtype)
        case pd.SparseDtype():
            return type_of_dtype(dtype.subtype)
        case pd.StringDtype():
            return "string"
        case pd.DatetimeTZDtype():
            return "datetime"
        case np.dtype():
            return None if dtype.kind == "O" else _BY_KIND.get(dtype.kind, "any")
        case pl.DataType() | type() if _is_polars(dtype):
            return _name_of_polars(dtype)
    inner = getattr(dtype, "numpy_dtype", None)
    return type_of_dtype(inner) if isinstance(inner, np.dtype) else "any"


def _is_polars(dtype: object) -> bool:
    return isinstance(dtype, pl.DataType) or (
        isinstance(dtype, type) and issubclass(dtype, pl.DataType)
    )


def _name_of_polars(dtype: Any) -> str | None:  # noqa: ANN401 - a dtype or its class
    if dtype == pl.Object:
        return None
    if dtype.is_integer():  # Arrow has no integer as wide as the widest of polars
        return "integer"
    return _name_of_arrow(pl.Series([], dtype=dtype).to_arrow().type)


def _name_of_arrow(t: pa.DataType) -> str:
    if isinstance(t, pa.JsonType):
        return "json"
    if isinstance(t, pa.BaseExtensionType) or is_type.is_union(t):
        return "any"
    if is_type.is_dictionary(t) or is_type.is_run_end_encoded(t):
        return _name_of_arrow(t.value_type)
    if canonical(t) in (pa.large_string(), pa.large_binary()):
        return "string" if canonical(t) == pa.large_string() else "binary"
    return next((name for test, name in _BY_ARROW if test(t)), "any")


def type_of_column(values: pd.Series[Any]) -> str:
    """Return the name of the field type of a column of pandas; of objects by their values.

    ``"any"`` stands for what is of no other type, of several, or has no value.

    Examples
    --------
    >>> import pandas as pd
    >>> type_of_column(pd.Series([1, None], dtype=object)), type_of_column(pd.Series([1.5]))
    ('integer', 'float')
    """
    named = type_of_dtype(values.dtype)
    if named is not None:
        return named
    kinds = set(map(type, values[~is_null(values)]))
    names = {_name_of_class(kind) for kind in kinds}
    if names == {"json", "list"}:
        return "json"
    return names.pop() if len(names) == 1 else "any"


def _name_of_class(kind: type) -> str:
    if issubclass(kind, dict):
        return "json"
    return next((name for name in _FIRST if issubclass(kind, FIELD_TYPES[name].holds)), "any")


def accepts(field_type: Type, dtype: Any) -> bool | None:  # noqa: ANN401 - as ``type_of_dtype``
    """Return whether a field holds every value of a dtype; ``None`` where the values decide.

    A ``json`` field holds nested columns, and text whose values are JSON; a field of an Arrow
    type the columns of that width, unit and zone.

    Examples
    --------
    >>> import numpy as np
    >>> accepts("integer", np.dtype("int8")), accepts("integer", np.dtype("float64"))
    (True, False)
    """
    found = type_of_dtype(dtype)
    if field_type == "any":
        return True
    if found is None or (field_type == "json" and found == "string"):
        return None
    if isinstance(field_type, pa.DataType):
        return _is_of_arrow(dtype, field_type)
    return found == field_type or (field_type == "json" and found == "list")


def _is_of_arrow(dtype: Any, t: pa.DataType) -> bool:  # noqa: ANN401
    """Whether a column of a dtype has that Arrow type, whatever its layout in memory."""
    if isinstance(dtype, pa.DataType):
        of = dtype
    elif _is_polars(dtype):
        of = pl.Series([], dtype=dtype).to_arrow().type
    else:
        of = pa.array(pd.Series([], dtype=dtype), from_pandas=True).type
    same_unit = getattr(of, "unit", None) == getattr(t, "unit", None)
    same_zone = getattr(of, "tz", None) == getattr(t, "tz", None)
    same_width = is_type.is_floating(of) is is_type.is_floating(t) and (
        not is_type.is_floating(t) or of.bit_width == t.bit_width
    )
    return same_unit and same_zone and same_width and canonical(of) == canonical(t)


def fits(field_type: Type, values: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Return which values of a column without nulls a field of that type holds.

    Examples
    --------
    >>> import pandas as pd
    >>> fits("integer", pd.Series([1, "1", True], dtype=object)).tolist()
    [True, False, False]
    """
    known = accepts(field_type, values.dtype)
    if known is not None:
        return np.full(len(values), known)
    name = name_of(field_type)
    if name == "json":
        return np.fromiter(map(_is_json, values), bool, len(values))
    kinds = list(map(type, values))
    allowed = {kind for kind in set(kinds) if _is_class_of(kind, name)}
    return np.fromiter((kind in allowed for kind in kinds), bool, len(kinds))


def _is_class_of(kind: type, name: str) -> bool:
    return name == "any" or _name_of_class(kind) == name


def _is_json(value: object) -> bool:
    """Whether it is a parsed value of JSON, or text that is JSON."""
    if not isinstance(value, str):
        return isinstance(value, FIELD_TYPES["json"].holds)
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def is_null(values: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Return which values of a column are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> is_null(pd.Series(["a", None, float("nan")], dtype=object)).tolist()
    [False, True, True]
    """
    try:
        return values.isna().to_numpy(bool)
    except ArithmeticError:  # a signalling NaN of decimals can not be compared, not even asked
        return np.fromiter(map(_is_missing, values), bool, len(values))


def _is_missing(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_qnan()
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT or is_nan
