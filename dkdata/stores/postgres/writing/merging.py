"""Staged rows into a table that is there: appended, or by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote, quoted
from dkdata.errors import ConflictError
from dkdata.stores.postgres.tables import names
from dkdata.stores.postgres.tables.held import Filled
from dkdata.stores.postgres.writing.casting import cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held, HeldColumn

_EXAMPLES = 5


def given(held: Held, staged: Held) -> list[HeldColumn]:
    """Return the columns of a table that staged rows give values, in its order."""
    return [c for c in held.columns if c.name in staged.types and c.filled != Filled.EXPRESSION]


def _values(held: Held, staged: Held) -> Mapping[str, str]:
    """Return the staged values in the types of the table, by its columns."""
    return {
        column.name: cast(f"new.{quote(column.name)}", staged.types[column.name], column.type)
        for column in held.columns
        if column.name in staged.types
    }


def _pairs(held: Held, staged: Held, key: Iterable[str], left: str = "old") -> str:
    values = _values(held, staged)
    return " AND ".join(f"{left}.{quote(name)} = {values[name]}" for name in key)


def insertion(held: Held, staged: Held, condition: str = "") -> str:
    """Return the statement that inserts the staged rows into the table, which is ``old`` in it."""
    columns, values = given(held, staged), _values(held, staged)
    names = quoted(column.name for column in columns)
    has_identity = any(column.filled == Filled.IDENTITY for column in columns)
    overriding = " OVERRIDING SYSTEM VALUE" if has_identity else ""
    shown = ", ".join(values[column.name] for column in columns)
    return (
        f"INSERT INTO {held.sql} AS old ({names}){overriding}"
        f" SELECT {shown} FROM {staged.sql} AS new{condition}"
    )


def append(session: Session, held: Held, staged: Held, key: list[str]) -> int:
    """Insert the staged rows and return how many there were.

    Raises
    ------
    ConflictError
        A key is taken.
    """
    if key:
        shown = ", ".join(f"new.{quote(name)}" for name in key)
        found = session.run(
            f"SELECT {shown} FROM {staged.sql} AS new WHERE EXISTS"
            f" (SELECT 1 FROM {held.sql} AS old WHERE {_pairs(held, staged, key)})"
            f" LIMIT {_EXAMPLES}"
        )
        if found:
            examples = [row[0] if len(row) == 1 else row for row in found]
            raise ConflictError.taken(held.title, key, examples)
    return session.count_changed(insertion(held, staged))


def skip(session: Session, held: Held, staged: Held, key: list[str], *, is_unique: bool) -> int:
    """Insert the staged rows whose key the table does not have, and return how many."""
    if is_unique:
        conflict = f" ON CONFLICT ({quoted(key)}) DO NOTHING"
        return session.count_changed(insertion(held, staged) + conflict)
    return session.count_changed(insertion(held, staged, _absent(held, staged, key)))


def _absent(held: Held, staged: Held, key: list[str]) -> str:
    pairs = _pairs(held, staged, key, "known")
    return f" WHERE NOT EXISTS (SELECT 1 FROM {held.sql} AS known WHERE {pairs})"


def upsert(
    session: Session, held: Held, staged: Held, key: list[str], *, is_unique: bool
) -> tuple[int, int]:
    """Insert the staged rows, or change those that have their keys; return how many of each.

    Parameters
    ----------
    is_unique
        Whether the database keeps the key unique; else others must not write meanwhile.
    """
    names = [column.name for column in given(held, staged)]
    others = [name for name in names if name not in key] or key
    if not is_unique:
        values = _values(held, staged)
        changes = ", ".join(f"{quote(name)} = {values[name]}" for name in others)
        updated = session.count_changed(
            f"UPDATE {held.sql} AS old SET {changes} FROM {staged.sql} AS new"
            f" WHERE {_pairs(held, staged, key)}"
        )
        absent = _absent(held, staged, key)
        return session.count_changed(insertion(held, staged, absent)), updated
    changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in others)
    written = (
        f"{insertion(held, staged)} ON CONFLICT ({quoted(key)})"
        # A row that was there has been locked by this very transaction.
        f" DO UPDATE SET {changes} RETURNING (old.xmax = 0) AS is_new"
    )
    inserted, updated = session.one(
        f"WITH written AS ({written})"
        " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
    )
    return inserted, updated


def is_unique(session: Session, held: Held, key: list[str]) -> bool:
    """Whether the database itself keeps the key unique."""
    sql = """
        SELECT 1 FROM pg_index i WHERE i.indrelid = %s AND i.indisunique AND i.indimmediate
            AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
            AND (SELECT array_agg(a.attname::text ORDER BY a.attname COLLATE "C")
                FROM pg_attribute a
                WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
                = %s::text[]
    """
    return session.first(sql, (held.oid, sorted(key))) is not None


def keep_unique(session: Session, held: Held, key: list[str]) -> None:
    """Let the database itself keep the key unique from now on."""
    name = names.shortened(held.name, "_key")
    place = f"{quote(held.schema)}.{quote(name)}"
    (is_free,) = session.one("SELECT to_regclass(%s) IS NULL", (place,))
    named = quote(name) if is_free else ""  # the server chooses another
    session.run(f"CREATE UNIQUE INDEX {named} ON {held.sql} ({quoted(key)})")
