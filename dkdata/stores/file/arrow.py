"""Arrow IPC files (``.arrow``, ``.feather``)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from dkdata.errors import StoreError, UsageError
from dkdata.stores.file import restoring
from dkdata.stores.file.formats import Format
from dkdata.stores.file.note import Note
from dkdata.stores.file.rescanning import scannable
from dkdata.stores.file.snapshot import explained
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows

_COMPRESSIONS = ("lz4", "zstd", "none")
_BATCH_ROWS = 122_880
_MAGIC = b"ARROW1"


@dataclass(frozen=True)
class ArrowFile(Format):
    """Arrow's own file format; ``compression`` is ``lz4``, ``zstd`` or ``none``."""

    embeds_note: ClassVar[bool] = True
    compression: str = "lz4"

    def __post_init__(self) -> None:
        """Refuse an unknown compression."""
        if self.compression not in _COMPRESSIONS:
            raise UsageError.choice("compression", self.compression, _COMPRESSIONS)

    def note(self, file: Snapshot) -> Note | None:
        """Return what the schema's metadata says."""
        return Note.from_metadata(_schema(file).metadata)

    def open(self, file: Snapshot, note: Note | None, *, trusted: bool) -> ArrowContents:
        """Return the rows of a file."""
        del trusted
        found = _schema(file)
        return ArrowContents(file, restoring.native(found, note))

    def write(self, path: Path, rows: Rows, note: Note) -> None:
        """Write rows batch by batch."""
        packing = None if self.compression == "none" else self.compression
        options = pa.ipc.IpcWriteOptions(compression=packing)
        metadata = {**(rows.schema.metadata or {}), **note.to_metadata()}
        schema = rows.schema.with_metadata(metadata)
        batches = rows.to_batches(_BATCH_ROWS) if isinstance(rows, pa.Table) else batches_of(rows)
        with (
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_file(sink, schema, options=options) as to,
        ):
            for batch in batches:
                to.write_batch(batch)


@dataclass(frozen=True)
class ArrowContents:
    """The rows of one version of an Arrow file."""

    file: Snapshot
    schema: pa.Schema

    def read(self) -> pa.RecordBatchReader:
        """Return all rows as a stream, batch by batch of the file."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with (
            explained(self.file.path, "cannot be read", self.file.place),
            _opened(self.file) as rows,
        ):
            for batch in rows:
                yield restoring.converted(batch, self.schema)

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Source]:
        """Let DuckDB read the batches."""
        with scannable(connection, self.schema, self.read) as source:
            yield source

    def count(self) -> int:
        """Return the number of rows."""
        with (
            explained(self.file.path, "cannot be read", self.file.place),
            _opened(self.file) as rows,
        ):
            return sum(batch.num_rows for batch in rows)


def _schema(file: Snapshot) -> pa.Schema:
    with explained(file.path, "cannot be read as an Arrow file", file.place):
        if not file.size:
            message = f"{str(file.path)!r} cannot be read as an Arrow file: it is empty (0 bytes)."
            raise StoreError(message)
        with pa.OSFile(file.place) as handle:
            return _reader(handle).schema


def _reader(handle: pa.NativeFile) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    """Return a reader of the file format, or of the stream format that some tools write."""
    is_file = handle.read(len(_MAGIC)) == _MAGIC
    handle.seek(0)
    return pa.ipc.open_file(handle) if is_file else pa.ipc.open_stream(handle)


@contextmanager
def _opened(file: Snapshot) -> Iterator[Iterator[pa.RecordBatch]]:
    with pa.OSFile(file.place) as handle:
        reader = _reader(handle)
        if isinstance(reader, pa.RecordBatchFileReader):
            yield (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            yield iter(reader)
