"""Figures of many columns in two scans of DuckDB, never more."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

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


_SHOWN: Final = 8
_CATEGORIES: Final = 50
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
    """

    position: int
    sql: str
    kind: Kind


def asked(source: Source, names: Mapping[int, str], kinds: Mapping[int, Kind]) -> list[Asked]:
    """Return columns of a source as they are asked about, given by position and name."""
    return [
        Asked(position, logical_sql(source.find(name)), kinds[position])
        for position, name in names.items()
    ]


def measured(
    given: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Asked]
) -> tuple[int, dict[int, Figures]]:
    """Return the number of rows, and the figures of columns without histograms: one scan."""
    cells = ["count(*)", *(cell for column in columns for cell in _CELLS[column.kind](column.sql))]
    rows, *values = _row(given, source, cells)
    left = iter(values)
    return rows, {column.position: _READ[column.kind](rows, left) for column in columns}


def counted(
    given: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Sequence[Asked],
    known: Mapping[int, Figures],
) -> dict[int, Figures]:
    """Return the figures with histograms or most frequent values: one scan more.

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
    found = _row(given, source, [cell for _, _, cell in plans])
    made = dict(known)
    for (column, bins, _), counts in zip(plans, found, strict=True):
        figures = known[column.position]
        pairs = dict(counts or ())
        made[column.position] = (
            _with_top(figures, pairs) if bins is None else replace(figures, bins=bins.filled(pairs))
        )
    return made


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
            return f"(epoch_us({column.sql}) / 1000.0)"
        case "text":
            return f"length({column.sql})"
    return f"CAST({column.sql} AS DOUBLE)"


def _count(sql: str) -> Iterator[str]:
    yield f"count({sql})"
    yield f"approx_count_distinct({sql})"


def _span(sql: str, number: str, where: str = "") -> Iterator[str]:
    """Yield the ends as texts and as numbers."""
    for function in ("min", "max"):
        yield f"CAST({function}({sql}){where} AS VARCHAR)"
    for function in ("min", "max"):
        yield number.format(f"{function}({sql}){where}")


def _cells_of_integers(sql: str) -> Iterator[str]:
    yield from _count(sql)
    yield from _span(sql, "CAST({} AS DOUBLE)")
    yield f"avg({sql})"


def _cells_of_numbers(sql: str) -> Iterator[str]:
    number = f"CAST({sql} AS DOUBLE)"
    where = f" FILTER (WHERE isfinite({number}))"
    yield from _count(sql)
    yield from _span(sql, "CAST({} AS DOUBLE)", where)
    yield f"avg({number}){where}"
    yield f"count_if(isnan({number}))"
    yield f"count_if(isinf({number}))"


def _cells_of_times(sql: str) -> Iterator[str]:
    yield from _count(sql)
    yield from _span(sql, "epoch_us({}) / 1000.0", f" FILTER (WHERE isfinite({sql}))")


def _cells_of_texts(sql: str) -> Iterator[str]:
    yield from _count(sql)
    yield from _span(f"length({sql})", "CAST({} AS DOUBLE)")


def _cells_of_flags(sql: str) -> Iterator[str]:
    yield f"count({sql})"
    yield f"count_if({sql})"


def _counts(rows: int, values: Iterator[Any]) -> dict[str, Any]:
    there, distinct = next(values), next(values)
    return {"nulls": rows - there, "distinct": min(distinct, there)}


def _ends(values: Iterator[Any]) -> dict[str, Any]:
    least, greatest, low, high = (next(values) for _ in range(4))
    return {"least": least, "greatest": greatest, "low": low, "high": high}


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


_CELLS: Final[Mapping[Kind, Callable[[str], Iterator[str]]]] = {
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
    if column.kind == "text" and is_short and (figures.distinct or 0) <= _CATEGORIES:
        return None, f"histogram({column.sql})"
    bins = _bins(column, figures, IN_LIST)
    return bins, _histogram(column, bins)


def _bins(column: Asked, figures: Figures, most: int) -> Bins:
    low, high = figures.low or 0.0, figures.high or 0.0
    whole = column.kind in ("integer", "text")
    return between(low, high, most, whole=whole, of="length" if column.kind == "text" else "value")


def _histogram(column: Asked, bins: Bins) -> str:
    """Return what counts the values in each bin, by its number."""
    last, number = len(bins.counts) - 1, number_sql(column)
    if not last or not math.isfinite(bins.width) or not bins.width:
        return f"map {{0: count({number})}}"
    place = f"floor(({number} - ({bins.low!r})) / {bins.width!r})"
    bounded = f"CAST(greatest(0, least({last}, {place})) AS UTINYINT)"
    kept = f" FILTER (WHERE isfinite({number}))" if column.kind in ("number", "time") else ""
    return f"histogram({bounded}){kept}"


def _with_top(figures: Figures, counts: Mapping[str, int]) -> Figures:
    """Return figures with the most frequent values, all of which were counted."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return replace(figures, distinct=len(ordered), exact=True, top=tuple(ordered[:_SHOWN]))
