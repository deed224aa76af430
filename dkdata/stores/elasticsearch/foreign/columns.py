"""Documents as rows: their columns, from what stands in them and what the mapping says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.fragment import quote, text
from dkdata.dialects.select import Source
from dkdata.frames.names import stored_names
from dkdata.physical import Carrier, convert, physical
from dkdata.stores.elasticsearch.foreign import examining, hints, structure
from dkdata.stores.elasticsearch.foreign.examining import Question
from dkdata.stores.elasticsearch.foreign.values import value
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.file.documents_reading import read_json, read_objects, sql_type
from dkdata.stores.file.foreign_documents import arrow_of, path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.stores.elasticsearch.foreign.hints import Hint
    from dkdata.stores.elasticsearch.foreign.index import Foreign
    from dkdata.stores.elasticsearch.foreign.structure import Kind
    from dkdata.stores.file.snapshot import Snapshot

_LINES = "newline_delimited"
_MOST_FIELDS = 1000  # of an object whose fields are told apart
_WHOLE = ("UBIGINT", "BIGINT", "HUGEINT")
_NUMBERS = (*_WHOLE, "DOUBLE")
_NARROW = ("byte", "short", "integer", "unsigned_long")


@dataclass(frozen=True)
class Column:
    """How a column is made.

    Parameters
    ----------
    key
        In the documents.
    type
        Canonical.
    read
        The type in which DuckDB reads it.
    sql
        What becomes of that; by default nothing.
    """

    name: str
    key: str
    type: pa.DataType
    read: str
    sql: str | None = None

    @property
    def given(self) -> pa.DataType:
        """The type that DuckDB gives."""
        return pa.large_string() if is_type.is_large_binary(self.type) else self.type


@dataclass(frozen=True)
class Documents:
    """A file of documents, one a line."""

    file: Snapshot

    @cached_property
    def objects(self) -> str:
        """A FROM item with one column ``json``."""
        return read_objects(self.file, _LINES, None)

    def rows(self, types: Mapping[str, str], keys: Mapping[str, str]) -> str:
        """Return a FROM item with columns of those types; their keys by their names."""
        if all(name == keys[name] for name in types):
            return read_json(self.file, types, _LINES, None)
        shown = ", ".join(
            f"{_extracted(keys[name], kind)} AS {quote(name)}" for name, kind in types.items()
        )
        return f"(SELECT {shown} FROM {self.objects})"  # noqa: S608 - quoted


def _extracted(key: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"json_extract_string(json, {path(key)})"
    return f"CAST(json_extract(json, {path(key)}) AS {kind})"


@dataclass(frozen=True)
class Described:
    """Documents as rows, and the keys of the columns by their names."""

    source: Source
    keys: Mapping[str, str]


def described(file: Snapshot, foreign: Foreign) -> Described:
    """Return how documents are read as rows."""
    documents = Documents(file)
    found, has_long = structure.found_in(documents.objects) if file.size else ({}, False)
    own, saved = foreign.own, dict[str, pa.Field]()
    if own is not None:
        saved = {own.fields[f.name]: f for f in own.schema}
    keys = _keys(found, foreign.hints, saved)
    if own is not None or foreign.is_made_by_dkdata:
        keys = [key for key in keys if key != ROW]
    names = stored_names([saved[key].name if key in saved else key for key in keys])
    making = _Making(documents, dict(zip(names, keys, strict=True)), foreign.hints, has_long)
    columns = making.columns(found, {f.name: f.type for f in saved.values()})
    metadata = None if own is None else own.schema.metadata
    schema = pa.schema([pa.field(c.name, c.type) for c in columns], metadata)
    given = pa.schema([pa.field(c.name, c.given) for c in columns])
    return Described(Source(making.sql(columns), given, schema), making.keys)


def _keys(
    found: Mapping[str, Kind], told: Mapping[str, Hint], saved: Mapping[str, pa.Field]
) -> list[str]:
    """Return the keys of documents in the order of the mapping, then those that it does not tell.

    An object of the mapping that the documents have as ``"a.b"`` is there already.
    """
    dotted = {key.partition(".")[0] for key in found if "." in key}
    mapped = [key for key in told if key in found or key not in dotted]
    return list(dict.fromkeys([*saved, *mapped, *found]))


@dataclass(frozen=True)
class _Making:
    documents: Documents
    keys: Mapping[str, str]
    told: Mapping[str, Hint]
    has_long: bool

    def rows(self, types: Mapping[str, str]) -> str:
        return self.documents.rows(types, self.keys)

    def sql(self, columns: list[Column]) -> str:
        """Return the FROM item of all columns."""
        if not columns:
            return self.documents.objects
        rows = self._empty(columns) if not self.documents.file.size else None
        rows = rows or self.rows({column.name: column.read for column in columns})
        if all(column.sql is None for column in columns):
            return rows
        shown = ", ".join(
            quote(c.name) if c.sql is None else f"{c.sql} AS {quote(c.name)}" for c in columns
        )
        return f"(SELECT {shown} FROM {rows})"  # noqa: S608 - quoted

    def _empty(self, columns: list[Column]) -> str:
        shown = ", ".join(f"CAST(NULL AS {c.read}) AS {quote(c.name)}" for c in columns)
        return f"(SELECT {shown} WHERE false)"

    def columns(self, found: Mapping[str, Kind], saved: Mapping[str, pa.DataType]) -> list[Column]:
        fitting = {name: t for name, t in saved.items() if self._fits(name, t)}
        kinds = {n: found.get(k, "NULL") for n, k in self.keys.items() if n not in fitting}
        mixed = {name for name, kind in kinds.items() if structure.is_mixed(kind)}
        if mixed:
            texts = {name: self._hint(name).type in hints.SINGLE for name in mixed}
            kinds |= structure.closer(self.rows, texts)
        findings = examining.asked(self.rows, self._questions(kinds))
        made = []
        for name, key in self.keys.items():
            if name in fitting:
                made.append(_saved(name, key, fitting[name]))
            elif name in findings:
                made.append(self._converted(name, kinds[name], findings[name]))
            else:
                made.append(self._plain(name, kinds[name], is_mixed=name in mixed))
        return made

    def _hint(self, name: str) -> Hint:
        return hints.at(self.told, self.keys[name]) or hints.Hint("")

    def _fits(self, name: str, t: pa.DataType) -> bool:
        """Whether every value still has the type that was saved."""
        if not self.documents.file.size:
            return True
        column = _saved(name, self.keys[name], t)
        query = f"SELECT {column.sql or quote(name)} FROM {self.rows({name: column.read})}"  # noqa: S608
        try:
            for batch in engine.connection().sql(query).to_arrow_reader():
                convert(batch.column(0).cast(physical(t, Carrier.JSON)), t)
        except (duckdb.Error, ValueError, pa.ArrowException):
            return False
        return True

    def _questions(self, kinds: Mapping[str, Kind]) -> Iterator[Question]:
        """Yield the columns whose values may be of the type of the mapping, though JSON differs."""
        for name, kind in kinds.items():
            is_list = isinstance(kind, list)
            leaf = kind[0] if isinstance(kind, list) else kind
            hint = self._hint(name)
            if not isinstance(leaf, str) or leaf == "NULL":
                continue
            if self._is_asked(leaf, hint):
                yield Question(name, hint, is_list)

    def _is_asked(self, leaf: str, hint: Hint) -> bool:
        if hint.type in hints.DATES:
            return leaf != "BOOLEAN"
        if hint.type in ("boolean", "binary"):
            return leaf in ("VARCHAR", structure.ANY)
        if leaf in _NUMBERS and self.has_long:
            return True
        if hint.type in hints.FLOATS:
            return leaf not in ("DOUBLE", "BOOLEAN")
        if hint.type in hints.INTEGERS:
            return leaf not in (*_WHOLE, "DOUBLE", "BOOLEAN") or hint.type in _NARROW
        return False

    def _converted(self, name: str, kind: Kind, finding: examining.Finding) -> Column:
        is_list = isinstance(kind, list)
        t = pa.large_list(finding.type) if is_list else finding.type
        if finding.is_plain and not is_list:
            return Column(name, self.keys[name], t, sql_type(t))
        sql = value(quote(name), t, finding.leaf)
        return Column(name, self.keys[name], t, "JSON", sql)

    def _plain(self, name: str, kind: Kind, *, is_mixed: bool) -> Column:
        key = self.keys[name]
        if kind in ("NULL", ["NULL"]):
            inner = self._hint(name).arrow
            t = (
                pa.large_list(inner)
                if kind == ["NULL"] and not is_type.is_large_list(inner)
                else inner
            )
            return Column(name, key, t, sql_type(t))
        t = arrow_of(kind, self.has_long and self._is_long(name, kind))
        if _fields(kind) > _MOST_FIELDS:
            t = pa.large_string()
        if is_type.is_nested(t) and (is_mixed or key != name):
            return Column(name, key, t, "JSON", value(quote(name), t))
        return Column(name, key, t, sql_type(t))

    def _is_long(self, name: str, kind: Kind) -> bool:
        """Whether a nested column has numbers that its type would not hold exactly."""
        digits = 16 if "DOUBLE" in json.dumps(kind) else 19
        bare = f"""regexp_replace({quote(name)}::VARCHAR, '"(?:[^"\\\\]|\\\\.)*"', '', 'g')"""
        test = f"regexp_matches({bare}, {text(f'(^|[^0-9.])[0-9]{{{digits},}}')})"
        rows = self.rows({name: "JSON"})
        query = f"SELECT bool_or({test}) FROM {rows}"  # noqa: S608
        return bool(engine.connection().sql(query).fetchall()[0][0])


def _saved(name: str, key: str, t: pa.DataType) -> Column:
    return Column(name, key, t, sql_type(physical(t, Carrier.JSON)))


def _fields(kind: Kind) -> int:
    match kind:
        case dict():
            return len(kind) + sum(map(_fields, kind.values()))
        case [item]:
            return _fields(item)
    return 0
