"""Everything that is told of one column, asked of DuckDB."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.fragment import Fragment
from dkdata.errors import QueryError
from dkdata.validation.plain import plain
from dkdata.widgets.cells import MOST_WHOLE, SHOWN, text_of, with_share
from dkdata.widgets.figures import overview
from dkdata.widgets.figures.bins import IN_DETAIL
from dkdata.widgets.figures.figures import bins_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.widgets.figures.bins import Bins
    from dkdata.widgets.figures.figures import Figures
    from dkdata.widgets.figures.overview import Asked
    from dkdata.widgets.sources.columns import Column

LISTED: Final = 50
"""Most frequent values that are listed."""

_SHARES: Final = {"1%": 0.01, "25%": 0.25, "median": 0.5, "75%": 0.75, "99%": 0.99}
_NAMED: Final = {"time": "t", "other": "NULL"}
"""What a rule names a value by, in SQL, if not by itself; what JSON cannot hold, by nothing."""

Scale = Literal["integer", "number", "date", "time"]


@dataclass(frozen=True)
class Detail:
    """Everything that is told of one column.

    Parameters
    ----------
    facts
        What it is called, and the figure as text.
    top
        The most frequent values: as text, as a rule names it (``None`` if none can), and how
        often it is there.
    others
        How many more different values there are.
    """

    column: int
    facts: tuple[tuple[str, str], ...]
    bins: Bins | None
    scale: Scale | None
    has_zone: bool
    top: tuple[tuple[str, Any, int], ...]
    others: int
    is_text: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what a page is told."""
        made = {
            "column": self.column, "facts": [list(fact) for fact in self.facts],
            "bins": bins_to_dict(self.bins), "scale": self.scale, "zone": self.has_zone,
            "top": [list(item) for item in self.top], "others": self.others,
            "lengths": self.is_text,
        }  # fmt: skip
        return {name: value for name, value in made.items() if value is not None}


def scale_of(column: Column) -> Scale | None:
    """Return how bounds of a column are written; ``None`` if it has none."""
    match column.kind:
        case "integer" | "number":
            return column.kind
        case "time":
            return "date" if is_type.is_date(column.type) else "time"
    return None


def has_zone(column: Column) -> bool:
    """Whether times of a column have a zone."""
    return is_type.is_timestamp(column.type) and column.type.tz is not None


def begun(given: duckdb.DuckDBPyConnection, source: Source, column: Column, asked: Asked) -> Detail:
    """Return what is known soon of one column: all but its different values."""
    rows, known = overview.measured(given, source, [asked])
    figures = known[asked.position]
    return Detail(
        column.position,
        tuple(_facts(given, source, asked, figures, rows)),
        overview.binned(given, source, asked, figures, IN_DETAIL),
        scale_of(column),
        has_zone(column),
        top=(),
        others=0,
        is_text=column.kind == "text",
    )


def completed(
    given: duckdb.DuckDBPyConnection, source: Source, asked: Asked, first: Detail
) -> Detail:
    """Return everything that is told of one column; of values that hardly repeat, no list."""
    there, distinct = (
        int(n) for n in _row(given, source, f"count({asked.sql}), count(DISTINCT {asked.sql})")
    )
    repeats = distinct * 2 <= there or distinct <= LISTED
    top = _top(given, source, asked) if repeats and asked.is_shown else ()
    told = tuple(
        (name, with_share(distinct, there) if name == "distinct" else text)
        for name, text in first.facts
    )
    return replace(first, facts=told, top=top, others=max(distinct - len(top), 0))


def _row(given: duckdb.DuckDBPyConnection, source: Source, cells: str) -> tuple[Any, ...]:
    return engine.fetched(given, Fragment(f"SELECT {cells} FROM {source.sql}"))[0]


def _one(given: duckdb.DuckDBPyConnection, source: Source, cell: str) -> Any:  # noqa: ANN401
    return _row(given, source, cell)[0]


def _top(
    given: duckdb.DuckDBPyConnection, source: Source, asked: Asked
) -> tuple[tuple[str, Any, int], ...]:
    sql = (
        f"SELECT {asked.sql} AS v, CAST({asked.sql} AS VARCHAR) AS t, count(*) AS n"
        f" FROM {source.sql} WHERE {overview.placed_sql(asked)} GROUP BY ALL"
        f" ORDER BY n DESC, v LIMIT {LISTED}"
    )
    chosen = _NAMED.get(asked.kind, "v")
    found = engine.fetched(given, Fragment(f"SELECT {chosen}, t, n FROM ({sql})"))
    return tuple((text_of(text) or "", named(value), n) for value, text, n in found)


def named(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as a rule names it; ``None`` if it is long, or JSON cannot hold it exactly.

    Examples
    --------
    >>> named(2**53 - 1), named(2**53), named(float("inf"))
    (9007199254740991, None, None)
    """
    match value:
        case bool():
            return value
        case float() | Decimal() if not math.isfinite(value):
            return None
        case Decimal() if value == int(value):
            return named(int(value))
        case int():
            return value if abs(value) <= MOST_WHOLE else None
        case str():
            return value if len(value) <= SHOWN else None
    return plain(value)


def _facts(
    given: duckdb.DuckDBPyConnection,
    source: Source,
    asked: Asked,
    figures: Figures,
    rows: int,
) -> Iterator[tuple[str, str]]:
    yield from counts(figures, rows)
    match asked.kind:
        case "integer" | "number":
            yield from _of_numbers(given, source, asked, figures)
        case "text":
            yield from _of_texts(given, source, asked, figures)
        case "time":
            yield from _ends(figures, "earliest", "latest")


def counts(figures: Figures, rows: int) -> Iterator[tuple[str, str]]:
    """Yield how many values there are, of which sort."""
    there = rows - figures.nulls
    yield "values", f"{there:,}"
    yield "null", with_share(figures.nulls, rows)
    if figures.distinct is not None:
        about = "" if figures.exact else "~"
        yield "distinct", f"{about}{with_share(figures.distinct, there)}"
    for name, number in (("NaN", figures.nan), ("infinite", figures.infinite)):
        if number:
            yield name, f"{int(number):,}"


def _ends(figures: Figures, low: str, high: str) -> Iterator[tuple[str, str]]:
    for name, value in ((low, figures.least), (high, figures.greatest)):
        if value is not None:
            yield name, value


def _of_numbers(
    given: duckdb.DuckDBPyConnection, source: Source, asked: Asked, figures: Figures
) -> Iterator[tuple[str, str]]:
    number = overview.number_sql(asked)
    where = f" FILTER (WHERE {overview.placed_sql(asked)})"
    shares = list(_SHARES.values())
    found = _one(given, source, f"quantile_disc({number}, {shares}){where}") or []
    if figures.mean is not None:
        yield "mean", figures.mean
    deviation = _deviation(given, source, number, where)
    if deviation is not None:
        yield "standard deviation", f"{deviation:.6g}"
    if figures.least is not None:
        yield "minimum", figures.least
    for name, value in zip(_SHARES, found, strict=False):
        yield name, f"{value:.6g}"
    if figures.greatest is not None:
        yield "maximum", figures.greatest


def _deviation(
    given: duckdb.DuckDBPyConnection, source: Source, number: str, where: str
) -> float | None:
    """Return the standard deviation; ``None`` where it is beyond what a float holds."""
    try:
        return _one(given, source, f"stddev_samp({number}){where}")
    except QueryError:
        return None


def _of_texts(
    given: duckdb.DuckDBPyConnection, source: Source, asked: Asked, figures: Figures
) -> Iterator[tuple[str, str]]:
    length = overview.number_sql(asked)
    cells = f"avg({length}), count_if({length} = 0), count_if({asked.sql} <> trim({asked.sql}))"
    found = _row(given, source, cells)
    yield from _ends(figures, "shortest, characters", "longest, characters")
    if found[0] is not None:
        yield "mean length", f"{found[0]:.6g}"
    for name, number in zip(("empty", "with outer spaces"), found[1:], strict=True):
        if number:
            yield name, f"{int(number):,}"
