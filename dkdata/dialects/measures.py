"""Aggregates in DuckDB SQL, and the types of what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.columns import Column, comparable, logical_sql
from dkdata.dialects.literals import family
from dkdata.errors import QueryError, UsageError

if TYPE_CHECKING:
    from dkdata.query import Measure

_COUNTS = {"count": "count({})", "n_unique": "count(DISTINCT {})"}
_PICKS = ("min", "max", "first", "last")
_SPREADS = {"std": "stddev_samp", "var": "var_samp"}
_WIDEST = 38


@dataclass(frozen=True)
class Measured:
    """An aggregate: its SQL, the type of its values, and the column whose values they are."""

    sql: str
    physical: pa.DataType
    type: pa.DataType
    like: Column | None = None


def measured(measure: Measure, column: Column | None, row_number: str) -> Measured:
    """Return an aggregate of a column, which null values do not enter.

    Parameters
    ----------
    column
        ``None`` for ``size`` only.
    row_number
        In SQL; by it there is a first and a last row.

    Raises
    ------
    QueryError
        The function is not one for values of that type.
    """
    if measure.function == "size" or column is None:
        return _size(measure)
    if measure.function in _COUNTS:
        return Measured(_COUNTS[measure.function].format(column.sql), pa.int64(), pa.int64())
    if measure.function in _PICKS:
        return _picked(measure.function, column, row_number)
    kind = family(column)
    if kind in ("duration", "instant") and measure.function in ("mean", "median", "sum"):
        return _of_times(measure.function, column)
    if kind not in ("integer", "float", "decimal", "boolean"):
        raise _misfit(measure, column)
    return _of_numbers(measure.function, column, kind)


def _size(measure: Measure) -> Measured:
    if measure.function != "size":
        message = f"{measure.name}={measure.function!r} needs a column: ('amount', 'sum')."
        raise UsageError(message)
    return Measured("count(*)", pa.int64(), pa.int64())


def _misfit(measure: Measure, column: Column) -> QueryError:
    return QueryError(
        f"{measure.name}: {measure.function!r} is for numbers; column {column.name!r} is"
        f" {column.described}. Choose count, n_unique, size, min, max, first or last.",
    )


def _picked(function: str, column: Column, row_number: str) -> Measured:
    key = comparable(column).sql if function in ("min", "max") else row_number
    best = "arg_min" if function in ("min", "first") else "arg_max"
    plain = key == column.sql
    sql = f"{function}({column.sql})" if plain else f"{best}({column.sql}, {key})"
    return Measured(sql, column.physical, column.type, column)


def _of_times(function: str, column: Column) -> Measured:
    """Return the sum, mean or median of lengths, or the mean or median of instants."""
    if family(column) == "instant" and function == "sum":
        message = f"column {column.name!r}: times cannot be added. Choose mean, median, min or max."
        raise QueryError(message)
    if is_type.is_integer(column.physical):
        if function == "sum":
            return Measured(f"CAST(sum({column.sql}) AS BIGINT)", pa.int64(), column.type)
        name = "avg" if function == "mean" else "median"
        return Measured(f"CAST(round({name}({column.sql})) AS BIGINT)", pa.int64(), column.type)
    if function == "median":
        return Measured(f"median({column.sql})", column.physical, column.type)
    unit = "nanoseconds" if getattr(column.type, "unit", "us") == "ns" else "microseconds"
    make = "make_timestamp_ns" if unit == "nanoseconds" else "make_timestamp"
    epoch = "epoch_ns" if unit == "nanoseconds" else "epoch_us"
    t = column.type if is_type.is_timestamp(column.type) else pa.timestamp("us")
    zone = "::TIMESTAMPTZ" if is_type.is_timestamp(t) and t.tz else ""
    sql = f"{make}(CAST(round(avg({epoch}({column.sql}))) AS BIGINT)){zone}"
    return Measured(sql, t, t)


def _of_numbers(function: str, column: Column, kind: str) -> Measured:
    value = logical_sql(column) if kind == "decimal" else column.sql
    if function == "sum" and kind in ("integer", "boolean"):
        whole = f"CAST({value} AS BIGINT)" if kind == "boolean" else value
        return Measured(f"CAST(sum({whole}) AS BIGINT)", pa.int64(), pa.int64())
    if function == "sum" and kind == "decimal":
        t = column.type if is_type.is_decimal(column.type) else None
        scale = t.scale if t is not None else min(int(column.descriptor.get("scale") or 9), 37)
        total = pa.decimal128(_WIDEST, scale)
        return Measured(f"CAST(sum({value}) AS DECIMAL(38,{scale}))", total, total)
    number = f"CAST({value} AS DOUBLE)" if kind != "integer" else value
    name = {"sum": "sum", "mean": "avg", "median": "median"} | _SPREADS
    sql = f"CAST({name[function]}({number}) AS DOUBLE)"
    return Measured(sql, pa.float64(), pa.float64())
