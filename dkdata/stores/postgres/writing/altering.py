"""Columns of a table that go, get other names and come, while the rows stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.alteration import AddColumn, DropColumn, RenameColumns
from dkdata.dialects.fragment import quote, text
from dkdata.stores.postgres.tables import definition, ledger, locking
from dkdata.stores.postgres.tables.names import column_names
from dkdata.stores.postgres.tables.types import postgres_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.alteration import Alteration, AlterationStep
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held


def altered(session: Session, held: Held, alteration: Alteration) -> bool:
    """Change the columns of a table of ours, and its note; return whether that is possible."""
    names = {name for step in alteration.steps for name in _names(step)}
    if not held.is_ours or any(name != own for name, own in column_names(names).items()):
        return False  # somebody else's columns, and names that are too long, are not taken for ours
    held.check_writable()
    locking.lock(session, held, locking.EXCLUSIVE)
    locking.check_unchanged(session, held)
    for step in alteration.steps:
        for change in _changes(step):
            locking.run(session, held, f"ALTER TABLE {held.sql} {change}")
    ledger.describe(session, held, definition.note_of(alteration.schema))
    return True


def _names(step: AlterationStep) -> list[str]:
    match step:
        case DropColumn(name):
            return [name]
        case RenameColumns(renamed):
            return [*renamed, *renamed.values(), *(old for old, _ in step.one_by_one())]
        case AddColumn(field, _):
            return [field.name]


def _changes(step: AlterationStep) -> Iterator[str]:
    match step:
        case DropColumn(name):
            yield f"DROP COLUMN {quote(name)}"
        case RenameColumns():
            for old, new in step.one_by_one():
                yield f"RENAME COLUMN {quote(old)} TO {quote(new)}"
        case AddColumn(field, value):
            column = definition.columns_sql(pa.schema([field]))
            if value is None:
                yield f"ADD COLUMN {column}"
                return
            yield f"ADD COLUMN {column} DEFAULT {text(value)}::{postgres_type(field.type)}"
            yield f"ALTER COLUMN {quote(field.name)} DROP DEFAULT"
