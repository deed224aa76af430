"""What an exploration knows, as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dkdata.widgets.profiling import head_of
from dkdata.widgets.static_html import Report, fragment

if TYPE_CHECKING:
    from dkdata.widgets.exploration import Exploration

_COLUMNS: Final = 100


def report(exploration: Exploration, title: str, *, is_whole: bool) -> str:
    """Return a report as HTML.

    Parameters
    ----------
    is_whole
        Whether the figures of the first hundred columns are computed where they are not known.
    """
    columns = exploration.source.columns
    wanted = range(min(_COLUMNS, len(columns)))
    known = exploration.looking.figures(wanted) if is_whole else exploration.looking.known
    told = exploration.ruling.told()
    return fragment(
        Report(
            title,
            exploration.viewing.rows() if is_whole else exploration.viewing.known_rows,
            columns,
            known,
            told["rules"],
            told["results"],
            head_of(exploration.source),
        )
    )
