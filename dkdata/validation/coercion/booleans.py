"""True and false: words in any case, one and nought."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from dkdata.validation.coercion.refusal import RefusalError, filled
from dkdata.validation.coercion.target import Target, Values, finishing

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.validation.coercion.notation import Notation

WORDS: Final = dict.fromkeys(("true", "yes", "y", "t", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "n", "f", "off", "0"), False
)


def _boolean(value: Any, _notation: Notation) -> bool:  # noqa: ANN401 - any value
    """Return a value as true or false.

    Raises
    ------
    RefusalError
        It is another word or number.
    """
    match value:
        case str() if filled(value).lower() in WORDS:
            return WORDS[filled(value).lower()]
        case bool() | int() | float() if value in (0, 1):
            return bool(value)
        case Decimal() if value.is_finite() and value in (0, 1):
            return bool(value)
    message = "neither true nor false"
    raise RefusalError(message)


def _finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - numpy or extension
    return results if known.all() else pd.arrays.BooleanArray(results, ~known)


def booleans(data_type: pa.DataType | None = None) -> Target:
    """Return the target of true and false: bool, and boolean where some are null."""
    return Target(
        dtype=np.dtype(bool),
        one=_boolean,
        finish=_finish if data_type is None else finishing(data_type),
        kept=np.dtype(bool) if data_type is None else pd.ArrowDtype(data_type),
    )
