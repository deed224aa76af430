"""What dkdata keeps in a database beside its tables: writes by their ids, and long notes."""

from __future__ import annotations

import json
import time
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from dkdata import commit, notes
from dkdata.dialects.fragment import quote, text
from dkdata.errors import ConflictError
from dkdata.retrying import TransientError
from dkdata.stores.postgres.tables.held import OWN_SCHEMA

if TYPE_CHECKING:
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held

Place: TypeAlias = tuple[str, str, str]  # schema, table, id of the write
_TABLES = {
    "commits": (
        "schema_name text, table_name text, run_id text, result jsonb NOT NULL,"
        " is_named boolean NOT NULL, saved_at timestamptz NOT NULL DEFAULT now(),"
        " PRIMARY KEY (schema_name, table_name, run_id)"
    ),
    "notes": "schema_name text, table_name text, note text, PRIMARY KEY (schema_name, table_name)",
}
_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_LOCK = 0x646B_6461_7461  # of those who make these tables
_REMEMBERED_SECONDS = 24 * 3600
_PLACE = "schema_name = %s AND table_name = %s"


def may_make(session: Session) -> bool:
    """Whether the role may make what is missing."""
    (may,) = session.one(
        "SELECT coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace"
        " WHERE nspname = %s), has_database_privilege(current_database(), 'CREATE'))"
        " AND NOT pg_is_in_recovery()"
        " AND current_setting('transaction_read_only') = 'off'",
        (OWN_SCHEMA,),
    )
    return bool(may)


def make(session: Session) -> None:
    """Make what is missing; others wait until that is committed."""
    session.run("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    session.run(f"CREATE SCHEMA IF NOT EXISTS {OWN_SCHEMA}")
    for name, columns in _TABLES.items():
        session.run(f"CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.{name} ({columns})")


def is_writable(session: Session) -> bool:
    """Whether the role can write what is kept."""
    places = [f"{OWN_SCHEMA}.{name}" for name in _TABLES]
    asked = [(place, right) for place in places for right in _RIGHTS]
    wanted = " AND ".join(["has_table_privilege(to_regclass(%s), %s)"] * len(asked))
    in_schema = "coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace"
    in_schema += " WHERE nspname = %s), false)"
    (found,) = session.one(
        f"SELECT CASE WHEN {in_schema} THEN coalesce({wanted}, false) END",
        (OWN_SCHEMA, *chain.from_iterable(asked)),
    )
    return bool(found)


def grant(session: Session) -> str:
    """Return the SQL with which an administrator lets the role write what is kept."""
    role = quote(session.role)
    (is_missing,) = session.one("SELECT to_regnamespace(%s) IS NULL", (OWN_SCHEMA,))
    if is_missing:
        return f"CREATE SCHEMA {OWN_SCHEMA} AUTHORIZATION {role}"
    return (
        f"GRANT USAGE ON SCHEMA {OWN_SCHEMA} TO {role};"
        f" GRANT {', '.join(_RIGHTS)} ON ALL TABLES IN SCHEMA {OWN_SCHEMA} TO {role}"
    )


def record(
    session: Session, held: Held, run_id: str, result: dict[str, Any], *, is_named: bool
) -> None:
    """Remember a write, in the transaction that makes it.

    Two writes of one id wait for each other here.

    Parameters
    ----------
    is_named
        Whether the caller named the write, so that it may come again at any time; others are
        forgotten after a day.

    Raises
    ------
    TransientError
        Somebody else has made a write of this id meanwhile.
    """
    place = (held.schema, held.name)
    count = session.count_changed(
        f"WITH old AS (DELETE FROM {OWN_SCHEMA}.commits WHERE ctid IN"
        f" (SELECT ctid FROM {OWN_SCHEMA}.commits"
        f" WHERE {_PLACE} AND run_id < %s AND NOT is_named"  # found by the index, however many
        " AND saved_at < now() - make_interval(secs => %s) FOR UPDATE SKIP LOCKED))"
        f" INSERT INTO {OWN_SCHEMA}.commits (schema_name, table_name, run_id, result, is_named)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            *place, commit.run_id_since(time.time() - _REMEMBERED_SECONDS), _REMEMBERED_SECONDS,
            *place, run_id, json.dumps(result), is_named,
        ),
    )  # fmt: skip
    if not count:
        raise TransientError(
            ConflictError(f"run_id={run_id!r} was written by somebody else meanwhile. Try again.")
        )


def settled(session: Session, place: Place) -> dict[str, Any] | None:
    """Return what was remembered of a write whose commit was not answered, or ``None``.

    Waits for a transaction that may still make it.
    """
    *where, run_id = place
    session.run(
        f"INSERT INTO {OWN_SCHEMA}.commits VALUES (%s, %s, %s, '{{}}', false)"
        " ON CONFLICT DO NOTHING",
        place,
    )
    found = session.first(
        f"SELECT result FROM {OWN_SCHEMA}.commits"
        f" WHERE {_PLACE} AND run_id = %s AND result <> '{{}}'",
        (*where, run_id),
    )
    return found[0] if found else None


def find_run(session: Session, held: Held, run_id: str) -> dict[str, Any] | None:
    """Return what was remembered of a write, or ``None``."""
    if not is_writable(session):
        return None
    found = session.first(
        f"SELECT result FROM {OWN_SCHEMA}.commits WHERE {_PLACE} AND run_id = %s",
        (held.schema, held.name, run_id),
    )
    return found[0] if found else None


def describe(session: Session, held: Held, note: str | None) -> None:
    """Keep a note in the comment of a table; a long one in a table of its own."""
    if note is not None and len(note) > notes.LONGEST_COMMENT and session.has_ledger:
        place = (held.schema, held.name)
        session.run(
            f"INSERT INTO {OWN_SCHEMA}.notes VALUES (%s, %s, %s)"
            " ON CONFLICT (schema_name, table_name) DO UPDATE SET note = excluded.note",
            (*place, note),
        )
        note = notes.reference(note)
    comment = "\n".join(filter(None, (held.remark, note)))
    comment = text(comment) if comment else "NULL"
    session.run(f"COMMENT ON {held.keyword} {held.sql} IS {comment}")


def forget(session: Session, held: Held) -> None:
    """Remove all that is kept about a table."""
    if session.has_ledger:
        for name in _TABLES:
            session.run(f"DELETE FROM {OWN_SCHEMA}.{name} WHERE {_PLACE}", (held.schema, held.name))


def orphans(session: Session) -> list[tuple[str, str]]:
    """Return the tables of which something is kept and which are there no more."""
    if not is_writable(session):
        return []
    kept = " UNION ".join(
        f"SELECT schema_name, table_name FROM {OWN_SCHEMA}.{name}" for name in _TABLES
    )
    return [
        (schema, table)
        for schema, table in session.run(
            f"SELECT schema_name, table_name FROM ({kept}) AS kept WHERE NOT EXISTS"
            " (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = schema_name AND c.relname = table_name) ORDER BY 1, 2"
        )
    ]


def rename(session: Session, held: Held, new: Held) -> None:
    """Keep what is kept about a table under its new name."""
    if session.has_ledger:
        forget(session, new)
        for name in _TABLES:
            session.run(
                f"UPDATE {OWN_SCHEMA}.{name} SET schema_name = %s, table_name = %s WHERE {_PLACE}",
                (new.schema, new.name, held.schema, held.name),
            )
