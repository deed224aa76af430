"""Rules on whole columns, null values and all, where that is faster and proven the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from dkdata.validation.kernels.comparing import between_at_once, within
from dkdata.validation.kernels.masks import mask
from dkdata.validation.kernels.regexes import found_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    import numpy as np

    from dkdata.validation.answering.batch import Values

    WholeKernel: TypeAlias = Callable[[Values, Mapping[str, Any]], np.ndarray[Any, Any] | None]


def _between(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    return between_at_once(values.whole, given)


def _in_set(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    is_text = isinstance(values.whole.dtype, pd.StringDtype)
    return mask(values.whole.isin(given["value_set"])) if is_text else None


def _not_in_set(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    is_in = _in_set(values, given)
    return None if is_in is None else ~is_in


def _lengths(values: Values) -> np.ndarray[Any, Any] | None:
    """Return how long texts are, NaN where there is none."""
    if values.whole.dtype != "str":  # others have no NaN for what is not there
        return None
    return values.whole.str.len().to_numpy()


def _length(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    lengths = _lengths(values)
    return None if lengths is None else lengths == given["value"]


def _length_between(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    lengths = _lengths(values)
    return None if lengths is None else within(lengths, given)


def _matches(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    return found_in(values.whole, given.get("regex", "(?s).*"))


def _not_matches(values: Values, given: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    found = found_in(values.whole, given["regex"])
    return None if found is None else ~found


WHOLE_KERNELS: Final[Mapping[str, WholeKernel]] = {
    "between": _between,
    "in_set": _in_set,
    "not_in_set": _not_in_set,
    "length": _length,
    "length_between": _length_between,
    "matches": _matches,
    "not_matches": _not_matches,
}
"""Which values meet a rule, by its method; ``None`` where a dtype is not of those proven."""
