"""The rows of a PostgreSQL query as a stream of Arrow batches, by COPY."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv
from pyarrow import types as is_type

from dkdata.errors import DkWarning, SchemaError
from dkdata.stores.postgres.reading.decoding import decoded
from dkdata.stores.postgres.tables.types import TEXT

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from dkdata.stores.postgres.reading.columns import Column

_BATCH = 16 << 20


def received(blocks: Generator[bytes], columns: Sequence[Column]) -> pa.RecordBatchReader:
    """Return the rows of a query, of canonical types, as they arrive.

    Memory holds a few batches of at most 16 MB, or of a single row that is larger.

    Parameters
    ----------
    blocks
        What ``copy_statement`` sends, in whole rows.

    Raises
    ------
    SchemaError
        While reading: a value does not fit its type, with its column and row.
    """
    schema = pa.schema([(column.name, column.type) for column in columns])
    return pa.RecordBatchReader.from_batches(schema, _batches(blocks, columns))


def copy_statement(select: str, columns: Sequence[Column]) -> str:
    """Return the COPY that sends texts in quotes, so that only null is an empty field.

    Parameters
    ----------
    select
        Each column by its ``read_expression``.

    Examples
    --------
    >>> from dkdata.stores.postgres.reading.columns import Column
    >>> copy_statement("SELECT 1", [Column("n", "integer", pa.int32())])
    'COPY (SELECT * FROM (SELECT 1) AS found (c0)) TO STDOUT (FORMAT csv)'
    """
    names = [f"c{position}" for position in range(len(columns))]
    texts = [n for n, column in zip(names, columns, strict=True) if column.parsed == TEXT]
    quoted = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
    named = f"SELECT * FROM ({select}) AS found ({', '.join(names)})"
    return f"COPY ({named}) TO STDOUT (FORMAT csv{quoted})"


def _batches(blocks: Generator[bytes], columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    parser = _Parser(columns)
    with closing(blocks):  # at once: the connection must not go to anybody else meanwhile
        for block in blocks:
            yield from parser.batches(block)
    warn_of_infinity(parser.infinite)


def warn_of_infinity(counts: Mapping[str, int]) -> None:
    """Tell how many infinite times each column had.

    Examples
    --------
    >>> warn_of_infinity({})
    """
    for name, count in counts.items():
        message = (
            f"column {name!r} holds infinity {count:,} time{'s' * (count > 1)}, which frames do not"
            " have: it is read as the first or the last time that can be kept."
        )
        warnings.warn(message, DkWarning, stacklevel=3)


class _Parser:
    """Makes batches of texts of whole rows, one after the other."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.infinite: Counter[str] = Counter()
        self._columns = columns
        self._types = [column.parsed for column in columns]
        self._schema = pa.schema([(column.name, column.type) for column in columns])
        self._rows = 0

    def batches(self, block: bytes) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a block in batches of bounded size."""
        parsed = self._parsed(block)
        arrays = [
            decoded(array.chunk(0), column, self._rows, self.infinite)
            for array, column in zip(parsed.columns, self._columns, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._rows += batch.num_rows
        step = max(1, batch.num_rows * _BATCH // max(batch.nbytes, _BATCH))
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)

    def _parsed(self, block: bytes) -> pa.Table:
        """Parse a block, and what does not parse as text, which is decoded more slowly."""
        try:
            return _parse(block, self._types)
        except pa.ArrowInvalid:
            pass
        # Rows to come are parsed at once if this is about times that are far away.
        types = [TEXT if is_type.is_temporal(t) else t for t in self._types]
        try:
            table = _parse(block, types)
        except pa.ArrowInvalid:
            return _parse_texts(block, len(types))
        self._types = types
        return table


def _parse_texts(block: bytes, count: int) -> pa.Table:
    try:
        return _parse(block, [TEXT] * count)
    except pa.ArrowInvalid as error:
        message = (
            f"a text is not UTF-8 ({error}). The database keeps bytes of any encoding: convert"
            " them, or make the column bytea."
        )
        raise SchemaError(message) from error


def _parse(block: bytes, types: Sequence[pa.DataType]) -> pa.Table:
    names = [str(position) for position in range(len(types))]
    return csv.read_csv(
        pa.BufferReader(block),
        read_options=csv.ReadOptions(
            column_names=names,
            use_threads=False,
            block_size=len(block) + 1,
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
        ),
    )
