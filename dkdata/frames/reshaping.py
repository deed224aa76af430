"""Other columns in place of those of a frame: its index and key as far as they are still there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata.frames import envelope
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor
from dkdata.frames.names import stored_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_UNLABELLED: Final[dict[str, Any]] = {"label": None, "has_label": False}


@dataclass(frozen=True)
class Column:
    """A column as it is to be.

    Parameters
    ----------
    descriptor
        How its dtype comes back; it has the column's name and type.
    origin
        The stored name of the column that it is, under another name maybe, or ``None``.
    """

    name: str
    type: pa.DataType
    descriptor: ColumnDescriptor
    origin: str | None = None

    @classmethod
    def new(cls, name: str, data_type: pa.DataType) -> Column:
        """Return a column that no other became."""
        return cls(name, data_type, envelope.plain(name, data_type))

    def renamed(self, label: str, taken: Iterable[str] = ()) -> Column:
        """Return the column under another label, stored by a name unlike those that are taken."""
        *_, name = stored_names([*taken, label])
        own = {"label": label, "has_label": True} if name != label else _UNLABELLED
        return replace(self, name=name, descriptor=replace(self.descriptor, name=name, **own))

    def typed(self, data_type: pa.DataType) -> Column:
        """Return the column with other values, of a type, of whose dtype nothing more is told."""
        kept = self.descriptor
        made = replace(
            envelope.plain(self.name, data_type), label=kept.label, has_label=kept.has_label
        )
        return replace(self, type=data_type, descriptor=made)


def columns_of(schema: pa.Schema) -> list[Column]:
    """Return the columns of a schema as they are.

    Examples
    --------
    >>> [column.name for column in columns_of(pa.schema([("a", pa.int64())]))]
    ['a']
    """
    held = envelope.descriptor_of(schema) or FrameDescriptor()
    known = {column.name: column for column in held.columns}
    return [
        Column(
            field.name,
            field.type,
            known.get(field.name) or envelope.plain(field.name, field.type),
            field.name,
        )
        for field in schema
    ]


def reshaped(schema: pa.Schema, columns: Iterable[Column]) -> pa.Schema:
    """Return the schema of a frame that has other columns.

    Levels of the index and columns of the key that have other names keep what they are for; an
    index or a key that is not whole any more is dropped.

    Examples
    --------
    >>> schema = envelope.attach(pa.schema([("id", pa.int64())]), FrameDescriptor(key=("id",)))
    >>> (column,) = columns_of(schema)
    >>> envelope.key_of(reshaped(schema, [column.renamed("no")]))
    ('no',)
    """
    chosen = list(columns)
    held = envelope.descriptor_of(schema) or FrameDescriptor()
    became = {column.origin: column.name for column in chosen if column.origin is not None}
    is_whole = set(held.index_columns) <= set(became)
    described = tuple(column.descriptor for column in chosen)
    index = tuple(_level(level, became) for level in held.index if is_whole)
    made = replace(
        held,
        columns=described,
        index=index,
        version={},
        key=tuple(became[name] for name in held.key) if set(held.key) <= set(became) else (),
    )
    fields = [pa.field(column.name, column.type) for column in chosen]
    return envelope.attach(pa.schema(fields, metadata=schema.metadata), made)


def _level(level: Mapping[str, Any], became: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a level of the index, under the new name of its column."""
    if "column" not in level or became[level["column"]] == level["column"]:
        return level
    from dkdata.frames import tagged  # noqa: PLC0415 - loads pandas

    name = became[level["column"]]
    return {**level, "column": name, "name": tagged.encode(name)}
