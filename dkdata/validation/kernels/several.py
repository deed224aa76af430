"""Which rows meet a rule about two columns, or about several."""

from __future__ import annotations

from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.validation.answering.tiers import NotCompiledError
from dkdata.validation.kernels.masks import compared, mask
from dkdata.validation.kernels.repeats import repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    PairKernel: TypeAlias = Callable[
        [pd.Series, pd.Series, Mapping[str, Any]], np.ndarray[Any, Any]
    ]
    ColumnsKernel: TypeAlias = Callable[[pd.DataFrame, Mapping[str, Any]], np.ndarray[Any, Any]]

_WIDEST: Final = 2**63
_SIMPLE: Final = ("string", "bytes", "integer", "floating", "boolean", "date", "decimal")
"""Kinds of objects, as pandas calls them, of which equal ones are alike."""

_COMPARED: Final = 8
"""How many columns are compared each with each."""


def _greater_than(a: pd.Series, b: pd.Series, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    if isinstance(a.dtype, np.dtype) and a.dtype == b.dtype and a.dtype.kind in "ifM":
        first, second = a.to_numpy(), b.to_numpy()
        return first >= second if given.get("or_equal") else first > second
    return compared(a >= b if given.get("or_equal") else a > b)


def _equal(a: pd.Series, b: pd.Series, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return compared(a == b)


def _in_set(a: pd.Series, b: pd.Series, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return which pairs are in a set, looking each different pair up once."""
    wanted = set(given["value_pairs_set"])
    pairs = pd.DataFrame({"A": a, "B": b})
    groups, firsts = _grouped(pairs)
    found = []
    for _, row in pairs.iloc[firsts].iterrows():
        first, second = (None if pd.isna(row[name]) else row[name] for name in ("A", "B"))
        found.append((first, second) in wanted)
    return np.array(found, dtype=bool)[groups]


def _grouped(rows: pd.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the number of the group of equal rows for each row, and the first row of each."""
    key = np.zeros(len(rows), dtype=np.int64)
    for name in rows.columns:
        if rows[name].dtype == object and not _is_simple(rows[name]):
            raise NotCompiledError
        codes, distinct = pd.factorize(rows[name], use_na_sentinel=True)
        # Numbered anew after each column, so that the product stays within 64 bits.
        key, _ = pd.factorize(key * (len(distinct) + 1) + codes + 1)
    _, firsts = np.unique(key, return_index=True)
    return key, firsts


def _is_simple(series: pd.Series) -> bool:
    """Whether equal objects of a column are the same value in every respect that counts."""
    return pd.api.types.infer_dtype(series, skipna=True) in _SIMPLE


def _unique_together(rows: pd.DataFrame, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    packed = _packed(rows)
    if packed is None:
        return ~rows.duplicated(keep=False).to_numpy(dtype=bool)
    return ~repeated(pd.Series(packed))


def _packed(rows: pd.DataFrame) -> np.ndarray[Any, Any] | None:
    """Return one integer for each row of integers or times, different for different rows."""
    width, key = 1, np.zeros(len(rows), dtype=np.int64)
    if not len(rows):
        return None
    for name in rows.columns:
        array = rows[name].to_numpy() if isinstance(rows[name].dtype, np.dtype) else None
        if array is None or array.dtype.kind not in "iuM":
            return None
        if array.dtype.kind == "M":
            if np.isnat(array).any():
                return None
            array = array.view(np.int64)
        low, high = int(array.min()), int(array.max())
        width *= high - low + 1
        if width >= _WIDEST or high >= _WIDEST:
            return None
        key = key * (high - low + 1) + (array.astype(np.int64, copy=False) - low)
    return key


def _sum_to(rows: pd.DataFrame, given: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    return compared(rows.sum(axis=1, skipna=False) == given["sum_total"])


def _all_equal(rows: pd.DataFrame, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    first = rows.iloc[:, 0]
    is_null = first.isna()
    found = [(column == first) | (column.isna() & is_null) for _, column in rows.items()]
    return mask(reduce(lambda left, right: left & right, found))


def _unique_within(rows: pd.DataFrame, _: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """Return in which rows all values differ; null is a value."""
    dtypes = set(rows.dtypes)
    is_plain = dtypes <= {np.dtype("int64"), np.dtype("float64")} and len(dtypes) == 1
    is_text = len(dtypes) == 1 and isinstance(next(iter(dtypes)), pd.StringDtype)
    if (is_plain or is_text) and len(rows.columns) <= _COMPARED:
        columns = [column for _, column in rows.items()]
        same = [_is_same(a, b) for a, b in combinations(columns, 2)]
        return ~np.logical_or.reduce(same)
    if any(rows[name].dtype == object and rows[name].isna().any() for name in rows.columns):
        raise NotCompiledError  # null values of different kinds differ
    groups, firsts = _grouped(rows)
    counted = rows.iloc[firsts].nunique(dropna=False, axis=1) >= len(rows.columns)
    return mask(counted)[groups]


def _is_same(a: pd.Series, b: pd.Series) -> np.ndarray[Any, Any]:
    """Return in which rows two columns of one dtype hold the same, null included."""
    equal = (a == b).fillna(value=False).to_numpy(dtype=bool)
    return equal | (a.isna().to_numpy() & b.isna().to_numpy())


PAIR_KERNELS: Final[Mapping[str, PairKernel]] = {
    "greater_than": _greater_than,
    "equal": _equal,
    "in_set": _in_set,
}
"""Which pairs meet a rule, by its method."""

COLUMNS_KERNELS: Final[Mapping[str, ColumnsKernel]] = {
    "unique_together": _unique_together,
    "sum_to": _sum_to,
    "equal": _all_equal,
    "unique_within": _unique_within,
}
"""Which rows of several columns meet a rule, by its method."""
