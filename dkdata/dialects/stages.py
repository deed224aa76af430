"""Rows on their way through the steps of a transformation, as nested SELECTs of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import sqltree
from dkdata.dialects.expression import expression
from dkdata.dialects.fragment import Fragment, quote, text
from dkdata.dialects.select import Source
from dkdata.dialects.sql import where_sql
from dkdata.errors import QueryError, SchemaError
from dkdata.frames.reshaping import Column as Shaped
from dkdata.frames.reshaping import columns_of, reshaped
from dkdata.types import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dkdata.dialects.columns import Column
    from dkdata.predicate import Predicate

    Typed = Callable[[Fragment], tuple[str, pa.DataType]]
    """Gives the type of the one column of a SELECT: DuckDB's name for it, and that of Arrow."""

CARE: Final = "__dk_care"
"""The column that is true of rows whose value SQL has not, or not surely."""
ROW: Final = "__dk_row"
"""The column that numbers the rows of the source."""
NEW: Final = '"__dk_new"'
"""The new value of a column, in SQL, beside the old one."""
_OTHERS: Final = {"uuid", "enum", "bignum", "bit", "time with time zone", "union", "variant"}
"""DuckDB's types of values that are passed on as text."""


@dataclass(frozen=True)
class Made:
    """A new value of a column, in SQL.

    Parameters
    ----------
    sql
        The value; of the type ``physical``, which means ``type``.
    like
        The descriptor of the column is that of the column it replaces.
    sure
        A condition that is true where ``NEW``, the value, is right; without one, it always is. A
        value that is not null where it became null needs care, too.
    """

    sql: Fragment
    physical: pa.DataType
    type: pa.DataType
    is_like: bool = False
    sure: Fragment | None = None


@dataclass(frozen=True)
class Stage:
    """Rows as they are after some steps.

    Parameters
    ----------
    rows
        What stands after FROM.
    physical
        The columns as DuckDB has them.
    schema
        What they mean: canonical types, with the descriptor.
    carried
        Columns beside them: ``CARE``, ``ROW``.
    """

    rows: Fragment
    physical: pa.Schema
    schema: pa.Schema
    carried: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Source, carried: Iterable[str] = ()) -> Stage:
        """Return the rows of a source before any step."""
        return cls(Fragment(source.sql), source.physical, source.schema, tuple(carried))

    @cached_property
    def _source(self) -> Source:
        return Source("", self.physical, self.schema)

    def find(self, name: str) -> Column:
        """Return the column that a caller calls ``name``."""
        return self._source.find(name)

    def held(self, stored: str) -> Column:
        """Return the column of a stored name, whatever label another has."""
        schema = reshaped(self.schema, [one.renamed(one.name) for one in self.columns])
        return Source("", self.physical, schema).find(stored)

    @property
    def columns(self) -> list[Shaped]:
        """The columns, each of itself."""
        return columns_of(self.schema)

    @property
    def query(self) -> Fragment:
        """The SELECT of the rows, with what is carried."""
        return self._select([quote(name) for name in (*self.schema.names, *self.carried)])

    def _select(self, shown: Sequence[str]) -> Fragment:
        return Fragment(f"SELECT {', '.join(shown)} FROM {self.rows.sql}", self.rows.parameters)

    def shaped(self, columns: Sequence[Shaped]) -> Stage:
        """Return the rows in columns that were there, maybe of other names and another order."""
        shown = [f"{quote(str(one.origin))} AS {quote(one.name)}" for one in columns]
        shown += [quote(name) for name in self.carried]
        held = [pa.field(one.name, self.physical.field(str(one.origin)).type) for one in columns]
        return replace(
            self,
            rows=_nested(self._select(shown)),
            physical=pa.schema(held),
            schema=reshaped(self.schema, columns),
        )

    def filtered(self, where: Predicate) -> Stage:
        """Return the rows for which ``where`` is true, and those that need care."""
        condition = where_sql(where, self.find)
        kept = f"({condition.sql}) OR {quote(CARE)}" if CARE in self.carried else condition.sql
        query = self.query
        sql = f"{query.sql} WHERE {kept}"
        return self._then(Fragment(sql, query.parameters + condition.parameters))

    def _then(self, query: Fragment) -> Stage:
        return replace(self, rows=_nested(query))

    def given(self, column: Shaped, made: Made) -> Stage:
        """Return the rows in which a column, at its place or a new one, has other values."""
        care = None
        if made.sure is not None:
            is_unsure = f"({quote(column.name)} IS NOT NULL AND ({made.sure.sql}) IS NOT TRUE)"
            care = Fragment(is_unsure, made.sure.parameters)
        return self._taking(column, made, made.sql, NEW, care)

    def tried(self, column: Shaped, made: Made, *, cares: bool) -> Stage:
        """Return the rows in which a column has the values of an expression that may fail.

        Parameters
        ----------
        cares
            Whether rows for which it fails need care; else their value is null.
        """
        tried = Fragment(f"TRY({{'v': {made.sql.sql}}})", made.sql.parameters)
        care = Fragment(f"({NEW} IS NULL)") if cares else None
        return self._taking(column, made, tried, f"{NEW}.v", care)

    def _taking(
        self, column: Shaped, made: Made, sql: Fragment, value: str, care: Fragment | None
    ) -> Stage:
        """Return the rows with a value, computed as ``NEW``, in its column."""
        columns = {one.name: one for one in self.columns}
        old = columns.get(column.name)
        columns[column.name] = old if made.is_like and old else column.typed(made.type)
        shown = [f"{value} AS {quote(n)}" if n == column.name else quote(n) for n in columns]
        shown += [quote(name) for name in self.carried if care is None or name != CARE]
        carried = self.carried
        if care is not None:
            before = f"{quote(CARE)} OR " if CARE in carried else ""
            shown.append(f"{before}{care.sql} AS {quote(CARE)}")
            carried = (*(name for name in carried if name != CARE), CARE)
        rows = Fragment(
            f"(SELECT {', '.join(shown)} FROM (SELECT *, {sql.sql} AS {NEW} FROM {self.rows.sql}))",
            (*(care.parameters if care else ()), *sql.parameters, *self.rows.parameters),
        )
        held = {field.name: field.type for field in self.physical} | {column.name: made.physical}
        physical = pa.schema([(name, held[name]) for name in columns])
        return Stage(rows, physical, reshaped(self.schema, columns.values()), carried)

    def exploded(self, name: str) -> Stage:
        """Return the rows with one for each item of a list; null for a list without any."""
        held, t = self.physical.field(name).type, self.schema.field(name).type
        if self.held(name).kind == "json":
            return self._exploded_documents(name)
        if not (is_type.is_large_list(t) and is_type.is_list(_as_list(held))):
            message = (
                f"explode({name!r}): the column is {self.held(name).described}, not a list. Make"
                " one first, such as by add(…, \"string_split(…, ',')\")."
            )
            raise SchemaError(message)
        column = quote(name)
        items = f"unnest(CASE WHEN len({column}) > 0 THEN {column} ELSE [NULL] END)"
        shown = [
            f"{items} AS {column}" if one == name else quote(one)
            for one in (*self.schema.names, *self.carried)
        ]
        columns = [one.typed(t.value_type) if one.name == name else one for one in self.columns]
        place = self.physical.get_field_index(name)
        return replace(
            self,
            rows=_nested(self._select(shown)),
            physical=self.physical.set(place, pa.field(name, held.value_type)),
            schema=reshaped(self.schema, columns),
        )

    def _exploded_documents(self, name: str) -> Stage:
        """Return the rows with one for each item of a document, if it is a list."""
        column = quote(name)
        items = (
            f"CASE WHEN json_type({column}) <> 'ARRAY' THEN [{column}] WHEN json_array_length("
            f"{column}) > 0 THEN CAST(json_transform({column}, '[\"JSON\"]') AS VARCHAR[])"
            " ELSE [NULL] END"
        )
        shown = [
            f"nullif(unnest({items}), 'null') AS {column}" if one == name else quote(one)
            for one in (*self.schema.names, *self.carried)
        ]
        return self._then(self._select(shown))

    def flattened(self, names: Sequence[str], *, is_asked: bool) -> Stage:
        """Return the rows whose structures are columns of their fields, at every depth.

        Parameters
        ----------
        is_asked
            Whether each of ``names`` has to be a structure.
        """
        shown: list[tuple[str, Shaped, pa.DataType]] = []
        for column in self.columns:
            held = self.physical.field(column.name).type
            is_structure = is_type.is_struct(column.type) and is_type.is_struct(held)
            if column.name in names and is_structure:
                shown += _fields(quote(column.name), column.name, held, column.type)
            elif column.name in names and is_asked:
                message = (
                    f"flatten({column.name!r}): the column is {self.held(column.name).described},"
                    " not a structure of known fields. Take what you need out of a document:"
                    f" add('city', \"{column.name} ->> '$.city'\")."
                )
                raise SchemaError(message)
            else:
                shown.append((quote(column.name), column, held))
        called = [column.name for _, column, _ in shown]
        for name in called:
            if called.count(name) > 1:
                message = f"flatten: two columns would be called {name!r}. Rename one of them."
                raise SchemaError(message)
        sql = [f"{value} AS {quote(column.name)}" for value, column, _ in shown]
        return replace(
            self,
            rows=_nested(self._select([*sql, *map(quote, self.carried)])),
            physical=pa.schema([(column.name, held) for _, column, held in shown]),
            schema=reshaped(self.schema, [column for _, column, _ in shown]),
        )


def _fields(
    sql: str, path: str, held: pa.DataType, t: pa.DataType
) -> list[tuple[str, Shaped, pa.DataType]]:
    """Return the fields of a structure, and of those within it, as columns named by path."""
    if not (is_type.is_struct(t) and is_type.is_struct(held) and t.num_fields):
        return [(sql, Shaped.new(path, t), held)]
    return [
        part
        for own, means in zip(held, t, strict=True)
        for part in _fields(
            f"struct_extract({sql}, {text(means.name)})",
            f"{path}.{means.name}",
            own.type,
            means.type,
        )
    ]


def _as_list(t: pa.DataType) -> pa.DataType:
    return pa.list_(t.value_type) if is_type.is_large_list(t) else t


def _nested(query: Fragment) -> Fragment:
    return Fragment(f"({query.sql})", query.parameters)


def computed(stage: Stage, given: str, typed: Typed) -> Made:
    """Return the value of a user's expression.

    Raises
    ------
    QueryError
        It does not parse, fits no columns, or is not about one row at a time.
    """
    _check_row_by_row(given)
    sql = expression(given, stage.find)
    name, held = typed(Fragment(f"SELECT {sql} AS v FROM {stage.rows.sql}", stage.rows.parameters))
    match name:
        case "hugeint" | "uhugeint":
            return Made(Fragment(f"CAST({sql} AS BIGINT)"), pa.int64(), pa.int64())
        case "interval":
            return Made(_microseconds(sql), pa.int64(), pa.duration("us"))
        case "null":
            return Made(Fragment("CAST(NULL AS INTEGER)"), pa.int32(), pa.null())
        case _ if name in _OTHERS:
            return Made(Fragment(f"CAST({sql} AS VARCHAR)"), pa.large_string(), pa.large_string())
    return Made(Fragment(sql), canonical(held), canonical(held))


def _microseconds(sql: str) -> Fragment:
    """Return an interval as its length; a month has none, and is refused as a bad cast is."""
    months = f"'a month has no fixed length, as in ' || CAST({sql} AS VARCHAR)"
    return Fragment(
        f"CASE WHEN datepart('year', {sql}) = 0 AND datepart('month', {sql}) = 0"
        f" THEN epoch_us({sql}) ELSE CAST({months} AS BIGINT) END"
    )


def _check_row_by_row(given: str) -> None:
    for node in sqltree.nodes(sqltree.parse_expression(given)):
        if node.get("class") in ("WINDOW", "SUBQUERY"):
            message = (
                f"SQL text {given!r} is not about one row at a time, so that it cannot be a step of"
                " a transformation. Use dk.sql or df.dk.query for it."
            )
            raise QueryError(message)
