from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

import dkdata as dk
from dkdata.validation import Suite
from dkdata.validation.constraints.reading import constraint_from_json, constraint_to_json
from tests.validation.schema.drawn import FIELDS, SCHEMAS, SUITES, TREES, rules


@given(TREES)
def test_constraints_are_read_from_json_as_they_were(constraint):
    again = constraint_from_json(json.loads(json.dumps(constraint_to_json(constraint))))
    assert again == constraint
    assert repr(again) == repr(constraint)


@given(SCHEMAS)
@settings(deadline=None)
@example(dk.Schema("x", [dk.Field("a", "any", constraints=[dk.MinValue(0)])], further=[
    dk.expect("a").between(5, 6),
]))  # fmt: skip
@example(dk.Schema("x", [], further=[dk.expect_table().columns_are([])]))
@example(dk.Schema("x", [], strict=True))
@example(dk.Schema("x", [dk.Field("a", "any", required=True)], further=[dk.expect("a").unique()]))
@example(dk.Schema("x", [dk.Field("a", "any", default=None)], further=[dk.expect("a").exists()]))
def test_a_schema_is_read_from_its_suite_as_it_was(schema):
    suite = schema.to_suite()
    assert dk.Schema.from_suite(suite) == schema
    assert repr(dk.Schema.from_suite(suite)) == repr(schema)
    assert dk.Schema.from_suite(suite).to_suite() == suite


@given(SCHEMAS)
@settings(deadline=None)
def test_a_schema_is_read_from_json_as_it_was(schema):
    again = dk.Schema.from_json(schema.to_json())
    assert again == schema
    assert repr(again) == repr(schema)
    assert json.loads(json.dumps(schema.to_dict())) == schema.to_dict()


@given(st.lists(FIELDS, max_size=4, unique_by=lambda field: field.name), st.booleans())
@settings(deadline=None)
def test_a_schema_is_read_from_the_json_of_its_suite(fields, strict):
    schema = dk.Schema("people", fields, strict=strict, version="1.2.3")
    suite = Suite.from_dict(json.loads(json.dumps(schema.to_suite().to_dict())))
    assert dk.Schema.from_suite(suite) == schema


@given(SUITES)
@settings(deadline=None)
def test_a_suite_is_written_from_its_schema_as_it_was(suite):
    schema = dk.Schema.from_suite(suite)
    assert schema.to_suite() == suite
    assert dk.Schema.from_json(schema.to_json()) == schema


@given(SCHEMAS, st.data())
@settings(deadline=None)
def test_a_suite_that_was_changed_is_written_as_it_was(schema, data):
    suite = schema.to_suite()
    kept = [rule for rule in suite if data.draw(st.booleans(), "keep")]
    changed = suite.replaced([*kept, *data.draw(st.lists(rules(), max_size=2), "more")])
    assert dk.Schema.from_suite(changed).to_suite() == changed


def test_decimals_keep_their_digits():
    field = dk.Field("a", "decimal", constraints=[dk.MinValue(Decimal("1.50"))])
    assert "1.50" in repr(dk.Schema.from_suite(dk.Schema("s", [field]).to_suite()))
