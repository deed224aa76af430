"""Schemas as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.frames import tagged
from dkdata.validation.expectation import Expectation
from dkdata.validation.schemas.field import Field
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite

_FORMAT: Final = 1
_KNOWN: Final = ("format", "name", "version", "strict", "fields", "further")
_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def written(schema: Schema) -> dict[str, Any]:
    """Return a schema in the plain types of JSON; values that JSON lacks are tagged."""
    made = {
        "format": _FORMAT,
        "name": schema.name,
        "version": schema.version,
        "strict": schema.strict,
        "fields": [field.to_dict() for field in schema.fields],
    }
    further = _further(schema)
    return made | ({"further": further} if further else {})


def _further(schema: Schema) -> dict[str, Any]:
    """Return what a schema says beyond its fields."""
    suite = schema.further
    notes = list(suite.notes) if isinstance(suite.notes, tuple) else suite.notes
    told: dict[str, Any] = {
        "rules": [_rule(schema, number) for number in range(len(suite))],
        "places": list(schema.places),
        "meta": _encoded(f"schema {schema.name!r}, meta", dict(suite.meta or {})),
        "notes": notes,
        "id": suite.id,
    }
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def _rule(schema: Schema, number: int) -> dict[str, Any]:
    """Return a further rule with its parameters as they are, which a suite's JSON renders."""
    rule = schema.further[number]
    place = f"schema {schema.name!r}, further rule {number + 1} ({rule.type})"
    exact = {
        "kwargs": _encoded(place, dict(rule.kwargs)),
        "meta": _encoded(place, dict(rule.meta or {})),
    }
    return {**rule.to_dict(), **exact}


def _encoded(place: str, value: object) -> Any:  # noqa: ANN401 - JSON
    try:
        tagged.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"{place}: {shortened(value)} cannot be written as JSON: {error}."
        raise UsageError(message) from error
    return tagged.encode(value)


def read(given: Any) -> Schema:  # noqa: ANN401 - JSON
    """Return the schema that ``written`` wrote.

    Raises
    ------
    UsageError
        It is none, with the schema and the field where something is wrong.
    """
    if not isinstance(given, Mapping) or "fields" not in given:
        message = (
            f"{shortened(given)} is not the JSON of a schema: {{'format': 1, 'name': …, 'fields':"
            " […]}. A suite becomes one with Schema.from_suite."
        )
        raise UsageError(message)
    name = given.get("name")
    for key in given:
        if key not in _KNOWN:
            message = (
                f"schema {name!r}: {key!r} is nothing that a schema has.{did_you_mean(key, _KNOWN)}"
                f" There are: {listing(_KNOWN)}."
            )
            raise UsageError(message)
    if "format" not in given:
        message = f"schema {name!r} has no 'format'. Add 'format': {_FORMAT}."
        raise UsageError(message)
    if given["format"] != _FORMAT:
        message = (
            f"schema {name!r}: format={given['format']!r} cannot be read; this version of"
            f" dkdata reads {_FORMAT}. Update dkdata if a later one wrote it."
        )
        raise UsageError(message)
    rest = {key: given[key] for key in ("version", "strict") if key in given}
    fields = _fields(name, given["fields"])
    return Schema(name, fields, **rest, **_further_from(name, given.get("further") or {}))  # type: ignore[arg-type]


def _fields(schema: object, given: Any) -> list[Field]:  # noqa: ANN401 - JSON
    if not isinstance(given, list):
        message = f"schema {schema!r}: fields={shortened(given)} is not a list of fields."
        raise UsageError(message)
    try:
        return [Field.from_dict(field) for field in given]
    except UsageError as error:
        message = f"schema {schema!r}, {error}"
        raise UsageError(message) from error


def _further_from(schema: object, given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    try:
        rules = [_rule_from(rule) for rule in given.get("rules", [])]
        meta = tagged.decode(given.get("meta", {}))
        suite = Suite("further", rules, meta=meta, notes=given.get("notes"), id=given.get("id"))
        return {"further": suite, "places": tuple(map(int, given.get("places", ())))}
    except _UNREADABLE as error:
        message = f"schema {schema!r}: further={shortened(given)} cannot be read: {error}"
        raise UsageError(message) from error


def _rule_from(given: Mapping[str, Any]) -> Expectation:
    exact = {name: tagged.decode(given.get(name, {})) for name in ("kwargs", "meta")}
    return Expectation(**{**given, **exact})
