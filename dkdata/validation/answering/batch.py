"""Batch: the frame that is validated, and the rows of it that rules are about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from dkdata.validation.answering import conditions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    import pandas as pd

    Positions: TypeAlias = "np.ndarray[Any, Any] | None"


@dataclass(frozen=True, eq=False)
class Values:
    """A column, and which of its values are there.

    Parameters
    ----------
    whole
        The column with its null values.
    there
        Which values are not null; ``None`` if all are.
    """

    whole: pd.Series
    there: np.ndarray[Any, Any] | None

    @cached_property
    def series(self) -> pd.Series:
        """The values that are not null."""
        return self.whole if self.there is None else self.whole[self.there]

    def spread(self, is_met: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return what holds of the values that are not null as what holds of the column."""
        if self.there is None:
            return is_met
        spread = np.ones(len(self.whole), dtype=bool)
        spread[self.there] = is_met
        return spread


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a frame, whose columns are cut out once and kept.

    Parameters
    ----------
    frame
        The whole frame.
    positions
        Which rows; ``None`` means all.
    """

    frame: pd.DataFrame
    positions: Positions = None
    _columns: dict[str, pd.Series] = field(default_factory=dict, repr=False)
    _values: dict[str, Values] = field(default_factory=dict, repr=False)
    _missing: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frame) if self.positions is None else len(self.positions)

    def column(self, name: str) -> pd.Series:
        """Return a column."""
        if name not in self._columns:
            self._columns[name] = _taken(self.frame[name], self.positions)
        return self._columns[name]

    def missing(self, name: str) -> np.ndarray[Any, Any]:
        """Return which values of a column are null."""
        if name not in self._missing:
            self._missing[name] = self.column(name).isna().to_numpy(dtype=bool)
        return self._missing[name]

    def values(self, name: str) -> Values:
        """Return a column, and which of its values are there."""
        if name not in self._values:
            missing = self.missing(name)
            there = ~missing if missing.any() else None
            self._values[name] = Values(self.column(name), there)
        return self._values[name]

    def without_missing(self, names: Sequence[str], ignored: str) -> Rows:
        """Return the rows without those that a rule about several columns ignores.

        Parameters
        ----------
        names
            The columns.
        ignored
            Great Expectations' ``ignore_row_if``.
        """
        missing = [self.missing(name) for name in names]
        match ignored:
            case "both_values_are_missing" | "all_values_are_missing":
                dropped = reduce(np.logical_and, missing)
            case "either_value_is_missing" | "any_value_is_missing":
                dropped = reduce(np.logical_or, missing)
            case _:
                return self
        if not dropped.any():
            return self
        return Rows(self.frame, self.placed(np.flatnonzero(~dropped)))

    def columns(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns of the rows."""
        return _taken(self.frame[list(names)], self.positions)

    def placed(self, chosen: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the positions in the frame of some rows, given by their number among these."""
        return chosen if self.positions is None else self.positions[chosen]


class Batch:
    """A pandas frame with text labels, ready for the rules of a suite."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._rows: dict[str, Rows] = {"": Rows(frame)}

    @cached_property
    def labels(self) -> list[str]:
        """The names of the columns."""
        return list(self.frame.columns)

    def rows(self, condition: Mapping[str, Any] | None = None) -> Rows:
        """Return the rows that meet a condition, as ``conditions.canonical`` gives it."""
        key = "" if condition is None else json.dumps(condition, default=repr)
        if condition is not None and key not in self._rows:
            chosen = conditions.met(self.frame, condition)
            self._rows[key] = Rows(self.frame, np.flatnonzero(chosen))
        return self._rows[key]


def _taken(data: Any, positions: Positions) -> Any:  # noqa: ANN401 - a series or a frame
    return data if positions is None else data.iloc[positions]
