"""What a table is made of that is to keep the rows of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata import notes
from dkdata.dialects.fragment import quote
from dkdata.stores.postgres.tables import names
from dkdata.stores.postgres.tables.held import HeldColumn
from dkdata.stores.postgres.tables.types import postgres_type, shown

if TYPE_CHECKING:
    import pyarrow as pa


def columns_of(schema: pa.Schema) -> tuple[HeldColumn, ...]:
    """Return the columns of a table for the rows of a canonical schema."""
    held, types = names.column_names(schema.names), map(postgres_type, schema.types)
    return tuple(HeldColumn(held[f.name], of, of) for f, of in zip(schema, types, strict=True))


def columns_sql(schema: pa.Schema) -> str:
    """Return what a CREATE TABLE says of the columns of a canonical schema."""
    return ", ".join(f"{quote(column.name)} {column.type}" for column in columns_of(schema))


def note_of(schema: pa.Schema) -> str | None:
    """Return what is kept of a schema with its table; ``None`` if its columns tell everything."""
    held = names.column_names(schema.names)
    changed = {name: own for name, own in held.items() if name != own}
    return notes.note_of(schema, shown, {"names": changed} if changed else None)
