"""From the columns that a file has to the canonical ones that were saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.frames.names import stored_names
from dkdata.physical import Carrier, convert, physical
from dkdata.stores.file.note import DESCRIPTOR
from dkdata.types import canonical

if TYPE_CHECKING:
    from dkdata.stores.file.note import Note


def native(found: pa.Schema, note: Note | None, carrier: Carrier = Carrier.ARROW) -> pa.Schema:
    """Return the canonical schema of a file that keeps types itself.

    The saved types hold for the columns that are kept in the way in which ``carrier`` keeps
    them; a column that somebody changed since is as it is (``envelope.descriptor_of`` warns).
    """
    plain = foreign(found)
    if note is None:
        return plain
    saved = {f.name: f.type for f in note.schema}
    fields = []
    for field in plain:
        wanted = saved.get(field.name)
        if wanted is not None and same(canonical(physical(wanted, carrier)), field.type):
            fields.append(pa.field(field.name, wanted))
        else:
            fields.append(field)
    return pa.schema(fields, note.schema.metadata)


def foreign(found: pa.Schema) -> pa.Schema:
    """Return the canonical schema of columns that nothing is known about."""
    metadata = found.metadata or {}
    kept = {DESCRIPTOR: metadata[DESCRIPTOR]} if DESCRIPTOR in metadata else None
    names = stored_names(found.names)
    fields = [pa.field(n, canonical(f.type)) for n, f in zip(names, found, strict=True)]
    return pa.schema(fields, kept)


def same(one: pa.DataType, other: pa.DataType) -> bool:
    """Return whether two canonical types are equal but for names inside lists and maps."""
    return str(bare(one)) == str(bare(other))


def bare(t: pa.DataType) -> pa.DataType:
    """Return a nested type with the usual names of its items."""
    if pa.types.is_struct(t):
        return pa.struct([pa.field(f.name, bare(f.type)) for f in t])
    if pa.types.is_map(t):
        return pa.map_(bare(t.key_type), bare(t.item_type))
    if pa.types.is_nested(t):
        return pa.large_list(bare(t.value_type))
    return t


def converted(batch: pa.RecordBatch, schema: pa.Schema, first: int = 0) -> pa.RecordBatch:
    """Return the columns of a batch, one by one, in the types of ``schema``."""
    columns = [
        column if column.type == field.type else _canonical(column, field, first)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _canonical(column: pa.Array, field: pa.Field, first: int) -> pa.Array:
    """Return a column of any Arrow type in a canonical one."""
    plain = canonical(column.type)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if column.type != plain:
        column = column.cast(plain)
    return convert(column, field.type, field.name, first)
