"""View: which rows of a source are shown, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dkdata.predicate import And, Predicate
from dkdata.query import Sort

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from dkdata.validation import Expectation, Result
    from dkdata.widgets.sources.filters import Filter


@dataclass(frozen=True, eq=True)
class Failing:
    """The rows that break one rule.

    Parameters
    ----------
    key
        Of the rule.
    expectation
        The rule.
    result
        Of a suite with that rule alone.
    """

    key: str
    expectation: Expectation
    result: Result = field(compare=False, repr=False)

    def __len__(self) -> int:
        found = self.result.results[0].positions
        return 0 if found is None else len(found)

    @property
    def places(self) -> np.ndarray[Any, Any]:
        """Their places in the source, in order."""
        return np.asarray(self.result.results[0].positions)

    def rows(self, places: np.ndarray[Any, Any] | None = None) -> pd.DataFrame:
        """Return those of them at some places of the source, or all."""
        return self.result.at(self.places if places is None else places)


@dataclass(frozen=True)
class View:
    """Which rows of a source are shown, in which order.

    Parameters
    ----------
    filters
        All of which a row has to pass.
    sort
        Positions of columns and whether it goes down, the most important first.
    failing
        The rows that break a rule; ``None`` means all rows.
    """

    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[int, bool], ...] = ()
    failing: Failing | None = None

    @property
    def is_all(self) -> bool:
        """Whether it is all rows in the order of the source."""
        return self == View()

    @property
    def is_filtered(self) -> bool:
        """Whether filters or an order have to be asked for."""
        return bool(self.filters or self.sort)

    @property
    def positions(self) -> list[int]:
        """The columns that filters and order are about."""
        named = [one.column for one in self.filters] + [position for position, _ in self.sort]
        return list(dict.fromkeys(named))

    def where(self, name_of: Callable[[int], str]) -> Predicate | None:
        """Return the filters as one predicate about columns that have those names."""
        parts = tuple(one.predicate(name_of(one.column)) for one in self.filters)
        if len(parts) < 2:  # noqa: PLR2004 - two are joined
            return parts[0] if parts else None
        return And(parts)

    def order_by(self, name_of: Callable[[int], str]) -> tuple[Sort, ...]:
        """Return the order by columns that have those names."""
        return tuple(Sort(name_of(position), descending=down) for position, down in self.sort)
