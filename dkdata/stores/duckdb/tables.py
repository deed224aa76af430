"""What a DuckDB file says of its tables: their columns, descriptors and commit records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from dkdata import notes
from dkdata.alteration import AddColumn, DropColumn, RenameColumns
from dkdata.dialects.fragment import duckdb_type, quote, quoted, text
from dkdata.dialects.select import Source
from dkdata.engine import first_row, translated
from dkdata.errors import StoreError, UsageError
from dkdata.foreign_columns import foreign_columns
from dkdata.physical import Carrier, physical
from dkdata.types import canonical

if TYPE_CHECKING:
    from dkdata.alteration import Alteration

OWN_SCHEMA = "dkdata"
_MAIN = "main"
_TABLES = {
    "commits": "table_name VARCHAR, run_id VARCHAR, result JSON, saved_at TIMESTAMPTZ",
    "descriptors": "table_name VARCHAR, hash VARCHAR, descriptor VARCHAR",
}
_LISTED = tuple(
    f"""
    SELECT schema_name, {kind}_name AS name, comment, {kind == "view"} FROM duckdb_{kind}s()
    WHERE database_name = $1 AND NOT internal AND NOT temporary AND schema_name <> $2
    """
    for kind in ("table", "view")
)
_NAMED = "AND $3 IN (lower(name), lower(concat(schema_name, '.', name)))"


@dataclass(frozen=True)
class Held:
    """A table or a view of an attached file."""

    alias: str
    schema: str
    name: str
    comment: str | None = None
    is_view: bool = False

    @property
    def sql(self) -> str:
        """The table in SQL."""
        return f"{self.alias}.{quote(self.schema)}.{quote(self.name)}"

    @property
    def title(self) -> str:
        """The table as callers name it."""
        return self.name if self.schema == _MAIN else f"{self.schema}.{self.name}"


def listed(connection: duckdb.DuckDBPyConnection, alias: str) -> list[Held]:
    """Return the tables and views of a file, without what dkdata keeps for itself."""
    return [
        Held(alias, *row)
        for sql in _LISTED
        for row in connection.execute(sql, [alias, OWN_SCHEMA]).fetchall()
    ]


def find(connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> Held | None:
    """Return a table by its name, or by ``schema.name``; DuckDB's names match without case."""
    wanted = table.lower()
    for listed_kind in _LISTED:  # most are tables: views are asked for only where there is none
        sql, values = f"{listed_kind} {_NAMED}", [alias, OWN_SCHEMA, wanted]
        found = [Held(alias, *row) for row in connection.execute(sql, values).fetchall()]
        titles = {held.title.lower(): held for held in found}
        in_full = {f"{held.schema}.{held.name}".lower(): held for held in found}
        if held := titles.get(wanted) or in_full.get(wanted):
            return held
    return None


def unmade(connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> Held:
    """Return where a new table goes: ``schema.name`` where there is such a schema."""
    schema, dot, name = table.partition(".")
    if dot and name:
        sql = (
            "SELECT schema_name FROM duckdb_schemas()"
            " WHERE database_name = ? AND lower(schema_name) = lower(?)"
        )
        found = first_row(connection, sql, [alias, schema])
        if found and found[0] != OWN_SCHEMA:
            return Held(alias, found[0], name)
    return Held(alias, _MAIN, table)


def source_of(connection: duckdb.DuckDBPyConnection, held: Held) -> Source:
    """Return a table as DuckDB reads it, with the schema that was saved."""
    try:
        columns = connection.sql(f"FROM {held.sql}")
    except duckdb.Error as error:
        kind = "view" if held.is_view else "table"
        message = f"{kind} {held.title!r} cannot be read: {translated(error)}"
        raise StoreError(message) from error
    listed_types = dict(zip(columns.columns, columns.types, strict=True))
    sql = foreign_columns(connection, held.sql, listed_types, rowid=not held.is_view) or held.sql
    names = quoted(listed_types)
    kept = connection.sql(f"SELECT {names} FROM {sql} LIMIT 0").to_arrow_table().schema
    has_rowid = not held.is_view and "rowid" not in map(str.casefold, listed_types)
    schema = _saved_schema(kept, _note(connection, held))
    return Source(sql, kept, schema, "rowid" if has_rowid else None)


def _saved_schema(kept: pa.Schema, note: dict[str, Any]) -> pa.Schema:
    """Return the canonical schema: types as saved where the column still has their form."""
    types = notes.saved_types(note)
    fields = [
        pa.field(field.name, _saved_type(field.type, types.get(field.name))) for field in kept
    ]
    return notes.described(fields, note)


def _saved_type(kept: pa.DataType, saved: pa.DataType | None) -> pa.DataType:
    plain = canonical(kept)
    return saved if saved is not None and _shown(saved) == plain else plain


def _shown(t: pa.DataType) -> pa.DataType:
    return canonical(physical(t, Carrier.DUCKDB))


def _note(connection: duckdb.DuckDBPyConnection, held: Held) -> dict[str, Any]:
    """Return what the comment says; nothing where it is somebody else's, or damaged."""
    note = notes.parsed(held.comment)
    if "spilled" not in note:
        return note
    if not _is_made(connection, held.alias, "descriptors"):
        return {}
    sql = f"SELECT descriptor FROM {_own(held.alias, 'descriptors')} WHERE table_name = ?"
    found = first_row(connection, sql, [held.title])
    whole = found[0] if found else ""
    return notes.parsed(whole) if notes.digest(whole) == note["spilled"] else {}


def is_ours(held: Held) -> bool:
    """Whether dkdata wrote the comment of the table."""
    return bool(notes.parsed(held.comment))


def describe(connection: duckdb.DuckDBPyConnection, held: Held, schema: pa.Schema) -> None:
    """Keep the descriptor as the comment of the table; a long one in a table of its own."""
    note = notes.note_of(schema, _shown)
    if note is not None and len(note) > notes.LONGEST_COMMENT:
        whole, note = note, notes.reference(note)
        _forget(connection, held, "descriptors")
        _make(connection, held.alias, "descriptors")
        sql = f"INSERT INTO {_own(held.alias, 'descriptors')} VALUES (?, ?, ?)"
        connection.execute(sql, [held.title, notes.digest(whole), whole])
    comment = "NULL" if note is None else text(note)
    if note != held.comment:
        connection.execute(f"COMMENT ON TABLE {held.sql} IS {comment}")


def alter(connection: duckdb.DuckDBPyConnection, held: Held, alteration: Alteration) -> None:
    """Change the columns of a table, and what is kept about it."""
    for step in alteration.steps:
        match step:
            case DropColumn(name):
                changes = [f"DROP COLUMN {quote(name)}"]
            case RenameColumns():
                changes = [
                    f"RENAME COLUMN {quote(old)} TO {quote(new)}" for old, new in step.one_by_one()
                ]
            case AddColumn(field, value):
                t = duckdb_type(physical(field.type, Carrier.DUCKDB))
                filling = "" if value is None else f" DEFAULT CAST({text(value)} AS {t})"
                changes = [f"ADD COLUMN {quote(field.name)} {t}{filling}"]
                changes += [f"ALTER COLUMN {quote(field.name)} DROP DEFAULT"] if filling else []
        for change in changes:
            connection.execute(f"ALTER TABLE {held.sql} {change}")
    describe(connection, held, alteration.schema)


def record_run(
    connection: duckdb.DuckDBPyConnection,
    held: Held,
    run_id: str,
    result: dict[str, Any],
) -> None:
    """Remember a write, in the transaction that makes it."""
    _make(connection, held.alias, "commits")
    sql = f"INSERT INTO {_own(held.alias, 'commits')} VALUES (?, ?, ?, now())"
    connection.execute(sql, [held.title, run_id, json.dumps(result)])


def find_run(
    connection: duckdb.DuckDBPyConnection,
    held: Held,
    run_id: str,
) -> dict[str, Any] | None:
    """Return what was remembered of a write, or ``None``."""
    if not _is_made(connection, held.alias, "commits"):
        return None
    sql = f"SELECT result FROM {_own(held.alias, 'commits')} WHERE table_name = ? AND run_id = ?"
    found = first_row(connection, sql, [held.title, run_id])
    return json.loads(found[0]) if found else None


def rename(connection: duckdb.DuckDBPyConnection, held: Held, new: Held) -> None:
    """Give a table, and what is kept about it, another name in the same schema."""
    if new.schema != held.schema:
        message = (
            f"{held.title!r} cannot become {new.title!r}: a rename leaves it in its schema,"
            f" {held.schema!r}. Use dk.copy, then dk.drop."
        )
        raise UsageError(message)
    kind = "VIEW" if held.is_view else "TABLE"
    connection.execute(f"ALTER {kind} {held.sql} RENAME TO {quote(new.name)}")
    for name in _TABLES:
        if _is_made(connection, held.alias, name):
            sql = f"UPDATE {_own(held.alias, name)} SET table_name = ? WHERE table_name = ?"
            connection.execute(sql, [new.title, held.title])


def forget(connection: duckdb.DuckDBPyConnection, held: Held) -> None:
    """Remove all that is kept about a table."""
    for name in _TABLES:
        _forget(connection, held, name)


def _forget(connection: duckdb.DuckDBPyConnection, held: Held, name: str) -> None:
    if _is_made(connection, held.alias, name):
        sql = f"DELETE FROM {_own(held.alias, name)} WHERE table_name = ?"
        connection.execute(sql, [held.title])


def _own(alias: str, name: str) -> str:
    return f"{alias}.{OWN_SCHEMA}.{name}"


def _make(connection: duckdb.DuckDBPyConnection, alias: str, name: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {alias}.{OWN_SCHEMA}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_own(alias, name)} ({_TABLES[name]})")


def _is_made(connection: duckdb.DuckDBPyConnection, alias: str, name: str) -> bool:
    sql = (
        "SELECT count(*) FROM duckdb_tables()"
        " WHERE database_name = ? AND schema_name = ? AND table_name = ?"
    )
    found = first_row(connection, sql, [alias, OWN_SCHEMA, name])
    return bool(found and found[0])
