"""Tables found in a PostgreSQL database, and the place for new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata import notes
from dkdata.dialects.fragment import quote
from dkdata.errors import StoreError, did_you_mean, listing
from dkdata.stores.postgres.tables import foreign, names
from dkdata.stores.postgres.tables.held import OWN_SCHEMA, Filled, Held, HeldColumn, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.postgres.connection.session import Session

_READABLE = f"""
    c.relkind IN ({", ".join(f"'{kind}'" for kind in Kind)}) AND c.relpersistence <> 't'
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
                CASE WHEN 'd' NOT IN (t.typtype, coalesce(item.typtype, ''))
                    THEN format_type(a.atttypid, a.atttypmod) END,
                CASE WHEN a.attidentity <> '' THEN '{Filled.IDENTITY}'
                    WHEN a.attgenerated <> '' THEN '{Filled.EXPRESSION}'
                    WHEN pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%'
                        THEN '{Filled.SEQUENCE}' END,
                CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
                coalesce(o.collisdeterministic, true)) ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                LEFT JOIN pg_type item ON item.oid = t.typelem AND item.typarray = t.oid
                LEFT JOIN pg_collation o ON o.oid = a.attcollation
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_READABLE} AND
"""
# Asked only of tables with domains: to plan it takes as long as all of the above.
_BASES = f"""
    SELECT a.attname, {foreign.resolved("a.atttypid", "a.atttypmod")} FROM pg_attribute a
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
"""
_NOTES_ARE_READ = """
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = 'notes' AND has_schema_privilege(n.oid, 'USAGE')
        AND has_table_privilege(c.oid, 'SELECT')
"""
_SCHEMAS = f"""
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '{OWN_SCHEMA}')
    ORDER BY nspname
"""
_NAMED = """
    ((c.relname = %(table)s AND n.nspname = ANY (current_schemas(false)))
        OR concat(n.nspname, '.', c.relname) = %(table)s)
    ORDER BY concat(n.nspname, '.', c.relname) = %(table)s,
        array_position(current_schemas(false), n.nspname)
    LIMIT 1
"""


def listed(session: Session) -> list[str]:
    """Return the names of the tables and views that the role may read, sorted."""
    found = session.run(_LISTED, ())
    return sorted(Held(schema, name, is_visible).title for schema, name, is_visible in found)


def find(session: Session, table: str) -> Held | None:
    """Return a table by its name in the search path, or by ``schema.name``."""
    if not names.is_text(table):
        return None
    return _held(session, session.first(_FOUND + _NAMED, {"table": table}))


def refreshed(session: Session, held: Held) -> Held | None:
    """Return what a table is now."""
    return _held(session, session.first(f"{_FOUND} c.oid = to_regclass(%s)", (held.sql,)))


def _held(session: Session, row: tuple[Any, ...] | None) -> Held | None:
    if row is None:
        return None
    oid, schema, name, is_visible, kind, comment, is_partition, is_owned, size, file, columns = row
    remark, note = _parted(comment)
    bases: Mapping[str, str] = {}
    if any(base is None for _, _, base, *_ in columns):
        bases = dict(session.run(_BASES, (oid,)))
    return Held(
        schema, name, is_visible, oid, Kind(kind), remark, _whole(session, schema, name, note),
        is_partition, is_owned, size, file, tuple(_column(bases, *column) for column in columns),
    )  # fmt: skip


def _column(
    bases: Mapping[str, str],
    name: str,
    of: str,
    base: str | None,
    filled: str | None,
    *more: Any,  # noqa: ANN401 - a row
) -> HeldColumn:
    base = base or bases.get(name, of)
    return HeldColumn(name, of, base, Filled(filled) if filled else None, *more)


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


def place_for_new(session: Session, table: str) -> Held:
    """Return where a new table goes: ``schema.name``, or a name in the first schema of the path.

    Raises
    ------
    StoreError
        There is no such schema.
    UsageError
        PostgreSQL cannot have a table of that name.
    """
    if "." not in table:
        return _in_path(session, table)
    known = [row[0] for row in session.run(_SCHEMAS)]
    meant = [schema for schema in known if table.startswith(f"{schema}.")]
    if not meant:
        wanted, _, name = table.partition(".")
        message = (
            f"there is no schema {wanted!r} for table {name!r}.{did_you_mean(wanted, known)} There"
            f" are: {listing(known)}. Nothing was written. Choose one of them, have an"
            f" administrator run: CREATE SCHEMA {quote(wanted)}; or choose a name without a dot."
        )
        raise StoreError(message)
    schema = max(meant, key=len)
    name = table.removeprefix(f"{schema}.")
    names.check_table(name)
    (is_visible,) = session.one("SELECT %s = ANY (current_schemas(false))", (schema,))
    return Held(schema, name, is_visible)


def _in_path(session: Session, name: str) -> Held:
    names.check_table(name)
    schema, path = session.one("SELECT current_schema(), current_setting('search_path')")
    if schema is None:
        message = (
            f"there is no schema {path!r} for table {name!r}. Nothing was written. Run: CREATE"
            f" SCHEMA {path}; or choose another schema=."
        )
        raise StoreError(message)
    return Held(schema, name)
