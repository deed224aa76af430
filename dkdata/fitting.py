"""Rows, and single values, in the columns and types of a table that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import frames
from dkdata.errors import SchemaError, UsageError
from dkdata.frames import assigning, envelope
from dkdata.frames.widening import lacks_values, widen, widened
from dkdata.physical import convert_rows
from dkdata.types import METADATA, Rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping


def fitted(rows: Rows, existing: pa.Schema, table: str) -> Rows:
    """Return ``rows`` in the columns and types that the table has after an append.

    Raises
    ------
    SchemaError
        Columns or types disagree; every disagreement is named.
    """
    if METADATA in existing.names and METADATA not in rows.schema.names:
        rows = _with_metadata(rows, existing)
    schema, disagreements = widen(existing, rows.schema)
    if disagreements:
        raise SchemaError.append(table, disagreements)
    return recast(rows, schema)


def _with_metadata(rows: Rows, existing: pa.Schema) -> Rows:
    """Return rows of a frame as records without metadata, for a table that keeps that."""
    column = existing.field(METADATA)
    schema = envelope.completed(rows.schema.append(column))

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in batches_of(rows):
            arrays = [*batch.columns, pa.nulls(batch.num_rows, column.type)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    made = pa.RecordBatchReader.from_batches(schema, batches())
    return made.read_all() if isinstance(rows, pa.Table) else made


def _selected(rows: Rows, names: list[str]) -> Rows:
    """Return the columns of those names, in that order."""
    if rows.schema.names == names:
        return rows
    if isinstance(rows, pa.Table):
        return rows.select(names)
    schema = pa.schema([rows.schema.field(name) for name in names], rows.schema.metadata)
    return pa.RecordBatchReader.from_batches(schema, (batch.select(names) for batch in rows))


def recast(rows: Rows, schema: pa.Schema) -> Rows:
    """Return rows of a table in the wider types and the order of columns of ``schema``."""
    return convert_rows(_selected(rows, schema.names), schema)


def row_for(table: str, values: Mapping[Hashable, Any], existing: pa.Schema) -> pa.Table:
    """Return the values that an update gives to columns of a table, as one row of its types."""
    if not values:
        message = "update needs the new values: {column: value}."
        raise UsageError(message)
    row = assigning.row_of(values, existing)
    of_key = [name for name in row.schema.names if name in envelope.key_of(existing)]
    if of_key:
        message = (
            f"column {of_key[0]!r} belongs to the key of table {table!r}: an update cannot change"
            " it. Save the rows under their new key, and delete the old ones."
        )
        raise UsageError(message)
    return row


class TooNarrowError(Exception):
    """Rows are to get values that the columns of their table cannot hold yet.

    Parameters
    ----------
    schema
        That of the table when it can.
    """

    def __init__(self, schema: pa.Schema) -> None:
        super().__init__(schema)
        self.schema = schema


def filled(values: Mapping[Hashable, Any], existing: pa.Schema) -> pa.Schema:
    """Return the schema of a table whose columns that had no values so far can hold these.

    It is ``existing`` itself where no such column gets a value, or none that it can hold.
    """
    names = assigning.names_of(values, existing, "values")
    held = envelope.descriptor_of(existing)
    given = {
        name: value
        for name, value in zip(names, values.values(), strict=True)
        if lacks_values(existing.field(name).type)
        and not assigning.is_missing(value, held.column(name) if held else None)
    }
    if not given:
        return existing
    row = frames.to_arrow([given]).schema
    new = envelope.descriptor_of(row)
    schema, columns = existing, {}
    for name in given:
        kept = held.column(name) if held else None
        field, column, problem = widened(
            existing.field(name), row.field(name), kept, new.column(name) if new else None
        )
        if problem is None and field.type != existing.field(name).type:
            schema = schema.set(schema.get_field_index(name), field)
            columns[name] = column
    if held is None or schema is existing:
        return schema
    described = tuple(columns.get(column.name) or column for column in held.columns)
    return envelope.attach(schema, replace(held, columns=described))
