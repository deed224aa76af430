"""The figures of columns, by whoever can tell them: DuckDB, or the server of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dkdata.widgets.figures import answered, detail, overview
from dkdata.widgets.sources.tables import TableSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from dkdata.widgets.figures.detail import Detail
    from dkdata.widgets.figures.figures import Figures
    from dkdata.widgets.sources.columns import Column
    from dkdata.widgets.sources.opening import Explored

_AT_A_TIME: Final = 100


def figures_of(
    given: duckdb.DuckDBPyConnection,
    source: Explored,
    positions: Sequence[int],
    tell: Callable[[dict[int, Figures]], object] = lambda _: None,
) -> dict[int, Figures]:
    """Return the figures of some columns, complete; a hundred columns at a time.

    Parameters
    ----------
    tell
        Is told them as soon as they are known but for histograms.
    """
    found: dict[int, Figures] = {}
    for start in range(0, len(positions), _AT_A_TIME):
        found |= _some(given, source, positions[start : start + _AT_A_TIME], tell)
    return found


def _some(
    given: duckdb.DuckDBPyConnection,
    source: Explored,
    positions: Sequence[int],
    tell: Callable[[dict[int, Figures]], object],
) -> dict[int, Figures]:
    if isinstance(source, TableSource) and source.is_answered:
        known = answered.figures(source, positions)
        if known is not None:
            return known
    with source.scanned(given, positions) as (rows, names, kinds):
        asked = overview.asked(rows, names, kinds)
        _, known = overview.measured(given, rows, asked)
        tell(known)
        return overview.counted(given, rows, asked, known)


def detail_of(
    given: duckdb.DuckDBPyConnection,
    source: Explored,
    column: Column,
    tell: Callable[[Detail], object] = lambda _: None,
) -> Detail:
    """Return everything that is told of one column.

    Parameters
    ----------
    tell
        Is told what is known soon: all but the exact number of values, and the values.
    """
    if isinstance(source, TableSource) and source.is_answered:
        known = answered.detailed(source, column)
        if known is not None:
            return known
    with source.scanned(given, [column.position]) as (rows, names, kinds):
        asked = overview.asked(rows, names, kinds)[0]
        first = detail.begun(given, rows, column, asked)
        tell(first)
        return detail.completed(given, rows, asked, first)
