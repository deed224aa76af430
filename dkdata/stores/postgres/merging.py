"""Staged rows into a table that is there: appended, or by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.errors import ConflictError, SchemaError
from dkdata.stores.postgres import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.stores.postgres.session import Session
    from dkdata.stores.postgres.tables import Held

_EXAMPLES = 5
# Types of others whose assignment can change a value instead of refusing it.
_LOSSY = ("character", "numeric", "real", "timestamp", "time", "interval", "bit", "money")


def _pairs(left: str, right: str, key: Iterable[str]) -> str:
    return " AND ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in key)


def _values(held: Held, staged: Held) -> str:
    """Return the staged columns in the types of the table, in its order."""
    own = {column.name: column.type for column in staged.columns}
    return ", ".join(
        f"new.{quote(column.name)}"
        if own[column.name] == column.type
        else f"new.{quote(column.name)}::{column.type}"
        for column in held.columns
    )


def _insertion(held: Held, staged: Held, condition: str = "") -> str:
    columns = tables.listing_of(column.name for column in held.columns)
    overriding = " OVERRIDING SYSTEM VALUE" if any(c.is_made for c in held.columns) else ""
    return (
        f"INSERT INTO {held.sql} AS old ({columns}){overriding}"
        f" SELECT {_values(held, staged)} FROM {staged.sql} AS new{condition}"
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
            f" (SELECT 1 FROM {held.sql} AS old WHERE {_pairs('old', 'new', key)})"
            f" LIMIT {_EXAMPLES}"
        )
        if found:
            examples = [row[0] if len(row) == 1 else row for row in found]
            raise ConflictError.taken(held.title, key, examples)
    return session.changed(_insertion(held, staged))


def skip(session: Session, held: Held, staged: Held, key: list[str], *, is_unique: bool) -> int:
    """Insert the staged rows whose key the table does not have, and return how many."""
    if is_unique:
        conflict = f" ON CONFLICT ({tables.listing_of(key)}) DO NOTHING"
        return session.changed(_insertion(held, staged) + conflict)
    return session.changed(_insertion(held, staged, _absent(held, key)))


def _absent(held: Held, key: list[str]) -> str:
    return (
        f" WHERE NOT EXISTS (SELECT 1 FROM {held.sql} AS known WHERE {_pairs('known', 'new', key)})"
    )


def upsert(
    session: Session, held: Held, staged: Held, key: list[str], *, is_unique: bool
) -> tuple[int, int]:
    """Insert the staged rows, or change those that have their keys; return how many of each.

    Parameters
    ----------
    is_unique
        Whether the database keeps the key unique; else others must not write meanwhile.
    """
    others = [column.name for column in held.columns if column.name not in key] or key
    if not is_unique:
        values = dict(
            zip((c.name for c in held.columns), _values(held, staged).split(", "), strict=True)
        )
        changes = ", ".join(f"{quote(name)} = {values[name]}" for name in others)
        updated = session.changed(
            f"UPDATE {held.sql} AS old SET {changes} FROM {staged.sql} AS new"
            f" WHERE {_pairs('old', 'new', key)}"
        )
        return session.changed(_insertion(held, staged, _absent(held, key))), updated
    changes = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in others)
    written = (
        f"{_insertion(held, staged)} ON CONFLICT ({tables.listing_of(key)})"
        # A row that was there has been locked by this very transaction.
        f" DO UPDATE SET {changes} RETURNING (old.xmax = 0) AS is_new"
    )
    found = session.first(
        f"WITH written AS ({written})"
        " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
    )
    return found or (0, 0)


def refuse_inexact(session: Session, held: Held, staged: Held) -> None:
    """Refuse rows of which the types of the table, which somebody else made, would bend a value."""
    own = {column.name: column.type for column in staged.columns}
    for column in held.columns:
        given = own.get(column.name, column.type)
        if given == column.type or not column.base.startswith(_LOSSY):
            continue
        name = quote(column.name)
        found = session.first(
            f"SELECT {name}::text, number - 1 FROM"
            f" (SELECT {name}, row_number() OVER () AS number FROM {staged.sql}) AS new"
            f" WHERE {name}::{column.type}::{given} IS DISTINCT FROM {name} LIMIT 1"
        )
        if found:
            reason = f"the column is {column.type} in the table"
            raise SchemaError.value(column.name, found[0], int(found[1]), reason)
