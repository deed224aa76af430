"""A query on one source as a SELECT of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.dialects import updating
from dkdata.dialects.columns import Column, Columns, comparable
from dkdata.dialects.fragment import Fragment, quote, quoted
from dkdata.dialects.measures import measured
from dkdata.dialects.sql import where_sql
from dkdata.errors import UsageError
from dkdata.frames.envelope import (
    ColumnDescriptor,
    FrameDescriptor,
    attach,
    descriptor_of,
    like,
    project,
    resolved,
)
from dkdata.predicate.tree import columns_of
from dkdata.query import Query, Sort

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dkdata.predicate import Predicate
    from dkdata.query import Aggregate

_ROW = '"__dk_row"'


@dataclass(frozen=True)
class Source:
    """Rows that DuckDB can read.

    Parameters
    ----------
    sql
        What stands after FROM.
    physical
        The columns as DuckDB gives them.
    schema
        What they mean: canonical types, with the descriptor.
    row_number
        A column, in SQL, by which the rows have the order in which they were saved; without
        one, that is the order in which DuckDB gives them.
    """

    sql: str
    physical: pa.Schema
    schema: pa.Schema
    row_number: str | None = None

    @cached_property
    def columns(self) -> Columns:
        """The columns, to be found by name."""
        return Columns(self.schema, self.physical)

    def find(self, name: Hashable) -> Column:
        """Return the column that a caller calls ``name``."""
        return self.columns.find(name if isinstance(name, str) else str(name))


@dataclass(frozen=True)
class Selection:
    """A SELECT with its values, and the canonical schema of its rows."""

    sql: Fragment
    schema: pa.Schema


def selection(source: Source, query: Query) -> Selection:
    """Return the SELECT that answers ``query``.

    Raises
    ------
    ColumnNotFoundError, QueryError
        The query does not fit the columns.

    Examples
    --------
    >>> schema = pa.schema([("a", pa.int64())])
    >>> selection(Source("t", schema, schema), Query(order_by=("-a",), limit=2)).sql.sql
    'SELECT "a" FROM (SELECT *, row_number() OVER () AS "__dk_row" FROM t) \
ORDER BY "a" DESC NULLS LAST, "__dk_row" LIMIT 2'
    """
    if query.aggregate is None:
        return _rows(source, Fragment(source.sql), query)
    grouped, groups = _groups(source, query.aggregate, query.where)
    rest = replace(query, where=None, aggregate=None)
    order = rest.order_by or tuple(map(Sort, groups.schema.names[: len(query.aggregate.by)]))
    inner = Fragment(f"({grouped.sql})", grouped.parameters)
    return _rows(groups, inner, replace(rest, order_by=order))


def counting(source: Source, where: Predicate | None) -> Fragment:
    """Return the SELECT of the number of rows for which ``where`` is true."""
    condition = _condition(source, where)
    return Fragment(f"SELECT count(*) FROM {source.sql}{condition.sql}", condition.parameters)


def without(source: Source, where: Predicate) -> Selection:
    """Return the SELECT of the rows for which ``where`` is not true."""
    condition = where_sql(where, source.find)
    kept = f"FROM {source.sql} WHERE ({condition.sql}) IS NOT TRUE"
    sql = f"SELECT {quoted(source.schema.names)} {kept}"
    return Selection(Fragment(sql, condition.parameters), source.schema)


def updated(source: Source, where: Predicate, new: Source) -> Selection:
    """Return the SELECT of all rows; those for which ``where`` is true have the values of ``new``.

    Parameters
    ----------
    new
        One row, in the types of ``source.physical``.
    """
    condition = where_sql(where, source.find)
    names, changed = source.schema.names, new.schema.names
    sql = updating.updated(source.sql, names, condition, changed, new.sql)
    return Selection(sql, source.schema)


def _condition(source: Source, where: Predicate | None) -> Fragment:
    if where is None:
        return Fragment("")
    condition = where_sql(where, source.find)
    return Fragment(f" WHERE {condition.sql}", condition.parameters)


def _rows(source: Source, given: Fragment, query: Query) -> Selection:
    schema = source.schema if query.columns is None else _projected(source.schema, query.columns)
    condition = _condition(source, query.where)
    rows = f"{given.sql}{condition.sql}"
    if query.order_by:
        row = source.row_number or _ROW
        if source.row_number is None:
            rows = f"(SELECT *, row_number() OVER () AS {_ROW} FROM {rows})"
        keys = [_sort_key(source, key) for key in query.order_by]
        rows += f" ORDER BY {', '.join([*keys, row])}"
    limit = "" if query.limit is None else f" LIMIT {query.limit}"
    offset = f" OFFSET {query.offset}" if query.offset else ""
    sql = f"SELECT {quoted(schema.names)} FROM {rows}{limit}{offset}"
    return Selection(Fragment(sql, given.parameters + condition.parameters), schema)


def _projected(schema: pa.Schema, wanted: tuple[Hashable, ...]) -> pa.Schema:
    names = resolved(wanted, schema)
    if not names:
        message = "columns=[] asks for no column. Name at least one; dk.count() counts rows."
        raise UsageError(message)
    return project(schema, names)


def _sort_key(source: Source, key: Sort | str) -> str:
    sort = key if isinstance(key, Sort) else parsed(source, key)
    column = comparable(source.find(sort.column))
    return f"{column.sql}{' DESC' if sort.descending else ''} NULLS LAST"


def needed(source: Source, query: Query) -> list[str]:
    """Return the stored names of the columns without which a query cannot be answered.

    Examples
    --------
    >>> schema = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("c", pa.int64())])
    >>> needed(Source("t", schema, schema), Query(columns=("a",), order_by=("-b",)))
    ['a', 'b']
    """
    names, aggregate = source.schema.names, query.aggregate
    if aggregate is None and query.columns is None:
        return names
    used = set(columns_of(query.where))
    if aggregate is not None:
        used |= {*aggregate.by, *(m.column for m in aggregate.measures if m.column is not None)}
    else:
        used |= {sort.column for sort in sorts(source, query)}
    wanted = resolved(query.columns, source.schema) if aggregate is None and query.columns else []
    read = {source.columns.located(name)[0] for name in used} | set(wanted)
    return [name for name in names if name in read] or names[:1]


def sorts(source: Source, query: Query) -> list[Sort]:
    """Return the sort keys of a query, with what each text means."""
    return [key if isinstance(key, Sort) else parsed(source, key) for key in query.order_by]


def parsed(source: Source, key: str) -> Sort:
    """Return the meaning of ``"-age"``: descending, unless a column is really called so.

    Raises
    ------
    UsageError
        The direction is written as a word.

    Examples
    --------
    >>> schema = pa.schema([("age", pa.int64())])
    >>> parsed(Source("t", schema, schema), "-age")
    Sort(column='age', descending=True)
    """
    text = str(key)
    if text.startswith("-") and source.columns.stored_name(text) is None:
        return Sort(text[1:], descending=True)
    name, _, word = text.rpartition(" ")
    if word.lower() in ("asc", "desc") and source.columns.stored_name(text) is None:
        meant = name if word.lower() == "asc" else f"-{name}"
        message = f"order_by={text!r} is no column. Write {meant!r}."
        raise UsageError(message)
    return Sort(text)


def _groups(
    source: Source,
    aggregate: Aggregate,
    where: Predicate | None,
) -> tuple[Fragment, Source]:
    """Return the SELECT of the groups, and the groups as a source."""
    row = source.row_number or _ROW
    by = [source.find(name) for name in aggregate.by]
    labels = [source.columns.stored_name(column.name) or column.name for column in by]
    measures = [
        measured(measure, source.find(measure.column) if measure.column is not None else None, row)
        for measure in aggregate.measures
    ]
    names = labels + [measure.name for measure in aggregate.measures]
    _refuse_repeated(names)
    types = [column.type for column in by] + [found.type for found in measures]
    held = [column.physical for column in by] + [found.physical for found in measures]
    given = [column.sql for column in by] + [found.sql for found in measures]
    kept: list[Column | None] = [*by, *(found.like for found in measures)]
    condition = _condition(source, where)
    rows = f"{source.sql}{condition.sql}"
    if source.row_number is None and any(_ROW in found.sql for found in measures):
        rows = f"(SELECT *, row_number() OVER () AS {_ROW} FROM {rows})"
    shown = ", ".join(f"{sql} AS {quote(name)}" for sql, name in zip(given, names, strict=True))
    groups = f" GROUP BY {', '.join(column.sql for column in by)}" if by else ""
    schema = _described(source, names, types, kept, groups=len(by))
    physical = pa.schema(zip(names, held, strict=True))
    sql = Fragment(f"SELECT {shown or 'count(*)'} FROM {rows}{groups}", condition.parameters)
    return sql, Source("", physical, schema)


def _refuse_repeated(names: list[str]) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            message = f"two columns of the aggregate are called {name!r}. Give one another name."
            raise UsageError(message)
    if not names:
        message = "aggregate() needs something to compute: by=[…], or n='size', or x=('a', 'sum')."
        raise UsageError(message)


def _described(
    source: Source,
    names: list[str],
    types: list[pa.DataType],
    kept: list[Column | None],
    *,
    groups: int,
) -> pa.Schema:
    """Return the schema of an aggregate; columns whose values are a column's keep its dtype.

    The first ``groups`` of them keep its label as well.
    """
    made = pa.schema(zip(names, types, strict=True))
    descriptor = descriptor_of(source.schema) or FrameDescriptor()
    described: list[ColumnDescriptor] = []
    for position, (name, t, column) in enumerate(zip(names, types, kept, strict=True)):
        stored = column and source.columns.stored_name(column.name)
        found = descriptor.column(stored) if stored else None
        is_group = position < groups and stored == name
        described.append(like(found, name, t, keeps_label=is_group))
    return attach(made, FrameDescriptor(columns=tuple(described)))
