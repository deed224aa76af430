"""Reading JSON with types that are known, by DuckDB."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.fragment import quote, text
from dkdata.dialects.select import Source
from dkdata.physical import Carrier, physical
from dkdata.stores.file import packing, restoring
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from dkdata.stores.file.snapshot import Snapshot

_BATCH_ROWS = 122_880
_BLOCK = 1 << 20
_OBJECT_BYTES = 16 << 20
_SQL = {
    pa.bool_(): "BOOLEAN", pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER",
    pa.int64(): "BIGINT", pa.uint8(): "UTINYINT", pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER", pa.uint64(): "UBIGINT", pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE", pa.large_string(): "VARCHAR", pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP", pa.timestamp("ns"): "TIMESTAMP_NS",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ", pa.timestamp("ns", "UTC"): "TIMESTAMPTZ_NS",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """How a file is read.

    Parameters
    ----------
    schema
        The canonical schema of the rows.
    sql
        What DuckDB reads: a FROM item.
    given
        The types that DuckDB gives.
    packing
        How the file is compressed.
    other_lines
        How many lines hold no row, where dkdata wrote the file: one line for each row.
    """

    schema: pa.Schema
    sql: str
    given: tuple[pa.DataType, ...]
    packing: str | None = None
    other_lines: int | None = None


def plan_of(
    file: Snapshot,
    schema: pa.Schema,
    *,
    lines: bool,
    packed: str | None,
) -> Plan:
    """Return how to read a file that dkdata wrote."""
    given = tuple(physical(t, Carrier.JSON) for t in schema.types)
    columns = dict(zip(schema.names, map(sql_type, given), strict=True))
    form = "newline_delimited" if lines else "array"
    sql = read_json(file, columns, form, packed)
    return Plan(schema, sql, given, packed, 0 if lines else 2)


def sql_type(t: pa.DataType) -> str:
    """Return DuckDB's name of a type that JSON is read as.

    Examples
    --------
    >>> sql_type(pa.large_list(pa.int64()))
    'BIGINT[]'
    """
    if is_type.is_struct(t):
        return f"STRUCT({', '.join(f'{quote(f.name)} {sql_type(f.type)}' for f in t)})"
    if is_type.is_nested(t):
        return f"{sql_type(t.value_type)}[]"
    if is_type.is_decimal(t):
        return f"DECIMAL({t.precision}, {t.scale})"
    return _SQL.get(t, "VARCHAR")


def read_json(file: Snapshot, columns: Mapping[str, str], form: str, packed: str | None) -> str:
    """Return the FROM item of a JSON file with columns of known types."""
    shown = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in columns.items())
    return f"read_json({_common(file, form, packed)}, columns = {{{shown}}})"


def read_objects(file: Snapshot, form: str, packed: str | None) -> str:
    """Return the FROM item of a JSON file with one column ``json``."""
    return f"read_json_objects({_common(file, form, packed)})"


def _common(file: Snapshot, form: str, packed: str | None) -> str:
    size = _longest(file) if packed is None and form != "unstructured" else 4 * _OBJECT_BYTES
    return (
        f"[{text(file.place)}], format = '{form}', compression = '{packed or 'none'}',"
        f" maximum_object_size = {size}"
    )


def _longest(file: Snapshot) -> int:
    """Return a size in bytes that every line has room in, looking at few of them."""
    if file.size <= _OBJECT_BYTES:
        return _OBJECT_BYTES
    longest, step = 0, _OBJECT_BYTES // 2
    with open(file.place, "rb") as handle:  # noqa: PTH123 - a handle of the system
        last = 0
        for start in range(0, file.size, step):
            handle.seek(start)
            data = handle.read(1 << 16)
            end = data.find(b"\n")
            if end < 0:
                end = (data + handle.read(step)).find(b"\n")
            if end >= 0:
                longest, last = max(longest, start - last + end + 1), start
    longest = max(longest, file.size - last)
    return _OBJECT_BYTES if longest <= _OBJECT_BYTES else longest + step


@dataclass(frozen=True)
class DocumentContents:
    """The rows of one version of a JSON file."""

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
        with explained(self.file.path, "cannot be read as JSON", self.file.place):
            if not self.file.size:
                return
            connection = engine.connection()
            rows = connection.sql(f"FROM {self.plan.sql}").to_arrow_reader(_BATCH_ROWS)
            for batch in rows:
                yield restoring.converted(batch, self.schema, first)
                first += batch.num_rows

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Source]:
        """Let DuckDB read the file."""
        del connection
        fields = [pa.field(n, t) for n, t in zip(self.schema.names, self.plan.given, strict=True)]
        yield Source(self.plan.sql, pa.schema(fields), self.schema)

    def count(self) -> int:
        """Return the number of rows."""
        with explained(self.file.path, "cannot be read as JSON", self.file.place):
            if self.plan.other_lines is not None:
                return _lines(self.file, self.plan.packing) - self.plan.other_lines
            query = f"SELECT count(*) FROM {self.plan.sql}"  # noqa: S608
            return int(engine.connection().sql(query).fetchall()[0][0])


def _lines(file: Snapshot, packed: str | None) -> int:
    if packed is None and file.is_private and file.size <= packing.MAPPED_BYTES:
        return packing.count_rows(file.place, None)
    with packing.input_of(file, packed) as stream:
        blocks = iter(lambda: stream.read(_BLOCK), b"")
        return sum(packing.count(block, b"\n") for block in blocks)
