"""Parquet files: typed, compressed, with statistics by which row groups are skipped."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types as is_type

from dkdata import spilling
from dkdata.dialects.fragment import quote, text
from dkdata.dialects.select import Source
from dkdata.errors import StoreError, UsageError
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.query import as_count
from dkdata.stores.file import restoring
from dkdata.stores.file.formats import Format
from dkdata.stores.file.note import Note
from dkdata.stores.file.rescanning import scannable
from dkdata.stores.file.snapshot import explained
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows

_COMPRESSIONS = ("zstd", "snappy", "gzip", "lz4", "brotli", "none")
_LEVELS = {"zstd": (1, 22), "gzip": (0, 9), "brotli": (0, 11)}
_ROW_GROUP = 122_880
_GROUP_BYTES = 64 << 20
_SLICE_BYTES = 16 << 20
_LOADED_BYTES = 64 << 20
_ROW_NUMBER = "file_row_number"


@dataclass(frozen=True)
class Parquet(Format):
    """Parquet; ``compression`` with its ``compression_level``, rows of a ``row_group_size``."""

    embeds_note: ClassVar[bool] = True
    compression: str = "zstd"
    compression_level: int | None = None
    row_group_size: int = _ROW_GROUP

    def __post_init__(self) -> None:
        """Refuse an unknown compression and a size that is none."""
        if self.compression not in _COMPRESSIONS:
            raise UsageError.choice("compression", self.compression, _COMPRESSIONS)
        as_count("row_group_size", self.row_group_size, 1)
        least, most = _LEVELS.get(self.compression, (0, -1))
        level = self.compression_level
        if level is not None and not (type(level) is int and least <= level <= most):
            known = f"{least} to {most}" if most >= least else "none, as it has no levels"
            message = (
                f"compression_level={level!r} is not possible with {self.compression!r}. Give"
                f" {known}."
            )
            raise UsageError(message)

    @property
    def kept_options(self) -> dict[str, Any]:
        """How the file is written again when some of its rows change."""
        return {
            f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default
        }

    def note(self, file: Snapshot) -> Note | None:
        """Return what the footer says."""
        return Note.from_metadata(_opened(file).metadata.metadata)

    def open(self, file: Snapshot, note: Note | None, *, trusted: bool) -> ParquetContents:
        """Return the rows of a file."""
        del trusted
        parquet = _opened(file)
        found = parquet.schema_arrow
        schema = restoring.native(found, note, Carrier.PARQUET)
        return ParquetContents(file, schema, found, None if note is None else note.with_nan)

    def write(self, path: Path, rows: Rows, note: Note) -> None:
        """Write rows: a plain table at once, anything else row group by row group."""
        kept = convert_rows(rows, physical_schema(rows.schema, Carrier.PARQUET).remove_metadata())
        if isinstance(kept, pa.Table) and all(map(_is_plain, kept.schema.types)):
            self.write_polars(path, pl.DataFrame(kept), note)
        else:
            self._write_groups(path, batches_of(kept), note)

    def write_polars(self, path: Path, frame: pl.DataFrame, note: Note) -> None:
        """Write a frame at once; polars encodes its columns in parallel."""
        floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
        nan = tuple(name for name in floats if frame[name].is_nan().any())
        about = replace(note, with_nan=nan).to_metadata()
        codec: Any = "uncompressed" if self.compression == "none" else self.compression
        _in_thread(
            lambda: frame.write_parquet(
                path,
                compression=codec,
                compression_level=self.compression_level,
                row_group_size=self.row_group_size,
                metadata={key.decode(): value.decode() for key, value in about.items()},
            )
        )

    def _write_groups(self, path: Path, rows: pa.RecordBatchReader, note: Note) -> None:
        with_nan: set[str] = set()
        with pq.ParquetWriter(
            path, rows.schema, compression=self.compression,
            compression_level=self.compression_level, store_schema=True,
        ) as writer:  # fmt: skip
            for batch in _grouped(rows, self.row_group_size):
                with_nan.update(name for name in batch.schema.names if _has_nan(batch[name]))
                writer.write_table(batch, self.row_group_size)
            writer.add_key_value_metadata(replace(note, with_nan=tuple(with_nan)).to_metadata())


def _is_plain(t: pa.DataType) -> bool:
    """Return whether polars keeps a type as it is."""
    return (
        is_type.is_integer(t)
        or is_type.is_floating(t)
        or is_type.is_boolean(t)
        or is_type.is_string(t)
        or is_type.is_large_string(t)
        or is_type.is_large_binary(t)
        or is_type.is_date32(t)
        or is_type.is_timestamp(t)
    )


def _has_nan(column: pa.ChunkedArray | pa.Array) -> bool:
    """Return whether a column holds NaN; a nested column with numbers in it may."""
    if is_type.is_floating(column.type):
        return bool(pc.any(pc.is_nan(column)).as_py())
    return _holds_floats(column.type)


def _holds_floats(t: pa.DataType) -> bool:
    if is_type.is_struct(t):
        return any(_holds_floats(field.type) for field in t)
    return is_type.is_floating(t)


def _grouped(rows: pa.RecordBatchReader, size: int) -> Iterator[pa.Table]:
    """Return the rows in tables of ``size`` rows, or fewer where they are large."""
    held: list[pa.RecordBatch] = []
    n = n_bytes = 0
    for whole in rows:
        for start in range(0, whole.num_rows, size):
            batch = whole.slice(start, size)
            if held and (n + batch.num_rows > size or n_bytes > _GROUP_BYTES):
                room = size - n if n_bytes <= _GROUP_BYTES else 0
                yield pa.Table.from_batches([*held, batch.slice(0, room)])
                batch, held, n, n_bytes = batch.slice(room), [], 0, 0
            held.append(batch)
            n += batch.num_rows
            n_bytes += batch.nbytes
    if n:
        yield pa.Table.from_batches(held)


def _in_thread(work: Callable[[], None]) -> None:
    """Do ``work`` in a thread, so that an interrupt does not wait for its end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised in the calling thread
            failed.append(error)

    thread = threading.Thread(target=run, name="dkdata-parquet")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


@dataclass(frozen=True)
class ParquetContents:
    """The rows of one version of a Parquet file.

    Parameters
    ----------
    found
        The schema that the file itself gives.
    with_nan
        Columns whose statistics leave out NaN; ``None`` when that is not known.
    """

    file: Snapshot
    schema: pa.Schema
    found: pa.Schema
    with_nan: tuple[str, ...] | None

    def read(self) -> pa.RecordBatchReader:
        """Return all rows as a stream; the next row group is read while one is used."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def lazy(self) -> pl.LazyFrame | None:
        """Return all rows as polars reads them, where it gives the canonical types."""
        is_same = self.schema.equals(restoring.foreign(self.found))
        is_plain = all(map(_is_plain, self.found.types)) and self.schema.names == self.found.names
        return pl.scan_parquet(self.file.place) if is_same and is_plain else None

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with explained(self.file.path, "cannot be read", self.file.place):
            first = 0
            plain = all(map(_is_plain, self.found.types))
            parquet = _opened(self.file)
            for table in _by_polars(self.file, parquet) if plain else _ahead(parquet):
                for batch in table.to_batches():
                    yield restoring.converted(batch, self.schema, first)
                    first += batch.num_rows

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Source]:
        """Let DuckDB read the file, where it gives the types that pyarrow gives."""
        sql = self._sql()
        with explained(self.file.path, "cannot be read", self.file.place):
            given = connection.sql(f"FROM {sql} LIMIT 0").to_arrow_table().schema
        plain = restoring.foreign(self.found)
        if all(restoring.same(field.type, given.field(i).type) for i, field in enumerate(plain)):
            fields = [given.field(i) for i in range(len(plain))]
            yield Source(sql, pa.schema(fields), self.schema, quote(self._row_number))
        else:
            with scannable(connection, self.schema, self.read) as source:
                yield source

    def _sql(self) -> str:
        """Return the FROM item: names made unique, NaN kept from being skipped."""
        names = [quote(name) for name in self.schema.names]
        shown = ", ".join([*names, quote(self._row_number)])
        number = ", file_row_number = true" if _ROW_NUMBER not in self._lower else ""
        file = f"read_parquet([{text(self.file.place)}]{number})"
        odd = [f.name for f in self.schema if self._may_hide(f)]
        if not odd and number and list(self.schema.names) == self.found.names:
            return file
        kept = ", ".join(
            f"CASE WHEN {name} IS NULL THEN NULL ELSE {name} END AS {name}"
            if field.name in odd
            else name
            for name, field in zip(names, self.schema, strict=True)
        )
        last = quote(self._row_number)
        if number:
            return f"(SELECT {kept}, {last} FROM {file} AS file({shown}))"  # noqa: S608
        numbered = (
            f"SELECT *, row_number() OVER () AS {last} FROM {file} AS file({', '.join(names)})"  # noqa: S608
        )
        return f"(SELECT {kept}, {last} FROM ({numbered}))"  # noqa: S608

    def _may_hide(self, field: pa.Field) -> bool:
        """Return whether DuckDB may skip rows of NaN, which the statistics do not count."""
        if self.with_nan is not None:
            return field.name in self.with_nan
        return _holds_floats(field.type)

    @property
    def _lower(self) -> set[str]:
        return {name.casefold() for name in (*self.found.names, *self.schema.names)}

    @property
    def _row_number(self) -> str:
        name = _ROW_NUMBER
        while name in self._lower:
            name = f"_{name}"
        return name

    def count(self) -> int:
        """Return the number of rows, as the footer has it."""
        return cast("int", _opened(self.file).metadata.num_rows)


def _opened(file: Snapshot) -> pq.ParquetFile:
    with explained(file.path, "cannot be read as a Parquet file", file.place):
        if not file.size:
            message = f"{str(file.path)!r} cannot be read as a Parquet file: it is empty (0 bytes)."
            raise StoreError(message)
        return pq.ParquetFile(
            file.place,
            binary_type=pa.large_binary(),
            list_type=pa.LargeListType,
            pre_buffer=False,
        )


def _by_polars(file: Snapshot, parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    """Return the row groups in order, some at once: polars decodes their columns in parallel."""
    scanned = pl.scan_parquet(file.place)
    with ThreadPoolExecutor(1, "dkdata-parquet") as pool:
        pending = None
        for first, n in _slices(parquet):
            coming = pool.submit(lambda f, n: scanned.slice(f, n).collect().to_arrow(), first, n)
            if pending is not None:
                yield pending.result()
            pending = coming
        if pending is not None:
            yield pending.result()


def _slices(parquet: pq.ParquetFile) -> Iterator[tuple[int, int]]:
    """Return where runs of row groups begin and how many rows they have; large ones in parts."""
    most = _LOADED_BYTES if spilling.holds_whole() else _SLICE_BYTES
    first = n = n_bytes = 0
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        if n and n_bytes + group.total_byte_size > most:
            yield first, n
            first, n, n_bytes = first + n, 0, 0
        n, n_bytes = n + group.num_rows, n_bytes + group.total_byte_size
    size = max(1, n * most // max(n_bytes, most))
    yield from ((start, min(size, first + n - start)) for start in range(first, first + n, size))


def _ahead(parquet: pq.ParquetFile) -> Iterator[pa.Table]:
    """Return the row groups in order; one more is decoded while the last is used."""
    with ThreadPoolExecutor(1, "dkdata-parquet") as pool:
        pending = None
        for group in range(parquet.num_row_groups):
            if parquet.metadata.row_group(group).total_byte_size > _GROUP_BYTES:
                if pending is not None:
                    yield pending.result()
                    pending = None
                batches = parquet.iter_batches(_ROW_GROUP // 2, row_groups=[group])
                yield from (pa.Table.from_batches([batch]) for batch in batches)
                continue
            coming = pool.submit(parquet.read_row_group, group)
            if pending is not None:
                yield pending.result()
            pending = coming
        if pending is not None:
            yield pending.result()
