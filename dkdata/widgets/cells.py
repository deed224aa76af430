"""Rows as the texts that a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN: Final = 200
"""Characters of a cell that are shown at first."""

MOST_WHOLE: Final = 2**53 - 1
"""Up to which a page tells every whole number from the next."""

_WHOLE: Final = 100_000
_LEAST_PERCENT: Final = 0.1


def cells(frame: pd.DataFrame) -> list[list[str | None]]:
    """Return the values of a frame as texts, row by row; null is ``None``.

    Examples
    --------
    >>> cells(pd.DataFrame({"a": [1.5, None], "b": ["x", "y"]}))
    [['1.5', 'x'], [None, 'y']]
    """
    columns = [_texts(frame.iloc[:, position]) for position in range(frame.shape[1])]
    return (
        [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in frame.index]
    )


def _texts(column: pd.Series) -> list[str | None]:
    return [text_of(value) for value in values(column)]


def values(column: pd.Series) -> list[Any]:
    """Return the values of a column in Python's own types; dates beyond those as texts."""
    try:
        return column.tolist()
    except OverflowError:  # dates beyond those of Python, such as infinite ones
        return pa.array(column).cast(pa.string()).to_pylist()


def text_of(value: Any, most: int = SHOWN) -> str | None:  # noqa: ANN401 - any value
    """Return one value as text of at most so many characters; null is ``None``.

    Examples
    --------
    >>> text_of(b"ab"), text_of(pd.NaT), text_of("long text", 4)
    ('0x6162', None, 'long…')
    """
    if is_null(value):
        return None
    if isinstance(value, np.ndarray):  # whose text would leave out what is in the middle
        value = value[: most + 1].tolist()
    make = next((make for kind, make in _MAKERS if isinstance(value, kind)), str)
    text = make(value[: most + 1] if isinstance(value, (str, bytes, list)) else value)
    return text if len(text) <= most else f"{text[:most]}…"


def whole_text(value: Any) -> str | None:  # noqa: ANN401 - any value
    """Return one value as text, cut only where no page could show it."""
    return text_of(value, _WHOLE)


def is_null(value: Any) -> bool:  # noqa: ANN401 - any value
    """Return whether a value is null, in whatever way its dtype writes that."""
    return np.ndim(value) == 0 and bool(pd.isna(value))


def _time(value: pd.Timestamp) -> str:
    return str(value).removesuffix(" 00:00:00")


_MAKERS: Final[tuple[tuple[Any, Callable[[Any], str]], ...]] = (
    (bool, lambda value: "true" if value else "false"),
    (float, lambda value: repr(value).removesuffix(".0")),
    (bytes, lambda value: f"0x{value.hex()}"),
    (pd.Timestamp, _time),
)


def share(part: int, whole: int) -> str:
    """Return a share in percent, as the page writes it: never 0 % or 100 % when it is not that.

    Examples
    --------
    >>> share(1, 40), share(1, 5_000), share(3, 8), share(0, 0)
    ('2.5 %', '< 0.1 %', '37 %', '0 %')
    """
    if part <= 0 or part >= whole:
        return "100 %" if 0 < whole <= part else "0 %"
    percent = 100 * part / whole
    if percent < _LEAST_PERCENT:
        return f"< {_LEAST_PERCENT} %"
    if percent > 100 - _LEAST_PERCENT:
        return f"> {100 - _LEAST_PERCENT} %"
    return f"{percent:.1f} %" if percent < 10 else f"{int(percent)} %"  # noqa: PLR2004


def with_share(part: int, whole: int) -> str:
    """Return a number, and its share of another.

    Examples
    --------
    >>> with_share(1_000, 4_000), with_share(0, 4_000)
    ('1,000 (25 %)', '0')
    """
    return f"{part:,} ({share(part, whole)})" if part and whole > 0 else f"{part:,}"


def labels(index: pd.Index[Any]) -> list[str]:
    """Return the labels of rows as texts; those of several levels with a comma.

    Examples
    --------
    >>> labels(pd.Index(["a", "", None]))
    ['a', '', 'null']
    """
    if isinstance(index, pd.MultiIndex):
        return [", ".join(map(_label, label)) for label in index]
    return [_label(label) for label in index]


def _label(value: Any) -> str:  # noqa: ANN401 - any value
    text = text_of(value)
    return "null" if text is None else text
