"""Columns as predicates name them: where they are in a source and what they mean."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.fragment import duckdb_type, quote, text
from dkdata.errors import ColumnNotFoundError, QueryError
from dkdata.types import canonical
from dkdata.values import SqlName

if TYPE_CHECKING:
    from collections.abc import Mapping

Descriptor: TypeAlias = "Mapping[str, Any]"
_TEXT_HINT = " In SQL, text is in single quotes: 'Ada'; double quotes are for names of columns."


@dataclass(frozen=True)
class Column:
    """A column, or a step into one, of a source.

    Parameters
    ----------
    name
        What the caller calls it.
    sql
        The value as the source keeps it, of type ``physical``.
    type
        What it means; a canonical Arrow type.
    """

    name: str
    sql: str
    physical: pa.DataType
    type: pa.DataType
    descriptor: Descriptor = field(default_factory=dict)

    @property
    def kind(self) -> str | None:
        """What the values mean beyond their type: ``period``, ``json`` or ``decimal``."""
        return self.descriptor.get("kind")

    @property
    def described(self) -> str:
        """The type in words, for messages."""
        return _words(self)


def _words(column: Column) -> str:
    t = column.type
    if column.kind:
        return {"json": "a document", "decimal": "a decimal"}.get(column.kind, f"a {column.kind}")
    for test, words in (
        (is_type.is_boolean, "true or false"),
        (is_type.is_large_string, "text"),
        (is_type.is_large_binary, "binary"),
        (is_type.is_date, "a date"),
        (is_type.is_time, "a time of day"),
        (is_type.is_duration, "a length of time"),
        (is_type.is_nested, "nested"),
    ):
        if test(t):
            return words
    return str(t)


@lru_cache(maxsize=256)
def _parsed(metadata: bytes) -> dict[str, Descriptor]:
    try:
        return {item["name"]: item for item in json.loads(metadata).get("columns", ())}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}  # damaged: ``descriptor_of`` warns of it


def descriptors(schema: pa.Schema) -> dict[str, Descriptor]:
    """Return the column descriptors of a schema by stored name; none if it has no envelope."""
    metadata = (schema.metadata or {}).get(b"dkdata")
    return _parsed(metadata) if metadata else {}


@dataclass(frozen=True)
class Columns:
    """The columns of a source, to be found by the names that callers give them.

    Parameters
    ----------
    schema
        What they mean: canonical types, with the descriptor.
    physical
        The columns as the source gives them.
    """

    schema: pa.Schema
    physical: pa.Schema

    @cached_property
    def described(self) -> dict[str, Descriptor]:
        """The descriptors by stored name."""
        return descriptors(self.schema)

    @cached_property
    def _known(self) -> dict[str, str]:
        """The stored names by all names that callers may give; labels come first."""
        stored = {name: name for name in self.schema.names}
        labelled = (
            (str(item["label"]), n) for n, item in self.described.items() if "label" in item
        )
        return stored | {label: name for label, name in labelled if name in stored}

    def stored_name(self, name: str) -> str | None:
        """Return the stored name of a column by its label or stored name, or ``None``.

        A name from SQL text also means the only column that it matches without case.
        """
        if name in self._known:
            return self._known[name]
        if isinstance(name, SqlName):
            found = {
                stored for label, stored in self._known.items() if label.lower() == name.lower()
            }
            if len(found) == 1:
                return found.pop()
        return None

    def located(self, name: str) -> tuple[str, list[str]]:
        """Return the stored name of the column that ``name`` means, and the steps into it.

        Raises
        ------
        ColumnNotFoundError
            There is no such column.
        """
        whole, steps = name, list[str]()
        while (stored := self.stored_name(_like(name, whole))) is None:
            whole, dot, step = whole.rpartition(".")
            if not dot:
                hint = _TEXT_HINT if isinstance(name, SqlName) else ""
                raise ColumnNotFoundError(str(name), self._labels(), hint=hint)
            steps.insert(0, step)
        return stored, steps

    def find(self, name: str) -> Column:
        """Return the column that ``name`` means; ``a.b`` reaches into a structure.

        Raises
        ------
        ColumnNotFoundError
            There is no such column, or no such step.
        """
        stored, steps = self.located(name)
        held = self.physical.field(stored).type
        column = Column(
            name=str(name),
            sql=quote(stored),
            physical=canonical(held),
            type=self.schema.field(stored).type,
            descriptor=self.described.get(stored, {}),
        )
        return _step_into(replace(column, sql=_plain(column, held)), steps)

    def _labels(self) -> list[str]:
        return [str(self.described.get(n, {}).get("label", n)) for n in self.schema.names]


def find(name: str, schema: pa.Schema) -> Column:
    """Return the column of a schema that ``name`` means."""
    return Columns(schema, schema).find(name)


def _like(name: str, part: str) -> str:
    return SqlName(part) if isinstance(name, SqlName) else part


def _plain(column: Column, held: pa.DataType) -> str:
    """Return the value without the type of its own (such as a UUID) that DuckDB gives it."""
    extension = isinstance(held, pa.BaseExtensionType)
    return f"CAST({column.sql} AS VARCHAR)" if extension else column.sql


def _step_into(column: Column, steps: list[str]) -> Column:
    for position, step in enumerate(steps):
        if is_type.is_large_string(column.physical) and _is_document(column):
            return _document_step(column, steps[position:])
        column = _nested_step(column, step)
    return column


def _is_document(column: Column) -> bool:
    return column.kind == "json" or is_type.is_nested(column.type)


def _nested_step(column: Column, step: str) -> Column:
    t, p = column.type, column.physical
    if is_type.is_struct(t) and is_type.is_struct(p):
        index = t.get_field_index(step)
        if index < 0:
            raise ColumnNotFoundError(column.name, [f.name for f in t], f"the path at {step!r}")
        sql = f"struct_extract({column.sql}, {text(step)})"
        return replace(column, sql=sql, physical=p.field(index).type, type=t.field(index).type,
                       descriptor={})  # fmt: skip
    if is_type.is_map(t) and is_type.is_map(p):
        key = f"CAST({text(step)} AS {duckdb_type(p.key_type)})"
        sql = f"map_extract({column.sql}, {key})[1]"
        return replace(column, sql=sql, physical=p.item_type, type=t.item_type, descriptor={})
    if is_type.is_large_list(t) and step.isdecimal():
        sql = f"list_extract({column.sql}, {int(step) + 1})"
        return replace(column, sql=sql, physical=p.value_type, type=t.value_type, descriptor={})
    message = (
        f"column {column.name!r}: there is no step {step!r} into {column.described}."
        " A path leads through structures by field, lists by position (from 0), maps by key."
    )
    raise QueryError(message)


def json_path(steps: list[str], *, numbers: bool = True) -> str:
    """Return the JSON path of some steps.

    Examples
    --------
    >>> json_path(["a b", "0"])
    '$."a b"[0]'
    """
    return "$" + "".join(
        f"[{step}]" if numbers and step.isdecimal() else f'."{step}"' for step in steps
    )


def _document_step(column: Column, steps: list[str]) -> Column:
    """Return a place in JSON text: of a known type in a nested column, else of any."""
    leaf = column.type
    for step in steps if is_type.is_nested(leaf) else ():
        leaf = _nested_step(replace(column, sql="x", physical=leaf, type=leaf), step).type
    if is_type.is_large_string(leaf) and column.kind == "json":
        path = text(json_path(steps))
        return replace(column, sql=f"json_extract(CAST({column.sql} AS JSON), {path})",
                       descriptor={"kind": "json", "place": True})  # fmt: skip
    path = text(json_path(steps))
    sql = f"json_extract_string({column.sql}, {path})"
    if is_type.is_nested(leaf):
        return replace(column, sql=sql, type=leaf, descriptor={})
    held = pa.int64() if is_type.is_duration(leaf) else leaf
    if not (is_type.is_large_binary(leaf) or is_type.is_large_string(leaf)):
        sql = f"CAST({sql} AS {duckdb_type(held)})"
    held = pa.large_string() if is_type.is_large_binary(leaf) else held
    return replace(column, sql=sql, physical=held, type=leaf, descriptor={})


_DIGITS = (
    "regexp_extract({0}, '^([+-]?)([0-9]*)[.]?([0-9]*)(?:[eE]([+-]?[0-9]+))?$',"
    " ['sign', 'whole', 'part', 'power'])"
)


def comparable(column: Column) -> Column:
    """Return a column kept as text as values that compare as what they mean."""
    t, p = column.type, column.physical
    exact = column.kind == "decimal" and is_type.is_large_string(p)
    if exact or (is_type.is_decimal256(t) and is_type.is_large_string(p)):
        return replace(column, sql=_whole_number(column), physical=pa.null())
    if not is_type.is_large_string(p) or is_type.is_large_string(t) or is_type.is_nested(t):
        return column
    if is_type.is_large_binary(t):
        return replace(column, sql=f"from_base64({column.sql})", physical=t)
    return replace(column, sql=f"CAST({column.sql} AS {duckdb_type(t)})", physical=t)


def _whole_number(column: Column) -> str:
    """Return decimal text times 10 to the power of its scale, as a number of any length."""
    digits = int(column.type.scale if is_type.is_decimal(column.type)
                 else column.descriptor.get("scale") or 0)  # fmt: skip
    m = _DIGITS.format(column.sql)
    zeros = f"{digits} + coalesce(TRY_CAST({m}.power AS INTEGER), 0) - length({m}.part)"
    filled = f"{m}.whole || {m}.part || repeat('0', greatest({zeros}, 0))"
    return f"TRY_CAST({m}.sign || {filled} AS BIGNUM)"


def logical_sql(column: Column) -> str:
    """Return the value as DuckDB's own type for what the column means.

    For SQL that a user writes: a length of time is an INTERVAL, a decimal a DECIMAL.
    """
    t, p, sql = column.type, column.physical, column.sql
    if column.kind == "decimal" and not is_type.is_decimal(t):
        return f"CAST({sql} AS DECIMAL(38,{min(int(column.descriptor.get('scale') or 9), 37)}))"
    if is_type.is_duration(t):
        micros = {"s": "* 1000000", "ms": "* 1000", "us": "", "ns": "// 1000"}[t.unit]
        return f"to_microseconds(CAST(({sql} {micros}) AS BIGINT))" if p == pa.int64() else sql
    if t == p or is_type.is_decimal256(t) or is_type.is_nested(t) != is_type.is_nested(p):
        return sql
    if is_type.is_integer(p) and (is_type.is_timestamp(t) or is_type.is_time(t)):
        return _from_units(sql, t)
    if is_type.is_large_binary(t):
        return f"from_base64({sql})"
    return f"CAST({sql} AS {duckdb_type(t)})"


def _from_units(sql: str, t: pa.DataType) -> str:
    """Return a time from the whole number of its units."""
    moment = f"make_timestamp_ns({sql})" if t.unit == "ns" else f"make_timestamp({sql})"
    return f"CAST({moment} AS {duckdb_type(t)})"
