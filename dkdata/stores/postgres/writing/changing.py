"""Changes of a table by a predicate, its name and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.dialects.postgres.conditions import divided
from dkdata.errors import StoreError, UsageError
from dkdata.stores.postgres.reading import querying
from dkdata.stores.postgres.tables import ledger, locking
from dkdata.stores.postgres.tables.belongings import owner_of
from dkdata.stores.postgres.tables.held import Filled
from dkdata.stores.postgres.writing import staging
from dkdata.stores.postgres.writing.casting import cast
from dkdata.stores.postgres.writing.misfits import naming_misfits

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.predicate import Predicate
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held


def delete(where: Predicate, session: Session, held: Held) -> int:
    """Delete the rows for which ``where`` is true, not null, and return how many there were.

    Raises
    ------
    UsageError
        It is no table, but a view.
    TransientError
        Somebody else changed the table meanwhile.
    """
    held.check_writable()
    condition = _condition(session, held, where)
    count = session.count_changed(f"DELETE FROM {held.sql} WHERE {condition}")
    locking.check_unchanged(session, held)
    return count


def update(where: Predicate, row: pa.Table, session: Session, held: Held) -> int:
    """Give the rows for which ``where`` is true, not null, other values; return how many rows.

    Parameters
    ----------
    row
        One row, with the columns that change.

    Raises
    ------
    UsageError
        It is no table, but a view, or a column is computed from others.
    SchemaError
        A column of the table cannot hold a value.
    TransientError
        Somebody else changed the table meanwhile.
    """
    held.check_writable()
    columns = {column.name: column for column in held.columns}
    new = staging.temporary(session, row.schema)
    for column in new.columns:
        if columns[column.name].filled == Filled.EXPRESSION:
            message = (
                f"column {column.name!r} of {held.words} is computed from others"
                f" ({columns[column.name].expression}). Nothing was changed. Change those."
            )
            raise UsageError(message)
    condition = _condition(session, held, where)
    staging.send(session, new, row)
    values = ", ".join(
        f"{name} = (SELECT {cast(name, column.type, columns[column.name].type)} FROM {new.sql})"
        for column in new.columns
        for name in [quote(column.name)]
    )
    with naming_misfits(session, held, new):
        count = session.count_changed(f"UPDATE {held.sql} SET {values} WHERE {condition}")
    locking.check_unchanged(session, held)
    return count


def _refuse_others(session: Session, held: Held) -> None:
    """Raise if another role owns the table."""
    if held.is_owned:
        return
    owner = owner_of(session, held)
    message = (
        f"{held.words} belongs to role {owner!r}: only its owner can rename or drop it. Nothing was"
        f" changed. Let that role do it, or have an administrator run: ALTER TABLE {held.sql} OWNER"
        f" TO {quote(session.role)}."
    )
    raise StoreError(message)


def _condition(session: Session, held: Held, where: Predicate) -> str:
    """Return ``where`` as a condition on the rows of the table itself.

    What PostgreSQL cannot answer is answered by DuckDB, row by row, while nobody else writes.
    """
    relation = querying.relation_of(session, held, querying.schema_of(session, held))
    condition, left = divided(where, relation)
    if left is None and condition is not None:
        return session.mogrified(*condition)
    locking.lock(session, held, locking.WRITERS)
    places = querying.places(session, relation, where)
    made = staging.temporary(session, places.schema)
    staging.send(session, made, places)
    part, place = (quote(column.name) for column in made.columns)
    return f"(tableoid, ctid) IN (SELECT {part}::oid, {place}::tid FROM {made.sql})"


def rename(session: Session, held: Held, new: Held) -> None:
    """Give a table another name in its schema, and keep what is kept about it.

    Raises
    ------
    UsageError
        The new name is one of another schema.
    StoreError
        Another role owns the table.
    """
    if held.schema != new.schema:
        message = (
            f"{held.title!r} cannot become {new.title!r}: a rename leaves it in its schema,"
            f" {held.schema!r}. Use dk.copy, then dk.drop."
        )
        raise UsageError(message)
    _refuse_others(session, held)
    locking.run(session, held, f"ALTER {held.keyword} {held.sql} RENAME TO {quote(new.name)}")
    ledger.rename(session, held, new)


def drop(session: Session, held: Held) -> None:
    """Remove a table, or a view, and all that is kept about it.

    Raises
    ------
    UsageError
        Other objects depend on it.
    StoreError
        Another role owns it.
    """
    _refuse_others(session, held)
    locking.run(session, held, f"DROP {held.keyword} {held.sql}")
    ledger.forget(session, held)
