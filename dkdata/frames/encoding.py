"""One pandas array as a canonical Arrow array, with what restores its dtype exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.errors import SchemaError
from dkdata.frames import custom, tagged
from dkdata.frames.arrow_types import to_canonical, type_to_text, whole
from dkdata.frames.objects import encode_objects, surrogate_error
from dkdata.frames.zones import zone_to_json
from dkdata.physical import to_json_values

if TYPE_CHECKING:
    from collections.abc import Mapping


_MASKED_ARRAYS = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


@dataclass(frozen=True)
class Encoded:
    """A column as it travels: its array, its dtype as JSON, its meaning beyond the type."""

    array: Any
    dtype: Mapping[str, Any]
    meaning: Mapping[str, Any] = field(default_factory=dict)


def array_of(values: pd.Index | pd.Series[Any]) -> Any:  # noqa: ANN401 - numpy or extension
    """Return the array of a series or index: numpy's own, not pandas' wrapper of it."""
    array = values.array
    return array.to_numpy() if type(array) is pd.arrays.NumpyExtensionArray else array


def encode(values: Any, column: object) -> Encoded:  # noqa: ANN401, PLR0911 - a table of dtypes
    """Return a pandas array (numpy or extension) as an Arrow array, every value kept.

    Raises
    ------
    SchemaError
        A value cannot be kept, with its column and row.
    """
    match values.dtype:
        case pd.CategoricalDtype():
            return _category(values, column)
        case pd.PeriodDtype() as dtype:
            array = pa.array(values.asi8, pa.int64(), mask=np.asarray(values.isna()))
            name = str(dtype).removeprefix("period[").removesuffix("]")
            return Encoded(array, {"of": "period", "freq": name}, {"kind": "period", "freq": name})
        case pd.IntervalDtype():
            return _interval(values, column)
        case pd.SparseDtype() as dtype:
            dense = encode(np.asarray(values.to_dense()), column)
            fill = tagged.encode(dtype.fill_value)
            return Encoded(dense.array, {"of": "sparse", "fill": fill, "inner": dense.dtype})
        case pd.ArrowDtype() as dtype:
            array = to_canonical(pa.chunked_array(values.__arrow_array__()), column)
            text = type_to_text(dtype.pyarrow_dtype)
            return Encoded(array, {"of": "arrow", "type": text}, _arrow_meaning(dtype))
        case pd.StringDtype() as dtype:
            return _string(values, dtype, column)
        case pd.DatetimeTZDtype() as dtype:
            zone = zone_to_json(dtype.tz)
            array = _moments(values._ndarray, "UTC", column)  # noqa: SLF001 - instants in UTC
            made = {"of": "datetimetz", "unit": dtype.unit, "zone": zone}
            return Encoded(array, made, {"zone": zone["name"]})
        case np.dtype() as dtype:
            return _numpy(np.asarray(values), dtype, column)
        case dtype if isinstance(values, _MASKED_ARRAYS):
            return _masked(values, str(dtype))
        case _:
            return _unknown(values, column)


def _unknown(values: Any, column: object) -> Encoded:  # noqa: ANN401 - numpy or extension
    """Return a column as a registered type keeps it; refuse it where there is none."""
    kept = custom.encode(values, column)
    if kept is None:
        message = (
            f"column {column!r} has dtype {values.dtype!s}, which cannot be kept exactly. Convert"
            " it, say how to keep it with dk.register_type, or save with lossy='allow' to keep"
            " what is nearest."
        )
        raise SchemaError(message)
    return kept


def _arrow_meaning(dtype: pd.ArrowDtype) -> dict[str, Any]:
    t = dtype.pyarrow_dtype
    return {"zone": t.tz} if pa.types.is_timestamp(t) and t.tz else {}


def _category(values: Any, column: object) -> Encoded:  # noqa: ANN401 - pd.Categorical
    inner = encode(array_of(values.categories), column)
    codes = np.asarray(values.codes)
    indices = pa.array(codes, mask=codes < 0)
    array = inner.array.take(indices)
    dtype = {
        "of": "category",
        "ordered": bool(values.ordered),
        "values": to_json_values(inner.array),
        "inner": inner.dtype,
        "index": _categories_index(values.categories),
    }
    return Encoded(array, dtype, inner.meaning)


def _categories_index(categories: pd.Index) -> str:
    return "range" if isinstance(categories, pd.RangeIndex) else "plain"


def _interval(values: Any, column: object) -> Encoded:  # noqa: ANN401 - IntervalArray
    left, right = encode(array_of(values.left), column), encode(array_of(values.right), column)
    ends = [whole(left.array), whole(right.array)]
    fields = [pa.field(n, end.type) for n, end in zip(("left", "right"), ends, strict=True)]
    missing = pa.array(np.asarray(values.isna()))
    array = pa.StructArray.from_arrays(ends, fields=fields, mask=missing)
    dtype = {"of": "interval", "closed": values.closed, "inner": left.dtype}
    return Encoded(array, dtype, {"closed": values.closed})


def _string(values: Any, dtype: pd.StringDtype, column: object) -> Encoded:  # noqa: ANN401
    made = {
        "of": "string",
        "storage": dtype.storage,
        "na": "nan" if dtype.na_value is not pd.NA else "NA",
    }
    if dtype.storage == "pyarrow":
        return Encoded(to_canonical(pa.chunked_array(values.__arrow_array__())), made)
    objects = np.asarray(values, object)
    try:
        array = pa.array(objects, pa.large_string(), mask=np.asarray(values.isna()))
    except UnicodeEncodeError as error:
        raise surrogate_error(objects, column) from error
    return Encoded(array, made)


def _moments(values: np.ndarray[Any, Any], zone: str | None, column: object) -> pa.Array:
    """Return datetime64 values as instants; seconds and milliseconds become microseconds."""
    return to_canonical(pa.array(values, pa.timestamp(np.datetime_data(values.dtype)[0], zone),
                                 from_pandas=True), column)  # fmt: skip


def _masked(values: Any, name: str) -> Encoded:  # noqa: ANN401 - BaseMaskedArray
    data, mask = values._data, values._mask  # noqa: SLF001 - NaN and NA are apart only there
    array = pa.array(data, mask=mask, from_pandas=False)
    return Encoded(array, {"of": "masked", "name": name})


def _numpy(values: np.ndarray[Any, Any], dtype: np.dtype[Any], column: object) -> Encoded:
    match dtype.kind:
        case "O":
            return Encoded(*encode_objects(values, column))
        case "M":
            unit = np.datetime_data(dtype)[0]
            return Encoded(_moments(values, None, column), {"of": "datetime", "unit": unit})
        case "m":
            unit = np.datetime_data(dtype)[0]
            array = pa.array(values, pa.duration(unit), from_pandas=True)
            return Encoded(array, {"of": "timedelta", "unit": unit})
        case "c":
            return _complex(values, dtype)
        case "b" | "i" | "u":
            return Encoded(pa.array(values), {"of": "numpy", "name": dtype.name})
        case "f":
            return _float(values, dtype, column)
        case _:
            return _unknown(values, column)


def _float(values: np.ndarray[Any, Any], dtype: np.dtype[Any], column: object) -> Encoded:
    if dtype.itemsize > 8:  # noqa: PLR2004 - bytes of the widest float that backends have
        return _unknown(values, column)
    if dtype.name == "float16":
        values = values.astype("float32")
    return Encoded(pa.array(values, from_pandas=True), {"of": "numpy", "name": dtype.name})


def _complex(values: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> Encoded:
    parts = [
        pa.array(np.ascontiguousarray(part), from_pandas=False)
        for part in (values.real, values.imag)
    ]
    array = pa.StructArray.from_arrays(parts, names=["real", "imag"])
    return Encoded(array, {"of": "complex", "name": dtype.name})
