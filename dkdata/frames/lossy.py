"""Columns that cannot be kept exactly, as near as they can be kept, where the caller allows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dkdata.errors import SchemaError
from dkdata.frames import encoding, tagged

if TYPE_CHECKING:
    import polars as pl

_WIDEST_FLOAT = np.dtype("float64")


def encode(values: Any, column: object) -> encoding.Encoded:  # noqa: ANN401 - numpy or extension
    """Return a pandas array as an Arrow array; one that is not exact is marked so.

    Wide floats are rounded to 64 bits, unpaired surrogates become U+FFFD, and any other value
    that has no exact form becomes its ``str``.
    """
    try:
        return encoding.encode(values, column)
    except SchemaError:
        made = encoding.encode(_nearest(values), column)
        return replace(made, dtype={**made.dtype, "lossy": True})


def with_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a polars frame with the text of Python objects in their place."""
    import polars as pl  # noqa: PLC0415 - on use

    texts = [
        pl.Series(name, [None if v is None else near(str(v)) for v in frame[name]], pl.String)
        for name, dtype in frame.schema.items()
        if dtype == pl.Object
    ]
    return frame.with_columns(texts)


def _nearest(values: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - numpy or extension
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return np.asarray(values, _WIDEST_FLOAT)
    if isinstance(dtype, np.dtype) and dtype.kind == "c":
        return np.asarray(values, "complex128")
    made = np.empty(len(values), object)
    made[:] = [near(value) for value in values]
    return made


def near(value: object) -> object:
    r"""Return a value, or the text nearest to it where it has no exact form.

    Examples
    --------
    >>> near(3), near("a\ud800"), near(slice(2))
    (3, 'a�', 'slice(None, 2, None)')
    """
    try:
        tagged.dumps(value).encode()
    except (TypeError, ValueError, RecursionError):
        return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
