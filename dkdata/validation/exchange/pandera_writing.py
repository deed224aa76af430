"""Schemas as schemas of pandera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dkdata.errors import UsageError
from dkdata.validation.exchange.pandera_columns import column_for
from dkdata.validation.exchange.pandera_import import imported
from dkdata.validation.exchange.pandera_reading import (
    FURTHER,
    META,
    OWN,
    field_of,
    of_table,
    ordered_rule,
    read,
    unique_rule,
)
from dkdata.validation.schemas import reading as schema_json
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from dkdata.validation.schemas.field import Field
    from dkdata.validation.schemas.schema import Schema


def written(schema: Schema) -> Any:  # noqa: ANN401 - of pandera
    """Return the ``DataFrameSchema`` of pandera of a schema; ``read`` gives an equal one."""
    noted = _noted(schema)
    return noted if _is_same(read(noted), schema) else _made(schema, {}, {})


def _noted(schema: Schema) -> Any:  # noqa: ANN401 - of pandera
    """Return the schema of pandera with the notes in the places where they are read."""
    further = schema.further
    meta = dict(further.meta or {})
    notes = _mapping(meta.pop(META, None))
    text = further.notes if isinstance(further.notes, str) else None
    kept = None if text is not None else further.notes
    rest = Suite(schema.name, further.expectations, meta=meta, notes=kept, id=further.id)
    about = _mapping(notes.get("columns"))
    top = {**notes, "description": text}
    return _made(replace(schema, further=rest), top, about)


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _made(schema: Schema, top: Mapping[str, Any], about: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - of pandera
    """Return the schema of pandera, with notes about it and about its columns."""
    unique, is_ordered = of_table(schema)
    rules = [unique_rule(unique)] if unique else []
    rules += [ordered_rule(schema.names)] if is_ordered else []
    is_told = [*schema.further] == rules and not schema.places
    rest = replace(schema, further=schema.further.replaced(())) if is_told else schema
    exact = {name: schema_json.written(rest).get(name) for name in FURTHER}
    own = {name: value for name, value in exact.items() if value not in (None, "1.0.0")}
    columns = {
        field.name: _column(field, schema.name, _mapping(about.get(field.name)))
        for field in schema.fields
    }
    metadata = {**_mapping(top.get("metadata")), **({OWN: own} if own else {})}
    return imported("Schema.to_pandera").DataFrameSchema(
        columns,
        name=schema.name,
        strict=schema.strict,
        ordered=is_ordered,
        unique=unique,
        title=top.get("title"),
        description=top.get("description"),
        metadata=metadata or None,
    )


def _column(field: Field, schema: str, notes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of pandera
    """Return the column of a field; in its metadata the field, where that does not read as it."""
    plain = column_for(field)
    # A check without values is a function, and would be read as a constraint of its own.
    is_plain = all(check.statistics for check in plain.checks)
    try:
        is_plain = is_plain and _is_same(field_of(field.name, plain, schema), field)
    except UsageError:
        is_plain = False
    own = {} if is_plain else {OWN: field.to_dict()}
    made = column_for(field, {**_mapping(notes.get("metadata")), **own})
    made.title = notes.get("title")
    return made


def _is_same(found: object, expected: object) -> bool:
    """Whether two are equal, also in the types of their numbers."""
    return found == expected and repr(found) == repr(expected)
