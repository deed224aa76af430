"""Periods (months, quarters, …) as whole numbers since 1970."""

from __future__ import annotations


def ordinal(text: str, freq: str) -> int | None:
    """Return the number of the period that ``text`` names, or ``None`` if it names none.

    Examples
    --------
    >>> ordinal("1970-03", "M")
    2
    """
    import pandas as pd  # noqa: PLC0415 - only where periods are

    try:
        return int(pd.Period(text, freq=freq).ordinal)
    except ValueError:
        return None
