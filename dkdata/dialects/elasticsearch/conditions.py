"""The part of a predicate that Elasticsearch answers exactly, and the part that is left."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pyarrow import types as is_type

from dkdata import predicate as p
from dkdata.dialects.literals import Point, family, place
from dkdata.predicate import tree
from dkdata.values import Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dkdata.dialects.columns import Column, Columns
    from dkdata.predicate import Operator, Predicate
    from dkdata.values import Value

Query: TypeAlias = "dict[str, Any]"
NOTHING: Query = {"match_none": {}}
EVERYTHING: Query = {"match_all": {}}
_RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_PLACES = {"starts_with": "{}*", "ends_with": "*{}", "contains": "*{}*"}
_PRESENT = ("integer", "boolean", "text", "float")
_MOST_TERMS = 10_000  # the server takes six times as many
_LONGEST_PATTERN = 200  # characters: beyond, the server may not compile them
_MOST = 2**63
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Indexed:
    """The columns of an index as predicates name them.

    Parameters
    ----------
    fields
        The names of the fields by those of the columns.
    unsearched
        Columns some of whose values the index does not hold: too long a text, no finite number.
    """

    columns: Columns
    fields: Mapping[str, str]
    unsearched: Collection[str] = ()

    def column(self, name: str) -> tuple[Column, str] | None:
        """Return what a name means and its field; ``None`` where that is no whole column."""
        stored, steps = self.columns.located(name)
        if steps or stored in self.unsearched:
            return None
        return self.columns.find(name), self.fields[stored]


def divided(predicate: Predicate | None, index: Indexed) -> tuple[Query | None, Predicate | None]:
    """Return what Elasticsearch answers exactly of a predicate, and the predicate that is left.

    A row is kept if both are true of it. Only a conjunction is divided.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from dkdata.dialects.columns import Columns
    >>> schema = pa.schema([("age", pa.int64())])
    >>> people = Indexed(Columns(schema, schema), {"age": "age"})
    >>> divided((p.col("age") > 36.5) & p.as_predicate("age % 2 = 0"), people)
    ({'range': {'age': {'gt': 36}}}, sql('(((age % 2) = 0))'))
    """
    if predicate is None:
        return None, None
    pushed, left = tree.divided(predicate, lambda part: _query(part, index))
    return _all(pushed) if pushed or left is None else None, left


def _all(queries: list[Query]) -> Query:
    match queries:
        case []:
            return EVERYTHING
        case [query]:
            return query
    return {"bool": {"filter": queries}}


def _query(predicate: Predicate, index: Indexed) -> Query | None:
    """Return a predicate with negations on its leaves as a whole, or ``None``."""
    match predicate:
        case p.And(parts):
            found = _whole(_query(part, index) for part in parts)
            return None if found is None else _all(found)
        case p.Or(parts):
            found = _whole(_query(part, index) for part in parts)
            either = {"bool": {"should": found, "minimum_should_match": 1}}
            return None if found is None else either
        case p.Between():
            return _query(predicate.expanded(), index)
        case p.Not(part):
            return _leaf(part, index, negated=True)
    return _leaf(predicate, index, negated=False)


def _whole(parts: Iterable[Query | None]) -> list[Query] | None:
    found = list(parts)
    return None if None in found else [part for part in found if part is not None]


def _leaf(leaf: Predicate, index: Indexed, *, negated: bool) -> Query | None:
    match leaf:
        case p.Compare(name, op, value):
            return _compare(index, name, op, value)
        case p.IsIn(name, values):
            return _is_in(index, name, values, negated=negated)
        case p.IsNull(name):
            found = present(index, name)
            if found is None:
                return None
            return _exists(found[1]) if negated else _not(_exists(found[1]))
        case p.Flag(name):
            return _compare(index, name, "==", not negated)
        case p.Constant(value):
            return EVERYTHING if value is not None and value != negated else NOTHING
        case p.Like(name, pattern, insensitive=False):
            return _matching(index, name, _wildcards(pattern), negated=negated)
        case p.TextMatch(name, where, text):
            pattern = _PLACES[where].format(_literal(text))
            return _matching(index, name, pattern, negated=negated)
    return None


def _exists(field: str) -> Query:
    return {"exists": {"field": field}}


def _not(query: Query, *also: Query) -> Query:
    return {"bool": {"filter": list(also), "must_not": [query]}}


def present(index: Indexed, name: str) -> tuple[Column, str] | None:
    """Return a column of which the index knows all values that are not null, and its field."""
    found = index.column(name)
    is_kept = found and (family(found[0]) in _PRESENT or is_type.is_date(found[0].type))
    return found if is_kept else None


def indexed(index: Indexed, name: str) -> tuple[Column, str] | None:
    """Return a column whose values the index compares as dkdata does, and its field."""
    found = index.column(name)
    if found is None:
        return None
    column, _ = found
    match family(column):
        case "integer":
            is_exact = not is_type.is_uint64(column.type)
        case "float":
            is_exact = is_type.is_float64(column.type)
        case "text" | "boolean":
            is_exact = True
        case "instant":
            is_exact = is_type.is_date(column.type)
        case _:
            is_exact = False
    return found if is_exact else None


def _compare(index: Indexed, name: str, op: Operator, value: Value) -> Query | None:
    if value is None:
        return NOTHING
    found = None if isinstance(value, Ref) else indexed(index, name)
    if found is None:
        return None
    column, field = found
    placed = place(op, column, value)
    if not isinstance(placed, Point):
        return _exists(field) if placed else NOTHING
    return _at(column, field, placed)


def _at(column: Column, field: str, point: Point) -> Query | None:
    if isinstance(point.value, float) and not math.isfinite(point.value):
        return _beyond(field, point.op, point.value)
    value = _told(column, point.value)
    if value is None:
        return None
    match point.op:
        case "==":
            return _same(field, value)
        case "!=":
            return _not(_same(field, value), _exists(field))
    # To the index, -0.0 is less than 0.0.
    if isinstance(value, float) and value == 0:
        value = -0.0 if point.op in ("<", ">=") else 0.0
    return {"range": {field: {_RANGES[point.op]: value}}}


def _beyond(field: str, op: Operator, value: float) -> Query:
    """Return what finds the values that compare so with one that is infinite, or no number.

    No column has such values that the index holds all values of; NaN is greater than all.
    """
    below: tuple[Operator, ...] = ("!=", "<", "<=")
    above: tuple[Operator, ...] = ("!=", ">", ">=")
    return _exists(field) if op in (above if value < 0 else below) else NOTHING


def _same(field: str, value: Any) -> Query:  # noqa: ANN401 - of JSON
    if isinstance(value, float) and value == 0:
        return {"range": {field: {"gte": -0.0, "lte": 0.0}}}
    return {"term": {field: value}}


def _told(column: Column, value: object) -> Any:  # noqa: ANN401 - of JSON
    """Return a value that ``place`` found as the server reads it; ``None`` where it does not."""
    match value:
        case bool() | str():
            return value
        case int() if is_type.is_date(column.type):
            return _day(value)
        case int():
            return value if -_MOST <= value < _MOST else None
        case float():
            return value if abs(value) < float("inf") else None
    return None


def _day(value: int) -> str | None:
    try:
        return (_EPOCH + dt.timedelta(days=value)).isoformat()
    except OverflowError:
        return None


def _is_in(index: Indexed, name: str, values: tuple[Value, ...], *, negated: bool) -> Query | None:
    given = [value for value in values if value is not None]
    if len(given) < len(values) and negated:
        return NOTHING
    found = indexed(index, name)
    if found is None or len(given) > _MOST_TERMS or any(isinstance(v, Ref) for v in given):
        return None
    column, field = found
    placed = [place("==", column, value) for value in given]
    points = [_told(column, point.value) for point in placed if isinstance(point, Point)]
    if None in points or any(isinstance(value, float) for value in points):
        return None
    terms: Query = {"terms": {field: points}} if points else NOTHING
    return _not(terms, _exists(field)) if negated else terms


def _matching(index: Indexed, name: str, pattern: str, *, negated: bool) -> Query | None:
    found = indexed(index, name)
    if found is None or family(found[0]) != "text" or len(pattern) > _LONGEST_PATTERN:
        return None
    query: Query = {"wildcard": {found[1]: {"value": pattern}}}
    if not pattern:  # the server finds nothing by it
        query = {"term": {found[1]: ""}}
    return _not(query, _exists(found[1])) if negated else query


def _literal(text: str) -> str:
    return re.sub(r"([\\*?])", r"\\\1", text)


def _wildcards(pattern: str) -> str:
    """Return the wildcards of a pattern of LIKE.

    Examples
    --------
    >>> _wildcards("a%_")
    'a*?'
    """
    return _literal(pattern).replace("%", "*").replace("_", "?")
