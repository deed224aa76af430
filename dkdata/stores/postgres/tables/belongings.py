"""What belongs to a table beside its rows: what a new one takes over, and what it would lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.stores.postgres.tables import locking, names

if TYPE_CHECKING:
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held

_TABLE = "'pg_class'::regclass"
_TORN = "XX000"  # what describes an object has gone while it was looked at
# Each gives the words for what would be lost: all that depends on the table but its indexes, and
# what is said of the table, its columns and its indexes. The key that dkdata made is made anew.
_TIES = f"""
    SELECT CASE
            WHEN d.classid <> 'pg_rewrite'::regclass
                THEN pg_describe_object(d.classid, d.objid, d.objsubid)
            WHEN v.relkind IN ('v', 'm') THEN 'view ' || v.oid::regclass::text
            ELSE 'rule ' || r.rulename || ' of ' || v.oid::regclass::text END
        FROM pg_depend d LEFT JOIN pg_rewrite r ON r.oid = d.objid
            AND d.classid = 'pg_rewrite'::regclass LEFT JOIN pg_class v ON v.oid = r.ev_class
            LEFT JOIN pg_constraint k ON k.oid = d.objid AND d.classid = 'pg_constraint'::regclass
            JOIN pg_class t ON t.oid = %(oid)s
            LEFT JOIN pg_type w ON w.oid = t.reltype
        WHERE ((d.refclassid = {_TABLE} AND d.refobjid = t.oid)
                OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (w.oid, w.typarray)))
            AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (w.oid, w.typarray))
            AND NOT (d.classid = {_TABLE} AND d.objid IN (t.oid, t.reltoastrelid))
            AND NOT (d.classid = {_TABLE} AND EXISTS (SELECT 1 FROM pg_index
                WHERE indexrelid = d.objid AND indrelid = t.oid))
            AND coalesce(k.contype::text, '') <> 'n'
            AND NOT (coalesce(k.contype::text, '') = 'p' AND %(has_key)s)
    UNION SELECT CASE WHEN inhparent = %(oid)s THEN 'table ' || inhrelid::regclass::text
            ELSE 'table ' || inhparent::regclass::text END
        FROM pg_inherits WHERE %(oid)s IN (inhparent, inhrelid)
    UNION SELECT unnest(ARRAY[
            CASE WHEN reloftype <> 0 THEN 'type ' || reloftype::regtype::text END,
            CASE WHEN relrowsecurity OR relforcerowsecurity THEN 'row level security' END,
            CASE WHEN relreplident <> 'd' THEN 'replica identity' END,
            CASE WHEN amname <> current_setting('default_table_access_method')
                THEN 'access method ' || amname END])
        FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = %(oid)s
    UNION SELECT 'extension ' || extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        AND d.refclassid = 'pg_extension'::regclass
        WHERE d.classid = {_TABLE} AND d.objid = %(oid)s
    UNION SELECT word || ' of column ' || a.attname
        FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid CROSS JOIN unnest(ARRAY[
            CASE WHEN a.attnotnull AND NOT (%(has_key)s AND EXISTS (SELECT 1 FROM pg_constraint
                WHERE conrelid = a.attrelid AND contype = 'p' AND a.attnum = ANY (conkey)))
                THEN 'NOT NULL' END,
            CASE WHEN a.attacl IS NOT NULL THEN 'rights' END,
            CASE WHEN col_description(a.attrelid, a.attnum) IS NOT NULL THEN 'comment' END,
            CASE WHEN a.attcollation <> y.typcollation THEN 'collation' END,
            CASE WHEN a.attstorage <> y.typstorage OR a.attcompression <> '' THEN 'storage' END,
            CASE WHEN coalesce(a.attstattarget, -1) <> -1 OR a.attoptions IS NOT NULL
                THEN 'statistics' END]) AS word
        WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped
    UNION SELECT word || ' of index ' || i.indexrelid::regclass::text
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid CROSS JOIN unnest(ARRAY[
            CASE WHEN i.indisclustered THEN 'clustering' END,
            CASE WHEN x.reltablespace <> 0 THEN 'tablespace' END,
            CASE WHEN obj_description(i.indexrelid, 'pg_class') IS NOT NULL THEN 'comment' END,
            CASE WHEN EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = i.indexrelid
                AND coalesce(attstattarget, -1) <> -1) THEN 'statistics' END]) AS word
        WHERE i.indrelid = %(oid)s
    UNION SELECT 'comment on constraint ' || conname FROM pg_constraint
        WHERE conrelid = %(oid)s AND obj_description(oid, 'pg_constraint') IS NOT NULL
    UNION SELECT 'rights that ' || quote_ident(pg_get_userbyid(grantor)) || ' granted'
        FROM pg_class, aclexplode(relacl) WHERE oid = %(oid)s AND grantor <> relowner
    UNION SELECT 'security label of ' || provider FROM pg_seclabel
        WHERE classoid = {_TABLE} AND objoid = %(oid)s
"""
_INDEXES = """
    SELECT c.relname,
        split_part(pg_get_indexdef(i.indexrelid), format(' ON %%I.%%I USING ', n.nspname,
            t.relname), 2),
        (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attname), '{}') FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                AND d.refobjid = t.oid AND d.refobjsubid > 0),
        i.indisunique
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE i.indrelid = %(oid)s AND NOT EXISTS (SELECT 1 FROM pg_constraint
        WHERE conindid = i.indexrelid)
    ORDER BY c.relname
"""
_FACTS = """
    SELECT c.relpersistence = 'u',
        array_to_string(c.reloptions || ARRAY(SELECT 'toast.' || o FROM unnest(t.reloptions) AS o),
            ', '),
        (SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = c.reltablespace),
        pg_get_userbyid(c.relowner), has_schema_privilege(c.relnamespace, 'CREATE')
    FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.oid = %(oid)s
"""
_RIGHTS = """
    SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        privilege_type, is_grantable
    FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) WHERE oid = %(oid)s
    ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Index:
    """An index of a table.

    Parameters
    ----------
    body
        What follows USING in its definition.
    columns
        Those that it needs.
    """

    name: str
    body: str
    columns: frozenset[str]
    is_unique: bool


@dataclass(frozen=True)
class Belongings:
    """What belongs to a table.

    Parameters
    ----------
    ties
        What a new table cannot take over, in words.
    indexes
        Those that no constraint made, but that of the key, which a replace declares anew.
    rights
        Who may do what, and grant it.
    options, tablespace
        As in SQL; ``None`` is what the database chooses by itself.
    owner
        The name of a role.
    may_create
        Whether the role may make tables where it is.
    """

    ties: tuple[str, ...]
    indexes: tuple[Index, ...]
    rights: tuple[tuple[str, str, bool], ...]
    is_unlogged: bool
    options: str | None
    tablespace: str | None
    owner: str
    may_create: bool

    @classmethod
    def of(cls, session: Session, held: Held) -> Belongings:
        """Return what belongs to a table now.

        Raises
        ------
        TransientError
            The table is there no more.
        """
        with locking.noticing_changes(held, _TORN):
            return cls._of(session, held)

    @classmethod
    def _of(cls, session: Session, held: Held) -> Belongings:

        def told(sql: str, **more: object) -> list[tuple[Any, ...]]:
            return session.run(sql, {"oid": held.oid, **more})

        ties = {row[0] for row in told(_TIES, has_key=held.is_ours and bool(held.key))}
        indexes = (
            Index(name, body, frozenset(columns), is_unique=is_unique)
            for name, body, columns, is_unique in told(_INDEXES)
        )
        facts = session.first(_FACTS, {"oid": held.oid})
        if facts is None:
            raise locking.changed_meanwhile(held)
        return cls(
            tuple(sorted(ties - {None})),
            tuple(index for index in indexes if not _is_key(held, index)),
            rights_of(session, held),
            *facts,
        )

    @property
    def storage(self) -> tuple[str, str]:
        """What stands before and after the columns of a table that is kept as this one is."""
        after = f" WITH ({self.options})" if self.options else ""
        after += f" TABLESPACE {self.tablespace}" if self.tablespace else ""
        return ("UNLOGGED " if self.is_unlogged else ""), after


def _is_key(held: Held, index: Index) -> bool:
    """Whether an index is there because of the key, which a replace declares anew."""
    is_named = index.name == names.shortened(held.name, "_key")
    return held.is_ours and index.is_unique and is_named and held.key == index.columns


def owner_of(session: Session, held: Held) -> str:
    """Return the role that owns a table.

    Raises
    ------
    TransientError
        The table is there no more.
    """
    sql = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = %s"
    found = session.first(sql, (held.oid,))
    if found is None:
        raise locking.changed_meanwhile(held)
    return str(found[0])


def rights_of(session: Session, held: Held) -> tuple[tuple[str, str, bool], ...]:
    """Return who may do what with a table."""
    return tuple(session.run(_RIGHTS, {"oid": held.oid}))
