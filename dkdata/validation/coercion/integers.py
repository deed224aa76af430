"""Whole numbers: from text, from numbers without a fraction, within the range of their type."""

from __future__ import annotations

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

_SAFE_DIGITS: Final = 18
_MOST_DIGITS: Final = 40


def integer(value: Any, notation: Notation) -> int:  # noqa: ANN401 - any value
    """Return a value as the whole number that it is.

    Text may write it in any way that leaves no fraction: ``1e3``, ``12.0``, ``0xff``.

    Raises
    ------
    RefusalError
        It is no number, or no whole one.

    Examples
    --------
    >>> from dkdata.validation.coercion.notation import Notation
    >>> integer(" 9007199254740993", Notation()), integer("1e3", Notation())
    (9007199254740993, 1000)
    """
    match value:
        case bool() | int():
            return int(value)
        case float() if np.isfinite(value):
            return _without_fraction(Decimal(value), value)
        case float():
            message = f"{value} is not finite"
            raise RefusalError(message)
        case Decimal() if value.is_finite():
            return _without_fraction(value, value)
        case str():
            return _without_fraction(numeral(value, notation), value)
    raise RefusalError(NOT_A_NUMBER)


def _without_fraction(number: Decimal, value: object) -> int:
    if number and number.adjusted() > _MOST_DIGITS:
        raise out_of_range(value, "any integer type")  # and too long to be written out
    whole = int(number)
    if whole != number:
        message = f"{shown(value)} has a fractional part"
        raise RefusalError(message)
    return whole


def _within(value: Any, notation: Notation, dtype: np.dtype[Any]) -> int:  # noqa: ANN401
    whole, limits = integer(value, notation), np.iinfo(dtype)
    if not limits.min <= whole <= limits.max:
        raise out_of_range(value, dtype.name)
    return whole


def _of_texts(texts: pa.Array, notation: Notation, dtype: np.dtype[Any]) -> tuple[Values, Values]:
    pattern = f"-?{notation.whole_pattern(_SAFE_DIGITS)}"
    numbers, sure = parsed(texts, pattern, notation, pa.int64())
    return _narrowed(numbers, sure, dtype)


def _of_numbers(
    numbers: pa.Array, _notation: Notation, dtype: np.dtype[Any]
) -> tuple[Values, Values]:
    values = numbers.to_numpy(zero_copy_only=False)
    whole = np.ones(len(values), bool)
    if values.dtype.kind == "f":
        values = values.astype("float64")
        whole = np.trunc(values) == values
    return _narrowed(values[whole], whole, dtype)


def _narrowed(numbers: Values, sure: Values, dtype: np.dtype[Any]) -> tuple[Values, Values]:
    """Return those numbers that a type holds, and of which values they are."""
    limits = np.iinfo(dtype)
    if numbers.dtype == dtype:
        return numbers, sure
    # The ends of a range, as floats, are exact or one beyond it: below 2.0**63 is within int64.
    beyond = float(limits.max) + (1.0 if limits.bits < 64 else 0.0)  # noqa: PLR2004 - 53 suffice
    is_float = numbers.dtype.kind == "f"
    below = numbers < beyond if is_float else numbers <= limits.max
    held = (numbers >= limits.min) & below
    if not held.all():
        sure = sure.copy()
        sure[sure] = held
        numbers = numbers[held]
    return numbers.astype(dtype), sure


def _finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - numpy or extension
    return results if known.all() else pd.arrays.IntegerArray(results, ~known)


def integers(data_type: pa.DataType | None = None) -> Target:
    """Return the target of whole numbers.

    Parameters
    ----------
    data_type
        An Arrow type; by default they are int64, and Int64 where some are null.
    """
    dtype = np.dtype("int64" if data_type is None else data_type.to_pandas_dtype())
    numbers = partial(_of_numbers, dtype=dtype)
    return Target(
        dtype=dtype,
        one=partial(_within, dtype=dtype),
        finish=_finish if data_type is None else finishing(data_type),
        lanes={"text": partial(_of_texts, dtype=dtype), "integer": numbers, "float": numbers},
        kept=dtype if data_type is None else pd.ArrowDtype(data_type),
    )
