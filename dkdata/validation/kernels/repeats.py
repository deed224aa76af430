"""Values that are there more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_DENSE: Final = 8
"""Integers are counted in an array of at most so many places for each value."""


def repeated(series: pd.Series) -> np.ndarray[Any, Any]:
    """Return which values are there more than once."""
    array = series.to_numpy() if isinstance(series.dtype, np.dtype) else None
    if array is not None and array.dtype.kind in "iu" and len(array):
        low, high = int(array.min()), int(array.max())
        if high - low < _DENSE * len(array) and high < np.iinfo(np.int64).max:
            places = array.astype(np.int64, copy=False)
            if low < 0 or high >= _DENSE * len(array):
                places = places - low
            counts = np.bincount(places)
            return counts[places] > 1 if counts.max() > 1 else np.zeros(len(array), dtype=bool)
    return series.duplicated(keep=False).to_numpy(dtype=bool)
