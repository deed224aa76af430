"""One canonical Arrow array back to the pandas array that it was."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import DkWarning, listing
from dkdata.frames import custom, tagged
from dkdata.frames.arrow_types import from_canonical, type_from_text, whole
from dkdata.frames.objects import decode_objects
from dkdata.frames.zones import zone_from_json
from dkdata.physical import convert, from_json_values, to_json_values
from dkdata.types import NULLABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAT = np.iinfo("int64").min


def decode(array: Any, dtype: Mapping[str, Any]) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - a table of dtypes
    """Return a canonical array (chunked or not) as the pandas array that ``dtype`` describes."""
    match dtype["of"]:
        case "numpy":
            return _numpy(array, np.dtype(dtype["name"]))
        case "masked":
            return _masked(array, dtype["name"])
        case "string":
            return _string(array, dtype["storage"], dtype["na"])
        case "datetime":
            return _moments(array, dtype["unit"])
        case "datetimetz":
            instants = pd.DatetimeIndex(_moments(array, dtype["unit"])).tz_localize("UTC")
            return instants.tz_convert(zone_from_json(dtype["zone"])).array
        case "timedelta":
            counts = _filled(array.cast(pa.int64()), _NAT)
            return counts.view(f"timedelta64[{dtype['unit']}]")
        case "category":
            return _category(array, dtype)
        case "period":
            return pd.PeriodIndex.from_ordinals(  # type: ignore[attr-defined]
                _filled(array, _NAT), freq=dtype["freq"]
            ).array
        case "interval":
            return _interval(array, dtype)
        case "sparse":
            dense = decode(array, dtype["inner"])
            fill = tagged.decode(dtype["fill"])
            return pd.arrays.SparseArray(
                dense, fill_value=fill, dtype=pd.SparseDtype(dense.dtype, fill)
            )
        case "complex":
            return _complex(array, np.dtype(dtype["name"]))
        case "arrow":
            t = type_from_text(dtype["type"])
            return pd.arrays.ArrowExtensionArray(_chunked(from_canonical(array, t), t))
        case "object":
            return decode_objects(array, dict(dtype))
        case "custom" if (known := custom.find(dtype["name"])) is not None:
            restored = from_canonical(whole(array), type_from_text(dtype["type"]))
            return known.from_arrow(restored)
        case "polars":
            return _from_polars(array, dtype)
        case "table" if is_type.is_dictionary(type_from_text(dtype["type"])):
            return pd.Categorical(decode_plain(array))
        case "table":
            return decode_plain(array, type_from_text(dtype["type"]))
        case _:
            return decode_plain(array)


def _chunked(array: Any, t: pa.DataType) -> pa.ChunkedArray:  # noqa: ANN401
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array], type=t)


def _filled(array: Any, fill: object) -> np.ndarray[Any, Any]:  # noqa: ANN401
    """Return the values in a numpy array of its own, with ``fill`` for null."""
    filled = pc.fill_null(array, pa.scalar(fill, array.type)) if array.null_count else array
    values = (
        filled.to_numpy()
        if isinstance(filled, pa.ChunkedArray)
        else (filled.to_numpy(zero_copy_only=False))
    )
    return values if values.flags.writeable else values.copy()


def _is_null(array: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401
    if not array.null_count:
        return np.zeros(len(array), bool)
    return np.array(whole(array.is_null()).to_numpy(zero_copy_only=False))


def _numpy(array: Any, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    if dtype.kind == "f":
        return _filled(array, float("nan")).astype(dtype, copy=False)
    if array.null_count:
        return _masked(array, NULLABLE[dtype.name])
    return _filled(array, 0).astype(dtype, copy=False)


def _masked(array: Any, name: str) -> Any:  # noqa: ANN401
    dtype: Any = pd.api.types.pandas_dtype(name)
    data = _filled(array, False if name == "boolean" else 0)
    return dtype.construct_array_type()(data.astype(dtype.numpy_dtype, copy=False), _is_null(array))


def _string(array: Any, storage: str, na: str) -> Any:  # noqa: ANN401
    dtype: Any = pd.StringDtype(storage, na_value=np.nan if na == "nan" else pd.NA)
    if storage == "python":
        return dtype.construct_array_type()._from_sequence(array.to_pylist(), dtype=dtype)  # noqa: SLF001
    return dtype.construct_array_type()(_chunked(array, pa.large_string()), dtype=dtype)


def _moments(array: Any, unit: str) -> np.ndarray[Any, Any]:  # noqa: ANN401
    counts = _filled(array.cast(pa.int64()), _NAT)
    values = counts.view(f"datetime64[{array.type.unit}]")
    return values if array.type.unit == unit else values.astype(f"datetime64[{unit}]")


def _category(array: Any, dtype: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return categories; values that came later are further ones, where they have no order."""
    kept = from_json_values(dtype["values"], array.type)
    values = (array, kept)
    if is_type.is_nested(array.type):
        values = tuple(convert(part, pa.large_string()) for part in values)
    codes = pc.index_in(values[0], value_set=values[1])
    is_new = pc.and_(pc.is_null(codes), pc.is_valid(array))
    if pc.any(is_new).as_py():
        new = to_json_values(_first_of_each(array.filter(is_new), values[0].filter(is_new)))
        if not dtype["ordered"]:
            return _category(array, {**dtype, "values": [*dtype["values"], *new]})
        message = (
            f"{new[0]!r} is none of the ordered categories {listing(map(repr, dtype['values']))}:"
            " the column is loaded as plain values."
        )
        warnings.warn(message, DkWarning, stacklevel=2)
        return decode(array, dtype["inner"])
    indices = _filled(codes.cast(pa.int32()), -1)
    categories = pd.Index(decode(kept, dtype["inner"]))
    if dtype.get("index") == "range":
        categories = pd.RangeIndex(len(categories))
    return pd.Categorical.from_codes(indices, categories, ordered=dtype["ordered"])


def _first_of_each(array: Any, texts: Any) -> pa.Array:  # noqa: ANN401 - Array or ChunkedArray
    """Return every value once, in the order in which they come."""
    codes = whole(whole(texts).dictionary_encode()).indices.to_numpy()
    return whole(array).take(pa.array(np.unique(codes, return_index=True)[1]))


def _interval(array: Any, dtype: Mapping[str, Any]) -> Any:  # noqa: ANN401
    missing, pairs = _is_null(array), whole(array)
    ends = [decode(pairs.field(name), dtype["inner"]) for name in ("left", "right")]
    left, right = (pd.Index(end) for end in ends)
    if missing.any():
        left, right = left.where(~missing), right.where(~missing)
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=dtype["closed"])


def _complex(array: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:  # noqa: ANN401
    real, imaginary = (_filled(part, float("nan")) for part in whole(array).flatten())
    made = np.empty(len(array), dtype)
    made.real, made.imag = real, imaginary
    return made


def _from_polars(array: Any, dtype: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return a column saved from polars in pandas' nearest dtype."""
    match dtype["type"]:
        case {"enum": values}:
            inner = {"of": "string", "storage": "pyarrow", "na": "nan"}
            return _category(array, {"values": values, "ordered": True, "inner": inner})
        case "Categorical":
            return pd.Categorical(decode_plain(array))
        case {"datetime": [unit, zone]} if zone:
            made = {"of": "datetimetz", "unit": unit, "zone": {"name": zone, "of": "zoneinfo"}}
            return decode(array, made)
        case _:
            return decode_plain(array)


def decode_plain(array: Any, t: pa.DataType | None = None) -> Any:  # noqa: ANN401
    """Return an array that nothing is known about in pandas' usual dtype for its type.

    Numbers and booleans as numpy's (nullable where there is null), text ``str``, times numpy's,
    zoned ones UTC; dates, times of day, decimals, binary and nested values as Arrow's.
    """
    t = t or array.type
    if is_type.is_integer(array.type) or is_type.is_boolean(array.type):
        return _numpy(array, np.dtype(str(array.type)))
    if is_type.is_floating(array.type):
        return _numpy(array, np.dtype("float32" if array.type == pa.float32() else "float64"))
    if is_type.is_large_string(array.type):
        return _string(array, "pyarrow", "nan")
    if is_type.is_timestamp(array.type):
        if array.type.tz is None:
            return _moments(array, array.type.unit)
        zone = getattr(t, "tz", None) or "UTC"
        return _zoned(array, zone)
    if is_type.is_duration(array.type):
        return decode(array, {"of": "timedelta", "unit": array.type.unit})
    if is_type.is_null(array.type):
        return np.full(len(array), None, object)
    shown = usual(array.type)
    return pd.arrays.ArrowExtensionArray(_chunked(from_canonical(array, shown), shown))


def _zoned(array: Any, zone: str) -> Any:  # noqa: ANN401
    of = "fixed" if zone == "UTC" or zone[0] in "+-" else "zoneinfo"
    made = {"of": "datetimetz", "unit": array.type.unit, "zone": {"name": zone, "of": of}}
    return decode(array, made)


def usual(t: pa.DataType) -> pa.DataType:
    """Return the type in which a canonical type is usually met: text and lists not large."""
    if is_type.is_large_string(t):
        return pa.string()
    if is_type.is_large_binary(t):
        return pa.binary()
    if is_type.is_struct(t):
        return pa.struct([pa.field(f.name, usual(f.type)) for f in t])
    if is_type.is_map(t):
        return pa.map_(usual(t.key_type), usual(t.item_type))
    return pa.list_(usual(t.value_type)) if is_type.is_nested(t) else t
