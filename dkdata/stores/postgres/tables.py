"""What a PostgreSQL database says of its tables: columns, owner, comment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dkdata import notes
from dkdata.dialects.fragment import quote
from dkdata.errors import StoreError
from dkdata.physical import Carrier, physical
from dkdata.stores.postgres import foreign, names
from dkdata.stores.postgres.types import postgres_type
from dkdata.types import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from dkdata.stores.postgres.session import Session

OWN_SCHEMA = "dkdata"
TABLE, VIEW, MATERIALIZED, PARTITIONED, FOREIGN = "r", "v", "m", "p", "f"
# What gives a column its values, where those who write need not.
IDENTITY, NUMBERED, COMPUTED = "identity", "sequence", "expression"
_KINDS = {
    TABLE: "table", VIEW: "view", MATERIALIZED: "materialized view", PARTITIONED: "table",
    FOREIGN: "foreign table",
}  # fmt: skip
_READABLE = f"""
    c.relkind IN ('r', 'v', 'm', 'p', 'f') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', '{OWN_SCHEMA}')
    AND n.nspname NOT LIKE 'pg\\_toast%%'
"""
_LISTED = f"""
    SELECT n.nspname, c.relname, pg_table_is_visible(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_READABLE} AND NOT c.relispartition
        AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
"""
_FOUND = f"""
    SELECT c.oid::bigint, n.nspname, c.relname, pg_table_is_visible(c.oid), c.relkind::text,
        obj_description(c.oid, 'pg_class'), c.relispartition,
        pg_has_role(c.relowner, 'USAGE'),
        CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_relation_size(c.oid), 0) ELSE 0 END,
        coalesce(nullif(c.relfilenode, 0), pg_relation_filenode(c.oid), 0)::bigint,
        coalesce((SELECT jsonb_agg(jsonb_build_array(a.attname,
                format_type(a.atttypid, a.atttypmod),
                {foreign.resolved("a.atttypid", "a.atttypmod")},
                CASE WHEN a.attidentity <> '' THEN '{IDENTITY}'
                    WHEN a.attgenerated <> '' THEN '{COMPUTED}'
                    WHEN pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%' THEN '{NUMBERED}' END,
                CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
                coalesce(o.collisdeterministic, true)) ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_collation o ON o.oid = a.attcollation
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_READABLE} AND
"""
_NOTES_ARE_READ = """
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = 'notes' AND has_schema_privilege(n.oid, 'USAGE')
        AND has_table_privilege(c.oid, 'SELECT')
"""
_NAMED = """
    ((c.relname = %(table)s AND n.nspname = ANY (current_schemas(false)))
        OR concat(n.nspname, '.', c.relname) = %(table)s)
    ORDER BY concat(n.nspname, '.', c.relname) = %(table)s,
        array_position(current_schemas(false), n.nspname)
    LIMIT 1
"""


@dataclass(frozen=True)
class HeldColumn:
    """A column as the database has it.

    Parameters
    ----------
    type, base
        As ``format_type`` writes it, and what domains in it stand for.
    filled
        By what the database fills it, if it does: ``IDENTITY``, ``NUMBERED``, ``COMPUTED``.
    expression
        In SQL, from what its values are computed.
    is_deterministic
        Whether texts are equal under its collation only if they are the same.
    """

    name: str
    type: str
    base: str
    filled: str | None = None
    expression: str | None = None
    is_deterministic: bool = True


@dataclass(frozen=True)
class Held:
    """A table, or something that is read like one.

    Parameters
    ----------
    said, comment
        The comment on it: what somebody else wrote there, and the note of dkdata.
    size
        In bytes, without what is kept aside of large values; 0 where it is not known.
    file
        What the server calls the file of its rows; 0 where there is none.
    """

    schema: str
    name: str
    is_visible: bool = True
    oid: int = 0
    kind: str = TABLE
    said: str | None = None
    comment: str | None = None
    is_partition: bool = False
    is_owned: bool = True
    size: int = 0
    file: int = 0
    columns: tuple[HeldColumn, ...] = ()

    @property
    def sql(self) -> str:
        """The table in SQL."""
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def title(self) -> str:
        """The table as callers name it."""
        return self.name if self.is_visible else f"{self.schema}.{self.name}"

    @property
    def words(self) -> str:
        """What it is, for messages."""
        return f"{_KINDS[self.kind]} {self.title!r}"

    @property
    def keyword(self) -> str:
        """What it is, in SQL."""
        return "TABLE" if self.kind == PARTITIONED else _KINDS[self.kind].upper()

    @property
    def is_writable(self) -> bool:
        """Whether it is a table, and not something that is only read like one."""
        return self.kind in (TABLE, PARTITIONED, FOREIGN)

    @property
    def row_order(self) -> str | None:
        """What the rows have their order by, in SQL; ``None`` where they have none."""
        return {TABLE: "ctid", MATERIALIZED: "ctid", PARTITIONED: "tableoid, ctid"}.get(self.kind)

    @cached_property
    def note(self) -> dict[str, Any]:
        """What dkdata keeps of the table; nothing of a table of somebody else."""
        return notes.parsed(self.comment)

    @property
    def is_ours(self) -> bool:
        """Whether dkdata made the table."""
        return bool(self.note)

    @cached_property
    def by_name(self) -> Mapping[str, HeldColumn]:
        """The columns by the names that they are saved under."""
        kept = self.note.get("names", {})
        told = kept.items() if isinstance(kept, dict) else ()
        saved = {held: name for name, held in told if isinstance(held, str)}
        return {saved.get(column.name, column.name): column for column in self.columns}

    @cached_property
    def key(self) -> frozenset[str]:
        """The columns of the key that is kept with the table, as the database calls them."""
        told = self.note.get("key", ())
        known = told if isinstance(told, list) else ()
        return frozenset(self.by_name[name].name for name in known if name in self.by_name)


def listed(session: Session) -> list[str]:
    """Return the names of the tables and views that the role may read, sorted."""
    found = session.run(_LISTED, ())
    return sorted(Held(schema, name, is_visible).title for schema, name, is_visible in found)


def find(session: Session, table: str) -> Held | None:
    """Return a table by its name in the search path, or by ``schema.name``."""
    if "\0" in table:
        return None
    return _held(session, session.first(_FOUND + _NAMED, {"table": table}))


def again(session: Session, held: Held) -> Held | None:
    """Return what a table is now."""
    return _held(session, session.first(f"{_FOUND} c.oid = to_regclass(%s)", (held.sql,)))


def _held(session: Session, row: tuple[Any, ...] | None) -> Held | None:
    if row is None:
        return None
    oid, schema, name, is_visible, kind, comment, is_partition, is_owned, size, file, columns = row
    said, note = _parted(comment)
    return Held(
        schema, name, is_visible, oid, kind, said, _whole(session, schema, name, note),
        is_partition, is_owned, size, file, tuple(HeldColumn(*column) for column in columns),
    )  # fmt: skip


def _parted(comment: str | None) -> tuple[str | None, str | None]:
    """Return what somebody else says in a comment, and the note of dkdata, which is its last line.

    What looks like a damaged note is neither.
    """
    said, _, last = (comment or "").rpartition("\n")
    if notes.parsed(last):
        return said or None, last
    return None if (comment or "").startswith("{") else comment, None


def _whole(session: Session, schema: str, name: str, note: str | None) -> str | None:
    """Return a note, or the long one that it refers to."""
    wanted = notes.parsed(note).get("spilled")
    if wanted is None:
        return note
    if not session.run(_NOTES_ARE_READ, (OWN_SCHEMA,)):
        return note
    sql = f"SELECT note FROM {OWN_SCHEMA}.notes WHERE schema_name = %s AND table_name = %s"
    found = session.first(sql, (schema, name))
    return found[0] if found and notes.digest(found[0]) == wanted else note


def unmade(session: Session, table: str) -> Held:
    """Return where a new table goes: ``schema.name`` where there is such a schema."""
    schema, dot, name = table.partition(".")
    if dot and name:
        sql = "SELECT 1 FROM pg_namespace WHERE nspname = %s AND nspname <> %s"
        if session.first(sql, (schema, OWN_SCHEMA)):
            names.check_table(name)
            sql = "SELECT %s = ANY (current_schemas(false))"
            (is_visible,) = session.first(sql, (schema,)) or (False,)
            return Held(schema, name, is_visible)
    names.check_table(table)
    found = session.first("SELECT current_schema(), current_setting('search_path')")
    current, path = found or (None, "")
    if current is None:
        message = (
            f"there is no schema {path!r} for table {table!r}. Nothing was written. Run: CREATE"
            f" SCHEMA {path}; or choose another schema=."
        )
        raise StoreError(message)
    return Held(current, table)


def shown(t: pa.DataType) -> pa.DataType:
    """Return the canonical type that a column of a table shows by itself."""
    return canonical(physical(t, Carrier.POSTGRES))


def columns_sql(schema: pa.Schema) -> str:
    """Return what a CREATE TABLE says of the columns of a canonical schema."""
    held = names.column_names(schema.names)
    return ", ".join(f"{quote(held[f.name])} {postgres_type(f.type)}" for f in schema)


def note_of(schema: pa.Schema) -> str | None:
    """Return what is kept of a schema as the comment of its table."""
    changed = {
        name: held for name, held in names.column_names(schema.names).items() if name != held
    }
    return notes.note_of(schema, shown, {"names": changed} if changed else None)


def listing_of(columns: Iterable[str]) -> str:
    """Return quoted names with commas."""
    return ", ".join(map(quote, columns))
