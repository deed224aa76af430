"""How Elasticsearch keeps the columns of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.physical import Carrier, physical
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.elasticsearch.searchable import near_fields, near_mapping, with_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dkdata.stores.elasticsearch.definition import Part

_LONGEST_TERM = 8191  # characters: a term has at most 32,766 bytes
_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST_TERM}
_UNINDEXED = {"type": "object", "enabled": False}
_DATE = {
    "type": "date",
    "format": "strict_date_optional_time_nanos||yyyy-MM-dd HH:mm:ss[.SSSSSSSSS][.SSSSSS]",
    "ignore_malformed": True,
}
_MAPPINGS: Mapping[pa.DataType, Mapping[str, Any]] = {
    pa.bool_(): {"type": "boolean"},
    pa.int8(): {"type": "byte"},
    pa.int16(): {"type": "short"},
    pa.int32(): {"type": "integer"},
    pa.int64(): {"type": "long"},
    pa.uint8(): {"type": "short"},
    pa.uint16(): {"type": "integer"},
    pa.uint32(): {"type": "long"},
    # What is no number in JSON stands there as a text, and above the largest long there is no type
    # that every server has.
    pa.uint64(): {"type": "double", "ignore_malformed": True},
    pa.float32(): {"type": "float", "ignore_malformed": True},
    pa.float64(): {"type": "double", "ignore_malformed": True},
    pa.date32(): _DATE,
}
_UNSEARCHED = "unsearched"
_FIELDS_AT_MOST = 1000  # by default
_SPARE = 100
_MOST_OF_COLUMN = 2  # fields: its own, and one by which words or vectors are found


def mapping_of(part: Part) -> dict[str, Any]:
    """Return the mapping of the fields of an index; others that documents have are not used."""
    properties: dict[str, Any] = {
        part.fields[field.name]: with_words(_of_type(field.type), part.words.get(field.name))
        for field in part.schema
    }
    for field, size in near_fields(part.schema, part.fields).values():
        properties[field] = near_mapping(size)
    properties[ROW] = {"type": "long"}
    return {"dynamic": False, "properties": properties}


def unsearched_noted(
    schema: pa.Schema, fields: Mapping[str, str], columns: Iterable[str]
) -> dict[str, Any]:
    """Return what notes of the fields of columns that some of their values cannot be found.

    Each field has a note of its own: a writer who knows nothing of those of others keeps them.
    """
    meta = {"meta": {_UNSEARCHED: "true"}}
    noted = {fields[name]: {**_of_type(schema.field(name).type), **meta} for name in columns}
    return {"properties": noted}


def noted_unsearched(mappings: Mapping[str, Any]) -> set[str]:
    """Return the fields some of whose values cannot be found."""
    every: Mapping[str, Any] = mappings.get("properties", {})
    return {field for field, about in every.items() if _UNSEARCHED in about.get("meta", {})}


_WHILE_FILLED: Mapping[str, Any] = {
    "index.number_of_replicas": 0,
    "index.refresh_interval": "-1",
    "index.translog.durability": "async",
}
"""Nobody searches the index, and nothing is copied."""


def settings_of(schema: pa.Schema, *, is_large: bool) -> dict[str, Any]:
    """Return the settings of a new index, for many rows those while it is filled."""
    limit = max(_FIELDS_AT_MOST, _MOST_OF_COLUMN * len(schema) + _SPARE)
    always = {"index.sort.field": ROW, "index.mapping.total_fields.limit": limit}
    return {**always, **(_WHILE_FILLED if is_large else {})}


FINAL_SETTINGS: Mapping[str, Any] = dict.fromkeys(_WHILE_FILLED)
"""What ends that: the server's own choice."""


def unsearched(rows: pa.Table | pa.RecordBatch) -> set[str]:
    """Return the columns with values that the server keeps, but cannot find."""
    return {f.name for f in rows.schema if _is_hidden(rows.column(f.name), f.type)}


def _is_hidden(column: pa.Array | pa.ChunkedArray, t: pa.DataType) -> bool:
    if is_type.is_large_string(t):
        longest = pc.max(pc.binary_length(column)).as_py()
        return longest is not None and longest > _LONGEST_TERM
    if is_type.is_floating(t):
        return pc.all(pc.is_finite(column)).as_py() is False
    return False


def _of_type(t: pa.DataType) -> Mapping[str, Any]:
    kept = physical(t, Carrier.JSON)
    if is_type.is_nested(t) or is_type.is_null(t):
        return _UNINDEXED
    if is_type.is_large_binary(t):
        return {"type": "binary"}
    if is_type.is_timestamp(kept):
        return _DATE
    return _MAPPINGS.get(kept, _KEYWORD)
