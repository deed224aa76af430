"""Reading CSV with types that are known: in parallel, and with bounded memory."""

from __future__ import annotations

import io
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pyarrow import types as is_type

from dkdata.stores.file import packing, restoring
from dkdata.stores.file.rescanning import scannable
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.stores.file.snapshot import Snapshot

_BLOCK = 4 << 20
_WORKERS = min(4, os.cpu_count() or 1)
_TRUE, _FALSE = ["true", "True", "TRUE"], ["false", "False", "FALSE"]


@dataclass(frozen=True)
class Dialect:
    """How the text of a file is to be read."""

    sep: str | None
    encoding: str
    quotechar: str
    header: bool
    null_values: tuple[str, ...]
    packing: str | None


@dataclass(frozen=True)
class Plan:
    """How a file is parsed.

    Parameters
    ----------
    schema
        The canonical schema of the rows.
    parsed
        The types in which the columns are parsed, one by one.
    own
        Whether dkdata wrote every byte: then quotes are balanced, and blocks of the file can
        be told apart before they are parsed.
    blank
        Columns, parsed as text, in which a quoted empty field is null as well.
    """

    dialect: Dialect
    schema: pa.Schema
    parsed: tuple[pa.DataType, ...]
    own: bool
    blank: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DelimitedContents:
    """The rows of one version of a CSV file."""

    file: Snapshot
    plan: Plan

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema, with descriptor where there is one."""
        return self.plan.schema

    def read(self) -> pa.RecordBatchReader:
        """Return all rows as a stream, in the order of the file."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        first = 0
        with (
            explained(self.file.path, "cannot be read as CSV", self.file.place),
            input_of(self.file, self.plan.dialect) as stream,
        ):
            parse = _in_blocks if self.plan.own else _serial
            for batch in parse(stream, self.plan):
                yield restoring.converted(batch, self.schema, first)
                first += batch.num_rows

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Source]:
        """Let DuckDB read the rows."""
        with scannable(connection, self.schema, self.read) as source:
            yield source

    def count(self) -> int:
        """Return the number of rows."""
        with explained(self.file.path, "cannot be read as CSV", self.file.place):
            return _fast_count(self.file, self.plan) or sum(b.num_rows for b in self._batches())


def _fast_count(file: Snapshot, plan: Plan) -> int | None:
    """Return the number of rows of a file as it was written: the line ends outside of quotes."""
    dialect = plan.dialect
    if not plan.own or dialect.packing or dialect.encoding != "utf-8" or len(plan.parsed) == 1:
        return None
    quote = dialect.quotechar
    if file.is_private and file.size <= packing.MAPPED_BYTES:
        return packing.count_rows(file.place, quote) - bool(dialect.header)
    with input_of(file, dialect) as stream:
        blocks = _blocks(stream, quote.encode())
        rows = sum(packing.count_rows(bytes(block), quote) for block in blocks)
    return rows - bool(dialect.header)


def input_of(file: Snapshot, dialect: Dialect) -> pa.NativeFile:
    """Open a file as UTF-8 text."""
    return packing.input_of(file, dialect.packing, dialect.encoding)


def parse_options(dialect: Dialect, columns: int) -> csv.ParseOptions:
    """Return how fields are told apart; an empty line is a null where there is one column."""
    return csv.ParseOptions(
        delimiter=dialect.sep,
        quote_char=dialect.quotechar,
        newlines_in_values=True,
        ignore_empty_lines=columns != 1,
    )


def convert_options(
    dialect: Dialect,
    names: list[str],
    types: tuple[pa.DataType, ...],
) -> csv.ConvertOptions:
    """Return how fields become values: only an unquoted empty one is null."""
    return csv.ConvertOptions(
        column_types=dict(zip(names, types, strict=True)),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=["", *dialect.null_values],
        true_values=_TRUE,
        false_values=_FALSE,
    )


def _serial(stream: pa.NativeFile, plan: Plan) -> Iterator[pa.RecordBatch]:
    """Parse a file that anybody may have written, block after block."""
    for batch in opened(stream, plan.dialect, plan.schema.names, plan.parsed):
        columns = [
            pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
            if name in plan.blank
            else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def opened(
    stream: pa.NativeFile,
    dialect: Dialect,
    names: list[str],
    types: tuple[pa.DataType, ...],
) -> csv.CSVStreamingReader:
    """Start to parse a stream."""
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(
            column_names=names,
            skip_rows_after_names=int(dialect.header),
            block_size=_BLOCK,
        ),
        parse_options=parse_options(dialect, len(names)),
        convert_options=convert_options(dialect, names, types),
    )


def _in_blocks(stream: pa.NativeFile, plan: Plan) -> Iterator[pa.RecordBatch]:
    """Parse blocks of whole rows in several threads, a few ahead of what is used."""
    quote = plan.dialect.quotechar.encode()
    blocks = _blocks(stream, quote)
    if plan.dialect.header:
        head = next(blocks, memoryview(b""))
        blocks = chain([head[_first_row(bytes(head), quote) :]], blocks)
    pending: deque[Future[pa.Table]] = deque()
    pool = ThreadPoolExecutor(_WORKERS, "dkdata-csv")
    try:
        for block in blocks:
            if len(block):
                pending.append(pool.submit(_parse, block, plan))
            if len(pending) > _WORKERS:
                yield from pending.popleft().result().to_batches()
        while pending:
            yield from pending.popleft().result().to_batches()
    finally:
        pool.shutdown(cancel_futures=True)


def _parse(block: memoryview, plan: Plan) -> pa.Table:
    """Parse whole rows; nanoseconds at the far ends of their range need another parser."""
    try:
        return _parse_as(block, plan, plan.parsed)
    except pa.ArrowInvalid:
        late = [is_type.is_timestamp(t) and t.unit == "ns" for t in plan.parsed]
        if not any(late):
            raise
    types = tuple(
        pa.large_string() if is_late else t for t, is_late in zip(plan.parsed, late, strict=True)
    )
    table = _parse_as(block, plan, types)
    for position, (t, is_late) in enumerate(zip(plan.parsed, late, strict=True)):
        if is_late:
            column = _nanoseconds(table.column(position)).cast(t)
            table = table.set_column(position, table.schema.names[position], column)
    return table


def _nanoseconds(texts: pa.ChunkedArray) -> pa.Array:
    text = pl.Series(texts).str.slice(0, 29)
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ns").to_arrow()


def _parse_as(block: memoryview, plan: Plan, types: tuple[pa.DataType, ...]) -> pa.Table:
    names = plan.schema.names
    if block[:3] == packing.UTF8_BOM:  # a value begins with what the parser takes for a mark
        block = memoryview(packing.UTF8_BOM + bytes(block))
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(block)),
        read_options=csv.ReadOptions(
            column_names=names,
            use_threads=False,
            block_size=len(block) + 1,
        ),
        parse_options=parse_options(plan.dialect, len(names)),
        convert_options=convert_options(plan.dialect, names, types),
    )


def _blocks(stream: pa.NativeFile, quote: bytes) -> Iterator[memoryview]:
    """Cut a stream where a row ends: at a line end after an even number of quotes."""
    rest, size, again = b"", _BLOCK, stream.seekable()
    while chunk := stream.read(size):
        data = rest + chunk if rest else chunk
        end = _last_row(data, quote)
        rest, size = (data[end:], _BLOCK) if end else (data, size * 2)
        if again and end:
            stream.seek(-len(rest), io.SEEK_CUR)
            rest = b""
        if end:
            yield memoryview(data)[:end]
    if rest:
        yield memoryview(rest)


def _last_row(data: bytes, quote: bytes) -> int:
    """Return where the last complete row of ``data`` ends."""
    quotes = packing.count(data, quote)
    after, end = 0, len(data)
    while (line_end := data.rfind(b"\n", 0, end)) >= 0:
        after += data.count(quote, line_end, end)
        if (quotes - after) % 2 == 0:
            return line_end + 1
        end = line_end
    return 0


def _first_row(data: bytes, quote: bytes) -> int:
    """Return where the first row ends."""
    end = quotes = 0
    while (line_end := data.find(b"\n", end)) >= 0:
        quotes += data.count(quote, end, line_end)
        end = line_end + 1
        if quotes % 2 == 0:
            return end
    return len(data)
