"""One column of a frame: what kind of values it has, and which how often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import types as is_type

if TYPE_CHECKING:
    from collections.abc import Hashable

Kind = Literal["integer", "float", "boolean", "text", "time", "category", "other"]
_OF_NUMPY: Final[dict[str, Kind]] = {
    "i": "integer", "u": "integer", "f": "float", "b": "boolean", "M": "time",
}  # fmt: skip
_OF_OBJECTS: Final[dict[str, Kind]] = {"string": "text", "boolean": "boolean"}
_EIGHT_BYTES: Final = 8
_EXACT: Final = 2**53


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a frame; what is computed of it is computed once, on use."""

    label: Hashable
    series: pd.Series[Any]

    @property
    def dtype(self) -> Any:  # noqa: ANN401 - any dtype
        """The dtype of the column."""
        return self.series.dtype

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.series)

    @cached_property
    def present(self) -> int:
        """How many values are not missing."""
        return int(self.series.notna().sum())

    @cached_property
    def is_exact(self) -> bool:
        """Whether all numbers are the same as floats: JSON and SQL pass others on as they like."""
        if self.kind != "integer":
            return True
        return -_EXACT < int(self.numbers.min()) <= int(self.numbers.max()) < _EXACT

    @cached_property
    def kind(self) -> Kind:
        """What rules there are for it; ``other`` where only those for all dtypes are."""
        found = _kind(self.series)
        match found:
            case "text" if self._texts is None:
                return "other"
            case "float" if np.isnan(self.numbers).any():
                return "other"  # a NaN that is not missing fits in no order
        return found

    @cached_property
    def filled(self) -> pd.Series[Any]:
        """The values that are not missing, in the order of the rows."""
        return self.series if self.present == self.rows else self.series.dropna()

    @cached_property
    def times(self) -> pd.DatetimeIndex:
        """The times that are not missing; those with a zone are instants in it."""
        dtype = self.dtype
        if isinstance(dtype, pd.ArrowDtype):
            unit, zone = dtype.pyarrow_dtype.unit, dtype.pyarrow_dtype.tz
            named: Any = f"datetime64[{unit}{f', {zone}' if zone else ''}]"
            return pd.DatetimeIndex(self.filled.astype(named))
        return pd.DatetimeIndex(self.filled)

    @cached_property
    def numbers(self) -> np.ndarray[Any, Any]:
        """The values that are not missing as numbers; times as units since 1970."""
        if self.series.dtype.kind == "M":
            return self.times.asi8
        wide = {"i": "int64", "u": "uint64"}.get(self.dtype.kind, "float64")
        return self.filled.to_numpy(dtype=wide)

    @cached_property
    def _texts(self) -> Any:  # noqa: ANN401 - pyarrow.Array or None
        """The texts with nulls; ``None`` where one has characters that UTF-8 does not."""
        try:
            made = pa.array(self.series, type=pa.large_string(), from_pandas=True)
        except (pa.ArrowInvalid, UnicodeEncodeError):
            return None
        return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made

    @cached_property
    def _distinct(self) -> tuple[Any, np.ndarray[Any, Any]]:
        match self.kind:
            case "text":
                coded = self._texts.dictionary_encode()
                codes = coded.indices.drop_null().to_numpy(zero_copy_only=False)
                return coded.dictionary, np.bincount(codes, minlength=len(coded.dictionary))
            case "category":
                codes = self.series.cat.codes.to_numpy()
                categories = self.series.cat.categories
                counts = np.bincount(codes[codes >= 0], minlength=len(categories))
                return categories[counts > 0].to_numpy(), counts[counts > 0]
            case "boolean":
                codes = self.filled.to_numpy(dtype=bool).astype("int64")
                counts = np.bincount(codes, minlength=2)
                return np.array([False, True])[counts > 0], counts[counts > 0]
        found = pd.Series(self.numbers).value_counts(sort=False)
        return found.index.to_numpy(), found.to_numpy()

    @property
    def values(self) -> Any:  # noqa: ANN401 - an array of pyarrow for texts, else of numpy
        """The different values that are not missing, in no order."""
        return self._distinct[0]

    @property
    def counts(self) -> np.ndarray[Any, Any]:
        """How often each of the different values comes."""
        return self._distinct[1]

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts)


def _kind(series: pd.Series[Any]) -> Kind:
    dtype: Any = series.dtype
    match dtype:
        case pd.ArrowDtype():
            return _kind_of_arrow(dtype.pyarrow_dtype)
        case pd.StringDtype():
            return "text"
        case pd.CategoricalDtype():
            inner = _kind(dtype.categories.to_series())
            return "category" if inner in ("text", "integer", "boolean") else "other"
        case pd.SparseDtype():
            return "other"
    if pd.api.types.is_object_dtype(dtype):
        return _OF_OBJECTS.get(pd.api.types.infer_dtype(series, skipna=True), "other")
    if dtype.kind == "f" and dtype.itemsize > _EIGHT_BYTES:
        return "other"
    return _OF_NUMPY.get(dtype.kind, "other")


def _kind_of_arrow(t: pa.DataType) -> Kind:
    if is_type.is_integer(t):
        return "integer"
    if is_type.is_floating(t):
        return "float"
    if is_type.is_boolean(t):
        return "boolean"
    if is_type.is_string(t) or is_type.is_large_string(t):
        return "text"
    return "time" if is_type.is_timestamp(t) else "other"
