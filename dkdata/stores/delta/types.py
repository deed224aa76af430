"""Columns of Delta tables: their types there, what they mean, values of partitions."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import SchemaError, UsageError
from dkdata.frames.envelope import KEY
from dkdata.physical import Carrier, physical
from dkdata.types import canonical, parse_type, type_name

_TYPE = b"dkdata.type"


def kept_schema(schema: pa.Schema) -> pa.Schema:
    """Return the canonical types, without metadata, in which files hold a canonical schema."""
    return pa.schema([pa.field(f.name, _kept(canonical(f.type))) for f in schema])


def _kept(t: pa.DataType) -> pa.DataType:
    return physical(_counted(t), Carrier.DELTA)


def _counted(t: pa.DataType) -> pa.DataType:
    """Return a type with counts of nanoseconds, which Delta tables do not know, as numbers."""
    if is_type.is_struct(t):
        return pa.struct([pa.field(f.name, _counted(f.type)) for f in t])
    if is_type.is_map(t):
        return pa.map_(_counted(t.key_type), _counted(t.item_type))
    if is_type.is_nested(t):
        return pa.large_list(_counted(t.value_type))
    return pa.int64() if is_type.is_timestamp(t) and t.unit == "ns" else t


def delta_fields(schema: pa.Schema) -> pa.Schema:
    """Return a canonical schema as the log keeps it.

    The metadata of a column says its type where the type in the log says less; that of the
    first column holds the descriptor.
    """
    kept = kept_schema(schema)
    descriptor = (schema.metadata or {}).get(KEY)
    fields = []
    for number, (column, held) in enumerate(zip(schema, kept, strict=True)):
        note = {} if canonical(held.type) == column.type else {_TYPE: type_name(column.type)}
        if descriptor and not number:
            note[KEY] = descriptor
        fields.append(pa.field(column.name, held.type, metadata=note or None))
    return pa.schema(fields)


def saved_schema(fields: pa.Schema) -> pa.Schema:
    """Return the canonical schema that ``delta_fields`` was given."""
    metadata = [column.metadata or {} for column in fields]
    descriptor = next((note[KEY] for note in metadata if KEY in note), None)
    columns = [
        pa.field(column.name, _saved_type(column.type, note.get(_TYPE)))
        for column, note in zip(fields, metadata, strict=True)
    ]
    return pa.schema(columns, metadata={KEY: descriptor} if descriptor else None)


def _saved_type(held: pa.DataType, saved: bytes | None) -> pa.DataType:
    plain = canonical(held)
    if saved is None:
        return plain
    try:
        t = parse_type(saved.decode())
    except (KeyError, ValueError):
        return plain
    return t if canonical(_kept(t)) == plain else plain


def needs_zoneless_times(schema: pa.Schema) -> bool:
    """Whether a table with such columns needs Delta's feature ``timestampNtz``."""
    return any(_is_zoneless(t) for t in schema.types)


def _is_zoneless(t: pa.DataType) -> bool:
    if is_type.is_nested(t):
        return any(_is_zoneless(t.field(i).type) for i in range(t.num_fields))
    return is_type.is_timestamp(t) and t.tz is None


def check_partition_by(schema: pa.Schema, names: tuple[str, ...]) -> None:
    """Refuse columns by which a table cannot be partitioned."""
    for name in names:
        t = schema.field(name).type
        if is_type.is_floating(t) or is_type.is_nested(t) or is_type.is_large_binary(t):
            message = (
                f"partition_by={name!r}: the column is {t}. Choose one of whole numbers, text,"
                " dates, times, true or false."
            )
            raise UsageError(message)
    if names and len(names) >= len(schema):
        message = f"partition_by={list(names)!r} leaves no column for the files. Name fewer."
        raise UsageError(message)


def partition_text(column: str, value: object) -> str | None:
    """Return a partition value as the log keeps it.

    Examples
    --------
    >>> partition_text("day", dt.date(2024, 1, 31)), partition_text("paid", True)
    ('2024-01-31', 'true')
    """
    match value:
        case None:
            return None
        case "":
            message = (
                f"partition_by={column!r}: a row has the empty text there, which Delta tables take"
                " for null. Fill it, or choose another column."
            )
            raise SchemaError(message)
        case bool():
            return str(value).lower()
        case dt.datetime():
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return str(value)
