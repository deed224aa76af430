"""The values that constraints compare with: plain, and such that they can be written as JSON."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dkdata.errors import UsageError, shortened
from dkdata.frames import tagged

if TYPE_CHECKING:
    from collections.abc import Iterable


def serialisable(owner: str, value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as one that can be written as JSON and read again, exactly.

    Scalars of numpy become Python's own; members of an enumeration what they stand for.

    Raises
    ------
    UsageError
        It cannot be written, or is missing: null is allowed by every constraint.
    """
    plain = value.value if isinstance(value, enum.Enum) else value
    if isinstance(plain, np.datetime64 | np.timedelta64):
        plain = pd.Timestamp(plain) if isinstance(plain, np.datetime64) else pd.Timedelta(plain)
    elif isinstance(plain, np.generic):
        plain = plain.item()
    elif type(plain) is dt.datetime and not isinstance(plain.tzinfo, dt.timezone | None):
        plain = pd.Timestamp(plain)  # its zone has a name, which that can be written with
    if plain is None or plain is pd.NA or plain is pd.NaT or _is_nan(plain):
        message = (
            f"{owner}: {value!r} is no value to compare with. Null meets every constraint but"
            " Required."
        )
        raise UsageError(message)
    try:
        tagged.dumps(plain)
    except (TypeError, ValueError, RecursionError) as error:
        message = (
            f"{owner}: {shortened(value)} cannot be written as JSON: {error}. Give text, numbers,"
            " true or false, dates, times, decimals, bytes, or lists of them."
        )
        raise UsageError(message) from error
    return plain


def _is_nan(value: object) -> bool:
    try:
        return bool(value != value)  # noqa: PLR0124 - true of what is not a number alone
    except (ArithmeticError, ValueError, TypeError):  # a signalling NaN; an array
        return hasattr(value, "is_snan")


def ordered(values: Iterable[Any]) -> list[Any]:
    """Return the values of a set in an order that does not depend on their hashes."""
    listed = list(values)
    try:
        return sorted(listed)
    except TypeError:
        return sorted(listed, key=lambda value: (type(value).__name__, repr(value)))
