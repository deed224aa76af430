"""New rows in the place of all old ones, with all that others have tied to the table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.errors import DkError, UsageError, listing
from dkdata.stores.postgres.connection import failures
from dkdata.stores.postgres.tables import fitting, locking, lookup, names, types
from dkdata.stores.postgres.tables.belongings import Belongings, owner_of, rights_of
from dkdata.stores.postgres.tables.held import Kind
from dkdata.stores.postgres.writing import merging
from dkdata.stores.postgres.writing.misfits import naming_misfits

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.belongings import Index
    from dkdata.stores.postgres.tables.held import Held

_CASCADES = """
    SELECT conrelid::regclass::text || ' (' || conname || ')' FROM pg_constraint
    WHERE contype = 'f' AND confrelid = %s AND confdeltype IN ('c', 'n', 'd')
"""
_RULES = """
    SELECT rulename FROM pg_rewrite WHERE ev_class = %s AND ev_type IN ('3', '4')
"""
_TAKEN = ("42P07", "23505")  # by another table, made before or meanwhile


@dataclass(frozen=True)
class Replacement:
    """How a table is replaced.

    Parameters
    ----------
    schema
        In which the rows go into the table, which stays; ``None`` if a new one takes its place.
    """

    held: Held
    belongings: Belongings
    schema: pa.Schema | None


def chosen(session: Session, held: Held, schema: pa.Schema) -> Replacement:
    """Return how a table gets rows of a schema, or refuse.

    A new table takes the place of one that has nothing that it would lack. Any other one stays,
    if it has the columns of the rows.

    Raises
    ------
    UsageError
        What belongs to the table allows neither.
    """
    belongings = Belongings.of(session, held)
    fitted = fitting.fitted(schema, held)
    is_free = not belongings.ties and _why_not(held, belongings) is None
    is_plain = all(types.is_own(column.type) for column in held.columns)
    if is_free and (is_plain or fitted is None):
        return Replacement(held, belongings, None)
    if fitted is None:
        message = (
            f"{held.words} cannot be replaced by rows of other columns:"
            f" {_why_not(held, belongings) or _lacking(belongings)}."
            " Nothing was written. Save the columns that it has, with their types, drop what"
            " depends on it first, or save under another name."
        )
        raise UsageError(message)
    return Replacement(held, belongings, fitted)


def _why_not(held: Held, belongings: Belongings) -> str | None:
    """Return why no new table can take the place of one, apart from its ties."""
    if held.kind != Kind.TABLE:
        return "it is no plain table"
    if not held.is_owned:
        return "it belongs to another role"
    return None if belongings.may_create else f"no table may be made in schema {held.schema!r}"


def _lacking(belongings: Belongings) -> str:
    return f"a new table would lack what belongs to it: {listing(belongings.ties)}"


def refill(session: Session, held: Held, staged: Held) -> int:
    """Exchange all rows of a table for staged ones, and return how many it has then.

    Readers see the old rows until the commit, and never none, as they would after TRUNCATE.

    Raises
    ------
    UsageError
        The rows cannot be taken out without changing those of other tables.
    """
    locking.lock(session, held, locking.WRITERS)
    held = locking.check_unchanged(session, held)
    _refuse_side_effects(session, held)
    # In one statement, so that rows which others refer to may come back.
    emptied = f"WITH gone AS (DELETE FROM {held.sql} RETURNING 1) "
    after = " WHERE (SELECT count(*) FROM gone) >= 0"
    with naming_misfits(session, held, staged):
        session.run(emptied + merging.insertion(held, staged, after))
    return int(session.one(f"SELECT count(*) FROM {held.sql}")[0])


def _refuse_side_effects(session: Session, held: Held) -> None:
    cause = way = None
    if cascades := session.run(_CASCADES, (held.oid,)):
        cause = (
            "its rows cannot be taken out without changing those of"
            f" {listing(row[0] for row in cascades)}, which refer to it"
        )
        way = "Use mode='upsert', and delete the rows that are to go"
    elif rules := session.run(_RULES, (held.oid,)):
        cause = f"its rules {listing(row[0] for row in rules)} do something else with such rows"
        way = "Drop them first, or save under another name"
    elif held.kind == Kind.TABLE:
        own = f"tableoid <> {held.oid}"
        sql = f"SELECT DISTINCT tableoid::regclass::text FROM {held.sql} WHERE {own}"
        if heirs := session.run(sql):
            cause = f"some of its rows are those of {listing(row[0] for row in heirs)}"
            way = "Replace those tables, which inherit from it, or empty them first"
    if cause:
        message = f"{held.words} cannot be replaced: {cause}. Nothing was written. {way}."
        raise UsageError(message)


def carry_over(session: Session, replacement: Replacement, made: Held) -> None:
    """Give a new table the owner, the rights and the indexes of the old.

    Raises
    ------
    UsageError
        An index needs a column that the new rows lack.
    """
    held, old = replacement.held, replacement.belongings
    known = {column.name for column in made.columns}
    for index in old.indexes:
        if not index.columns <= known:
            message = (
                f"{held.words} cannot be replaced: its index {index.name!r} needs the columns"
                f" {listing(sorted(index.columns))}. Nothing was written. Drop the index first, or"
                " keep them."
            )
            raise UsageError(message)
        unique = "UNIQUE " if index.is_unique else ""
        name = quote(_own_name(made, index))
        session.run(f"CREATE {unique}INDEX {name} ON {made.sql} USING {index.body}")
    new = lookup.refreshed(session, made) or made
    if old.owner != owner_of(session, new):
        session.run(f"ALTER TABLE {made.sql} OWNER TO {quote(old.owner)}")
    given = rights_of(session, new)
    if given == old.rights:
        return
    for grantee in dict.fromkeys(right[0] for right in given):
        session.run(f"REVOKE ALL ON {made.sql} FROM {grantee}")
    for grantee, privilege, is_grantable in old.rights:
        option = " WITH GRANT OPTION" if is_grantable else ""
        session.run(f"GRANT {privilege} ON {made.sql} TO {grantee}{option}")


def _check_replaceable(session: Session, replacement: Replacement) -> None:
    """Raise unless a table, locked now, is as it was, or one that only another replace put there.

    The rows of that one would go in any case: to send the new rows once more would change nothing,
    and writers that replace a table all the time would hold up each other without an end.

    Raises
    ------
    TransientError
        Somebody else changed the table, or made or dropped what belongs to it.
    """
    held = replacement.held
    now = lookup.refreshed(session, held)
    if now is None or now.oid == held.oid:
        now = locking.check_unchanged(session, held)
    is_alike = now.oid == held.oid or (now.is_ours and held.is_ours and now.key == held.key)
    if not is_alike or Belongings.of(session, now) != replacement.belongings:
        raise locking.changed_meanwhile(held)


def _own_name(made: Held, index: Index) -> str:
    """Return the name that an index has while its table is being made."""
    digest = hashlib.sha256(index.name.encode()).hexdigest()[:8]
    return f"{made.name}_{digest}"


def swap(session: Session, replacement: Replacement | None, made: Held, target: Held) -> None:
    """Put a new table in the place of the old one, if there is one.

    Readers wait from here to the commit, so everything else has been done before.

    Raises
    ------
    TransientError
        Somebody else changed, made or dropped the table meanwhile.
    """
    renamed = [(f"{made.name}_pkey", names.shortened(target.name, "_pkey"))]
    if replacement is not None:
        held, old = replacement.held, replacement.belongings
        locking.lock(session, held, locking.EXCLUSIVE)
        _check_replaceable(session, replacement)
        session.run(f"DROP TABLE {held.sql}")
        renamed += [(_own_name(made, index), index.name) for index in old.indexes]
    try:
        session.run(f"ALTER TABLE {made.sql} RENAME TO {quote(target.name)}")
    except DkError as error:
        if replacement is None and failures.code_of(error) in _TAKEN:
            raise locking.changed_meanwhile(target) from error
        raise
    for before, after in renamed:
        old_name = f"{quote(made.schema)}.{quote(before)}"
        free = "SELECT to_regclass(%s) IS NOT NULL AND to_regclass(%s) IS NULL"
        wanted = f"{quote(made.schema)}.{quote(after)}"
        if session.one(free, (old_name, wanted))[0]:
            session.run(f"ALTER INDEX {old_name} RENAME TO {quote(after)}")
