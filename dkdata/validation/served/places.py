"""The rows of a table that a server keeps, looked up again when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable

import numpy as np

from dkdata.frames.reasoned import reasoned
from dkdata.predicate import IsNull
from dkdata.questions import Count, Groups, Wanted
from dkdata.validation.answering.held import Scannable, Stored, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from dkdata.predicate import Predicate
    from dkdata.questions import View
    from dkdata.validation.served.shape import Shape

T = TypeVar("T")

_FEW: Final = 100_000
"""Rows of which the places travel to the server, in place of all rows from it."""


@runtime_checkable
class Served(Scannable, Protocol):
    """A table whose store may answer questions about its rows."""

    def look(self, work: Callable[[View | None], T]) -> T:
        """Return what ``work`` makes of one state of the table; it may be called again."""
        ...


@dataclass(frozen=True, eq=False)
class Broken:
    """The rows that break rules, of which only the numbers are known at first.

    Parameters
    ----------
    wanted
        For each rule that is broken which rows break it, and how many.
    """

    table: Served
    wanted: Mapping[int, tuple[Predicate | Groups, int]]

    @cached_property
    def places(self) -> dict[int, np.ndarray[Any, Any]]:
        """The places of the rows that break each rule."""
        return self.table.look(self._places)

    def _places(self, view: View | None) -> dict[int, np.ndarray[Any, Any]]:
        if view is None:
            raise changed()
        view.ask(rows for rows, _ in self.wanted.values() if isinstance(rows, Groups))
        shown = view.show([Wanted(rows) for rows, _ in self.wanted.values()], [])
        found = {
            number: shown.places[chosen]
            for number, chosen in zip(self.wanted, shown.chosen, strict=True)
        }
        if any(len(found[number]) != count for number, (_, count) in self.wanted.items()):
            raise changed()
        return found


@dataclass(frozen=True, eq=False)
class Later:
    """The places of the rows that break a rule, looked up when they are needed."""

    broken: Broken
    number: int

    def __len__(self) -> int:
        return self.broken.wanted[self.number][1]

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:  # noqa: ANN401
        """Return the places as numpy asks for them."""
        return np.array(self.broken.places[self.number], dtype=dtype, copy=copy)


@dataclass(frozen=True, eq=False)
class OnServer(Stored):
    """A table on a server, of which the rows that are asked for are read, if they are few."""

    table: Served
    shape: Shape

    def take(
        self, positions: np.ndarray[Any, Any], texts: Sequence[list[str]] | None = None
    ) -> pd.DataFrame:
        """Return some rows as a pandas frame.

        Raises
        ------
        ConflictError
            The table has another number of rows than when it was validated.
        """
        if len(positions) > _FEW:
            return super().take(positions, texts)
        rows = self.table.look(lambda view: self._at(view, positions))
        if rows is None:
            return super().take(positions, texts)
        return rows if texts is None else reasoned(rows, texts)

    def _at(self, view: View | None, positions: np.ndarray[Any, Any]) -> pd.DataFrame | None:
        """Return some rows; ``None`` where the server does not tell what dtypes columns have."""
        if view is None:
            raise changed()
        nulls = {label: Count(IsNull(label)) for label in self.shape.uncertain}
        counted = view.ask([Count(), *nulls.values()])
        if not counted.keys() >= {Count(), *nulls.values()}:
            return None
        if counted[Count()][0].as_py() != self.rows:
            raise changed()
        gaps = frozenset(label for label, one in nulls.items() if counted[one][0].as_py())
        return replace(self.shape, gaps=gaps).rows(view.at(positions), positions)
