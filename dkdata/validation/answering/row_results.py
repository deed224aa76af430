"""The result of a rule about rows, as Great Expectations' pandas engine writes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from dkdata.validation.answering.tiers import NotCompiledError

if TYPE_CHECKING:
    import numpy as np

    from dkdata.validation.results.result_format import ResultFormat


@dataclass(frozen=True, eq=False)
class Found:
    """What a rule found.

    Parameters
    ----------
    columns
        The columns that it is about.
    positions
        The rows that break it, in order, as numbers of rows of the frame.
    rows
        How many rows it is about.
    considered
        How many of them have the values that it is about.
    counts_missing
        Whether the others are told; rules about null values themselves have none.
    in_records
        Whether failing values are told with the names of their columns.
    tells_names
        Whether the columns that name a row are told.
    more
        How many rows more break it, after those of ``positions``.
    """

    columns: tuple[str, ...]
    positions: np.ndarray[Any, Any]
    rows: int
    considered: int
    counts_missing: bool = True
    in_records: bool = False
    tells_names: bool = True
    more: int = 0

    @property
    def broken(self) -> int:
        """How many rows break the rule."""
        return len(self.positions) + self.more

    def is_met(self, mostly: float) -> bool:
        """Whether few enough rows break the rule."""
        if not self.rows or not self.considered:
            return True
        considered = float(self.considered)
        return (considered - float(self.broken)) / considered >= mostly


def row_result(found: Found, frame: pd.DataFrame, told: ResultFormat) -> dict[str, Any]:
    """Return the result of a rule about rows, with the objects of the frame as its values."""
    query = told.return_unexpected_index_query
    asked = {"unexpected_index_query": _query(found, frame)} if query else {}
    names = told.unexpected_index_column_names
    by = {"unexpected_index_column_names": names} if names and found.tells_names else {}
    if told.detail == 0:
        return asked | (by if asked else {})
    values = _values(found, frame, told.listed)
    result = _counts(found) | by | _missing(found)
    if not told.exclude_unexpected_values:
        result["partial_unexpected_list"] = values[: told.partial_unexpected_count]
    if told.include_unexpected_rows:
        shown = found.positions[: told.listed][: told.partial_unexpected_count]
        result["unexpected_rows"] = frame.iloc[shown]
    if told.detail > 1:
        result |= _detailed(found, frame, told, values)
    if told.is_complete and query is None:
        asked = {"unexpected_index_query": _query(found, frame)}
    return result | asked


def _counts(found: Found) -> dict[str, Any]:
    return {
        "element_count": found.rows,
        "unexpected_count": found.broken,
        "unexpected_percent": _percent(found.broken, found.considered),
    }


def _missing(found: Found) -> dict[str, Any]:
    if not found.counts_missing:
        return {}
    missing, unexpected = found.rows - found.considered, found.broken
    return {
        "missing_count": missing,
        "missing_percent": _percent(missing, found.rows),
        "unexpected_percent_total": _percent(unexpected, found.rows),
        "unexpected_percent_nonmissing": _percent(unexpected, found.considered),
    }


def _percent(part: int, whole: int) -> float | None:
    return part / whole * 100 if whole else None


def _detailed(
    found: Found, frame: pd.DataFrame, told: ResultFormat, values: list[Any]
) -> dict[str, Any]:
    """Return what the levels from ``SUMMARY`` on tell beyond ``BASIC``."""
    partial = told.partial_unexpected_count
    labels = _labels(found, frame, None if told.is_complete else partial, told)
    result: dict[str, Any] = {}
    if partial:
        if not told.exclude_unexpected_values:
            result |= _counted(values, partial)
        result["partial_unexpected_index_list"] = labels[:partial]
    if told.is_complete:
        if not told.exclude_unexpected_values:
            result["unexpected_list"] = values
        result["unexpected_index_list"] = labels
    return result


def _counted(values: list[Any], most: int) -> dict[str, Any]:
    """Return the most frequent of the listed values, unless they cannot be compared."""
    keys = [tuple(value.values()) if isinstance(value, dict) else value for value in values]
    try:
        counted = sorted(Counter(keys).most_common(most), key=lambda one: (-one[1], one[0]))
    except TypeError:  # unhashable, or of types that have no order
        return {}
    return {"partial_unexpected_counts": [{"value": key, "count": n} for key, n in counted]}


def _values(found: Found, frame: pd.DataFrame, most: int) -> list[Any]:
    """Return the first failing values: of one column, as pairs, or as records."""
    positions = found.positions[:most]
    if found.in_records:
        return frame[list(found.columns)].iloc[positions].to_dict("records")
    if len(found.columns) == 1:
        return _listed(frame[found.columns[0]], positions)
    chosen = [frame[name].iloc[positions].values for name in found.columns]  # noqa: PD011 - as numpy has them
    return list(zip(*chosen, strict=True))


def _listed(column: pd.Series, positions: np.ndarray[Any, Any]) -> list[Any]:
    """Return some values of a column, as the objects that iterating over it gives."""
    if isinstance(column.dtype, pd.StringDtype):  # to take a few from chunks costs as much as all
        return [column.array[position] for position in positions]
    return list(column.iloc[positions])


def _labels(found: Found, frame: pd.DataFrame, most: int | None, told: ResultFormat) -> list[Any]:
    """Return what names the failing rows: index labels, or records with what names them."""
    names, every = told.unexpected_index_column_names, frame.index[found.positions]
    index, levels = every[:most], cast("list[str]", list(every.names))
    if every.names[0] is None and names is None:
        return list(index)
    if not every.is_unique:  # values are looked up by label
        raise NotCompiledError
    rows = frame.iloc[found.positions[:most]]
    if every.names[0] is None:
        keys = {name: list(rows[name]) for name in names or ()}
    elif names in (None, levels) or (names is not None and set(names) < set(levels)):
        keys = {name: list(index.get_level_values(name)) for name in names or levels}
    else:
        raise NotCompiledError
    if told.exclude_unexpected_values and len(index):
        return [keys]
    shown = {name: list(rows[name]) for name in found.columns} | keys
    return [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]


def _query(found: Found, frame: pd.DataFrame) -> str:
    return f"df.filter(items={frame.index[found.positions].to_list()}, axis=0)"
