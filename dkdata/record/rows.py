"""Records as rows of a table: in the types that its columns have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from dkdata import frames
from dkdata.errors import SchemaError, UsageError, shortened
from dkdata.frames import assigning, envelope
from dkdata.frames.widening import categories, widened
from dkdata.record.ids import first_id, is_id
from dkdata.record.record import Record
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from dkdata.frames.envelope import ColumnDescriptor


class Given(NamedTuple):  # there are many at once, and a dataclass takes thrice as long to make
    """What a caller gave as a record, which stays as it is.

    Parameters
    ----------
    own_id
        The id that it was given beside its fields.
    """

    fields: Mapping[Any, Any]
    own_id: Any = None
    metadata: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, record: object) -> Given:
        """Return a record, or a mapping of fields, as given."""
        if isinstance(record, Record):
            return cls(record.data, record.own_id, record.metadata)
        if isinstance(record, dict | Mapping):  # to ask for the latter alone takes longer
            return cls(record)
        message = f"{shortened(record)} is no record. Give a dk.Record or a mapping of fields."
        raise UsageError(message)

    def identified(self, key: tuple[Hashable, ...], new_id: Callable[[], Any]) -> Given:
        """Return it with the fields of the key, first of all, which tell its id."""
        if self.own_id is not None:
            return self._replace(fields={**identity(key, self.own_id), **self._without(key)})
        if all(is_id(self.fields.get(name)) for name in key):
            return self
        if len(key) > 1:
            missing = next(name for name in key if not is_id(self.fields.get(name)))
            message = (
                f"record {shortened(dict(self.fields))} has no {missing!r}, of which with"
                f" {[name for name in key if name != missing]} its id is made. Give it."
            )
            raise SchemaError(message)
        made = first_id(self.metadata.get("id")) if self.metadata else None
        chosen = new_id() if made is None else made
        return self._replace(fields={key[0]: chosen, **self._without(key)})

    def has_id(self, key: tuple[Hashable, ...]) -> bool:
        """Whether it tells its id, so that none is made for it."""
        beside = (self.metadata or {}).get("id")
        return first_id(self.own_id, *(self.fields.get(name) for name in key), beside) is not None

    def _without(self, key: tuple[Hashable, ...]) -> dict[Any, Any]:
        return {name: value for name, value in self.fields.items() if name not in key}

    def id(self, key: tuple[Hashable, ...]) -> Any:  # noqa: ANN401 - ids of any type
        """Return the id that the fields of the key tell."""
        if len(key) == 1:
            return self.fields[key[0]]
        return tuple(self.fields[name] for name in key)


def identity(key: tuple[Hashable, ...], id_: Any) -> dict[Hashable, Any]:  # noqa: ANN401 - ids of any type
    """Return the fields of a key for an id: of several columns, a tuple of their values.

    Raises
    ------
    UsageError
        It is not of as many values as the key has columns.
    """
    if len(key) == 1:
        return {key[0]: id_}
    if not isinstance(id_, tuple | list) or len(id_) != len(key):
        message = f"{id_!r} is no id: the key is {list(key)}. Give a tuple of their values."
        raise UsageError(message)
    return dict(zip(key, id_, strict=True))


def new_rows(records: Sequence[Given]) -> pa.Table:
    """Return records as the rows of a new table: types are those that all values have."""
    rows = frames.to_arrow([dict(record.fields) for record in records])
    assert isinstance(rows, pa.Table)  # noqa: S101 - of a list
    if not any(record.metadata for record in records):
        return rows
    return with_column(rows, METADATA, [metadata_text(record) for record in records])


def with_column(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """Return rows with one more column, as a frame of these values alone has it."""
    own = frames.to_arrow([{name: value} for value in values])
    assert isinstance(own, pa.Table)  # noqa: S101 - of a list
    held, more = (envelope.descriptor_of(part.schema) for part in (rows, own))
    schema = pa.schema([*rows.schema, *own.schema], metadata=rows.schema.metadata)
    if held and more:
        schema = envelope.attach(schema, replace(held, columns=(*held.columns, *more.columns)))
    return pa.Table.from_arrays([*rows.columns, *own.columns], schema=schema)


def metadata_text(record: Given) -> str | None:
    """Return the metadata of a record as JSON, ``None`` if it has none.

    Raises
    ------
    SchemaError
        It holds what JSON does not.
    """
    if not record.metadata:
        return None
    try:
        return json.dumps(dict(record.metadata), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        message = (
            f"the metadata {shortened(dict(record.metadata))} is not kept: {error}. Give what JSON"
            " has: texts, numbers, true, false, null, lists and objects."
        )
        raise SchemaError(message) from error


def rows_of(records: Sequence[Given], schema: pa.Schema, table: str) -> pa.Table:
    """Return records as rows of a table that is there; fields that one lacks are null.

    A value becomes one of the column's type where that keeps it exactly; otherwise the column is
    to become wider, as by an append.

    Raises
    ------
    ColumnNotFoundError
        The table has no such column.
    UsageError
        It has several that are called so.
    SchemaError
        A column cannot hold a value, or the table keeps no metadata.
    """
    names = stored(records, schema)
    descriptor = envelope.descriptor_of(schema)
    fields, columns, arrays = [], [], []
    for held in schema:
        known = descriptor.column(held.name) if descriptor else None
        if held.name == METADATA:
            array, made = pa.array(map(metadata_text, records), pa.large_string()), known
        elif held.name in names:
            label = names[held.name]
            values = [record.fields.get(label) for record in records]
            array, made = _column(held, known, label, values)
        else:
            array, made = pa.nulls(len(records), held.type), known
        fields.append(pa.field(held.name, array.type))
        columns += [made] if made else []
        arrays.append(array)
    if METADATA not in schema.names and any(record.metadata for record in records):
        message = (
            f"table {table!r} keeps no metadata of records: it has no column {METADATA!r}. Give"
            " records without it, or add the column to the table."
        )
        raise SchemaError(message)
    made_schema = pa.schema(fields, metadata=schema.metadata)
    if descriptor:
        made_schema = envelope.attach(made_schema, replace(descriptor, columns=tuple(columns)))
    return pa.Table.from_arrays(arrays, schema=made_schema)


def stored(records: Iterable[Given], schema: pa.Schema) -> dict[str, Hashable]:
    """Return the names that records have for columns, by the stored ones."""
    labels = list(dict.fromkeys(name for record in records for name in record.fields))
    return dict(zip(assigning.names_of(labels, schema, "the record"), labels, strict=True))


def _column(
    held: pa.Field, known: ColumnDescriptor | None, label: Hashable, values: list[Any]
) -> tuple[pa.Array, ColumnDescriptor | None]:
    """Return values as a column, and its descriptor."""
    plainly = known is None or (not known.meaning and categories(known) is None)
    if plainly and (array := _as_it_is(held.type, values)) is not None:
        return array, known
    try:
        return assigning.column_of(values, held, known), known
    except SchemaError:
        rows = frames.to_arrow([{label: value} for value in values])
        made, given = envelope.descriptor_of(rows.schema), rows.schema.field(0)
        new = None if made is None else replace(made.columns[0], name=held.name)
        _, _, problem = widened(held, given.with_name(held.name), known, new)
        if problem:
            raise
        assert isinstance(rows, pa.Table)  # noqa: S101 - of a list
        return rows.column(0).combine_chunks(), new if known else None


_SAME = {
    "large_string": str, "int64": int, "double": float, "bool": bool, "large_binary": bytes,
}  # fmt: skip


def _as_it_is(t: pa.DataType, values: list[Any]) -> pa.Array | None:
    """Return values that are of Python's own type for a column; ``None`` where they are not."""
    kind = _SAME.get(str(t))
    if kind is None or not all(value is None or type(value) is kind for value in values):
        return None
    try:
        return pa.array(values, t)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return None
