"""Schemas as documents of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dkdata.errors import UsageError
from dkdata.validation.exchange.json_schema_documents import DIALECT, OWN
from dkdata.validation.exchange.json_schema_reading import FURTHER, META, field_of, read
from dkdata.validation.exchange.json_schema_rules import property_of
from dkdata.validation.schemas import reading as schema_json
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.validation.schemas.field import Field
    from dkdata.validation.schemas.schema import Schema


def written(schema: Schema) -> dict[str, Any]:
    """Return the document of JSON Schema (draft 2020-12) of a schema; ``read`` gives an equal one.

    Raises
    ------
    UsageError
        The names of two fields are one in JSON.
    """
    names = [str(name) for name in schema.names]
    for name in names:
        if names.count(name) > 1:
            message = (
                f"schema {schema.name!r} has several fields whose names are {name!r} in JSON."
                " Rename all but one."
            )
            raise UsageError(message)
    noted = _noted(schema)
    return noted if _is_read(lambda: read(noted), schema) else _document(schema)


def _noted(schema: Schema) -> dict[str, Any]:
    """Return the document with the notes in the places where they are read."""
    further = schema.further
    meta = dict(further.meta or {})
    kept = _mapping(meta.pop(META, None))
    top, about = _mapping(kept.get("document")), _mapping(kept.get("properties"))
    text = further.notes if isinstance(further.notes, str) else None
    notes = None if text is not None else further.notes
    rest = Suite(schema.name, further.expectations, meta=meta, notes=notes, id=further.id)
    made = _document(replace(schema, further=rest))
    described = {} if text is None else {"description": text}
    properties = {
        key: {**_mapping(about.get(key)), **told} for key, told in made["properties"].items()
    }
    return {**top, **made, **described, "properties": properties}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _document(schema: Schema) -> dict[str, Any]:
    """Return the document, in which all that is no field stands beside the keywords."""
    required = [str(field.name) for field in schema.fields if not field.has_default]
    exact = {name: schema_json.written(schema).get(name) for name in FURTHER}
    own = {name: value for name, value in exact.items() if value not in (None, "1.0.0")}
    told: dict[str, Any] = {
        "$schema": DIALECT,
        "title": schema.name,
        "type": "object",
        "properties": {str(field.name): _property(field) for field in schema.fields},
    }
    told |= {"required": required} if required else {}
    told |= {"additionalProperties": False} if schema.strict else {}
    return told | ({OWN: own} if own else {})


def _property(field: Field) -> dict[str, Any]:
    """Return what is said of a field; beside it the field, where that does not read as it."""
    told, is_required = property_of(field), not field.has_default
    if _is_read(lambda: field_of(str(field.name), told, is_required=is_required), field):
        return told
    return {**told, OWN: field.to_dict()}


def _is_read(read_again: Callable[[], Any], expected: Any) -> bool:  # noqa: ANN401 - of one kind
    """Whether what is read is what was written, also in the types of its numbers."""
    try:
        found = read_again()
    except UsageError:
        return False
    return bool(found == expected and repr(found) == repr(expected))
