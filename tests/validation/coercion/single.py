"""What becomes of one value, and of a column of them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

import dkdata as dk


@dataclass(frozen=True)
class No:
    """A refusal, by its reason."""

    reason: str


def column_of(values):
    """Return values as a column of text if they all are, and of objects otherwise."""
    is_text = all(isinstance(value, str) for value in values)
    try:
        return pd.DataFrame({"x": pd.Series(values, dtype="str" if is_text else object)})
    except UnicodeEncodeError:  # a lone surrogate
        return pd.DataFrame({"x": pd.Series(values, dtype=object)})


def outcomes(values, wanted, **options):
    """Return the result or the refusal of each value of a column."""
    made = dk.coerce(column_of(values), {"x": wanted}, **options)
    found = [plain(value) for value in made.frame["x"]]
    for row, reason in zip(made.failures["row"], made.failures["reason"], strict=True):
        assert found[row] is None
        found[row] = No(reason)
    return found


def outcome(value, wanted, **options):
    return outcomes([value], wanted, **options)[0]


def plain(value):
    """Return a value of NumPy or pandas as Python's own, any null as ``None``."""
    if isinstance(value, (list, dict, str, bytes)):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if value is None or pd.isna(value):
        return None
    match value:
        case pd.Timestamp():
            made = value.to_pydatetime()
            return made if made.tzinfo in (None, dt.UTC) else made.replace(tzinfo=_fixed(made))
        case pd.Timedelta():
            return value.to_pytimedelta()
        case np.generic():
            return value.item()
    return value


def _fixed(value):
    return dt.timezone(value.utcoffset())


def named(value):
    """Return what a test calls a value: its class too, for ``1`` and ``1.0`` are others."""
    told = f"{type(value).__name__} {ascii(value)[:60]}"
    return re.sub(r" at 0x[0-9a-f]+", "", told)  # an address is another one in every process
