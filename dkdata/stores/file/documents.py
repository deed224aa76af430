"""JSON files: one array of objects, or one object a line."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.fragment import quote, text
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.file import foreign_documents, packing
from dkdata.stores.file.documents_reading import DocumentContents, plan_of
from dkdata.stores.file.formats import Format
from dkdata.stores.file.time_ranges import check_nanoseconds, check_years
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows

_SLICE_ROWS = 1 << 20


@dataclass(frozen=True)
class Json(Format):
    """JSON: ``lines`` is set by the suffix; there are no options."""

    embeds_note: ClassVar[bool] = False
    internal: ClassVar[frozenset[str]] = frozenset({"packing", "lines"})
    lines: bool = True
    packing: str | None = None

    def open(self, file: Snapshot, note: Note | None, *, trusted: bool) -> DocumentContents:
        """Return the rows of a file: as saved, or with types that fit all of its values."""
        if trusted and note is not None:
            plan = plan_of(file, note.schema, lines=self.lines, packed=self.packing)
        else:
            plan = foreign_documents.plan(file, note, self.packing)
        return DocumentContents(file, plan)

    def write(self, path: Path, rows: Rows, note: Note) -> None:
        """Write rows slice by slice."""
        del note
        separator = b"\n" if self.lines else b",\n"
        with packing.output(path, self.packing) as out:
            if not self.lines:
                out.write(b"[\n")
            is_first = True
            for table, nested, odd in _slices(rows):
                if self.lines and not self.packing and not (nested or odd):
                    pl.DataFrame(table).write_ndjson(out)
                    continue
                text = _by_duckdb(table, nested, odd) if nested or odd else _by_polars(table)
                if self.lines:
                    out.write(text)
                else:
                    out.write(b"" if is_first else separator)
                    out.write(bytes(text[:-1]).replace(b"\n", separator))
                is_first = False
            if not self.lines:
                out.write(b"]\n" if is_first else b"\n]\n")


def _slices(rows: Rows) -> Iterator[tuple[pa.Table, list[str], list[str]]]:
    """Return slices in the types of JSON, with the columns that are nested or hold NaN."""
    kept = physical_schema(rows.schema, Carrier.JSON).remove_metadata()
    nested = [field.name for field in rows.schema if is_type.is_nested(field.type)]
    first = 0
    for whole in batches_of(rows):
        for start in range(0, whole.num_rows, _SLICE_ROWS):
            batch = whole.slice(start, _SLICE_ROWS)
            check_years(batch, first)
            check_nanoseconds(batch, first)
            table = convert_rows(pa.Table.from_batches([batch]), kept)
            odd = [name for name in kept.names if _has_odd_numbers(table[name])]
            yield table, nested, odd
            first += batch.num_rows


def _has_odd_numbers(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds NaN or an infinity, which JSON has no numbers for."""
    if not is_type.is_floating(column.type):
        return False
    return not pc.all(pc.is_finite(column)).as_py() and column.null_count < len(column)


def documents(rows: Rows) -> Iterator[pa.ChunkedArray]:
    """Yield the rows as JSON texts, one for each, slice by slice.

    Examples
    --------
    >>> [text.to_pylist() for text in documents(pa.table({"id": [1, 2]}))]
    [['{"id":1}', '{"id":2}']]
    """
    for table, nested, odd in _slices(rows):
        if nested or odd:
            yield _documents_by_duckdb(table, nested, odd)
        else:
            whole = pl.struct(pl.all()).struct.json_encode()
            found = pl.DataFrame(table).select(whole).to_series().to_arrow()
            yield pa.chunked_array([found.cast(pa.large_string())])


def _by_polars(table: pa.Table) -> memoryview:
    made = io.BytesIO()
    pl.DataFrame(table).write_ndjson(made)
    return made.getbuffer()


def _by_duckdb(table: pa.Table, nested: list[str], odd: list[str]) -> memoryview:
    """Return a line for each row."""
    texts = _documents_by_duckdb(table, nested, odd)
    nothing, end = pa.scalar("", texts.type), pa.scalar("\n", texts.type)
    lines = pc.binary_join_element_wise(texts, nothing, end)
    return memoryview(b"".join(map(bytes_of, lines.chunks)))


def _documents_by_duckdb(table: pa.Table, nested: list[str], odd: list[str]) -> pa.ChunkedArray:
    """Write nested values as they are, and NaN and infinities as texts."""
    pairs = ", ".join(
        f"{text(name)}, {_value(name, name in nested, name in odd)}" for name in table.schema.names
    )
    connection = engine.connection()
    with engine.register(connection, table) as source:
        query = f"SELECT json_object({pairs})::VARCHAR AS text FROM {source.sql}"  # noqa: S608
        found = connection.sql(query).to_arrow_table().column(0)
    return found.cast(pa.large_string())


def _value(name: str, is_nested: bool, is_odd: bool) -> str:  # noqa: FBT001
    column = quote(name)
    if is_nested:
        return (
            f"CASE WHEN regexp_matches({column}, 'NaN|Infinity') THEN to_json({column})"
            f" ELSE {column}::JSON END"
        )
    if is_odd:
        return (
            f"CASE WHEN isfinite({column}) THEN to_json({column})"
            f" ELSE to_json({column}::VARCHAR) END"
        )
    return column


def bytes_of(texts: pa.LargeStringArray) -> memoryview:
    """Return the texts one after another, without a copy."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    places = memoryview(offsets).cast("q")
    return memoryview(data)[places[texts.offset] : places[texts.offset + len(texts)]]
