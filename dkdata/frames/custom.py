"""Custom types: pandas dtypes that a user says how to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dkdata.errors import SchemaError, UsageError
from dkdata.frames.arrow_types import to_canonical, type_to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from dkdata.frames.encoding import Encoded


@dataclass(frozen=True)
class CustomType:
    """How values of one dtype become an Arrow array and come back."""

    name: str
    to_arrow: Callable[[Any], pa.Array]
    from_arrow: Callable[[pa.Array], Any]


_WIDEST_BYTES = {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16, "M": 8, "m": 8, "O": 8}
_TYPES: dict[str, CustomType] = {}


def register_type(
    name: str,
    *,
    to_arrow: Callable[[Any], pa.Array],
    from_arrow: Callable[[pa.Array], Any],
) -> None:
    """Say how to keep columns of a pandas dtype that dkdata does not know.

    Parameters
    ----------
    name
        Of the dtype, as ``str(series.dtype)`` shows it.
    to_arrow
        Gets the column's array, returns an Arrow array of the same length.
    from_arrow
        Gets that Arrow array back, returns what ``pandas.Series`` accepts.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.register_type(
    ...     "geometry", to_arrow=lambda values: values.to_wkb(), from_arrow=lambda wkb: wkb
    ... )
    """
    if not isinstance(name, str) or not name:
        message = f"name={name!r} is no dtype. Give its name, as str(series.dtype) shows it."
        raise UsageError(message)
    for argument, given in (("to_arrow", to_arrow), ("from_arrow", from_arrow)):
        if not callable(given):
            message = f"{argument}={given!r} is no function."
            raise UsageError(message)
    if _is_built_in(name):
        message = f"dtype {name!r} is kept exactly already: it needs no function of yours."
        raise UsageError(message)
    _TYPES[name] = CustomType(name, to_arrow, from_arrow)


def _is_built_in(name: str) -> bool:
    """Whether a dtype is one of numpy's or pandas' own that dkdata keeps."""
    try:
        dtype = pd.api.types.pandas_dtype(name)
    except TypeError:
        return False
    if isinstance(dtype, np.dtype):
        return dtype.itemsize <= _WIDEST_BYTES[dtype.kind] if dtype.kind in _WIDEST_BYTES else False
    return type(dtype).__module__.partition(".")[0] == "pandas"


def encode(values: Any, column: object) -> Encoded | None:  # noqa: ANN401 - an extension array
    """Return a column of a registered dtype as an Arrow array; ``None`` if it is not one."""
    from dkdata.frames.encoding import Encoded  # noqa: PLC0415 - it imports this module

    custom = _TYPES.get(str(values.dtype))
    if custom is None:
        return None
    array = custom.to_arrow(values)
    if len(array) != len(values):
        message = (
            f"column {column!r}: to_arrow of type {custom.name!r} returned {len(array):,} values"
            f" for {len(values):,} rows."
        )
        raise SchemaError(message)
    made = {"of": "custom", "name": custom.name, "type": type_to_text(array.type)}
    return Encoded(to_canonical(array, column), made)


def find(name: str) -> CustomType | None:
    """Return the registered type of that name, or ``None``."""
    return _TYPES.get(name)
