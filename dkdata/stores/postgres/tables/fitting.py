"""Rows that go into a table whose columns stay as they are: the schema that they get for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.frames import envelope
from dkdata.stores.postgres.tables import foreign, names, types
from dkdata.stores.postgres.tables.types import postgres_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.postgres.tables.held import Held, HeldColumn


def taken(held: Held, existing: pa.Schema, given: Mapping[str, pa.DataType]) -> pa.Schema:
    """Return the schema of a table as rows of the ``given`` types are to fit it.

    It lacks columns that the database fills and the rows do not have. A number without bounds has
    the digits that are given: those that the table holds by chance mean nothing.
    """
    fields = []
    for name, column in held.by_name.items():
        field, own = existing.field(name), given.get(name)
        if own is None and column.filled:
            continue
        has_bounds = column.base not in foreign.UNBOUNDED
        if own is not None and is_type.is_decimal(own) and not has_bounds:
            field = field.with_type(own)
        fields.append(field)
    return pa.schema(fields, metadata=existing.metadata)


def fitted(schema: pa.Schema, held: Held) -> pa.Schema | None:
    """Return the schema in which rows go into a table as it is; ``None`` if their columns differ.

    Where a table has another type of numbers, the rows get that type, or are refused when they
    are converted.
    """
    held_names = names.column_names(schema.names)
    columns = {column.name: column for column in held.columns}
    optional = {column.name for column in held.columns if column.filled}
    given = set(held_names.values())
    if not given <= set(columns) or not set(columns) - given <= optional:
        return None
    descriptor = envelope.descriptor_of(schema)
    for position, field in enumerate(schema):
        t = _fitted(field.type, columns[held_names[field.name]])
        if t is None:
            return None
        if t == field.type:
            continue
        schema = schema.set(position, field.with_type(t))
        if descriptor is not None:
            descriptor = _described(descriptor, field.name, t)
    return schema if descriptor is None else envelope.attach(schema, descriptor)


def _fitted(t: pa.DataType, column: HeldColumn) -> pa.DataType | None:
    usual = foreign.usual_type(column.base)
    if postgres_type(t) == column.type:
        return t
    if is_type.is_null(t) or (is_type.is_integer(t) and is_type.is_integer(usual)):
        return usual
    if is_type.is_decimal(t) and is_type.is_decimal(usual):
        return t if column.base in foreign.UNBOUNDED else usual
    return t if types.shown(t) == usual else None


def _described(
    descriptor: envelope.FrameDescriptor, name: str, t: pa.DataType
) -> envelope.FrameDescriptor:
    """Return a descriptor in which a column has another type than in the frame."""
    columns = [
        replace(envelope.plain(name, t), label=column.label, has_label=column.has_label)
        if column.name == name
        else column
        for column in descriptor.columns
    ]
    return replace(descriptor, columns=tuple(columns))


def is_lasting(schema: pa.Schema, held: Held) -> bool:
    """Whether the columns of a table are always loaded in the types of a schema that fits it."""
    has_all = len(schema) == len(held.columns)
    return has_all and all(column.base not in foreign.UNBOUNDED for column in held.columns)
