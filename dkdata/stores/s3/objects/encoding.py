"""Rows as JSON objects, one for each record."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError, UsageError
from dkdata.stores.file.documents import Json
from dkdata.stores.file.note import Note
from dkdata.stores.s3.objects.naming import name_of
from dkdata.stores.s3.objects.tagging import Tagged, tagged
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.s3.objects.tagging import Excess

_LONGEST_NAME = 1024  # bytes of a whole key
_LARGEST = 5 << 30  # bytes of a record


@dataclass(frozen=True)
class Batch:
    """Rows that can be written: each with the name of its object, and its metadata."""

    rows: pa.Table
    names: list[str]
    metadata: list[Tagged]

    def take(self, positions: list[int]) -> Batch:
        """Return some of the rows."""
        return Batch(
            self.rows.take(pa.array(positions, pa.int64())),
            [self.names[n] for n in positions],
            [self.metadata[n] for n in positions],
        )

    @contextmanager
    def bodies(self) -> Iterator[Iterator[bytes]]:
        """Give the JSON objects of the rows, one by one, without their metadata."""
        held = [name for name in self.rows.schema.names if name != METADATA]
        rows = self.rows.select(held)
        with TemporaryDirectory(prefix="dkdata-") as folder:
            path = Path(folder) / "records"
            Json().write(path, rows, Note(rows.schema))
            with path.open("rb") as lines:
                yield (line.removesuffix(b"\n") for line in lines)


def batch(rows: pa.Table, key: str, prefix: str, excess: Excess) -> Batch:
    """Return rows that can be written below a prefix.

    Raises
    ------
    SchemaError
        A row has no id that names an object, metadata that cannot be kept, or is too large.
    """
    _check_sizes(rows)
    names = names_of(rows, key, prefix)
    if METADATA not in rows.schema.names:
        return Batch(rows, names, [Tagged()] * len(names))
    position = rows.schema.get_field_index(METADATA)
    found = rows.schema.field(position)
    if not (is_type.is_large_string(found.type) or is_type.is_null(found.type)):
        message = f"column {METADATA!r} holds {found.type}: give JSON objects as texts."
        raise SchemaError(message)
    texts = enumerate(rows[METADATA].to_pylist())
    metadata = [tagged(text, excess, row) for row, text in texts]
    kept = pa.array([one.text for one in metadata], found.type)
    return Batch(rows.set_column(position, found, kept), names, metadata)


def check_key(schema: pa.Schema, key: tuple[str, ...]) -> None:
    """Refuse a key whose values do not name objects."""
    if len(key) != 1:
        given = "no key" if not key else f"key={list(key)!r}"
        message = (
            f"layout='objects' with {given}: each record is an object that is named by its id."
            " Give key=: one column of texts or whole numbers."
        )
        raise UsageError(message)
    found = schema.field(key[0]).type
    if not (is_type.is_integer(found) or is_type.is_large_string(found)):
        message = (
            f"key={key[0]!r} holds {found}: objects are named by texts or whole numbers. Choose"
            " another column, or make it one of texts."
        )
        raise UsageError(message)


def names_of(rows: pa.Table, key: str, prefix: str) -> list[str]:
    """Return the names of the objects of rows, by the ids in a column.

    Raises
    ------
    SchemaError
        An id is empty, or too long for the name of an object.
    """
    names = []
    for position, record in enumerate(rows[key].to_pylist()):
        name = name_of(record)
        if record is None:
            message = f"column {key!r}, row {position}: the id is null. Give it one."
            raise SchemaError(message)
        if record == "" or len((prefix + name).encode()) > _LONGEST_NAME:
            problem = "is empty" if record == "" else "is too long for the name of an object"
            message = f"column {key!r}, row {position}: the id {problem}. Choose another."
            raise SchemaError(message)
        names.append(name)
    return names


def _check_sizes(rows: pa.Table) -> None:
    """Refuse a row that no object can hold, before anything is sent."""
    sizes = [
        pc.fill_null(pc.binary_length(rows[field.name]), 0)
        for field in rows.schema
        if is_type.is_large_string(field.type) or is_type.is_large_binary(field.type)
    ]
    if not sizes:
        return
    whole = sizes[0].cast("int64")
    for size in sizes[1:]:
        whole = pc.add(whole, size.cast("int64"))
    if len(whole) and pc.max(whole).as_py() > _LARGEST:
        row = pc.index(pc.greater(whole, _LARGEST), value=True).as_py()
        message = f"row {row} is larger than 5 GB, which is the most that an object can hold."
        raise SchemaError(message)
