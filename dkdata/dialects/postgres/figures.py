"""Aggregates that PostgreSQL computes as dkdata defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyarrow import types as is_type

from dkdata.dialects.literals import family
from dkdata.dialects.postgres.relation import nullable, operand

if TYPE_CHECKING:
    from dkdata.dialects.postgres.relation import Operand, Relation
    from dkdata.query import Measure

_OF_FLAGS = {"min": "bool_and", "max": "bool_or"}
_WITHOUT_ORDER = ("bytea", "uuid")  # no min and max of them before PostgreSQL 18
_WIDEST = 38
_MORE = 20  # digits, so that what a division leaves over is far behind what a float holds
_SURE_DIGITS = 15  # every decimal number of so many digits is told apart as a float


class Figure(NamedTuple):
    """An aggregate: its SQL, and its type in PostgreSQL."""

    sql: str
    type: str


def figure(measure: Measure, relation: Relation) -> Figure | None:
    """Return an aggregate of a column that is known to have it, or ``None``.

    What adds, averages or spreads floats is left to DuckDB: the sum depends on the order in which
    it is made. So are the first and the last value, and means of times.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.postgres.relation import Kept, Relation
    >>> from dkdata.query import Measure
    >>> schema = pa.schema([("n", pa.int64())])
    >>> figure(Measure("total", "n", "sum"), Relation("t", schema, {"n": Kept("bigint")}))
    Figure(sql='CAST(sum("n") AS bigint)', type='bigint')
    """
    if measure.column is None or measure.function == "size":
        return Figure("count(*)", "bigint")
    _, steps = relation.meaning.columns.located(measure.column)
    if steps:
        return None
    if measure.function == "count":
        return Figure(f"count({nullable(relation, measure.column)})", "bigint")
    found = operand(relation, measure.column)
    if found is None:
        return None
    match measure.function:
        case "n_unique":
            return Figure(f"count(DISTINCT {found.same})", "bigint")
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
    return Figure(f"{name}({found.ordered})", found.type)


def _sum(found: Operand) -> Figure | None:
    """Return a sum, which is an error where its type cannot hold it."""
    kind, sql = family(found.column), found.column.sql
    if kind == "boolean":
        sql = f"CAST({sql} AS integer)"
    if kind in ("boolean", "integer") or (kind == "duration" and found.bound == "bigint"):
        return Figure(f"CAST(sum({sql}) AS bigint)", "bigint")
    if kind == "decimal" and is_type.is_decimal128(found.column.type):
        declared = f"numeric({_WIDEST},{found.column.type.scale})"
        return Figure(f"CAST(sum({sql}) AS {declared})", declared)
    return None


def _float(function: str, found: Operand) -> Figure | None:
    """Return a mean, spread or median of exact numbers: sums are exact, then rounded."""
    kind, number = family(found.column), found.column.sql
    if kind not in ("boolean", "integer", "decimal"):
        return None
    if kind == "boolean":
        number = f"CAST({number} AS integer)"
    if function == "median" and kind == "decimal" and _digits(found) > _SURE_DIGITS:
        return None
    match function:
        case "mean":
            sql = f"{_rounded(f'sum({number})')} / count({number})"
        case "median":
            sql = " + ".join(f"{_rounded(half)} / 2" for half in _middle(number))
        case _:
            digits = _MORE + (found.column.type.scale if kind == "decimal" else 0)
            sql = _rounded(f"var_samp(CAST({number} AS numeric(1000,{digits})))")
    return Figure(f"sqrt({sql})" if function == "std" else sql, "double precision")


def _rounded(number: str) -> str:
    return f"CAST({number} AS double precision)"


def _digits(found: Operand) -> int:
    return int(found.column.physical.precision)


def _middle(number: str) -> list[str]:
    """Return the two values in the middle, which are one where there is an odd number of them."""
    found = "percentile_disc(0.5) WITHIN GROUP (ORDER BY {}{})"
    return [found.format(number, direction) for direction in ("", " DESC")]
