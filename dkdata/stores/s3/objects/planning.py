"""Which objects a query has to fetch, by what their names tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects.select import Source, needed
from dkdata.frames import envelope
from dkdata.predicate import Compare, IsIn, Predicate, TextMatch
from dkdata.predicate.tree import columns_of, conjuncts
from dkdata.query import Query
from dkdata.stores.s3.objects.naming import beginning_of, is_id, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Wanted:
    """What a query needs to know of the objects of a table.

    Parameters
    ----------
    names
        Of the only objects that can answer it, which need not be there; ``None`` where all can
        whose names begin with ``beginning``.
    by_key
        What the ids of records have to meet.
    is_by_key
        Whether the ids alone answer the query.
    """

    names: tuple[str, ...] | None
    beginning: str
    by_key: Predicate | None
    is_by_key: bool


def wanted(schema: pa.Schema, key: str, query: Query) -> Wanted:
    """Return what a query needs to know of the objects of a table with that key."""
    source = Source("", schema, schema)
    where = query.where
    every = () if where is None else conjuncts(where)
    parts = [part for part in every if _is_about(part, key, source)]
    names: tuple[str, ...] | None = None
    beginning = ""
    held = schema.field(key).type
    for part in parts:
        match part:
            case Compare(_, "==", value):
                found = _names((value,), held)
            case IsIn(_, given):
                found = _names(given, held)
            case TextMatch(_, "starts_with", text) if is_type.is_large_string(held):
                found, beginning = None, max(beginning, _beginning(text), key=len)
            case _:
                found = None
        names = found if names is None else names
    return Wanted(
        names,
        beginning,
        reduce(and_, parts) if parts else None,
        _is_answered(source, key, query),
    )


def _is_about(part: Predicate, key: str, source: Source) -> bool:
    """Whether a condition is about nothing but the id."""
    used = columns_of(part)
    return bool(used) and {source.columns.located(name)[0] for name in used} == {key}


def _is_answered(source: Source, key: str, query: Query) -> bool:
    """Whether the ids alone answer a query; the order of the rows is not among what they tell."""
    if query.aggregate is None and not query.order_by:
        return False
    mentioned = columns_of(query.where) | (
        {m.column for m in query.aggregate.measures} | set(query.aggregate.by)
        if query.aggregate
        else set()
    )
    if query.aggregate is not None and not (mentioned - {None}):
        return True
    has_order = query.aggregate is not None and any(
        measure.function in ("first", "last") for measure in query.aggregate.measures
    )
    return not has_order and needed(source, query) == [key]


def _names(values: Iterable[object], held: pa.DataType) -> tuple[str, ...] | None:
    """Return the names of the objects of some ids; ``None`` where it is not clear which."""
    ids = [value for value in values if value is not None]
    kind = str if is_type.is_large_string(held) else int
    if not all(type(value) is kind and _is_text(str(value)) for value in ids):
        return None
    return tuple(dict.fromkeys(name_of(str(one)) for one in ids if is_id(str(one), held)))


def _beginning(text: str) -> str:
    return beginning_of(text) if _is_text(text) else ""


def _is_text(text: str) -> bool:
    """Whether a text can be of a name: it has no half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def matching(ids: pa.Table, key: str, where: Predicate | None) -> list[str]:
    """Return the names of the objects whose ids meet a condition."""
    if where is not None:
        ids = engine.read_rows(ids, Query(where=where)).read_all()
    return [name_of(record) for record in ids[key].to_pylist()]


def ids_of(schema: pa.Schema, key: str, records: Iterable[str]) -> pa.Table:
    """Return ids, as the names of objects tell them, as the column that they are."""
    described = envelope.project(schema, [key])
    found = pa.array(records, pa.large_string())
    return pa.table([found.cast(described.field(0).type)], schema=described)
