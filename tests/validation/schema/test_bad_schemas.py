from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.validation.constraints.constraint import OfType


@pytest.mark.parametrize(("make", "message"), [
    (lambda: dk.Field("", "any"), "name='' is not the name of a field. Give text."),
    (lambda: dk.Field("a", "int"), ("field 'a': type='int' is not the type of a field. Did you mean"
     " 'integer'? There are: string, integer, float, boolean, datetime, date, time, duration,"
     " decimal, binary, json, list, any, and the types of Arrow, such as pyarrow.int32().")),
    (lambda: dk.Field("a", "any", constraints=[dk.Required]),
     "field 'a': Required is a kind of constraint. Write Required()."),
    (lambda: dk.Field("a", "any", constraints="unique"), ("field 'a': 'unique' is not a constraint."
     " Give dk.Required(), dk.Range(0, 9), dk.Custom(name, function) …")),
    (lambda: dk.Field("a", "any", constraints=[OfType("date")]),
     "field 'a': OfType('date') is said by the type of the field. Leave it out."),
    (lambda: dk.Field("a", "any", default=object), ("field 'a': default=<class 'object'> cannot be"
     " written as JSON: a value of type type has no exact form in JSON.")),
    (lambda: dk.Field("a", "integer", default="x"),
     "field 'a': default='x' is not of type 'integer': not a number. Change one of them."),
    (lambda: dk.Field("a", pa.int8(), default=300), ("field 'a': default=300 is not of type 'int8':"
     " 300 is not in int8's range. Change one of them.")),
    (lambda: dk.Field("a", "integer", default=-1, constraints=[dk.Unique(), dk.Range(0, 9)]),
     "field 'a': default=-1 does not meet Range(0, 9). Change one of them."),
    (lambda: dk.Field("a", "any", default=3, constraints=dk.Pattern("x") | dk.MaxValue(2)),
     "field 'a': default=3 does not meet Pattern('x') | MaxValue(2). Change one of them."),
    (lambda: dk.Field("a", "date", default="2024-02-30"),
     "field 'a': default='2024-02-30' is not of type 'date': no such day. Change one of them."),
    (lambda: dk.Schema("", []), "name='' is not the name of a schema. Give text."),
    (lambda: dk.Schema("s", [dk.Field("a", "any"), dk.Field("a", "date")]),
     "schema 's' has several fields named 'a'. Rename or remove all but one."),
    (lambda: dk.Schema("s", ["a"]),
     "schema 's', field 1: 'a' is not a field. Give dk.Field(name, type)."),
    (lambda: dk.Schema("s", {"a": "any"}),
     "schema 's': fields={'a': 'any'} is not a list of fields."),
    (lambda: dk.Schema("s", [], version="1.0"), ("schema 's': version='1.0' is not a version. Give"
     " three numbers, such as '1.0.0'.")),
    (lambda: dk.Schema("s", [], further=[dk.expect("a").unique()], places=[0, 1]),
     "schema 's': 2 places for 1 further rules. Give one for each, or none."),
    (lambda: dk.Schema("s", [], further=[dk.expect("a").in_set([SimpleNamespace()])]).to_dict(),
     ("schema 's', further rule 1 (expect_column_values_to_be_in_set): {'column': 'a', 'value_set':"
      " [namespace()]} cannot be written as JSON: a value of type SimpleNamespace has no exact form"
      " in JSON.")),
])  # fmt: skip
def test_schemas_that_cannot_be(make, message):
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("field", [
    dk.Field("a", "integer", default=None, constraints=dk.Range(0, 9)),
    dk.Field("a", "integer", default=-1, constraints=dk.Range(0, 9) | dk.Enum([-1])),
    dk.Field("a", "float", default=0), dk.Field("a", "date", default="2024-02-29"),
    dk.Field("a", "any", default=3, constraints=[dk.Custom("not registered"), dk.Unique("gone")]),
    dk.Field("a", pa.dictionary(pa.int8(), pa.string()), default="x", constraints=dk.Enum(["x"])),
], ids=repr)  # fmt: skip
def test_defaults_that_a_field_allows(field):
    assert dk.Field.from_dict(field.to_dict()) == field
    assert dk.Schema.from_suite(dk.Schema("s", [field]).to_suite())["a"] == field


def test_a_further_rule_that_forbids_a_default_stays_further():
    field = dk.Field("a", "integer", default=-1)
    schema = dk.Schema("s", [field], further=[dk.expect("a").between(0, 9)])
    assert dk.Schema.from_suite(schema.to_suite()) == schema


def told(**field):
    return {"format": 1, "name": "s", "fields": [field]}


@pytest.mark.parametrize(("given", "message"), [
    (told(name="a", type="strng"), ("schema 's', field 'a': type='strng' is not the type of a"
     " field. Did you mean 'string'? There are: string, integer, float, boolean, datetime, date,"
     " time, duration, decimal, binary, json, list, any, and the types of Arrow, such as"
     " pyarrow.int32().")),
    (told(name="a"), "schema 's', field 'a': {'name': 'a'} has no 'type'. Every field needs one."),
    (told(type="any"), "schema 's', field: {'type': 'any'} has no 'name'. Every field needs one."),
    (told(name="a", type="any", requred=True), ("schema 's', field 'a': 'requred' is nothing that a"
     " field has. Did you mean 'required'? There are: name, type, required, default, constraints,"
     " description.")),
    (told(name="a", type="any", constraints=[{"rule": "Rnage"}]), ("schema 's', field 'a': 'Rnage'"
     " is not a constraint. Did you mean 'Range'? There are: Required, Unique, MinValue, MaxValue,"
     " Range, MinLength, MaxLength, Length, Pattern, Enum, Custom, AllOf, AnyOf, Not, OfType.")),
    (told(name="a", type="any", constraints=[{"rule": "Range", "min": 3, "max": 1}]),
     "schema 's', field 'a': Range(3, 1): min is greater than max. Swap them."),
    (told(name="a", type="any", constraints=3),
     "schema 's', field 'a': constraints=3 is not a list of constraints."),
    (told(name="a", type="integer", default=1.5),
     ("schema 's', field 'a': default=1.5 is not of type 'integer': 1.5 has a fractional part."
      " Change one of them.")),
    (told(name="a", type="any", default={"$date": "x"}),
     "schema 's', field 'a': Invalid isoformat string: 'x'"),
    ({"format": 2, "name": "s", "fields": []}, ("schema 's': format=2 cannot be read; this version"
     " of dkdata reads 1. Update dkdata if a later one wrote it.")),
    ({"name": "s", "fields": []}, "schema 's' has no 'format'. Add 'format': 1."),
    ({"format": 1, "name": "s", "fields": [], "strct": True}, ("schema 's': 'strct' is nothing that"
     " a schema has. Did you mean 'strict'? There are: format, name, version, strict, fields,"
     " further.")),
    ({"format": 1, "name": "s", "fields": {}}, "schema 's': fields={} is not a list of fields."),
    ({"format": 1, "name": "s", "fields": [3]},
     "schema 's', field: 3 is not its JSON: {'name': …, 'type': …}."),
    ({"format": 1, "name": "s", "fields": [], "further": {"rules": [{"type": "x", "kwarg": {}}]}},
     ("schema 's': further={'rules': [{'type': 'x', 'kwarg': {}}]} cannot be read:"
      " Expectation.__init__() got an unexpected keyword argument 'kwarg'")),
    ({"name": "s"}, ("{'name': 's'} is not the JSON of a schema: {'format': 1, 'name': …, 'fields':"
     " […]}. A suite becomes one with Schema.from_suite.")),
])  # fmt: skip
def test_json_that_is_no_schema(given, message):
    with pytest.raises(UsageError) as caught:
        dk.Schema.from_dict(given)
    assert str(caught.value) == message


def test_text_that_is_no_json():
    with pytest.raises(UsageError, match=r"^'\{' is not the JSON of a schema: Expecting property"):
        dk.Schema.from_json("{")
