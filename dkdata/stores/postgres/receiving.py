"""The rows of a PostgreSQL query as a stream of Arrow batches, by COPY."""

from __future__ import annotations

import io
import socket
import warnings
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
import pyarrow as pa
from pyarrow import csv
from pyarrow import types as is_type

from dkdata.dialects.fragment import quote
from dkdata.errors import DkError, DkWarning, StoreError
from dkdata.stores.postgres.ahead import Ahead
from dkdata.stores.postgres.columns import TEXT
from dkdata.stores.postgres.decoding import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class

    from dkdata.stores.postgres.columns import Column

_BLOCK = 4 << 20
_BATCH = 16 << 20


def failed(error: psycopg2.Error) -> DkError:
    """Return the error of a query that the server or the connection did not carry out.

    Examples
    --------
    >>> failed(psycopg2.OperationalError("the server closed the connection"))
    StoreError('PostgreSQL did not send the rows: the server closed the connection.')
    """
    told = error.diag.message_primary or str(error).strip().rstrip(".")
    return StoreError(f"PostgreSQL did not send the rows: {told}.")


def received(
    connection: Connection,
    select: str,
    columns: Sequence[Column],
    explain: Callable[[psycopg2.Error], DkError] = failed,
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT, of canonical types, as they arrive.

    The query starts with the first batch that is asked for. Until the end, or until the reader
    is released, the connection can do nothing else; a reader that is released early cancels the
    query, which leaves an open transaction failed. Memory holds a few batches of at most 16 MB,
    or of a single row that is larger.

    Parameters
    ----------
    connection
        In a session with the ``SETTINGS`` of ``columns``.
    select
        Each column by its ``read_expression``, under its name.
    explain
        Makes the error that is raised from one of the driver.

    Raises
    ------
    SchemaError
        While reading: a value does not fit its type, with its column and row.
    """
    schema = pa.schema([(column.name, column.type) for column in columns])
    batches = _batches(connection, select, columns, explain)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _copy(select: str, columns: Sequence[Column]) -> str:
    """Return the COPY that sends texts in quotes, so that only null is an empty field."""
    texts = [quote(column.name) for column in columns if column.parsed == TEXT]
    quoted = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
    return f"COPY ({select}) TO STDOUT (FORMAT csv{quoted})"


def _batches(
    connection: Connection,
    select: str,
    columns: Sequence[Column],
    explain: Callable[[psycopg2.Error], DkError],
) -> Iterator[pa.RecordBatch]:
    parser = _Parser(columns)
    copy = _Copy(connection, _copy(select, columns))
    try:
        with closing(Ahead(copy.receive, copy.cancel, copy.leave).items()) as blocks:
            for block in blocks:
                yield from parser.batches(block)
    except psycopg2.Error as error:
        raise explain(error) from error
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
            return _parse(block, [TEXT] * len(types))
        self._types = types
        return table


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


class _Blocks(io.RawIOBase):
    """Hands on what a buffer holds when no other row fits in.

    The driver writes each row by itself, and a buffered writer, which costs no Python for each,
    never splits what is written to it: so each block is of whole rows.
    """

    def __init__(self, put: Callable[[bytes], None]) -> None:
        super().__init__()
        self._put = put

    def writable(self) -> bool:
        return True

    def write(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
        self._put(bytes(buffer))
        return len(buffer)


@dataclass(frozen=True)
class _Copy:
    """A COPY to this process."""

    connection: Connection
    sql: str

    def receive(self, put: Callable[[bytes], None]) -> None:
        """Put all rows, in blocks."""
        with (
            io.BufferedWriter(_Blocks(put), _BLOCK) as writer,
            self.connection.cursor() as cursor,
        ):
            cursor.copy_expert(self.sql, writer)

    def cancel(self) -> None:
        """Ask the server to end it."""
        with suppress(psycopg2.Error):
            self.connection.cancel()

    def leave(self) -> None:
        """Cut the connection."""
        with suppress(psycopg2.Error, OSError):  # it is cut already
            line = socket.socket(fileno=self.connection.fileno())
            try:
                line.shutdown(socket.SHUT_RDWR)
            finally:
                line.detach()
