"""Columns of structures as columns of their fields, named by path, and back."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import UsageError
from dkdata.frames import envelope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.frames.envelope import ColumnDescriptor

_Column = tuple[str, pa.ChunkedArray]


def flattened(rows: pa.Table) -> pa.Table:
    """Return rows whose structures are columns of their own, at every depth; lists stay.

    A structure that is null has null fields.

    Raises
    ------
    UsageError
        A column has the name that a field would have.

    Examples
    --------
    >>> flattened(pa.table({"home": [{"city": "Oslo", "at": {"x": 1}}]})).column_names
    ['home.city', 'home.at.x']
    """
    columns = [
        part
        for name, array in zip(rows.column_names, rows.columns, strict=True)
        for part in _parts(name, array)
    ]
    return _described(columns, rows.schema)


def _parts(name: str, array: pa.ChunkedArray) -> Iterable[_Column]:
    if not is_type.is_struct(array.type) or not array.type.num_fields:
        yield name, array
        return
    for number, field in enumerate(array.type):
        yield from _parts(f"{name}.{field.name}", pc.struct_field(array, [number]))


def nested(rows: pa.Table) -> pa.Table:
    """Return rows in which columns whose names are paths are fields of structures.

    A structure all of whose fields are null is null.

    Raises
    ------
    UsageError
        A column has the name of a structure that others would make.

    Examples
    --------
    >>> nested(pa.table({"home.city": ["Oslo"], "n": [1], "home.no": [7]})).to_pylist()
    [{'home': {'city': 'Oslo', 'no': 7}, 'n': 1}]
    """
    index = set(envelope.index_names(rows.schema))
    given = zip(rows.column_names, rows.columns, strict=True)
    groups: dict[str, list[_Column]] = {}
    for name, array in given:
        first, dot, rest = name.partition(".")
        is_path = bool(dot and first and rest) and name not in index
        groups.setdefault(first if is_path else name, []).append((rest if is_path else "", array))
    return _described(
        [(name, _structure(name, parts)) for name, parts in groups.items()], rows.schema
    )


def _structure(name: str, parts: list[_Column]) -> pa.ChunkedArray:
    """Return the fields of a column as one: itself, or a structure of what has further paths."""
    if [path for path, _ in parts] == [""]:
        return parts[0][1]
    if "" in dict(parts):
        message = f"column {name!r} is there, and so are fields of it. Rename one of them."
        raise UsageError(message)
    inner = nested(pa.table(dict(parts)))
    arrays = [column.combine_chunks() for column in inner.columns]
    is_null = reduce(pc.and_, (array.is_null() for array in arrays))
    made = pa.StructArray.from_arrays(arrays, fields=list(inner.schema), mask=is_null)
    return pa.chunked_array([made])


def _described(columns: list[_Column], before: pa.Schema) -> pa.Table:
    """Return columns as a table; what is known of those that were there stays known."""
    names = [name for name, _ in columns]
    for name in names:
        if names.count(name) > 1:
            message = f"two columns would be called {name!r}. Rename one of them."
            raise UsageError(message)
    schema = pa.schema([pa.field(name, array.type) for name, array in columns])
    held = envelope.descriptor_of(before)
    if held is not None:
        known: dict[str, ColumnDescriptor] = {
            column.name: column
            for column in held.columns
            if column.name in before.names
            and column.name in names
            and before.field(column.name).type == schema.field(column.name).type
        }
        described = tuple(
            known.get(field.name) or envelope.plain(field.name, field.type) for field in schema
        )
        schema = envelope.attach(schema, replace(held, columns=described))
    return pa.Table.from_arrays([array for _, array in columns], schema=schema)
