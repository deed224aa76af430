from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

import dkdata as dk
from dkdata.errors import NotFoundError
from dkdata.validation.exchange.json_schema_documents import DIALECT
from tests.validation.schema.drawn import SCHEMAS

AGE = {"type": "integer"}


def one(told, *, required=True, **rest):
    """Return the field of a document with one property."""
    document = {"properties": {"a": told}, "required": ["a"] if required else [], **rest}
    return dk.Schema.from_json_schema(document)["a"]


def written(field):
    """Return the property that is written of a field."""
    return dk.Schema("s", [field]).to_json_schema()["properties"]["a"]


def field(field_type, *constraints, **rest):
    return dk.Field("a", field_type, constraints=constraints, **{"required": True, **rest})


BOTH_WAYS = [
    ({"type": "string"}, field("string")),
    ({"type": "integer"}, field("integer")),
    ({"type": "number"}, field("float")),
    ({"type": "boolean"}, field("boolean")),
    ({"type": "object"}, field("json")),
    ({"type": "array"}, field("list")),
    ({"type": "array", "items": {"type": "string"}}, field(pa.list_(pa.string()))),
    ({"type": "array", "items": {"type": "number"}}, field(pa.list_(pa.float64()))),
    ({"not": {"type": "null"}}, field("any")),
    ({}, field("any", required=False)),
    ({"type": "string", "format": "date-time"}, field("datetime")),
    ({"type": "string", "format": "date"}, field("date")),
    ({"type": "string", "format": "time"}, field("time")),
    ({"type": "string", "format": "duration"}, field("duration")),
    ({"type": "string", "contentEncoding": "base64"}, field("binary")),
    ({"type": ["integer", "null"]}, field("integer", required=False)),
    ({"type": "integer", "description": "d"}, field("integer", description="d")),
    ({"type": "integer", "minimum": 0}, field("integer", dk.MinValue(0))),
    ({"type": "number", "maximum": 0.5}, field("float", dk.MaxValue(0.5))),
    ({"type": "number", "minimum": 0, "maximum": 9}, field("float", dk.Range(0, 9))),
    ({"type": "integer", "exclusiveMinimum": 0}, field("integer", ~dk.MaxValue(0))),
    ({"type": "number", "exclusiveMaximum": 1.5}, field("float", ~dk.MinValue(1.5))),
    ({"type": "string", "minLength": 1}, field("string", dk.MinLength(1))),
    ({"type": "string", "minLength": 2, "maxLength": 2}, field("string", dk.Length(2))),
    ({"type": "array", "maxItems": 2}, field("list", dk.MaxLength(2))),
    ({"type": "string", "pattern": "a+"}, field("string", dk.Pattern("a+", search=True))),
    ({"type": "string", "pattern": "^(?:a+)$"}, field("string", dk.Pattern("a+"))),
    ({"type": "string", "pattern": "^(?:a)|(?:b)$"},
     field("string", dk.Pattern("^(?:a)|(?:b)$", search=True))),
    ({"type": "string", "enum": ["a", "b"]}, field("string", dk.Enum(["a", "b"]))),
    ({"type": ["string", "null"], "enum": ["a", None]},
     field("string", dk.Enum(["a"]), required=False)),
    ({"type": "string", "format": "date", "enum": ["2024-02-29"]},
     field("date", dk.Enum([dt.date(2024, 2, 29)]))),
    ({"type": "integer", "not": {"type": "integer", "enum": [3]}},
     field("integer", ~dk.Enum([3]))),
    ({"type": "integer", "anyOf": [{"minimum": 0, "maximum": 9}, {"enum": [-1]}]},
     field("integer", dk.Range(0, 9) | dk.Enum([-1]))),
    ({"type": ["integer", "null"], "anyOf": [{"minimum": 5}, {"enum": [-1, None]}]},
     field("integer", dk.MinValue(5) | dk.Enum([-1]), required=False)),
    ({"type": "string", "pattern": "a", "allOf": [{"pattern": "b"}, {"pattern": "c"}]},
     field("string", *[dk.Pattern(letter, search=True) for letter in "abc"])),
    ({"type": "integer", "anyOf": [{"allOf": [{"minimum": 5}, {"enum": [7]}]}, {"maximum": 0}]},
     field("integer", dk.MinValue(5) & dk.Enum([7]) | dk.MaxValue(0))),
]  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), BOTH_WAYS, ids=lambda part: str(part)[:60])
def test_what_is_said_in_both_ways(told, expected):
    assert repr(one(told)) == repr(expected)
    assert written(expected) == told


@pytest.mark.parametrize("word", ["uuid", "email", "hostname", "ipv4", "uri"])
def test_formats_of_text(word):
    told = {"type": "string", "format": word}
    assert written(one(told)) == told
    assert written(one({"type": "string", "not": told}))["not"] == told


@pytest.mark.parametrize(("word", "good", "bad"), [
    ("uuid", ["0d8f8b8e-7c43-4e8f-b8b5-1b1b1b1b1b1b"], ["0d8f8b8e7c434e8fb8b51b1b1b1b1b1b", ""]),
    ("email", ["ada@example.org"], ["ada", "a b@example.org", "@", "a@b@c"]),
    ("hostname", ["a", "www.example.org", "x-1.y"], ["", "-a.org", "a..b", "a_b", "a" * 64]),
    ("ipv4", ["127.0.0.1", "255.255.255.255"], ["256.0.0.1", "1.2.3", "1.2.3.4.", "1.2.3.4.5"]),
    ("uri", ["https://example.org/a?b#c", "mailto:ada@example.org"], ["example.org", "a b:c"]),
])  # fmt: skip
def test_which_texts_have_a_format(word, good, bad):
    schema = dk.Schema("s", [one({"type": "string", "format": word})])
    result = schema.validate([{"a": text} for text in [*good, *bad]])
    assert result.invalid()["a"].tolist() == bad


@pytest.mark.parametrize(("told", "expected"), [
    (True, field("any", required=False)),
    ({"const": 3}, field("integer", dk.Enum([3]))),
    ({"enum": ["a", None]}, field("string", dk.Enum(["a"]), required=False)),
    ({"enum": ["a", 3]}, field("any", dk.Enum(["a", 3]))),
    ({"type": ["string", "null"], "enum": ["a"]}, field("string", dk.Enum(["a"]))),
    ({"type": ["integer", "number"]}, field("float")),
    ({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
     field("integer", dk.MinValue(0), required=False)),
    ({"oneOf": [{"type": "null"}, {"type": "string"}], "description": "d"},
     field("string", required=False, description="d")),
    ({"type": "string", "anyOf": [{"minLength": 1}]}, field("string", dk.MinLength(1))),
    ({"type": ["integer", "null"], "not": {"minimum": 5}}, field("integer", ~dk.MinValue(5))),
    ({"type": "integer", "allOf": [{"type": "integer", "minimum": 5}]},
     field("integer", dk.MinValue(5))),
    ({"$ref": "#/$defs/positive", "description": "d"},
     field("integer", dk.MinValue(1), description="d")),
    ({"$ref": "#/$defs/a~1b"}, field("string")),
    ({"allOf": [{"$ref": "#/$defs/positive"}], "description": "d"},
     field("integer", dk.MinValue(1), description="d")),
    ({"type": "string", "anyOf": [{"type": "string", "format": "uuid"}, {"const": ""}]},
     field("string", one({"type": "string", "format": "uuid"}).constraints[0] | dk.Enum([""]))),
])  # fmt: skip
def test_other_ways_to_say_it(told, expected):
    known = {"positive": {"type": "integer", "minimum": 1}, "a/b": {"type": "string"}}
    assert repr(one(told, **{"$defs": known})) == repr(expected)


@pytest.mark.parametrize(("is_required", "told", "expected"), [
    (True, {"type": "integer"}, field("integer")),
    (True, {"type": ["integer", "null"]}, field("integer", required=False)),
    (False, {"type": "integer"}, field("integer", required=False, default=None)),
    (False, {"type": ["integer", "null"]}, field("integer", required=False, default=None)),
    (False, {"type": "integer", "default": 3}, field("integer", required=False, default=3)),
    (False, {"type": "string", "format": "date", "default": "2024-02-29"},
     field("date", required=False, default=dt.date(2024, 2, 29))),
    (True, {"type": "integer", "default": 3}, field("integer")),
])  # fmt: skip
def test_what_is_required(is_required, told, expected):
    assert repr(one(told, required=is_required)) == repr(expected)


def test_what_is_required_is_written_so():
    fields = [
        dk.Field("a", "integer", required=True),
        dk.Field("b", "integer"),
        dk.Field("c", "integer", default=None),
        dk.Field("d", "integer", default=3),
        dk.Field("e", "integer", required=True, default=3),
    ]
    document = dk.Schema("s", fields).to_json_schema()
    maybe = {"type": ["integer", "null"]}
    own = {"name": "e", "type": "integer", "required": True, "default": 3}
    assert document["required"] == ["a", "b"]
    assert document["properties"] == {
        "a": AGE, "b": maybe, "c": maybe, "d": {**maybe, "default": 3},
        "e": {"type": "integer", "default": 3, "x-dkdata": own},
    }  # fmt: skip


def test_a_document_of_draft_07_as_other_tools_write_it(tmp_path):
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/Person",
        "definitions": {
            "Person": {
                "title": "Person",
                "description": "Somebody.",
                "type": "object",
                "properties": {
                    "name": {"title": "Name", "type": "string", "examples": ["Ada"]},
                    "age": {"$ref": "#/definitions/Age", "description": "In years."},
                },
                "required": ["name", "id"],
                "additionalProperties": False,
            },
            "Age": {"type": "integer", "minimum": 0},
        },
    }
    path = tmp_path / "person.json"
    path.write_text(json.dumps(document))
    schema = dk.Schema.from_json_schema(path)
    assert repr(schema) == (
        "Schema 'Person' 1.0.0, strict, 3 fields\n"
        "  name: string, required\n"
        "  age: integer, MinValue(0), default None — In years.\n"
        "  id: any"
    )
    assert schema.further.notes == "Somebody."
    again = schema.to_json_schema()
    assert again["$schema"] == DIALECT
    assert again["description"] == "Somebody."
    assert again["properties"]["name"] == document["definitions"]["Person"]["properties"]["name"]
    assert dk.Schema.from_json_schema(again) == schema


def test_what_no_value_can_fail_is_kept():
    document = {
        "$schema": DIALECT,
        "title": "people",
        "$comment": "c",
        "x-owner": "me",
        "type": "object",
        "properties": {
            "a": {"title": "A", "default": 3, "deprecated": True, "x-unit": "m", "type": "integer"},
        },
        "required": ["a"],
        "description": "Everybody.",
    }
    schema = dk.Schema.from_json_schema(document)
    assert schema.to_json_schema() == document
    assert dk.Schema.from_json(schema.to_json()).to_json_schema() == document
    assert dk.Schema.from_suite(schema.to_suite()).to_json_schema() == document


@given(SCHEMAS.filter(lambda schema: len(set(map(str, schema.names))) == len(schema)))
@settings(deadline=None)
def test_a_schema_is_read_from_json_schema_as_it_was(schema):
    document = schema.to_json_schema()
    Draft202012Validator.check_schema(document)
    again = dk.Schema.from_json_schema(json.loads(json.dumps(document)))
    assert again == schema
    assert repr(again) == repr(schema)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match=r"no JSON Schema at '.*gone\.json': there is no such"):
        dk.Schema.from_json_schema(tmp_path / "gone.json")
