"""Floats: from text the nearest one, from whole numbers only the equal one."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion.numerals import NOT_A_NUMBER, numeral, parsed
from dkdata.validation.coercion.refusal import RefusalError, out_of_range, shown
from dkdata.validation.coercion.target import Target, Values, finishing

if TYPE_CHECKING:
    from dkdata.validation.coercion.notation import Notation

_WORDS: Final = {
    f"{sign}{word}": float(f"{sign}{word}")
    for sign in ("", "+", "-")
    for word in ("inf", "infinity", "nan")
}
_EXACT: Final = 2**53


def _float(value: Any, notation: Notation, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return a value as a float of a type.

    Raises
    ------
    RefusalError
        It is no number, or beyond the type's range, or a number in binary already (an integer,
        a float) that the type has no equal of.
    """
    match value:
        case bool() | int() | float():
            return _equal(value, dtype)
        case Decimal() if value.is_finite():
            return _nearest(value, value, dtype)
        case Decimal() if value.is_infinite():
            return dtype.type(value)
        case str() if value.strip().lower() in _WORDS:
            return dtype.type(_WORDS[value.strip().lower()])
        case str():
            return _nearest(numeral(value, notation), value, dtype)
    raise RefusalError(NOT_A_NUMBER)


def _equal(value: float, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a NumPy float
    try:
        found = _narrowed(float(value), dtype)
    except OverflowError as error:
        raise out_of_range(value, dtype.name) from error
    if math.isinf(found) and not math.isinf(value):
        raise out_of_range(value, dtype.name)
    if float(found) != value and not math.isnan(value):
        message = f"{shown(value)} has more digits than {dtype.name} keeps"
        raise RefusalError(message)
    return found


def _nearest(number: Decimal, value: object, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return the nearest float, if that is neither infinite nor nothing at all."""
    found = _narrowed(float(number), dtype)
    if math.isinf(found) or (found == 0 and number):
        raise out_of_range(value, dtype.name)
    return found


def _narrowed(number: float, dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a NumPy float
    with np.errstate(over="ignore", under="ignore"):
        return dtype.type(number)


def _of_texts(texts: pa.Array, notation: Notation, dtype: np.dtype[Any]) -> tuple[Values, Values]:
    numbers, sure = parsed(texts, notation.number_pattern(exponent=3), notation, pa.float64())
    with np.errstate(over="ignore", under="ignore"):
        found = numbers.astype(dtype)
    # Whether a text of nothing but noughts, or one too near to nothing, made this nought.
    plain = (found != 0) & np.isfinite(found)
    return _only(found, sure, plain)


def _of_numbers(
    numbers: pa.Array, _notation: Notation, dtype: np.dtype[Any]
) -> tuple[Values, Values]:
    values = numbers.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore", under="ignore"):
        found = values.astype(dtype)
    if values.dtype.kind == "f":
        return _only(found, np.ones(len(values), bool), found.astype("float64") == values)
    exact = (values <= _EXACT) & (values >= -_EXACT) & (found.astype("float64") == values)
    return _only(found, np.ones(len(values), bool), exact)


def _only(found: Values, sure: Values, right: Values) -> tuple[Values, Values]:
    if right.all():
        return found, sure
    sure = sure.copy()
    sure[sure] = right
    return found[right], sure


def _finish(results: Values, known: Values) -> Values:
    return results if known.all() else np.where(known, results, np.nan)


def floats(data_type: pa.DataType | None = None) -> Target:
    """Return the target of floats.

    Parameters
    ----------
    data_type
        An Arrow type; float64, where NaN is null, by default.
    """
    dtype = np.dtype("float64" if data_type is None else data_type.to_pandas_dtype())
    numbers = partial(_of_numbers, dtype=dtype)
    return Target(
        dtype=dtype,
        one=partial(_float, dtype=dtype),
        finish=_finish if data_type is None else finishing(data_type),
        lanes={"text": partial(_of_texts, dtype=dtype), "integer": numbers, "float": numbers},
        kept=dtype if data_type is None else pd.ArrowDtype(data_type),
    )
