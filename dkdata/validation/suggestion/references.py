"""Rules about values that another table must have: foreign keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.dialects.fragment import quote
from dkdata.frames import envelope
from dkdata.query import Query
from dkdata.validation.builders.builder import expect_table
from dkdata.validation.suggestion.confidence import because, confidence
from dkdata.validation.suggestion.names import is_named_after

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from dkdata.catalog import Location
    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column

_TELLING: Final = 3
"""Different texts that must be in the key for them to mean it, whatever the columns are called."""


def rules(columns: Sequence[Column], others: Sequence[Location]) -> Iterator[Expectation]:
    """Yield which columns hold nothing but values of a key of another table.

    A key is a column of texts or integers of which none is missing and none comes twice.
    """
    for other in others:
        schema = other.store.schema(other.table)
        keys: dict[Hashable, pa.Array | None] = {}
        for column in columns:
            for name in _candidates(column, other, schema):
                if name not in keys:
                    keys[name] = _key(other, name)
                key = keys[name]
                if key is not None and not _is_same(key, name, column) and _holds_all(key, column):
                    yield _rule(column, other, name, len(key))
                    break


def _candidates(column: Column, other: Location, schema: pa.Schema) -> list[str]:
    """Return the columns of another table to which a column may refer, the likeliest first.

    Small integers are in nearly every key, so those of another name are no candidates.
    """
    is_kind = {"text": is_type.is_large_string, "integer": is_type.is_integer}.get(column.kind)
    if is_kind is None or not column.present or not isinstance(column.label, str):
        return []
    labels = [
        label
        for label, field in zip(envelope.labels(schema), _fields(schema), strict=True)
        if isinstance(label, str) and is_kind(field.type)
    ]
    named = [label for label in labels if is_named_after(column.label, other.table, label)]
    if column.kind == "integer" or column.distinct < _TELLING:
        return named
    return [*named, *(label for label in labels if label not in named)]


def _fields(schema: pa.Schema) -> list[pa.Field]:
    """Return the fields of a table without those of its index."""
    index = envelope.index_names(schema)
    return [field for field in schema if field.name not in index]


def _key(other: Location, name: str) -> pa.Array | None:
    """Return the values of a column if it is a key."""
    held = other.store.read(other.table, Query(columns=(name,))).read_all()
    values = held.column(envelope.labels(held.schema).index(name)).combine_chunks()
    distinct = pc.count_distinct(values).as_py()
    return values if len(values) and not values.null_count and distinct == len(values) else None


def _is_same(key: pa.Array, name: str, column: Column) -> bool:
    """Whether the column looks like the key itself, of a table that the frame was saved to."""
    return name == column.label and len(key) == column.distinct == column.present


def _holds_all(key: pa.Array, column: Column) -> bool:
    values = column.values if column.kind == "text" else pa.array(column.values)
    if column.kind == "integer" and values.type != key.type:
        values, key = (array.cast(pa.decimal128(38, 0)) for array in (values, key))
    return bool(pc.all(pc.is_in(values, value_set=key)).as_py())


def _rule(column: Column, other: Location, name: str, size: int) -> Expectation:
    ours, theirs, table = (
        text.replace("{", "{{").replace("}", "}}")
        for text in (quote(str(column.label)), quote(name), other.label.replace("'", "''"))
    )
    query = (
        f"select * from {{batch}} where {ours} is not null and {ours} not in"
        f" (select {theirs} from '{table}' where {theirs} is not null)"
    )
    told = f"All {column.distinct:,} values of {column.label!r} are in {name!r} of {other.label!r}."
    return because(
        expect_table().no_rows(query), told, confidence(column.present),
        column=column.label, distinct=column.distinct, values=column.present,
        table=other.label, key=name, keys=size,
    )  # fmt: skip
