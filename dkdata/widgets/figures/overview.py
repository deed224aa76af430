"""Figures of many columns in two scans of DuckDB, never more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.columns import logical_sql
from dkdata.dialects.fragment import Fragment
from dkdata.widgets.figures.bins import IN_LIST, Bins, between
from dkdata.widgets.figures.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.widgets.sources.columns import Kind


SHOWN: Final = 8
"""Most frequent values that a list of columns tells."""
CATEGORIES: Final = 50
"""Texts with at most so many different values are told by them."""
_FEW: Final = 5_000
_LONGEST: Final = 200  # characters of texts that are counted one by one


@dataclass(frozen=True)
class Asked:
    """A column whose figures are asked for.

    Parameters
    ----------
    position
        By which the figures are told.
    sql
        Its value in SQL.
    kind
        What kind of values it has.
    type
        What its values mean; a canonical type.
    is_shown
        Whether SQL shows its values as they are; periods are numbers there, and lengths of time
        in nanoseconds too, which an INTERVAL would round.
    """

    position: int
    sql: str
    kind: Kind
    type: pa.DataType
    is_shown: bool

    @property
    def moment(self) -> str:
        """A time in SQL for functions that do not take all types of times."""
        is_fine = self.type == pa.timestamp("ns", "UTC")
        return f"CAST({self.sql} AS TIMESTAMPTZ)" if is_fine else self.sql


def asked(source: Source, names: Mapping[int, str], kinds: Mapping[int, Kind]) -> list[Asked]:
    """Return columns of a source as they are asked about, given by position and name."""
    made = []
    for position, name in names.items():
        column = source.find(name)
        is_fine = is_type.is_duration(column.type) and column.type.unit == "ns"
        sql = column.sql if is_fine else logical_sql(column)
        is_shown = column.kind != "period" and not is_fine
        made.append(Asked(position, sql, kinds[position], column.type, is_shown))
    return made


def measured(
    given: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Asked]
) -> tuple[int, dict[int, Figures]]:
    """Return the number of rows, and the figures of columns without histograms: one scan."""
    cells = ["count(*)", *(cell for column in columns for cell in _CELLS[column.kind](column))]
    rows, *values = _row(given, source, cells)
    left = iter(values)
    return rows, {column.position: _READ[column.kind](rows, left) for column in columns}


def counted(
    given: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Sequence[Asked],
    known: Mapping[int, Figures],
) -> dict[int, Figures]:
    """Return the figures with histograms or most frequent values, few values counted exactly.

    That is one scan more.

    Parameters
    ----------
    known
        What ``measured`` gave.
    """
    plans = [
        (column, *_plan(column, known[column.position]))
        for column in columns
        if _has_values(column, known[column.position])
    ]
    if not plans:
        return dict(known)
    few = [column for column, bins, _ in plans if bins and _has_few(known[column.position])]
    cells = [cell for _, _, cell in plans] + [f"count(DISTINCT {column.sql})" for column in few]
    found = _row(given, source, cells)
    made = dict(known)
    for (column, bins, _), counts in zip(plans, found, strict=False):
        figures = known[column.position]
        pairs = dict(counts or ())
        made[column.position] = (
            _with_top(figures, pairs) if bins is None else replace(figures, bins=bins.filled(pairs))
        )
    for column, distinct in zip(few, found[len(plans) :], strict=True):
        made[column.position] = replace(made[column.position], distinct=distinct, exact=True)
    return made


def _has_few(figures: Figures) -> bool:
    """Whether a column has so few different values that counting them exactly is cheap."""
    return (figures.distinct or 0) <= _FEW


def binned(
    given: duckdb.DuckDBPyConnection, source: Source, column: Asked, figures: Figures, most: int
) -> Bins | None:
    """Return the histogram of one column, ``None`` if it has none."""
    if figures.low is None or figures.high is None:
        return None
    bins = _bins(column, figures, most)
    counts = _row(given, source, [_histogram(column, bins)])[0]
    return bins.filled(dict(counts or ()))


def _row(given: duckdb.DuckDBPyConnection, source: Source, cells: Sequence[str]) -> list[Any]:
    """Return the cells of one row; DuckDB's sums of whole numbers come as decimals."""
    sql = Fragment(f"SELECT {', '.join(cells)} FROM {source.sql}")
    return [int(v) if isinstance(v, Decimal) else v for v in engine.fetched(given, sql)[0]]


def number_sql(column: Asked) -> str:
    """Return the number of a value on the axis of its histogram."""
    match column.kind:
        case "time":
            return f"(epoch_us({column.moment}) / 1000.0)"
        case "text":
            return f"length({column.sql})"
    return f"CAST({column.sql} AS DOUBLE)"


def placed_sql(column: Asked) -> str:
    """Return the condition that a value has a place on that axis."""
    match column.kind:
        case "number":
            return f"isfinite({number_sql(column)})"
        case "time":
            return f"isfinite({column.moment})"
    return f"{column.sql} IS NOT NULL"


def _count(column: Asked) -> Iterator[str]:
    yield f"count({column.sql})"
    yield f"approx_count_distinct({column.sql})"


def _span(sql: str, number: str, where: str = "") -> Iterator[str]:
    """Yield the ends as texts and as numbers."""
    for function in ("min", "max"):
        yield f"CAST({function}({sql}){where} AS VARCHAR)"
    for function in ("min", "max"):
        yield f"CAST({function}({number}){where} AS DOUBLE)"


def _cells_of_integers(column: Asked) -> Iterator[str]:
    yield from _count(column)
    yield from _span(column.sql, column.sql)
    yield f"avg({column.sql})"


def _cells_of_numbers(column: Asked) -> Iterator[str]:
    number = number_sql(column)
    where = f" FILTER (WHERE {placed_sql(column)})"
    yield from _count(column)
    yield from _span(column.sql, column.sql, where)
    yield f"avg({number}){where}"
    yield f"count_if(isnan({number}))"
    yield f"count_if(isinf({number}))"


def _cells_of_times(column: Asked) -> Iterator[str]:
    yield from _count(column)
    yield from _span(column.sql, number_sql(column), f" FILTER (WHERE {placed_sql(column)})")


def _cells_of_texts(column: Asked) -> Iterator[str]:
    yield from _count(column)
    yield from _span(number_sql(column), number_sql(column))


def _cells_of_flags(column: Asked) -> Iterator[str]:
    yield f"count({column.sql})"
    yield f"count_if({column.sql})"


def _counts(rows: int, values: Iterator[Any]) -> dict[str, Any]:
    there, distinct = next(values), next(values)
    return {"nulls": rows - there, "distinct": min(distinct, there), "exact": not there}


def _ends(values: Iterator[Any]) -> dict[str, Any]:
    least, greatest, low, high = (next(values) for _ in range(4))
    return {"least": _short(least), "greatest": _short(greatest), "low": low, "high": high}


def _short(text: str | None) -> str | None:
    """Return a number as pages of rows write it, without what says that it is a float."""
    return text and text.removesuffix(".0")


def _integers(rows: int, values: Iterator[Any]) -> Figures:
    return Figures(**_counts(rows, values), **_ends(values), mean=_number(next(values)))


def _numbers(rows: int, values: Iterator[Any]) -> Figures:
    known = _counts(rows, values) | _ends(values)
    mean, nan, infinite = (next(values) for _ in range(3))
    return Figures(**known, mean=_number(mean), nan=nan, infinite=infinite)


def _with_ends(rows: int, values: Iterator[Any]) -> Figures:
    return Figures(**_counts(rows, values), **_ends(values))


def _flags(rows: int, values: Iterator[Any]) -> Figures:
    there, yes = next(values), next(values)
    counts = sorted(
        ((text, n) for text, n in (("true", yes), ("false", there - yes)) if n),
        key=lambda item: -item[1],
    )
    return Figures(rows - there, len(counts), exact=True, top=tuple(counts))


def _others(rows: int, values: Iterator[Any]) -> Figures:
    return Figures(**_counts(rows, values))


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"


_CELLS: Final[Mapping[Kind, Callable[[Asked], Iterator[str]]]] = {
    "integer": _cells_of_integers, "number": _cells_of_numbers, "time": _cells_of_times,
    "text": _cells_of_texts, "boolean": _cells_of_flags, "other": _count,
}  # fmt: skip
_READ: Final[Mapping[Kind, Callable[[int, Iterator[Any]], Figures]]] = {
    "integer": _integers, "number": _numbers, "time": _with_ends, "text": _with_ends,
    "boolean": _flags, "other": _others,
}  # fmt: skip


def _has_values(column: Asked, figures: Figures) -> bool:
    """Whether there is more to count, and there are values to be counted."""
    return column.kind not in ("boolean", "other") and figures.low is not None


def _plan(column: Asked, figures: Figures) -> tuple[Bins | None, str]:
    """Return the bins of a column and what counts them; of a few texts, what counts each."""
    is_short = (figures.high or 0) <= _LONGEST
    if column.kind == "text" and is_short and (figures.distinct or 0) <= CATEGORIES:
        return None, f"histogram({column.sql})"
    bins = _bins(column, figures, IN_LIST)
    return bins, _histogram(column, bins)


def _bins(column: Asked, figures: Figures, most: int) -> Bins:
    low, high = figures.low or 0.0, figures.high or 0.0
    whole = column.kind in ("integer", "text")
    bins = between(low, high, most, whole=whole, of="length" if column.kind == "text" else "value")
    return replace(bins, ends=(figures.least or "", figures.greatest or ""))


def _histogram(column: Asked, bins: Bins) -> str:
    """Return what counts the values in each bin, by its number."""
    last, kept = len(bins.counts) - 1, f" FILTER (WHERE {placed_sql(column)})"
    if not last:
        return f"map {{0: count(*){kept}}}"
    place = f"floor(({number_sql(column)} - ({bins.low!r})) / {bins.width!r})"
    # `least` leaves nulls out, so that they would be in the last bin.
    bounded = f"CAST(greatest(0, least({last}, {place})) AS UTINYINT)"
    return f"histogram({bounded}){kept}"


def _with_top(figures: Figures, counts: Mapping[str, int]) -> Figures:
    """Return figures with the most frequent values, all of which were counted."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return replace(figures, distinct=len(ordered), exact=True, top=tuple(ordered[:SHOWN]))
