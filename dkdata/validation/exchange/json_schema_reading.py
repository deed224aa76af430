"""Documents of JSON Schema as schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.validation.exchange import json_schema_documents as documents
from dkdata.validation.exchange.json_schema_documents import NOTES, OWN
from dkdata.validation.exchange.json_schema_rules import RULES, constraints_of, property_of
from dkdata.validation.exchange.json_schema_types import type_of, value_from
from dkdata.validation.schemas import reading as schema_json
from dkdata.validation.schemas.field import NO_DEFAULT, Field
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    import os

    from dkdata.validation.schemas.field_types import Type

META: Final = "json_schema"
"""Where the meta of a suite keeps what a document notes and no field says."""

FURTHER: Final = ("version", "further")
"""What stands in a document beside its keywords."""

_TOP: Final = ("$schema", "$id", "$defs", "definitions", "type", "properties", "required",
               "additionalProperties", OWN)  # fmt: skip
_TYPED: Final = ("type", "format", "contentEncoding", "items", OWN)
_INSIDE: Final = (
    "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
    "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "dependencies",
    "unevaluatedProperties", "unevaluatedItems", "prefixItems", "additionalItems", "contains",
    "minContains", "maxContains", "uniqueItems",
)  # fmt: skip
_WAYS: Final[Mapping[str, str]] = {
    "multipleOf": "Remove it, and give the field a dk.Custom(name, function) afterwards.",
    **dict.fromkeys(
        _INSIDE,
        "It is about what is inside a value. Remove it, or expect it of a column of JSON text:"
        " dk.expect(column).json_schema({…}).",
    ),
}
"""What to do about keywords that no field can say."""


def read(given: Mapping[str, Any] | str | os.PathLike[str]) -> Schema:
    """Return the schema that a document of JSON Schema describes.

    Raises
    ------
    NotFoundError
        There is no such file.
    UsageError
        It is no such document, or says what no schema says: of which property, by which keyword.
    """
    document = documents.opened(given)
    with UsageError.within("JSON Schema"):
        top = _top(document)
    name = top.get("title") or "schema"
    with UsageError.within(f"JSON Schema {name!r}"):
        _check_top(top)
        suite = _further(name, top)
    required = top.get("required", [])
    fields, notes = list[Field](), dict[str, Any]()
    for key, value in top.get("properties", {}).items():
        with UsageError.within(f"JSON Schema {name!r}, property {key!r}"):
            told = documents.resolved(value, document)
            fields.append(field_of(key, told, is_required=key in required))
            kept = _notes(told, ("description",) if key in required else ("description", "default"))
            notes |= {key: kept} if kept else {}
    fields += [Field(key, "any") for key in required if key not in top.get("properties", {})]
    about: dict[str, Any] = {"document": _notes(top, ("title", "description")), "properties": notes}
    kept = {part: held for part, held in about.items() if held}
    return Schema(
        name,
        fields,
        version=suite.version,
        strict=top.get("additionalProperties", True) is False,
        further=Suite(
            name,
            suite.further.expectations,
            meta={**(suite.further.meta or {}), **({META: kept} if kept else {})},
            notes=top.get("description", suite.further.notes),
            id=suite.further.id,
        ),
        places=suite.places,
    )


def _top(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document, or what it refers to as a whole."""
    if "$ref" not in document:
        return document
    apart = ("$schema", "$id", "$defs", "definitions")
    told = {key: value for key, value in document.items() if key not in apart}
    return documents.resolved(told, document)


def _check_top(told: Mapping[str, Any]) -> None:
    """Raise if a document does not describe records, or says what no schema says of them."""
    if told.get("type", "object") not in ("object", ["object"]) or "properties" not in told:
        message = (
            f"{shortened(dict(told))} describes no record: an object with 'properties'. Give the"
            " document of one record; of an array of them, its 'items'."
        )
        raise UsageError(message)
    _check_keywords(told, _TOP, "a schema")
    others = told.get("additionalProperties", True)
    if not isinstance(others, bool) and others != {}:
        message = (
            f"keyword 'additionalProperties': {shortened(others)} cannot be said of a schema. It is"
            " true or false."
        )
        raise UsageError(message)


def _check_keywords(told: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for key in told:
        if key not in known and key not in NOTES and not key.startswith("x-"):
            way = f"Remove it.{did_you_mean(key, (*known, *NOTES))}"
            way = _WAYS.get(key, way) if known != _TOP else way
            message = f"keyword {key!r}: {shortened(told[key])} cannot be said of {what}. {way}"
            raise UsageError(message)


def _further(name: str, told: Mapping[str, Any]) -> Schema:
    """Return a schema of what a document says beyond fields, as ``to_json_schema`` wrote it."""
    own = told.get(OWN, {})
    if not isinstance(own, Mapping) or not set(own) <= set(FURTHER):
        message = f"{OWN!r}: {shortened(own)} is not what dkdata writes: {listing(FURTHER)}."
        raise UsageError(message)
    return schema_json.read({"format": 1, "name": name, "fields": [], **own})


def _notes(told: Any, apart: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the keywords that no value can fail and no schema has a place for."""
    if isinstance(told, bool):
        return {}
    return {
        key: value
        for key, value in told.items()
        if key not in (*apart, OWN) and (key in (*NOTES, "$id") or key.startswith("x-"))
    }


def field_of(key: str, given: Any, *, is_required: bool) -> Field:  # noqa: ANN401 - JSON
    """Return the field that a property describes.

    A property that is not required may be absent: its field has a default. Null and what is
    absent are one in a frame, so that such a field allows null.

    Raises
    ------
    UsageError
        It says what no field says: by which keyword.

    Examples
    --------
    >>> field_of("age", {"type": "integer", "minimum": 0}, is_required=True)
    Field('age': integer, required, MinValue(0))
    """
    told = {} if given is True else given
    if told is False:
        message = "false allows no value. Leave the property out, and forbid further ones."
        raise UsageError(message)
    if OWN in told:
        return _exact(key, told, is_required=is_required)
    null, told = documents.allows_null(told), _unwrapped(told)
    field_type = type_of(told)
    _check_keywords(told, (*_TYPED, *RULES), "a field")
    return Field(
        key,
        field_type,
        required=is_required and not null,
        default=NO_DEFAULT if is_required else _default(told.get("default"), field_type),
        constraints=tuple(constraints_of(told, field_type)),
        description=told.get("description", ""),
    )


def _default(value: Any, field_type: Type) -> Any:  # noqa: ANN401 - any value
    with UsageError.within("keyword 'default'"):
        return value_from(value, field_type)


def _unwrapped(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a property is within ``anyOf`` or ``oneOf`` with null, or ``allOf`` alone."""
    for key in ("anyOf", "oneOf", "allOf"):
        inner = _inner(key, told)
        if inner is not None:
            rest = {word: value for word, value in told.items() if word != key}
            return documents.joined(inner, rest, f"keyword {key!r}")
    return told


def _inner(key: str, told: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    match key, told.get(key):
        case "anyOf" | "oneOf", [{"type": "null"}, other] | [other, {"type": "null"}]:
            return other
        case "allOf", [other] if "type" not in told:
            return other
    return None


def _exact(key: str, told: Mapping[str, Any], *, is_required: bool) -> Field:
    """Return the field that ``to_json_schema`` wrote beside the keywords.

    Raises
    ------
    UsageError
        The keywords do not say what the field says.
    """
    field = Field.from_dict(told[OWN])
    apart = {OWN, *NOTES} - {"description", "default"}
    given = {word: value for word, value in told.items() if word not in apart and word[:2] != "x-"}
    if (str(field.name), field.has_default) == (key, not is_required) and (
        property_of(field) == given
    ):
        return field
    message = (
        f"{OWN!r} says {field}, and the keywords say something else. Remove {OWN!r} where the"
        " keywords hold."
    )
    raise UsageError(message)
