"""The target of a type: by the name of a field type, or of an Arrow type."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import UsageError
from dkdata.validation.coercion.booleans import booleans
from dkdata.validation.coercion.decimals import decimals
from dkdata.validation.coercion.documents import documents, lists
from dkdata.validation.coercion.floats import floats
from dkdata.validation.coercion.integers import integers
from dkdata.validation.coercion.moments import dates, moments, timestamps
from dkdata.validation.coercion.nested import nested
from dkdata.validation.coercion.spans import durations, times
from dkdata.validation.coercion.texts import binaries, strings

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.validation.coercion.target import Target

_MAKERS: Final[dict[str, Callable[[], Target]]] = {
    "string": strings, "integer": integers, "float": floats, "boolean": booleans,
    "datetime": moments, "date": dates, "time": times, "duration": durations,
    "decimal": decimals, "binary": binaries, "json": documents, "list": lists,
}  # fmt: skip
# Which targets hold the values of which Arrow types; the first test that holds decides.
_ARROW: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any], Target]], ...]] = (
    (is_type.is_boolean, booleans),
    (is_type.is_integer, integers),
    (is_type.is_floating, floats),
    (is_type.is_decimal, decimals),
    (is_type.is_string, strings),
    (is_type.is_large_string, strings),
    (is_type.is_string_view, strings),
    (is_type.is_binary, binaries),
    (is_type.is_large_binary, binaries),
    (is_type.is_binary_view, binaries),
    (is_type.is_fixed_size_binary, binaries),
    (is_type.is_timestamp, timestamps),
    (is_type.is_date, dates),
    (is_type.is_time, times),
    (is_type.is_duration, durations),
)


@lru_cache(typed=True)  # Arrow's types are equal to their names, and hash alike
def target_of(wanted: str | pa.DataType) -> Target:
    """Return how values become those of a type.

    Raises
    ------
    UsageError
        Values cannot be converted to that Arrow type.

    Examples
    --------
    >>> from dkdata.validation.coercion.notation import Notation
    >>> target_of("boolean").one("Yes", Notation()), target_of(pa.int8()).one("0x7f", Notation())
    (True, 127)
    """
    if isinstance(wanted, str):
        return _MAKERS[wanted]()
    for holds, make in _ARROW:
        if holds(wanted):
            return make(wanted)
    if is_type.is_list(wanted) or is_type.is_large_list(wanted) or _is_other_nested(wanted):
        return nested(wanted, target_of)
    message = (
        f"values cannot be converted to Arrow's {wanted}. Give the type that it is made of, or the"
        " name of a field type."
    )
    raise UsageError(message)


def _is_other_nested(wanted: pa.DataType) -> bool:
    tests = (is_type.is_fixed_size_list, is_type.is_struct, is_type.is_map)
    return any(holds(wanted) for holds in tests)


def target_for(wanted: str | pa.DataType, dtype: Any) -> Target:  # noqa: ANN401 - a dtype
    """Return the target for a column of a dtype: times that have a zone keep it."""
    zone = getattr(dtype, "tz", None)
    if isinstance(dtype, pd.ArrowDtype) and is_type.is_timestamp(dtype.pyarrow_dtype):
        zone = dtype.pyarrow_dtype.tz
    return moments(zone) if wanted == "datetime" and zone is not None else target_of(wanted)
