from __future__ import annotations

import pytest

import dkdata as dk
from dkdata.errors import NotFoundError, UsageError

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
INSIDE = (
    "It is about what is inside a value. Remove it, or expect it of a column of JSON text:"
    " dk.expect(column).json_schema({…})."
)
TEXTS = "date-time, date, time, duration, uuid, email, hostname, ipv4, uri"
ONE_TYPE = (
    "is not the type of one field. Give one type, and 'null' beside it where null is allowed."
)
NOT_OF_DATES = (
    "says nothing about values of type 'date'. Remove it, or give the type that it is about."
)
RULE = "is no rule about values of type 'integer'. Write the keywords about its values only."


@pytest.mark.parametrize(("told", "message"), [
    ({"type": "integer", "multipleOf": 5}, ("keyword 'multipleOf': 5 cannot be said of a field."
     " Remove it, and give the field a dk.Custom(name, function) afterwards.")),
    ({"type": "object", "properties": {"b": {}}},
     f"keyword 'properties': {{'b': {{}}}} cannot be said of a field. {INSIDE}"),
    ({"type": "array", "uniqueItems": True},
     f"keyword 'uniqueItems': True cannot be said of a field. {INSIDE}"),
    ({"type": "array", "items": {"type": "object"}}, ("keyword 'items': {'type': 'object'} cannot"
     " be said of a field. Items have one type (string, integer, number, boolean), or are not told"
     " of.")),
    ({"type": "array", "items": {"type": "integer", "minimum": 3}}, ("keyword 'items': {'type':"
     " 'integer', 'minimum': 3} cannot be said of a field. Items have one type (string, integer,"
     " number, boolean), or are not told of.")),
    ({"type": ["string", "integer"]}, f"keyword 'type': ['string', 'integer'] {ONE_TYPE}"),
    ({"type": "null"}, f"keyword 'type': 'null' {ONE_TYPE}"),
    ({"type": "string", "format": "regex"}, ("keyword 'format': 'regex' beside type 'string' is not"
     f" the type of a field. There are, of text: {TEXTS}. Remove it.")),
    ({"type": "integer", "format": "int32"}, ("keyword 'format': 'int32' beside type 'integer' is"
     f" not the type of a field. There are, of text: {TEXTS}. Remove it.")),
    ({"type": "string", "contentEncoding": "base32"}, ("keyword 'contentEncoding': 'base32' beside"
     " type 'string' is not the type of a field. There are, of text: base64. Remove it.")),
    ({"minimum": 3}, ("keyword 'minimum' says nothing about values of type 'any'. Remove it, or"
     " give the type that it is about.")),
    ({"type": "string", "format": "date", "minLength": 3}, f"keyword 'minLength' {NOT_OF_DATES}"),
    ({"type": "integer", "minimum": 5, "maximum": 1},
     "keyword 'minimum': Range(5, 1): min is greater than max. Swap them."),
    ({"type": "string", "pattern": "("}, ("keyword 'pattern': Pattern: '(' is no regular"
     " expression: missing ), unterminated subpattern, at position 0 ('(').")),
    ({"enum": [None]},
     "keyword 'enum': null alone is allowed, which is no column of values. Remove it."),
    ({"const": None},
     "keyword 'const': null alone is allowed, which is no column of values. Remove it."),
    ({"type": "integer", "if": {"minimum": 3}},
     "keyword 'if': {'minimum': 3} cannot be said of a field. Remove it."),
    ({"type": "integer", "minimun": 3},
     "keyword 'minimun': 3 cannot be said of a field. Remove it. Did you mean 'minimum'?"),
    (False, "false allows no value. Leave the property out, and forbid further ones."),
    ({"type": "string", "format": "date", "enum": ["x"]},
     "keyword 'enum': 'x' is not the text of a date: Invalid isoformat string: 'x'."),
    ({"type": "string", "format": "date", "default": "x"},
     "keyword 'default': 'x' is not the text of a date: Invalid isoformat string: 'x'."),
    ({"type": "integer", "minimum": 3, "default": 1},
     "field 'a': default=1 does not meet MinValue(3). Change one of them."),
    ({"$ref": "#/$defs/gone"},
     "'$ref': '#/$defs/gone' leads to nothing in the document. There are: #/$defs/text."),
    ({"$ref": "https://example.org/x"},
     "'$ref': 'https://example.org/x' leads to nothing in the document. There are: #/$defs/text."),
    ({"$ref": "#"}, "'$ref': '#' leads to itself. A column holds no such values."),
    ({"$ref": "#/$defs/text", "type": "string"},
     "'$ref': '#/$defs/text' stands beside the keyword 'type'. Write it in one place only."),
    ({"type": "integer", "anyOf": [{"type": "null"}, {"type": "integer"}]},
     "keyword 'anyOf' stands beside the keyword 'type'. Write it in one place only."),
    ({"type": "integer", "oneOf": [{"type": "null"}, True]},
     "keyword 'oneOf' stands beside 'type'. Leave one of them out."),
    ({"type": "integer", "not": {"type": "string"}}, f"keyword 'not': {{'type': 'string'}} {RULE}"),
    ({"type": "integer", "allOf": [{"not": {"type": "null"}}, {"minimum": 3}]},
     f"keyword 'allOf': {{'not': {{'type': 'null'}}}} {RULE}"),
    ({"type": "integer", "not": {}}, f"keyword 'not': {{}} {RULE}"),
    ({"type": "integer", "anyOf": [{"multipleOf": 3}, {"minimum": 3}]},
     f"keyword 'anyOf': {{'multipleOf': 3}} {RULE}"),
    ({"type": "integer", "x-dkdata": {"name": "a", "type": "string"}}, ("'x-dkdata' says Field('a':"
     " string), and the keywords say something else. Remove 'x-dkdata' where the keywords hold.")),
    ({"type": "integer", "x-dkdata": {"name": "a"}},
     "field 'a': {'name': 'a'} has no 'type'. Every field needs one."),
], ids=lambda part: str(part)[:70])  # fmt: skip
def test_what_no_field_says(told, message):
    document = {"title": "s", "properties": {"a": told}, "$defs": {"text": {"type": "string"}}}
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_json_schema(document)
    assert str(caught.value) == f"JSON Schema 's', property 'a': {message}"


@pytest.mark.parametrize(("told", "message"), [
    ({"additionalProperties": {"type": "string"}}, ("keyword 'additionalProperties': {'type':"
     " 'string'} cannot be said of a schema. It is true or false.")),
    ({"patternProperties": {"x": {}}},
     ("keyword 'patternProperties': {'x': {}} cannot be said of a schema. Remove it."
     " Did you mean 'properties'?")),
    ({"requird": ["a"]},
     "keyword 'requird': ['a'] cannot be said of a schema. Remove it. Did you mean 'required'?"),
    ({"x-dkdata": {"fields": []}},
     "'x-dkdata': {'fields': []} is not what dkdata writes: version, further."),
    ({"x-dkdata": {"version": "1"}},
     "schema 's': version='1' is not a version. Give three numbers, such as '1.0.0'."),
    ({"type": "array"}, ("{'title': 's', 'properties': {}, 'type': 'array'} describes no record: an"
     " object with 'properties'. Give the document of one record; of an array of them, its"
     " 'items'.")),
])  # fmt: skip
def test_what_no_schema_says(told, message):
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_json_schema({"title": "s", "properties": {}, **told})
    assert str(caught.value) == f"JSON Schema 's': {message}"


@pytest.mark.parametrize(("given", "message"), [
    ('{"type": "object"}', ("'{\"type\": \"object\"}' is text of JSON, not a path. Give"
     " json.loads of it.")),
    (3, "3 is not a JSON Schema. Give the document as a dict, or the path of a .json file."),
    ({"$schema": "http://json-schema.org/draft-04/schema#"},
     ("$schema='http://json-schema.org/draft-04/schema#' is not read. There are: draft 2020-12"
      " ('https://json-schema.org/draft/2020-12/schema') and draft-07"
      " ('http://json-schema.org/draft-07/schema'). Write the document in one of them.")),
    ({"properties": {"a": {"minimum": "x"}}},
     "JSON Schema: $.properties.a.minimum: 'x' is not of type 'number'."),
    ({"properties": {"a": 3}},
     "JSON Schema: $.properties.a: 3 is not of type 'object', 'boolean'."),
    ({"$ref": "#/$defs/gone"}, ("JSON Schema: '$ref': '#/$defs/gone' leads to nothing in the"
     " document. There are: none.")),
    ({"$schema": DRAFT_07, "definitions": {"t": {}},
      "properties": {"a": {"$ref": "#/definitions/t", "type": "integer"}}},
     ("JSON Schema 'schema', property 'a': '$ref': '#/definitions/t' stands beside the keyword"
      " 'type'. Write it in one place only.")),
])  # fmt: skip
def test_what_is_no_document(given, message):
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_json_schema(given)
    assert str(caught.value) == message


@pytest.mark.parametrize(("text", "message"), [
    ("{", ("is not a JSON Schema: Expecting property name enclosed in double quotes: line 1 column"
     " 2 (char 1).")),
    ("[1]", None),
])  # fmt: skip
def test_files_that_hold_no_document(tmp_path, text, message):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_json_schema(path)
    told = "[1] is not a JSON Schema. Give the document as a dict, or the path of a .json file."
    assert str(caught.value) == (told if message is None else f"{str(path)!r} {message}")


def test_a_file_that_is_not_there(tmp_path):
    path = str(tmp_path / "gone.json")
    with pytest.raises(NotFoundError) as caught:
        dk.Schema.from_json_schema(path)
    assert str(caught.value) == f"no JSON Schema at {path!r}: there is no such file."


def test_names_that_are_one_in_json():
    schema = dk.Schema("s", [dk.Field(0, "any"), dk.Field("0", "any")])
    with pytest.raises(UsageError) as caught:
        schema.to_json_schema()
    assert str(caught.value) == (
        "schema 's' has several fields whose names are '0' in JSON. Rename all but one."
    )


def test_a_folder_is_no_document(tmp_path):
    with pytest.raises(UsageError, match=r"is a folder\. Give the path of the \.json file in it"):
        dk.Schema.from_json_schema(tmp_path)


def test_a_document_with_the_mark_of_utf_8(tmp_path):
    path = tmp_path / "s.json"
    path.write_text('{"title": "s", "properties": {}}', encoding="utf-8-sig")
    assert dk.Schema.from_json_schema(path).name == "s"
