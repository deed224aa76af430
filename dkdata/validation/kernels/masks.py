"""Masks: which values meet a rule, as one array of booleans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.validation.answering.tiers import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Callable

_NULLABLE: Final = ("boolean", "bool[pyarrow]")


def compared(found: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - a series
    """Return in which rows a comparison of columns holds: not where one value is missing."""
    return mask(found.fillna(value=False) if found.dtype in _NULLABLE else found)


def mask(found: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - a series or an array
    """Return which values meet a rule, of what pandas said of them.

    Raises
    ------
    NotCompiledError
        It is not simply true or false: Great Expectations' own use of it decides.
    """
    if isinstance(found, pd.Series) and not isinstance(found.dtype, np.dtype):
        if not pd.api.types.is_bool_dtype(found.dtype) or found.isna().any():
            raise NotCompiledError
        return found.to_numpy(dtype=bool)
    array = found.to_numpy() if isinstance(found, pd.Series) else found
    if not isinstance(array, np.ndarray) or array.dtype != bool:
        raise NotCompiledError
    return array


def tested(series: pd.Series, is_met: Callable[[Any], bool]) -> np.ndarray[Any, Any]:
    """Return which values pass a test that is called for each of them, for texts once each."""
    if not _are_texts(series):
        return mask(series.map(is_met))
    codes, distinct = pd.factorize(series)
    passed = np.fromiter(map(is_met, distinct), dtype=bool, count=len(distinct))
    return passed[codes] if len(distinct) else np.ones(len(series), dtype=bool)


def _are_texts(series: pd.Series) -> bool:
    """Whether equal values are the same text, so that a test of one holds for all."""
    if isinstance(series.dtype, pd.StringDtype):
        return True
    return series.dtype == object and all(type(value) is str for value in series.array)
