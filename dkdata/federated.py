"""DuckDB SQL over tables, files and frames together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import types as is_type

from dkdata import catalog, engine, frames, spilling, statements
from dkdata.capabilities import SupportsSource
from dkdata.dialects.columns import logical_sql
from dkdata.dialects.fragment import quote
from dkdata.errors import (
    ColumnNotFoundError,
    QueryError,
    TableNotFoundError,
    UsageError,
    listing,
)
from dkdata.frames import envelope
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor
from dkdata.pushdown import needed
from dkdata.secrets import redacted
from dkdata.types import canonical, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.query import Query
    from dkdata.statements import Statement
    from dkdata.store import Store

_Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
_INTERVAL = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanoseconds", "<i8")])
_DAY_NANOSECONDS = 86_400 * 10**9


@dataclass(frozen=True)
class _Far:
    """A table that DuckDB does not read where it is, and all of its columns."""

    store: Store
    table: str
    schema: pa.Schema

    def rows(self, stack: ExitStack, query: Query) -> pa.Table:
        """Return the rows of a query, or all if the store answers it otherwise than expected."""
        names = self.schema.names if query.columns is None else query.columns
        with suppress(ColumnNotFoundError, QueryError):  # such as of a table that has changed
            rows = stack.enter_context(spilling.rereadable(self.store.read(self.table, query)))
            if query.is_whole_table or rows.schema.equals(envelope.project(self.schema, names)):
                return rows
        return stack.enter_context(spilling.rereadable(self.store.read(self.table)))


def query(
    text: str,
    given: Mapping[str, Any],
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT; names stand for ``given`` frames first, then for tables.

    Columns that are passed through unchanged keep the descriptor of where they come from. The
    rows are detached: they hold no table while they are read.
    """
    statement = statements.parsed(text)
    _check_names(given)
    values = _values(parameters)
    connection = engine.connection()
    with ExitStack() as stack:
        found = {
            target: _found(stack, connection, target, given, statement)
            for target in dict.fromkeys(mention.target for mention in statement.mentions)
        }
        for target, source in found.items():
            _check_columns(target, source.schema, statement)
        sources = _fetched(stack, connection, statement, found, values)
        relation = _relation(connection, statement, sources, values)
        whole = [t.id == "hugeint" for t in relation.types]
        rows = _int64(stack.enter_context(engine.streaming(connection, relation)), whole)
        return spilling.spool(_described(rows, statement, sources))


def _relation(
    connection: duckdb.DuckDBPyConnection,
    statement: Statement,
    sources: Mapping[str, Source],
    values: _Values,
) -> duckdb.DuckDBPyRelation:
    """Return the statement, checked and not run yet."""
    engine.name_views(connection, {name: _logical(source) for name, source in sources.items()})
    rewritten = statement.rewritten({target: target for target in sources})
    return engine.relation(connection, rewritten, values, shows_sql=True)


def _fetched(
    stack: ExitStack,
    connection: duckdb.DuckDBPyConnection,
    statement: Statement,
    found: Mapping[str, Source | _Far],
    values: _Values,
) -> dict[str, Source]:
    """Return all tables as DuckDB reads them; of far ones, what the statement needs of them."""

    def registered(rows: pa.Table) -> Source:
        return stack.enter_context(engine.register(connection, rows))

    if any(isinstance(table, _Far) for table in found.values()):
        # What DuckDB refuses is refused before anything is fetched.
        empty = {
            target: registered(table.schema.empty_table()) if isinstance(table, _Far) else table
            for target, table in found.items()
        }
        _relation(connection, statement, empty, values)
    schemas = {target: table.schema for target, table in found.items()}
    return {
        target: registered(table.rows(stack, needed(statement, target, schemas, values)))
        if isinstance(table, _Far)
        else table
        for target, table in found.items()
    }


def _check_names(given: Mapping[str, Any]) -> None:
    """Refuse frames whose names SQL does not tell apart."""
    names = {name.casefold(): name for name in given}
    for name in given:
        if names[name.casefold()] != name:
            message = (
                f"SQL does not tell the names {name!r} and {names[name.casefold()]!r} apart."
                " Rename one of the frames."
            )
            raise UsageError(message)


def _check_columns(target: str, schema: pa.Schema, statement: Statement) -> None:
    """Refuse a name that is two columns to the caller and only one to SQL."""
    descriptor = envelope.descriptor_of(schema)
    folded = {name.casefold() for name in schema.names}
    mentioned = statement.column_names - set(schema.names)
    for column in descriptor.columns if descriptor and mentioned else ():
        label = str(column.shown)
        if label in mentioned and label.casefold() in folded:
            message = (
                f"SQL does not tell column {label!r} of {redacted(target)!r} from another that"
                f" differs only by case. Call it {column.name!r} in the query."
            )
            raise QueryError(message)


def _values(
    parameters: Sequence[Any] | Mapping[str, Any] | None,
) -> _Values:
    """Return the values of a statement's parameters as Python's own."""
    if isinstance(parameters, Mapping):
        return {str(name): _plain(value) for name, value in parameters.items()}
    if parameters is None or (
        isinstance(parameters, Sequence) and not isinstance(parameters, str | bytes)
    ):
        return [_plain(value) for value in parameters or ()]
    message = f"parameters={parameters!r} is not possible. Give a list for '?', a mapping for '$x'."
    raise UsageError(message)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _int64(rows: pa.RecordBatchReader, whole: list[bool]) -> pa.RecordBatchReader:
    """Return the rows with int64 for the wide type that DuckDB gives sums of whole numbers."""
    if not any(whole):
        return rows
    fields = [
        pa.field(field.name, pa.int64() if is_whole else field.type)
        for field, is_whole in zip(rows.schema, whole, strict=True)
    ]
    schema = pa.schema(fields)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            columns = [
                _narrowed(array, field) if array.type != field.type else array
                for array, field in zip(batch.columns, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _narrowed(array: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return array.cast(field.type)
    except pa.ArrowInvalid as error:
        message = (
            f"column {field.name!r} has a whole number beyond 64 bits. Convert it in the query:"
            " CAST(… AS DOUBLE), or AS VARCHAR."
        )
        raise QueryError(message) from error


def _found(
    stack: ExitStack,
    connection: duckdb.DuckDBPyConnection,
    target: str,
    given: Mapping[str, Any],
    statement: Statement,
) -> Source | _Far:
    folded = {key.casefold(): key for key in given}
    if target.casefold() in folded:
        rows = frames.to_arrow(given[folded[target.casefold()]])
        if not rows.schema.names:
            message = f"frame {target!r} has no columns, so there is nothing to select."
            raise UsageError(message)
        kept = stack.enter_context(spilling.rereadable(rows))
        source = stack.enter_context(engine.register(connection, kept))
        return _without_index(source, statement)
    location = catalog.locate(target)
    store, table = location.store, location.table
    try:
        if isinstance(store, SupportsSource):
            return stack.enter_context(store.source(connection, table))
        return _Far(store, table, store.schema(table))
    except TableNotFoundError as error:
        hint = f" Frames given: {listing(given)}." if given else ""
        known = [*given, *error.existing]
        raise TableNotFoundError(error.table, error.store, known, hint=hint) from error


def _without_index(source: Source, statement: Statement) -> Source:
    """Return a frame without the index levels that the statement does not name."""
    unnamed = {
        name for name in envelope.index_names(source.schema) if not statement.names_column(name)
    }
    names = [name for name in source.schema.names if name not in unnamed]
    if not unnamed or not names:
        return source
    return replace(source, schema=envelope.project(source.schema, names))


def _logical(source: Source) -> str:
    """Return the SELECT of a source in which every column has the type of what it means."""
    shown = ", ".join(
        f"{logical_sql(source.find(name))} AS {quote(name)}" for name in source.schema.names
    )
    return f"SELECT {shown} FROM {source.sql}"


def _described(
    rows: pa.RecordBatchReader,
    statement: Statement,
    sources: Mapping[str, Source],
) -> pa.RecordBatchReader:
    """Return the rows in canonical types; columns that only pass keep their descriptor."""
    schemas = {target: source.schema for target, source in sources.items()}
    found = statements.lineage(statement, schemas, rows.schema.names)
    names = _unique(rows.schema.names)
    fields, described = [], []
    for name, field, origin in zip(names, rows.schema, found, strict=True):
        descriptor = _descriptor(schemas, origin)
        t = _result_type(field.type, descriptor)
        fields.append(pa.field(name, t))
        is_called_so = descriptor is not None and name in (descriptor.name, descriptor.shown)
        described.append(envelope.like(descriptor, name, t, keeps_label=is_called_so))
    schema = envelope.attach(pa.schema(fields), FrameDescriptor(columns=tuple(described)))
    return pa.RecordBatchReader.from_batches(schema, _converted(rows, schema))


def _unique(names: list[str]) -> list[str]:
    """Return the names, the second ``a`` as ``a_1``, as DuckDB itself does."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        made.append(f"{name}_{count}" if count else name)
    return made


def _descriptor(
    schemas: Mapping[str, pa.Schema],
    origin: tuple[str, str] | None,
) -> ColumnDescriptor | None:
    if origin is None:
        return None
    frame = envelope.descriptor_of(schemas[origin[0]])
    return frame.column(origin[1]) if frame else None


def _result_type(t: pa.DataType, descriptor: ColumnDescriptor | None) -> pa.DataType:
    if t != pa.month_day_nano_interval():
        return canonical(t)
    saved = descriptor.type if descriptor else ""
    units = {type_name(pa.duration(unit)): pa.duration(unit) for unit in ("s", "ms", "us", "ns")}
    return units.get(saved, pa.duration("us"))


def _converted(
    rows: pa.RecordBatchReader,
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        columns = [
            _durations(array, field) if is_type.is_duration(field.type) else array.cast(field.type)
            for array, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _durations(array: pa.Array, field: pa.Field) -> pa.Array:
    """Return intervals of days and parts of days as lengths of time."""
    parts = np.frombuffer(array.buffers()[1], _INTERVAL, len(array), array.offset * 16)
    empty = np.asarray(array.is_null())
    if (parts["months"][~empty] != 0).any():
        message = (
            f"column {field.name!r}: an interval of months has no fixed length."
            " Convert it in the query: CAST(… AS VARCHAR)."
        )
        raise QueryError(message)
    total = parts["days"].astype("int64") * _DAY_NANOSECONDS + parts["nanoseconds"]
    lengths = pa.array(total, pa.int64(), mask=empty)
    return lengths.cast(pa.duration("ns")).cast(field.type)
