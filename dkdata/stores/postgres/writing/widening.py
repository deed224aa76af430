"""Columns of a table that get the types in which they hold new rows too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyarrow import types as is_type

from dkdata import notes
from dkdata.dialects.fragment import quote
from dkdata.stores.postgres.tables import definition, locking
from dkdata.stores.postgres.tables.types import postgres_type

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held


def widened(session: Session, held: Held, schema: pa.Schema) -> Held:
    """Give the columns of a table of ours the types of a schema, and return what it is then.

    A type that somebody else has given to a column stays, as does a table of somebody else.
    """
    if not held.is_ours:
        return held
    wanted = {column.name: column.type for column in definition.columns_of(schema)}
    saved = notes.saved_types(held.note)
    own = {column.name: saved[name] for name, column in held.by_name.items() if name in saved}
    columns, changes = [], []
    for column in held.columns:
        new, known = wanted.get(column.name, column.type), own.get(column.name)
        if known is None or column.type == new or column.type != postgres_type(known):
            columns.append(column)
            continue
        using = f" USING NULL::{new}" if is_type.is_null(known) else ""
        changes.append(f"ALTER COLUMN {quote(column.name)} TYPE {new}{using}")
        columns.append(replace(column, type=new))
    if changes:
        locking.lock(session, held, locking.EXCLUSIVE)
        session.run(f"ALTER TABLE {held.sql} {', '.join(changes)}")
    return replace(held, columns=tuple(columns))
