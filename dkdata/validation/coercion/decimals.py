"""Decimals: every digit kept, in a type that is wide enough for the column."""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa

from dkdata.validation.coercion.numerals import NOT_A_NUMBER, numeral
from dkdata.validation.coercion.refusal import RefusalError, shown
from dkdata.validation.coercion.target import OBJECT, Target, Values, as_objects, finishing

if TYPE_CHECKING:
    from dkdata.validation.coercion.notation import Notation

_SIDE: Final = 38
"""Digits before and after the point: any two values then fit Arrow's widest decimal together."""


def _decimal(value: Any, notation: Notation) -> Decimal:  # noqa: ANN401 - any value
    """Return a value as a decimal; of a float, the shortest one that is that float."""
    match value:
        case bool() | int():
            number = Decimal(int(value))
        case float():
            number = Decimal(repr(value))
        case Decimal():
            number = value
        case str():
            number = numeral(value, notation)
        case _:
            raise RefusalError(NOT_A_NUMBER)
    if not number.is_finite():
        message = f"{shown(value)} is not finite"
        raise RefusalError(message)
    return number


def _bounded(value: Any, notation: Notation) -> Decimal:  # noqa: ANN401 - any value
    number = _decimal(value, notation)
    before, after = _digits(number)
    if max(before, after) > _SIDE:
        message = f"{shown(value)} has more than {_SIDE} digits on one side of the point"
        raise RefusalError(message)
    return number


def _digits(number: Decimal) -> tuple[int, int]:
    """Return how many digits a number has before and after the point, noughts as written."""
    after = max(0, -int(number.as_tuple().exponent))
    if not number:
        return 1, after if after <= _SIDE else 0
    return max(0, number.adjusted() + 1), after


def _finish(results: Values, known: Values) -> Any:  # noqa: ANN401 - an extension array
    sizes = [_digits(number) for number in results[known]]
    before = max((size[0] for size in sizes), default=1)
    after = max((size[1] for size in sizes), default=0)
    precision = max(1, before + after)
    made = pa.decimal128 if precision <= _SIDE else pa.decimal256
    array = pa.array(as_objects(results, known), made(precision, after))
    return pd.arrays.ArrowExtensionArray(array)


def _fitting(value: Any, notation: Notation, data_type: Any) -> Decimal:  # noqa: ANN401
    """Return a value as a decimal with the scale of a type, if that leaves nothing out."""
    exactly = Context(prec=data_type.precision, traps=[Inexact, InvalidOperation])
    try:
        return exactly.quantize(_decimal(value, notation), Decimal((0, (1,), -data_type.scale)))
    except DecimalException as error:
        message = f"{shown(value)} does not fit {data_type}"
        raise RefusalError(message) from error


def decimals(data_type: pa.DataType | None = None) -> Target:
    """Return the target of decimals.

    Parameters
    ----------
    data_type
        An Arrow type; by default the narrowest that holds the whole column.
    """
    return Target(
        dtype=OBJECT,
        one=_bounded if data_type is None else partial(_fitting, data_type=data_type),
        finish=_finish if data_type is None else finishing(data_type),
        kept=None if data_type is None else pd.ArrowDtype(data_type),
    )
