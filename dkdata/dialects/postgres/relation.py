"""What PostgreSQL keeps, and the values in it that it compares as dkdata does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.columns import Column
from dkdata.dialects.fragment import quote, text
from dkdata.dialects.literals import Family, family
from dkdata.dialects.select import Source
from dkdata.physical import Carrier, physical, physical_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BY_CODE_POINT = 'COLLATE "C"'
_SIMPLE_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Form(NamedTuple):
    """A type of PostgreSQL: in which values are bound to it, what they mean, how they are read."""

    bound: str
    families: frozenset[Family]
    is_read: Callable[[pa.DataType], bool]


def _is_naive(t: pa.DataType) -> bool:
    return is_type.is_timestamp(t) and t.tz is None


def _is_zoned(t: pa.DataType) -> bool:
    return is_type.is_timestamp(t) and t.tz is not None


_COUNTS: frozenset[Family] = frozenset({"integer", "instant", "time", "duration", "period"})
_INSTANT: frozenset[Family] = frozenset({"instant"})
_WHOLE = _Form("bigint", _COUNTS, is_type.is_integer)
_FLOAT = _Form("double precision", frozenset({"float"}), is_type.is_floating)
_TEXT = _Form("text", frozenset({"text"}), is_type.is_large_string)
_FORMS: Mapping[str, _Form] = {
    "smallint": _WHOLE, "integer": _WHOLE, "bigint": _WHOLE, "real": _FLOAT,
    "double precision": _FLOAT, "text": _TEXT, "character varying": _TEXT,
    "character": _TEXT, "name": _TEXT, "citext": _TEXT, "uuid": _TEXT,
    "numeric": _Form("numeric", frozenset({"integer", "decimal"}), is_type.is_decimal),
    "boolean": _Form("boolean", frozenset({"boolean"}), is_type.is_boolean),
    "bytea": _Form("bytea", frozenset({"binary"}), is_type.is_large_binary),
    "date": _Form("date", _INSTANT, is_type.is_date),
    "time without time zone": _Form("time", frozenset({"time"}), is_type.is_time),
    "interval": _Form("interval", frozenset({"duration"}), is_type.is_duration),
    "timestamp without time zone": _Form("timestamp", _INSTANT, _is_naive),
    "timestamp with time zone": _Form("timestamptz", _INSTANT, _is_zoned),
}  # fmt: skip
# Their own order or equality is another one than that of the text which is loaded.
_COMPARED_AS_TEXT = ("character", "name", "citext", "uuid")


@dataclass(frozen=True)
class Kept:
    """How PostgreSQL keeps a column.

    Parameters
    ----------
    type
        As ``format_type`` writes it, domains resolved.
    name
        What PostgreSQL calls the column, where that is not its stored name.
    is_deterministic
        Whether two texts are equal under its collation only if they are the same; ``False``
        where that is not known: the answers are the same, but no index serves them.
    """

    type: str
    name: str | None = None
    is_deterministic: bool = False


@dataclass(frozen=True)
class Relation:
    """A table of PostgreSQL, or anything else that stands after FROM there.

    Parameters
    ----------
    sql
        What stands after FROM; ``%`` is doubled.
    schema
        What the columns mean: canonical types, with the descriptor.
    kept
        How they are kept, by stored name.
    row_order
        In SQL, by what the rows have the order in which they were saved, such as ``ctid``.
    is_unicode
        Whether the database's encoding is UTF-8: only there the bytes of texts have the order of
        their code points, and every text can be written in a statement.
    """

    sql: str
    schema: pa.Schema
    kept: Mapping[str, Kept]
    row_order: str | None = None
    is_unicode: bool = True

    @cached_property
    def meaning(self) -> Source:
        """The columns as DuckDB has them once the rows are loaded: the judge of every query."""
        return Source(self.sql, physical_schema(self.schema, Carrier.DUCKDB), self.schema)

    def free_name(self, wanted: str) -> str:
        """Return a name like the one that is wanted, which no column has."""
        taken = {*self.kept, *(kept.name for kept in self.kept.values())}
        while wanted in taken:
            wanted += "_"
        return wanted

    def column_sql(self, stored: str) -> str:
        """Return a column as an identifier."""
        return quote(self.kept[stored].name or stored).replace("%", "%%")


@dataclass(frozen=True)
class Operand:
    """A value that PostgreSQL compares exactly as dkdata compares what is loaded of it.

    Parameters
    ----------
    column
        The value in PostgreSQL's SQL, the type in which it is read, and what it means.
    type
        The value's own type there.
    bound
        The type in which values are bound that it is compared with.
    """

    column: Column
    type: str
    bound: str
    is_deterministic: bool = False

    @property
    def same(self) -> str:
        """The value in SQL, to be compared by ``=``."""
        return self.column.sql if self.is_deterministic else self.ordered

    @property
    def ordered(self) -> str:
        """The value in SQL, to be compared by ``<``."""
        return f"{self.column.sql} {_BY_CODE_POINT}" if self.bound == "text" else self.column.sql


def operand(relation: Relation, name: str, like: object = None) -> Operand | None:
    """Return the value that ``name`` means, or ``None`` where PostgreSQL compares it otherwise.

    Parameters
    ----------
    name
        A column, or a path into one, which is known to be there.
    like
        A value to compare with: one place of a document can be of any type.

    Examples
    --------
    >>> schema = pa.schema([("name", pa.large_string())])
    >>> operand(Relation("t", schema, {"name": Kept("text")}), "name").ordered
    '"name" COLLATE "C"'
    """
    stored, steps = relation.meaning.columns.located(name)
    found = _value(relation, stored) if not steps else _place(relation, stored, steps, like)
    if found is None or (found.bound == "text" and not relation.is_unicode):
        return None
    return found


def bare(declared: str) -> str:
    """Return a type without its precision.

    Examples
    --------
    >>> bare("timestamp(3) without time zone"), bare("numeric(10,2)")
    ('timestamp without time zone', 'numeric')
    """
    return re.sub(r"\([0-9,-]+\)", "", declared)


def nullable(relation: Relation, name: str) -> str | None:
    """Return SQL that is null exactly where what ``name`` means is null or missing."""
    stored, steps = relation.meaning.columns.located(name)
    if not steps:
        return relation.column_sql(stored)
    keys = _keys(relation, stored, steps)
    return keys and f"({relation.column_sql(stored)} #>> {keys})"


def native_uuid(relation: Relation, name: str) -> Operand | None:
    """Return a column of type ``uuid`` as such: its indexes serve comparisons with UUIDs."""
    stored, steps = relation.meaning.columns.located(name)
    if steps or relation.kept[stored].type != "uuid" or _value(relation, stored) is None:
        return None
    return Operand(_column(relation, stored), "uuid", "uuid", is_deterministic=True)


def _column(relation: Relation, stored: str) -> Column:
    t = relation.schema.field(stored).type
    return Column(
        name=stored,
        sql=relation.column_sql(stored),
        physical=physical(t, Carrier.POSTGRES),
        type=t,
        descriptor=relation.meaning.columns.described.get(stored, {}),
    )


def _value(relation: Relation, stored: str) -> Operand | None:
    kept, column = relation.kept[stored], _column(relation, stored)
    declared = bare(kept.type)
    form = _FORMS.get(declared)
    if form is None or family(column) not in form.families or not form.is_read(column.physical):
        return None
    if declared in _COMPARED_AS_TEXT:
        column = replace(column, sql=f"CAST({column.sql} AS text)")
        return Operand(column, "text", form.bound)
    return Operand(column, kept.type, form.bound, kept.is_deterministic or form is not _TEXT)


def _keys(relation: Relation, stored: str, steps: list[str]) -> str | None:
    """Return a path into a document, or ``None`` where it may lead elsewhere than in DuckDB."""
    column = _column(relation, stored)
    if column.kind == "json":
        is_sure = all(map(_SIMPLE_STEP.fullmatch, steps))
    else:
        is_sure = _type_at(column.type, steps) is not None
    if relation.kept[stored].type != "jsonb" or not is_sure:
        return None
    return f"ARRAY[{', '.join(text(step).replace('%', '%%') for step in steps)}]"


def _type_at(t: pa.DataType, steps: list[str]) -> pa.DataType | None:
    """Return the type at a path through structures by field and lists by position."""
    for step in steps:
        if is_type.is_large_list(t) and step.isdecimal() and step.isascii():
            t = t.value_type
        elif is_type.is_struct(t) and t.get_field_index(step) >= 0 and not step.isdecimal():
            t = t.field(step).type
        else:
            return None
    return t


def _place(relation: Relation, stored: str, steps: list[str], like: object) -> Operand | None:
    keys = _keys(relation, stored, steps)
    if keys is None:
        return None
    column = _column(relation, stored)
    shown = f"{column.sql} #>> {keys}"
    if column.kind == "json":
        return _of_any_type(f"jsonb_typeof({column.sql} #> {keys})", shown, like)
    t = _type_at(column.type, steps)
    if is_type.is_large_string(t):
        return _found(f"({shown})", t, "text")
    if is_type.is_boolean(t):
        return _found(f"CAST({shown} AS boolean)", t, "boolean")
    return _found(f"CAST({shown} AS numeric)", t, "numeric") if is_type.is_integer(t) else None


def _of_any_type(kind: str, shown: str, like: object) -> Operand | None:
    """Return a place that is null wherever it is of another type than what it is compared with."""
    match like:
        case str():
            sql = f"(CASE WHEN {kind} = 'string' THEN {shown} END)"
            return _found(sql, pa.large_string(), "text")
        case bool():
            sql = f"(CASE WHEN {kind} = 'boolean' THEN CAST({shown} AS boolean) END)"
            return _found(sql, pa.bool_(), "boolean")
    return None


def _found(sql: str, t: pa.DataType, declared: str) -> Operand:
    column = Column(name=sql, sql=sql, physical=t, type=t)
    return Operand(column, declared, declared, is_deterministic=declared != "text")
