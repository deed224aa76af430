"""Aggregates that PostgreSQL computes as dkdata defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.literals import family
from dkdata.dialects.postgres.relation import nullable, operand

if TYPE_CHECKING:
    from dkdata.dialects.postgres.relation import Operand, Relation
    from dkdata.query import Measure

_OF_FLAGS = {"min": "bool_and", "max": "bool_or"}
_SPREADS = {"std": "stddev_samp", "var": "var_samp"}
_WITHOUT_ORDER = ("bytea", "uuid")  # no min and max of them before PostgreSQL 18
_WIDEST = 38
_SURE_DIGITS = 15  # every decimal number of so many digits is told apart as a float


class Figure(NamedTuple):
    """An aggregate: its SQL, its type in PostgreSQL, the type in which it is read."""

    sql: str
    type: str
    physical: pa.DataType


def figure(measure: Measure, relation: Relation) -> Figure | None:
    """Return an aggregate of a column that is known to have it, or ``None``.

    What adds, averages or spreads floats is left to DuckDB: the sum depends on the order in which
    it is made. So are the first and the last value, and means of times.

    Examples
    --------
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> from dkdata.query import Measure
    >>> schema = pa.schema([("n", pa.int64())])
    >>> figure(Measure("total", "n", "sum"), Relation("t", schema, schema, {"n": Kept("bigint")}))
    Figure(sql='CAST(sum("n") AS bigint)', type='bigint', physical=DataType(int64))
    """
    if measure.column is None or measure.function == "size":
        return Figure("count(*)", "bigint", pa.int64())
    _, steps = relation.meaning.columns.located(measure.column)
    if steps:
        return None
    if measure.function == "count":
        return Figure(f"count({nullable(relation, measure.column)})", "bigint", pa.int64())
    found = operand(relation, measure.column)
    if found is None:
        return None
    match measure.function:
        case "n_unique":
            return Figure(f"count(DISTINCT {found.same})", "bigint", pa.int64())
        case "min" | "max" as function:
            return _extreme(function, found)
        case "sum":
            return _sum(found)
        case "mean" | "std" | "var" | "median" as function:
            return _float(function, found)
    return None


def _extreme(function: str, found: Operand) -> Figure | None:
    if found.type in _WITHOUT_ORDER:
        return None
    name = _OF_FLAGS[function] if found.bound == "boolean" else function
    return Figure(f"{name}({found.ordered})", found.type, found.column.physical)


def _sum(found: Operand) -> Figure | None:
    """Return a sum, which is an error where its type cannot hold it."""
    kind, sql = family(found.column), found.column.sql
    if kind == "boolean":
        sql = f"CAST({sql} AS integer)"
    if kind in ("boolean", "integer") or (kind == "duration" and found.bound == "bigint"):
        return Figure(f"CAST(sum({sql}) AS bigint)", "bigint", pa.int64())
    if kind == "decimal" and is_type.is_decimal128(found.column.type):
        t = pa.decimal128(_WIDEST, found.column.type.scale)
        declared = f"numeric({t.precision},{t.scale})"
        return Figure(f"CAST(sum({sql}) AS {declared})", declared, t)
    return None


def _float(function: str, found: Operand) -> Figure | None:
    """Return a mean, spread or median of exact numbers, computed exactly and rounded once."""
    kind, number = family(found.column), found.column.sql
    if kind not in ("boolean", "integer", "decimal"):
        return None
    if kind == "boolean":
        number = f"CAST({number} AS integer)"
    if function == "mean":
        # Fifty digits: what is left of the quotient of a sum and a count can be rounded once more.
        sql = f"CAST(sum({number}) AS numeric(1000,50)) / count({number})"
    elif function == "median":
        if kind == "decimal" and found.column.physical.precision > _SURE_DIGITS:
            return None
        ordered = f"ORDER BY CAST({number} AS double precision)"
        sql = f"percentile_cont(0.5) WITHIN GROUP ({ordered})"
    else:
        sql = f"{_SPREADS[function]}(CAST({number} AS numeric))"
    return Figure(f"CAST({sql} AS double precision)", "double precision", pa.float64())
