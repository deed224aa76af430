"""A new table in the place of an old one, with all that others have tied to the old."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.errors import DkError, UsageError, listing
from dkdata.stores.postgres import locking, names, tables

if TYPE_CHECKING:
    from dkdata.stores.postgres.session import Session
    from dkdata.stores.postgres.tables import Held, HeldColumn

# What a new table cannot take over: each gives the words for it.
_TIES = """
    SELECT 'view ' || v.oid::regclass::text FROM pg_depend d
        JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_class v ON v.oid = r.ev_class
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = %(oid)s AND v.oid <> %(oid)s
    UNION SELECT 'rule ' || rulename FROM pg_rewrite WHERE ev_class = %(oid)s
    UNION SELECT 'function ' || d.objid::regprocedure::text FROM pg_depend d
        JOIN pg_type t ON t.typrelid = %(oid)s
        WHERE d.classid = 'pg_proc'::regclass AND ((d.refclassid = 'pg_class'::regclass
            AND d.refobjid = %(oid)s) OR (d.refclassid = 'pg_type'::regclass
            AND d.refobjid IN (t.oid, t.typarray)))
    UNION SELECT 'column ' || a.attname || ' of ' || a.attrelid::regclass::text
        FROM pg_attribute a JOIN pg_type t ON a.atttypid IN (t.oid, t.typarray)
        WHERE t.typrelid = %(oid)s AND NOT a.attisdropped
    UNION SELECT 'foreign key ' || conname || ' of ' || conrelid::regclass::text
        FROM pg_constraint WHERE contype = 'f' AND %(oid)s IN (confrelid, conrelid)
    UNION SELECT 'constraint ' || conname FROM pg_constraint
        WHERE conrelid = %(oid)s AND contype IN ('c', 'u', 'x')
    UNION SELECT 'trigger ' || tgname FROM pg_trigger
        WHERE tgrelid = %(oid)s AND NOT tgisinternal
    UNION SELECT 'policy ' || polname FROM pg_policy WHERE polrelid = %(oid)s
    UNION SELECT 'row level security' FROM pg_class
        WHERE oid = %(oid)s AND (relrowsecurity OR relforcerowsecurity)
    UNION SELECT 'table ' || CASE WHEN inhparent = %(oid)s THEN inhrelid ELSE inhparent
        END::regclass::text FROM pg_inherits WHERE %(oid)s IN (inhparent, inhrelid)
    UNION SELECT 'publication ' || p.pubname FROM pg_publication_rel r
        JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = %(oid)s
    UNION SELECT 'statistics ' || stxname FROM pg_statistic_ext WHERE stxrelid = %(oid)s
    UNION SELECT CASE WHEN attidentity <> '' THEN 'identity' WHEN attgenerated <> ''
        THEN 'generated values' ELSE 'default' END || ' of column ' || attname
        FROM pg_attribute WHERE attrelid = %(oid)s AND attnum > 0 AND NOT attisdropped
            AND (atthasdef OR attidentity <> '')
    UNION SELECT 'rights on column ' || attname FROM pg_attribute
        WHERE attrelid = %(oid)s AND attnum > 0 AND attacl IS NOT NULL
    UNION SELECT 'comment on column ' || attname FROM pg_attribute
        WHERE attrelid = %(oid)s AND attnum > 0 AND col_description(attrelid, attnum) IS NOT NULL
    ORDER BY 1
"""
_CASCADES = """
    SELECT conrelid::regclass::text || ' (' || conname || ')' FROM pg_constraint
    WHERE contype = 'f' AND confrelid = %s AND confdeltype IN ('c', 'n', 'd')
"""
_INDEXES = """
    SELECT c.relname, i.indisunique,
        split_part(pg_get_indexdef(i.indexrelid), format(' ON %%I.%%I USING ', n.nspname,
            t.relname), 2),
        (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                AND d.refobjid = t.oid AND d.refobjsubid > 0),
        c.oid::bigint
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE i.indrelid = %(oid)s AND NOT EXISTS (SELECT 1 FROM pg_constraint
        WHERE conindid = i.indexrelid)
    ORDER BY c.relname
"""
_STORAGE = """
    SELECT relpersistence::text, array_to_string(reloptions, ', '),
        (SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = reltablespace)
    FROM pg_class WHERE oid = %s
"""
_OWNER = """
    SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class
    WHERE oid = %(oid)s AND pg_get_userbyid(relowner) <> current_user
"""
_GRANTS = """
    SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        privilege_type, is_grantable
    FROM pg_class, aclexplode(relacl) WHERE oid = %(oid)s AND grantee <> relowner
"""
_TAKEN = ("42P07", "23505")  # by another table, made before or meanwhile


@dataclass(frozen=True)
class Plan:
    """How a table is replaced.

    Parameters
    ----------
    ties
        What a new table cannot take over, in words.
    is_in_place
        Whether the old table stays, and its rows are exchanged.
    """

    held: Held
    ties: tuple[str, ...]
    is_in_place: bool


def plan(session: Session, held: Held, columns: tuple[HeldColumn, ...]) -> Plan:
    """Return how a table gets rows of those columns, or refuse.

    Raises
    ------
    UsageError
        What depends on the table allows neither a new one nor other rows.
    """
    ties = tuple(row[0] for row in session.run(_TIES, {"oid": held.oid}))
    if held.kind == tables.TABLE and held.is_owned and not ties:
        return Plan(held, ties, is_in_place=False)
    cause = _cause(held, ties)
    if {(c.name, c.type) for c in held.columns} != {(c.name, c.type) for c in columns}:
        message = (
            f"{held.words} cannot be replaced by rows of other columns: {cause}. Nothing was"
            " written. Save the columns that it has, with their types, drop what depends on it"
            " first, or save under another name."
        )
        raise UsageError(message)
    cascades = [row[0] for row in session.run(_CASCADES, (held.oid,))]
    if cascades:
        message = (
            f"{held.words} cannot be replaced: its rows cannot be taken out without changing those"
            f" of {listing(cascades)}, which refer to it. Nothing was written. Use mode='upsert',"
            " and delete the rows that are to go."
        )
        raise UsageError(message)
    return Plan(held, ties, is_in_place=True)


def _cause(held: Held, ties: tuple[str, ...]) -> str:
    if ties:
        return f"a new table would lack what belongs to it: {listing(ties)}"
    return "it belongs to another role" if held.kind == tables.TABLE else "it is no plain table"


def refill(session: Session, chosen: Plan, made: Held) -> None:
    """Exchange all rows of a table for those of another; readers see the old until the commit."""
    held = chosen.held
    locking.lock(session, held, locking.WRITERS)
    held = locking.check_unchanged(session, held)
    columns = tables.listing_of(column.name for column in held.columns)
    overriding = " OVERRIDING SYSTEM VALUE" if any(c.is_made for c in held.columns) else ""
    session.run(f"DELETE FROM {held.sql}")
    session.run(f"INSERT INTO {held.sql} ({columns}){overriding} SELECT {columns} FROM {made.sql}")
    session.run(f"DROP TABLE {made.sql}")


def storage(session: Session, held: Held) -> tuple[str, str]:
    """Return what stands before and after the columns of a table that is kept as another is."""
    found = session.first(_STORAGE, (held.oid,))
    persistence, options, tablespace = found or ("p", None, None)
    after = f" WITH ({options})" if options else ""
    after += f" TABLESPACE {tablespace}" if tablespace else ""
    return ("UNLOGGED " if persistence == "u" else ""), after


def carry_over(session: Session, chosen: Plan, made: Held) -> None:
    """Give a new table the indexes, the owner and the rights of the old.

    Raises
    ------
    UsageError
        An index needs a column that the new rows lack.
    """
    held = chosen.held
    known = {column.name for column in made.columns}
    for name, is_unique, body, needed, _ in session.run(_INDEXES, {"oid": held.oid}):
        if not known.issuperset(needed):
            message = (
                f"{held.words} cannot be replaced: its index {name!r} needs the columns"
                f" {listing(needed)}. Nothing was written. Drop the index first, or keep them."
            )
            raise UsageError(message)
        unique = "UNIQUE " if is_unique else ""
        session.run(f"CREATE {unique}INDEX {_own_name(made, name)} ON {made.sql} USING {body}")
    owner = session.first(_OWNER, {"oid": held.oid})
    for grantee, privilege, is_grantable in session.run(_GRANTS, {"oid": held.oid}):
        option = " WITH GRANT OPTION" if is_grantable else ""
        session.run(f"GRANT {privilege} ON {made.sql} TO {grantee}{option}")
    if owner:
        session.run(f"ALTER TABLE {made.sql} OWNER TO {owner[0]}")


def _own_name(made: Held, index: str) -> str:
    """Return the name that an index has while its table is being made."""
    digest = hashlib.sha256(index.encode()).hexdigest()[:8]
    return quote(f"{made.name}_{digest}")


def swap(session: Session, chosen: Plan | None, made: Held, target: Held) -> None:
    """Put a new table in the place of the old one, if there is one.

    Readers wait from here to the commit, so everything else has been done before.

    Raises
    ------
    TransientError
        Somebody else changed, made or dropped the table meanwhile.
    """
    renamed = [(f"{made.name}_pkey", names.shortened(target.name, "_pkey"))]
    if chosen is not None:
        held = chosen.held
        indexes = session.run(_INDEXES, {"oid": held.oid})
        locking.lock(session, held, locking.EXCLUSIVE)
        locking.check_unchanged(session, held)
        if session.run(_TIES, {"oid": held.oid}):
            raise locking.changed(held)
        session.run(f"DROP TABLE {held.sql}")
        renamed += [(_own_name(made, row[0])[1:-1], row[0]) for row in indexes]
    try:
        session.run(f"ALTER TABLE {made.sql} RENAME TO {quote(target.name)}")
    except DkError as error:
        if chosen is None and getattr(error.__cause__, "pgcode", "") in _TAKEN:
            raise locking.changed(target) from error
        raise
    for before, after in renamed:
        old = f"{quote(made.schema)}.{quote(before)}"
        free = "SELECT to_regclass(%s) IS NOT NULL AND to_regclass(%s) IS NULL"
        wanted = f"{quote(made.schema)}.{quote(after)}"
        if session.run(free, (old, wanted))[0][0]:
            session.run(f"ALTER INDEX {old} RENAME TO {quote(after)}")
