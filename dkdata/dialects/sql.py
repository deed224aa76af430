"""Predicates in DuckDB SQL: true of exactly the rows that a predicate keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import predicate as p
from dkdata.dialects.columns import Column, comparable
from dkdata.dialects.expression import expression
from dkdata.dialects.fragment import Fragment, duckdb_type, join
from dkdata.dialects.literals import Point, family, mismatch, place
from dkdata.dialects.pairs import compare_columns
from dkdata.errors import QueryError
from dkdata.predicate.tree import push_not
from dkdata.values import Ref

if TYPE_CHECKING:
    from dkdata.predicate import Operator, Predicate
    from dkdata.values import Value

Find: TypeAlias = Callable[[str], Column]

NOTHING = Fragment("FALSE")
_OPERATORS: dict[Operator, str] = {"==": "="}
_MAKERS = {
    pa.date32(): "make_date(CAST(? AS INTEGER))",
    pa.timestamp("us"): "make_timestamp(CAST(? AS BIGINT))",
    pa.timestamp("ns"): "make_timestamp_ns(CAST(? AS BIGINT))",
    pa.timestamp("us", "UTC"): "CAST(make_timestamp(CAST(? AS BIGINT)) AS TIMESTAMPTZ)",
    pa.timestamp("ns", "UTC"): "CAST(make_timestamp_ns(CAST(? AS BIGINT)) AS TIMESTAMPTZ_NS)",
    pa.time64("us"): "CAST(make_timestamp(CAST(? AS BIGINT)) AS TIME)",
    pa.time64("ns"): "CAST(make_timestamp_ns(CAST(? AS BIGINT)) AS TIME_NS)",
}
_PLACES = {"starts_with": "starts_with", "ends_with": "suffix", "contains": "contains"}
_MANY = 64
_JSON_INTEGERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT')"


def where_sql(predicate: Predicate, find: Find) -> Fragment:
    """Return a condition that is true of exactly the rows that ``predicate`` keeps.

    Parameters
    ----------
    find
        Gives the column that a name means, or raises ``ColumnNotFoundError``.

    Raises
    ------
    QueryError
        A column is compared with a value of another kind.

    Examples
    --------
    >>> from dkdata.dialects.columns import find
    >>> schema = pa.schema([("age", pa.int64())])
    >>> where_sql(p.col("age") > 36.5, lambda name: find(name, schema))
    Fragment(sql='"age" > CAST(? AS BIGINT)', parameters=(36,))
    """
    return _sql(push_not(predicate), find)


def _sql(predicate: Predicate, find: Find) -> Fragment:
    match predicate:
        case p.And(parts):
            return join(" AND ", (_sql(part, find) for part in parts), "TRUE")
        case p.Or(parts):
            return join(" OR ", (_sql(part, find) for part in parts), "FALSE")
        case p.Between():
            return _sql(predicate.expanded(), find)
        case p.Not(part):
            return _leaf(part, find, negated=True)
    return _leaf(predicate, find, negated=False)


def _leaf(leaf: Predicate, find: Find, *, negated: bool) -> Fragment:  # noqa: PLR0911
    match leaf:
        case p.Compare(column, op, value):
            return _compare(comparable(find(column)), op, value, find)
        case p.IsIn(column, values):
            return _is_in(comparable(find(column)), values, negated=negated)
        case p.IsNull(column):
            return _is_null(find(column), negated=negated)
        case p.Flag(column):
            return _flag(find(column), negated=negated)
        case p.Constant(value):
            return Fragment("TRUE") if value is not None and value != negated else NOTHING
        case p.Like(column, pattern, insensitive):
            operator = "ILIKE" if insensitive else "LIKE"
            return _on_text(find(column), f"{{}} {operator} ?", pattern, negated=negated)
        case p.TextMatch(column, where, text):
            return _on_text(find(column), f"{_PLACES[where]}({{}}, ?)", text, negated=negated)
        case p.Regex(column, pattern):
            return _on_text(find(column), "regexp_matches({}, ?)", pattern, negated=negated)
        case p.Sql(text):
            sql = expression(text, find)
            return Fragment(f"(NOT {sql})" if negated else sql)
        case p.And() | p.Or() | p.Not() | p.Between():
            return _sql(p.Not(leaf) if negated else leaf, find)
    message = f"{leaf!r} is not a predicate."
    raise QueryError(message)


def bind(column: Column, value: object) -> Fragment:
    """Return a value that ``place`` found, in the type in which the source keeps the column."""
    held = column.physical
    match value:
        case bool() | bytes() | str():
            return Fragment("?", (value,))
        case float():
            return Fragment(f"CAST(? AS {duckdb_type(held)})", (value,))
        case int() if held in _MAKERS:
            return Fragment(_MAKERS[held], (value,))
        case int() if is_type.is_decimal(held):
            return Fragment(f"CAST(? AS {duckdb_type(held)})", (_decimal_text(value, held.scale),))
        case int() if is_type.is_null(held):
            return Fragment("CAST(? AS BIGNUM)", (str(value),))
        case int():
            return Fragment(f"CAST(? AS {duckdb_type(held)})", (value,))
    raise TypeError(value)


def _decimal_text(steps: int, scale: int) -> str:
    digits = str(abs(steps)).rjust(scale + 1, "0")
    sign = "-" if steps < 0 else ""
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def _compare(column: Column, op: Operator, value: Value, find: Find) -> Fragment:
    if isinstance(value, Ref):
        return compare_columns(column, op, comparable(find(value.name)))
    if family(column) == "document" and column.descriptor.get("place"):
        return _in_document(column, op, value)
    if value is None:
        return NOTHING
    placed = place(op, column, value)
    if not isinstance(placed, Point):
        return Fragment(f"{column.sql} IS NOT NULL") if placed else NOTHING
    return _at(column, placed)


def _at(column: Column, point: Point) -> Fragment:
    bound = bind(column, point.value)
    sign = _OPERATORS.get(point.op, point.op)
    return Fragment(f"{column.sql} {sign} {bound.sql}", bound.parameters)


def _is_null(column: Column, *, negated: bool) -> Fragment:
    sql = column.sql
    if column.descriptor.get("place"):
        sql = f"nullif(json_type({sql}), 'NULL')"
    return Fragment(f"{sql} IS {'NOT ' if negated else ''}NULL")


def _flag(column: Column, *, negated: bool) -> Fragment:
    if family(column) == "document" and column.descriptor.get("place"):
        return _in_document(column, "!=" if negated else "==", value=True)
    if not is_type.is_boolean(column.type):
        message = (
            f"column {column.name!r} is {column.described}, not true or false. Compare it with"
            f" a value, such as col({column.name!r}) == …"
        )
        raise QueryError(message)
    return Fragment(f"(NOT {column.sql})" if negated else column.sql)


def _on_text(column: Column, form: str, text: str, *, negated: bool) -> Fragment:
    if family(column) == "document" and column.descriptor.get("place"):
        column = _text_in_document(column)
    if family(column) != "text":
        message = (
            f"column {column.name!r} is {column.described}: like, regex and their kind are for"
            " text. Compare it with == < between, or convert it to text first."
        )
        raise QueryError(message)
    place("==", column, text)
    sql = form.format(column.sql)
    return Fragment(f"(NOT {sql})" if negated else sql, (text,))


def _is_in(column: Column, values: tuple[Value, ...], *, negated: bool) -> Fragment:
    if any(value is None for value in values) and negated:
        return NOTHING
    given = [value for value in values if value is not None]
    if column.descriptor.get("place") or any(isinstance(value, Ref) for value in given):
        op: Operator = "!=" if negated else "=="
        parts = (_compare(column, op, value, _no_columns) for value in given)
        return join(" AND ", parts, "TRUE") if negated else join(" OR ", parts, "FALSE")
    if family(column) in ("nested", "document"):
        mismatch(column, values)
    placed = [place("==", column, value) for value in given]
    points = [point for point in placed if isinstance(point, Point)]
    if not points:
        return Fragment(f"{column.sql} IS NOT NULL") if negated else NOTHING
    return _in_list(column, points, negated=negated)


def _no_columns(name: str) -> Column:
    message = f"is_in() takes values, not the column {name!r}. Write (a == b) | (a == c)."
    raise QueryError(message)


def _in_list(column: Column, points: list[Point], *, negated: bool) -> Fragment:
    operator = "NOT IN" if negated else "IN"
    bound = [bind(column, point.value) for point in points]
    parameters = tuple(value for part in bound for value in part.parameters)
    if len(points) > _MANY:
        made = bound[0].sql.replace("?", "item")
        values = f"SELECT {made} FROM (SELECT unnest(?) AS item)"
        listed = Fragment(f"({values})", (list(parameters),))
    else:
        listed = Fragment(f"({', '.join(part.sql for part in bound)})", parameters)
    return Fragment(f"{column.sql} {operator} {listed.sql}", listed.parameters)


def _text_in_document(column: Column) -> Column:
    j = column.sql
    sql = f"(CASE WHEN json_type({j}) = 'VARCHAR' THEN json_extract_string({j}, '$') END)"
    return replace(column, sql=sql, type=pa.large_string(), descriptor={})


def _in_document(column: Column, op: Operator, value: Value) -> Fragment:
    """Compare a place of any type: a value of another type than the literal is null there."""
    j = column.sql
    match value:
        case None:
            return NOTHING
        case str():
            return _compare(_text_in_document(column), op, value, _no_columns)
        case bool():
            sql = f"(CASE WHEN json_type({j}) = 'BOOLEAN' THEN CAST({j} AS BOOLEAN) END)"
            flag = replace(column, sql=sql, physical=pa.bool_(), type=pa.bool_(), descriptor={})
            return _compare(flag, op, value, _no_columns)
    whole = f"(CASE WHEN json_type({j}) IN {_JSON_INTEGERS} THEN CAST({j} AS DECIMAL(38,0)) END)"
    broken = f"(CASE WHEN json_type({j}) = 'DOUBLE' THEN CAST({j} AS DOUBLE) END)"
    forms = ((whole, pa.decimal128(38, 0)), (broken, pa.float64()))
    kept = [replace(column, sql=sql, physical=t, type=t, descriptor={}) for sql, t in forms]
    return join(" OR ", (_compare(form, op, value, _no_columns) for form in kept), "FALSE")
