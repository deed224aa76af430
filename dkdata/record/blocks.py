"""Rows of a frame or a table as values of Python, taken out of Arrow column by column on use."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import SchemaError, shortened
from dkdata.frames.decoding import decode
from dkdata.frames.envelope import descriptor_of
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dkdata.frames.envelope import ColumnDescriptor
    from dkdata.types import Rows

_ROWS = 4096  # of one block: all of its values of a column are taken out at once
_ARROW_MADE = ("polars", "table", "plain", "arrow")


@dataclass(frozen=True)
class Layout:
    """What all blocks of some rows share.

    Parameters
    ----------
    schema
        The canonical schema, with its descriptor.
    labels
        The names that users have for the columns, and the stored names, in order; without that of
        the metadata of records.
    key
        Stored names of the columns that hold the id, if any do.
    has_metadata
        Whether a column holds the metadata of records.
    is_whole
        Whether the rows have all columns of their table.
    """

    schema: pa.Schema
    labels: dict[Any, str]
    key: tuple[str, ...] = ()
    described: dict[str, ColumnDescriptor] = field(default_factory=dict)
    has_metadata: bool = True
    is_whole: bool = True

    @classmethod
    def of(
        cls, schema: pa.Schema, key: tuple[str, ...] = (), *, has_metadata: bool = True
    ) -> Layout:
        """Return that of rows of a schema."""
        descriptor = descriptor_of(schema)
        described = {column.name: column for column in descriptor.columns} if descriptor else {}
        shown = ((described[n].shown if n in described else n, n) for n in schema.names)
        hidden = METADATA if has_metadata else None
        labels = {label: name for label, name in shown if name != hidden}
        return cls(schema, labels, key, described, has_metadata and METADATA in schema.names)

    def showing(self, names: Iterable[str] | None) -> Layout:
        """Return the same, with the columns of those stored names as the fields, in that order."""
        if names is None:
            return self
        labels = {name: label for label, name in self.labels.items()}
        kept = {labels[name]: name for name in names if name in labels}
        return replace(self, labels=kept, is_whole=False)

    def type_of(self, path: str) -> pa.DataType | None:
        """Return the type of a column, or of what a path reaches within one, if there is such."""
        if path in self.labels:
            return self.schema.field(self.labels[path]).type
        first, *steps = path.split(".")
        found = self.schema.field(self.labels[first]).type if first in self.labels else None
        for step in steps:
            is_known = found is not None and is_type.is_struct(found)
            at = found.get_field_index(step) if found is not None and is_known else -1
            found = None if found is None or at < 0 else found.field(at).type
        return found


@dataclass(frozen=True, eq=False)
class Block:
    """A few thousand rows, of which records are views.

    Parameters
    ----------
    rows
        One batch of canonical rows.
    first
        Where its first row is among all of the frame.
    """

    rows: pa.RecordBatch
    layout: Layout
    first: int = 0
    _columns: dict[str, list[Any]] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return the values of a column, by its stored name."""
        known = self._columns.get(name)
        if known is None:
            known = _values(self.rows.column(name), self.layout.described.get(name))
            self._columns[name] = known
        return known

    def data(self, row: int) -> dict[Any, Any]:
        """Return the fields of a record; the values of columns are shared by none."""
        return {label: owned(self.column(name)[row]) for label, name in self.layout.labels.items()}

    def taken(self, rows: list[int]) -> pa.RecordBatch:
        """Return some of the rows, in that order."""
        if rows == list(range(self.rows.num_rows)):
            return self.rows
        return self.rows.take(pa.array(rows, pa.int64()))

    def id(self, row: int) -> Any:  # noqa: ANN401 - ids of any type
        """Return the id of a record: one value, or a tuple of those of several key columns."""
        values = [self.column(name)[row] for name in self.layout.key]
        return values[0] if len(values) == 1 else tuple(values) if values else None

    def metadata(self, row: int) -> dict[str, Any]:
        """Return what is kept about a record beside its fields.

        Raises
        ------
        SchemaError
            Somebody else has put something else into the column.
        """
        kept = self.column(METADATA)[row] if self.layout.has_metadata else None
        if kept is None:
            return {}
        try:
            found = json.loads(kept) if isinstance(kept, str) else kept
        except ValueError:
            found = None
        if isinstance(found, dict):
            return owned(found)
        message = (
            f"column {METADATA!r} is for the metadata of records, and holds {shortened(kept)},"
            " which is no JSON object. Correct it, or give the column another name."
        )
        raise SchemaError(message)

    def version(self, row: int) -> str:
        """Return a digest of all that a record is: another record has another one."""
        values = [(name, self.column(name)[row]) for name in sorted(self.layout.schema.names)]
        told = repr([(name, value) for name, value in values if value is not None])
        return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def blocks(rows: Rows, layout: Layout) -> Iterator[Block]:
    """Yield rows in blocks."""
    first = 0
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        for start in range(0, batch.num_rows, _ROWS):
            part = batch.slice(start, _ROWS)
            yield Block(part, layout, first)
            first += part.num_rows


def _values(array: pa.Array, column: ColumnDescriptor | None) -> list[Any]:
    """Return the values of a column: Python's, or pandas' where Python has none."""
    if column is None or column.dtype["of"] in _ARROW_MADE:
        return list(array.to_pylist())
    if not column.meaning and column.dtype["of"] not in ("category", "interval", "custom"):
        return list(array.to_pylist())
    values = decode(pa.chunked_array([array]), column.dtype)
    missing = array.is_null().to_pylist()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def owned(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value that nobody else holds: a copy where it can be changed."""
    match value:
        case dict():
            return {name: owned(one) for name, one in value.items()}
        case list():
            return [owned(one) for one in value]
    return value
