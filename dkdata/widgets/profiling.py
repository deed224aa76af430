"""A report on a source, made at once and without a widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata import engine
from dkdata.widgets import cells
from dkdata.widgets.measuring import figures_of
from dkdata.widgets.sources.opening import opened
from dkdata.widgets.sources.view import View
from dkdata.widgets.static_html import Profile, Report, fragment

if TYPE_CHECKING:
    from dkdata.widgets.sources.opening import Explored

ROWS: Final = 5
COLUMNS: Final = 10


def profile(data: Any, *, name: str | None = None) -> Profile:  # noqa: ANN401 - any frame or source
    """Return a report on a frame or a table; parameters as in ``dk.profile``."""
    source, title = opened(data)
    told = Report(
        name or title,
        source.count(),
        source.columns,
        figures_of(engine.connection(), source, range(len(source.columns))),
        head=head_of(source),
    )
    return Profile(fragment(told), told.title)


def head_of(source: Explored) -> tuple[list[str], list[list[str | None]]]:
    """Return the heads and texts of the first rows."""
    positions = list(range(min(COLUMNS, len(source.columns))))
    if not positions:
        return [], []
    rows = source.page(None, View(), 0, ROWS, positions)
    return [source.columns[position].name for position in positions], cells.cells(rows)
