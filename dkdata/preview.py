"""A table as notebooks show it: its first rows, what is long cut."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dkdata.query import in_rows

if TYPE_CHECKING:
    import pandas as pd

ROWS: Final = 10
_COLUMNS, _CHARACTERS = 20, 50
_LONG = (str, list, dict, np.ndarray)


def html(title: str, count: int, rows: pd.DataFrame) -> str:
    """Return the name and the size of a table, with its first rows.

    Parameters
    ----------
    count
        How many rows it has.
    """
    listed = zip(rows.columns, rows.dtypes, strict=True)
    types = [f"{escape(str(label))} <i>{escape(str(dtype))}</i>" for label, dtype in listed]
    more = len(types) - _COLUMNS
    told = " · ".join(types[:_COLUMNS]) + (f" and {more:,} more" if more > 0 else "")
    shown = rows.apply(_cut).to_html(max_cols=_COLUMNS, border=0)
    columns = f"{len(types):,} {'column' if len(types) == 1 else 'columns'}"
    return (
        f"<div class='dk-table'><b>{escape(title)}</b> ({in_rows(count)}, {columns})<br>{told}"
        f"{shown}</div>"
    )


def _cut(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column whose texts and nested values are cut, which ``to_html`` does not do."""
    if not any(isinstance(value, _LONG) for value in column):
        return column
    return column.astype(object).map(
        lambda value: _short(value) if isinstance(value, _LONG) else value
    )


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
