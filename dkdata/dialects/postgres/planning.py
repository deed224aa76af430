"""A query as a SELECT of PostgreSQL, and as the query that is left on its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa

from dkdata.dialects import select
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.postgres.conditions import divided
from dkdata.dialects.postgres.figures import Figure, figure
from dkdata.dialects.postgres.relation import Kept, Relation, operand
from dkdata.dialects.select import needed, sorts
from dkdata.frames.envelope import project
from dkdata.query import Query, Sort

if TYPE_CHECKING:
    from dkdata.query import Aggregate

# Gives the SQL in which a value is to be read, by its SQL, its type in PostgreSQL and canonically.
Shown: TypeAlias = Callable[[str, str, pa.DataType], str]


@dataclass(frozen=True)
class Plan:
    """How a query is answered.

    Parameters
    ----------
    sql
        The SELECT, with ``%s`` for each value; ``%`` is doubled elsewhere.
    types
        The types of its columns, as PostgreSQL writes them.
    schema
        What its rows mean: canonical types, with the descriptor.
    rest
        The query that is left to DuckDB on these rows; ``None`` if they are the answer.
    in_order
        Whether its rows have to come in the physical order of the table.
    """

    sql: Fragment
    types: tuple[str, ...]
    schema: pa.Schema
    rest: Query | None
    in_order: bool


def plan(relation: Relation, query: Query, shown: Shown) -> Plan:
    """Return how ``query`` is answered: as far as it goes by PostgreSQL, the rest by DuckDB.

    Parameters
    ----------
    shown
        Gives the SQL in which a value is to be read.

    Raises
    ------
    ColumnNotFoundError, QueryError, UsageError
        The query does not fit the columns.

    Examples
    --------
    >>> schema = pa.schema([("id", pa.int64()), ("name", pa.large_string())])
    >>> kept = {"id": Kept("bigint"), "name": Kept("text")}
    >>> people = Relation("people", schema, kept, row_order="ctid")
    >>> plan(people, Query(order_by=("-name",), limit=3), lambda sql, *_: sql).sql.sql
    'SELECT "id", "name" FROM people ORDER BY "name" COLLATE "C" DESC NULLS LAST, ctid LIMIT 3'
    """
    schema = select.selection(relation.meaning, query).schema
    rows, left = Fragment(relation.sql), query.where
    if query.where is not None:
        condition, left = divided(query.where, relation)
        if condition is not None:
            rows = Fragment(f"{relation.sql} WHERE {condition.sql}", condition.parameters)
    answer = _answer(relation, rows, query) if left is None else None
    if answer is None:
        rest = replace(query, where=left)
        read = project(relation.schema, needed(relation.meaning, rest))
        return _selected(relation, rows, read, shown, rest=rest, in_order=_needs_order(rest))
    source, rows = answer
    in_order = query.aggregate is None and not query.order_by
    return _selected(source, rows, schema, shown, rest=None, in_order=in_order)


def _selected(  # noqa: PLR0913 - one place makes plans
    source: Relation,
    rows: Fragment,
    schema: pa.Schema,
    shown: Shown,
    *,
    rest: Query | None,
    in_order: bool,
) -> Plan:
    types = tuple(source.kept[name].type for name in schema.names)
    values = ", ".join(map(shown, map(source.column_sql, schema.names), types, schema.types))
    sql = Fragment(f"SELECT {values} FROM {rows.sql}", rows.parameters)
    return Plan(sql, types, schema, rest, in_order)


def _needs_order(rest: Query) -> bool:
    if rest.aggregate is None:
        return True
    return any(measure.function in ("first", "last") for measure in rest.aggregate.measures)


def _answer(relation: Relation, rows: Fragment, query: Query) -> tuple[Relation, Fragment] | None:
    """Return what stands after FROM for the rows that a query asks for, or ``None``."""
    source, order = relation, query.order_by
    if query.aggregate is not None:
        groups = _groups(relation, rows, query.aggregate)
        if groups is None:
            return None
        source, rows = groups, Fragment(groups.sql, rows.parameters)
        order = order or tuple(map(Sort, groups.schema.names[: len(query.aggregate.by)]))
    keys = _sort_keys(source, replace(query, order_by=order))
    if keys is None:
        return None
    sql = rows.sql + (f" ORDER BY {', '.join(keys)}" if keys else "")
    sql += "" if query.limit is None else f" LIMIT {query.limit}"
    sql += f" OFFSET {query.offset}" if query.offset else ""
    return source, Fragment(sql, rows.parameters)


def _sort_keys(source: Relation, query: Query) -> list[str] | None:
    keys = list[str]()
    for sort in sorts(source.meaning, query):
        found = operand(source, sort.column)
        if found is None:
            return None
        keys.append(f"{found.ordered}{' DESC' if sort.descending else ''} NULLS LAST")
    return [*keys, source.row_order] if keys and source.row_order else keys


def _groups(relation: Relation, rows: Fragment, aggregate: Aggregate) -> Relation | None:
    """Return groups, and what is computed of each, as a relation; ``None`` if it is not exact."""
    figures = list[Figure]()
    for name in aggregate.by:
        key = None if relation.meaning.columns.located(name)[1] else operand(relation, name)
        if key is None:
            return None
        figures.append(Figure(key.same, key.type))
    for measure in aggregate.measures:
        found = figure(measure, relation)
        if found is None:
            return None
        figures.append(found)
    schema = select.selection(relation.meaning, Query(aggregate=aggregate)).schema
    # PostgreSQL cuts long names, so it does not get to see those of the caller.
    names = [f"c{position}" for position in range(len(figures))]
    values = ", ".join(f"{found.sql} AS {name}" for found, name in zip(figures, names, strict=True))
    keys = ", ".join(str(position + 1) for position in range(len(aggregate.by)))
    return Relation(
        sql=f"(SELECT {values} FROM {rows.sql}{keys and f' GROUP BY {keys}'}) AS groups",
        schema=schema,
        kept={
            stored: Kept(found.type, name, is_deterministic=True)
            for stored, found, name in zip(schema.names, figures, names, strict=True)
        },
        row_order=", ".join(names[: len(aggregate.by)]) or None,
        is_unicode=relation.is_unicode,
    )
