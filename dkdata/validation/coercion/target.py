"""Target: a type that values are converted to, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion.notation import Notation

Values: TypeAlias = "np.ndarray[Any, Any]"
Source = Literal["text", "integer", "float", "time"]
Lane: TypeAlias = Callable[[Any, Notation], tuple[Values, Values]]


@dataclass(frozen=True)
class Target:
    """A type that values are converted to.

    Parameters
    ----------
    dtype
        What holds the results on their way.
    one
        Converts one value that is not null, or raises ``RefusalError``. It alone says what the
        type means: a lane gives the same or leaves the value to it.
    finish
        Makes a pandas array of the results and of which of them are there.
    lanes
        Convert many values at once, by where they come from: an Arrow array without nulls to
        the results that are sure, and to which values they are of.
    check
        Says what cannot stay in view of the whole column: masks by their reason.
    is_shared
        Whether equal values may have the same object as their result.
    kept
        The dtype whose values need no conversion.
    """

    dtype: np.dtype[Any]
    one: Callable[[Any, Notation], Any]
    finish: Callable[[Values, Values], Any]
    lanes: Mapping[Source, Lane] = field(default_factory=dict)
    check: Callable[[Values, Values], Mapping[str, Values]] = lambda _results, _known: {}
    is_shared: bool = True
    kept: Any = None


OBJECT = np.dtype(object)


def as_objects(results: Values, known: Values) -> Values:
    """Return Python values with ``None`` where there are none."""
    made = results.copy()
    made[~known] = None
    return made


def finishing(
    data_type: pa.DataType, counted: pa.DataType | None = None
) -> Callable[[Values, Values], Any]:
    """Return what makes a pandas array of an Arrow type of results.

    Parameters
    ----------
    counted
        What numbers count, such as days, if that is not the type itself.
    """

    def finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - an extension array
        if results.dtype == OBJECT:
            array = pa.array(as_objects(results, known), data_type, from_pandas=False)
        else:
            array = pa.array(results, mask=~known, from_pandas=False)
            array = array.cast(counted or data_type).cast(data_type)
        return pd.arrays.ArrowExtensionArray(array)

    return finish
