"""The rows of two tables, or frames, that differ."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import commit, engine, spilling
from dkdata.capabilities import SupportsSource
from dkdata.catalog import Location
from dkdata.dialects.differing import CHANGE, COLUMNS, Pair, differing
from dkdata.errors import DkWarning, QueryError, SchemaError, UsageError, listing, shortened
from dkdata.frames import envelope
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.query import Query
from dkdata.types import Rows, batches_of, canonical

if TYPE_CHECKING:
    from collections.abc import Hashable

    import duckdb

    from dkdata.dialects.columns import Column
    from dkdata.dialects.select import Source

_OWN = pa.schema([(CHANGE, pa.large_string()), (COLUMNS, pa.large_list(pa.large_string()))])


@dataclass(frozen=True)
class Comparing:
    """What is compared, and how.

    Parameters
    ----------
    key
        Columns that tell which row of one side is which of the other.
    columns
        Those that are compared; none means all that both sides have.
    suffixes
        Of the names of the values on the two sides.
    """

    key: tuple[Hashable, ...]
    columns: tuple[Hashable, ...]
    suffixes: tuple[str, str]

    @property
    def needed(self) -> tuple[Hashable, ...]:
        """The columns without which nothing can be compared; none means all."""
        return tuple(dict.fromkeys([*self.key, *self.columns])) if self.columns else ()

    def differences(self, a: Location | Rows, b: Location | Rows) -> pa.RecordBatchReader:
        """Return the rows that differ, all read.

        Raises as ``dk.diff`` does.
        """
        connection = engine.connection()
        with ExitStack() as stack:
            left, right = (self._opened(stack, connection, given) for given in (a, b))
            keyed = [self._pair(left, right, name, "key") for name in self.key]
            for pair in keyed:
                _check_types(pair)
            _check_key(connection, "a", left, [pair.columns[0] for pair in keyed])
            _check_key(connection, "b", right, [pair.columns[1] for pair in keyed])
            others = [self._pair(left, right, name) for name in self._compared(left, right)]
            schema = _schema(left, right, keyed, others)
            try:
                sql = differing((left.sql, right.sql), keyed, others)
            except QueryError as error:
                message = f"{error} Leave it out by columns=, or convert it on one side."
                raise SchemaError(message) from error
            with engine.streaming(connection, engine.relation(connection, sql, ())) as rows:
                return spilling.spool(batches_of(convert_rows(rows, schema)))

    def _opened(
        self,
        stack: ExitStack,
        connection: duckdb.DuckDBPyConnection,
        given: Location | Rows,
    ) -> Source:
        """Return rows as DuckDB reads them: where they are, or those columns that are needed."""
        rows = given
        if isinstance(rows, Location):
            store, name = rows.store, rows.table
            if isinstance(store, SupportsSource):
                source = stack.enter_context(store.source(connection, name))
                if _is_plain(source):
                    return source
            query = Query()
            if self.needed:
                query = Query(columns=tuple(envelope.resolved(self.needed, store.schema(name))))
            rows = store.read(name, query)
        kept = stack.enter_context(spilling.rereadable(rows))
        return stack.enter_context(engine.register(connection, kept))

    def _compared(self, left: Source, right: Source) -> list[Hashable]:
        """Return the labels of the columns that are compared, in the order of the left side."""
        if self.columns:
            return [name for name in self.columns if name not in self.key]
        ours, others = (_labels(source.schema) for source in (left, right))
        for name, only in (
            ("a", [label for label in ours if label not in others]),
            ("b", [label for label in others if label not in ours]),
        ):
            if only:
                message = f"columns that only {name} has are not compared: {listing(only)}."
                warnings.warn(message, DkWarning, stacklevel=4)
        return [label for label in ours if label in others and label not in self.key]

    def _pair(self, left: Source, right: Source, name: Hashable, argument: str = "columns") -> Pair:
        for source in (left, right):
            envelope.resolved([name], source.schema, argument)  # refuses what is not there
        label = str(name)
        names = (label,) if argument == "key" else tuple(label + end for end in self.suffixes)
        return Pair(label, names, (left.find(name), right.find(name)))


def _is_plain(source: Source) -> bool:
    """Whether columns are kept as those of rows are that are handed to DuckDB."""
    kept = physical_schema(source.schema, Carrier.DUCKDB)
    return all(canonical(source.physical.field(f.name).type) == canonical(f.type) for f in kept)


def _labels(schema: pa.Schema) -> list[Hashable]:
    """Return the labels of the columns that are no index."""
    hidden = envelope.index_names(schema)
    descriptor = envelope.descriptor_of(schema) or FrameDescriptor()
    shown = {column.name: column.shown for column in descriptor.columns}
    return [shown.get(name, name) for name in schema.names if name not in hidden]


def _check_types(pair: Pair) -> None:
    """Refuse a key of which DuckDB, or the result, could not have the values of both sides."""
    left, right = pair.columns
    whole = all(
        is_type.is_integer(column.type) and not is_type.is_uint64(column.type)
        for column in pair.columns
    )
    if (left.type, left.kind) != (right.type, right.kind) and not whole:
        message = (
            f"key {pair.label!r} is {left.described} in a and {right.described} in b. Convert it on"
            " one side."
        )
        raise SchemaError(message)


def _check_key(
    connection: duckdb.DuckDBPyConnection, side: str, source: Source, key: list[Column]
) -> None:
    """Refuse a key that is null or repeated, unless it is the one by which a table is kept."""
    names = tuple(source.columns.located(column.name)[0] for column in key)
    if set(envelope.key_of(source.schema)) == set(names):
        return
    nulls, repeated = commit.null_and_repeated(connection, source, names)
    if nulls or repeated:
        told = ", ".join(repr(column.name) for column in key)
        problem = "is null" if nulls else "is repeated"
        message = (
            f"key {told} {problem} in {side}: {listing(map(shortened, nulls or repeated))}."
            " Choose columns that tell which row is which."
        )
        raise SchemaError(message)


def _schema(left: Source, right: Source, keyed: list[Pair], others: list[Pair]) -> pa.Schema:
    """Return the schema of the rows that differ: values have the types of their sides."""
    change, changed = (_described(field.name, field.type) for field in _OWN)
    columns = [change]
    for pair in keyed:
        ours, theirs = pair.columns
        t = ours.type if ours.type == theirs.type else pa.int64()
        columns.append(_like(left, ours, pair.names[0], t, has_label=True))
    columns.append(changed)
    for pair in others:
        for source, column, name in zip((left, right), pair.columns, pair.names, strict=True):
            columns.append(_like(source, column, name, column.type))
    names = [name for name, _, _ in columns]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        message = (
            f"several columns of the result would be called {listing(repeated)}. Choose other"
            " suffixes=."
        )
        raise UsageError(message)
    described = tuple(descriptor for _, _, descriptor in columns)
    made = pa.schema([(name, t) for name, t, _ in columns])
    return envelope.attach(made, FrameDescriptor(columns=described))


_Described = tuple[str, pa.DataType, ColumnDescriptor]


def _described(name: str, t: pa.DataType) -> _Described:
    return name, t, envelope.plain(name, t)


def _like(
    source: Source, column: Column, name: str, t: pa.DataType, *, has_label: bool = False
) -> _Described:
    """Return a column of the result that has the dtype of a column of a source."""
    descriptor = envelope.descriptor_of(source.schema)
    found = descriptor.column(source.columns.located(column.name)[0]) if descriptor else None
    return name, t, envelope.like(found, name, t, keeps_label=has_label)
