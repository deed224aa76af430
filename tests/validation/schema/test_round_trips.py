from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dkdata as dk
from dkdata.validation import Expectation, Suite
from dkdata.validation.constraints.constraint import OfType
from dkdata.validation.constraints.reading import constraint_from_json, constraint_to_json
from dkdata.validation.schemas.field_rules import constraint_rule, type_rule
from dkdata.validation.schemas.field_types import FIELD_TYPES


def unfolded(moment):
    return moment.replace(fold=0)  # equal, and only the other is written


NAMES = st.sampled_from(["a", "b", "c d", "é", 0, 1])
NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=False), st.decimals(allow_nan=False, allow_infinity=False)
)
BOUNDS = st.one_of(
    NUMBERS, st.text(), st.dates(), st.datetimes(allow_imaginary=False).map(unfolded),
    st.datetimes(timezones=st.just(dt.UTC)).map(unfolded), st.times().map(unfolded),
    st.timedeltas(), st.binary(max_size=3),
)  # fmt: skip
VALUES = st.one_of(BOUNDS, st.booleans(), st.lists(st.integers(), max_size=2))
REGEXES = st.sampled_from([
    "a+", "[a-z]{2,}", "(?i)a|b", "a{,2}", r"\Aa\Z", r"\A(?:a)\Z", r"\d", "", "(a)(b)?", "a\nb",
])  # fmt: skip


def ends(kind, values):
    return values.map(sorted).map(lambda pair: kind(*pair))


SIMPLE = st.one_of(
    st.builds(dk.Unique, unique_in=st.one_of(st.none(), st.just("memory.people"))),
    st.builds(dk.MinValue, BOUNDS),
    st.builds(dk.MaxValue, BOUNDS),
    ends(dk.Range, st.tuples(st.integers(), st.integers())),
    ends(dk.Range, st.tuples(NUMBERS, NUMBERS)),
    ends(dk.Range, st.tuples(st.dates(), st.dates())),
    st.builds(dk.MinLength, st.integers(0)),
    st.builds(dk.MaxLength, st.integers(0)),
    ends(dk.Length, st.tuples(st.integers(0, 9), st.integers(0, 9))),
    st.builds(dk.Pattern, REGEXES, search=st.booleans()),
    st.builds(dk.Enum, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(dk.Enum, st.lists(st.text(), min_size=1, max_size=3)),
    st.builds(dk.Enum, st.lists(st.integers(), min_size=1, max_size=3)),
    st.builds(dk.Custom, st.text(min_size=1)),
)
LEAVES = st.one_of(SIMPLE, st.just(dk.Required()), st.just(OfType("integer")))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=5,
).filter(lambda tree: not isinstance(tree, OfType))
TYPES = st.sampled_from([*FIELD_TYPES, pa.int32(), pa.timestamp("ms", "UTC"), pa.string()])
DEFAULTS = st.one_of(
    st.just(...), st.just(...), st.none(), VALUES, st.dictionaries(st.text(), st.integers())
)
FIELDS = st.builds(
    dk.Field,
    NAMES,
    TYPES,
    required=st.booleans(),
    default=DEFAULTS,
    constraints=st.lists(st.one_of(SIMPLE, TREES), max_size=3).map(tuple),
    description=st.text(max_size=5),
)


PLAIN = [
    dk.expect("a").not_null(), dk.expect("a").unique(), dk.expect("a").exists(),
    dk.expect("a").between(0, 5), dk.expect("a").between(True, 5), dk.expect("a").between(0.0),
    dk.expect("a").between(0, 5, mostly=0.5), dk.expect("a").in_set(["a"]),
    dk.expect("a").in_set([1, None]), dk.expect("a").in_set([True]), dk.expect("a").length(2),
    dk.expect("a").length_between(2, 2), dk.expect("a").length_between(2, strict_min=True),
    dk.expect("a").matches("a"), dk.expect("a").matches(r"\A(?:a)\Z"),
    dk.expect("a").matches("[["), dk.expect("a").matches("("),
    dk.expect("a").not_null(severity="warning"), dk.expect("a").mean(0, 1),
    dk.expect_table().row_count(3), dk.expect_pair("a", "b").equal(),
    dk.expect_table().columns_are(["a", "b"]), dk.expect_table().columns_are(["a"]),
    dk.expect_table().columns_are([]), dk.expect("a").not_null(meta={"dkdata": {"x": 1}}),
    type_rule("a", "integer"), type_rule("a", pa.int8()), type_rule("a", "any"),
    constraint_rule("a", dk.Required()), constraint_rule("a", dk.Range(0, 5) | dk.Unique()),
    Expectation("expect_of_mine", {"column": "a"}),
    Expectation("expect_column_values_to_meet_constraint", {"column": "a", "constraint": 3}),
]  # fmt: skip


@st.composite
def rules(draw):
    """Any rule of a suite, often one that a schema would write."""
    made = draw(st.sampled_from(PLAIN))
    rule = made if isinstance(made, Expectation) else made[0]
    if "column" not in rule.kwargs:
        return rule
    name = draw(st.one_of(NAMES, NAMES, st.sampled_from([("a", 1), "", True])))
    return replace(rule, kwargs={**rule.kwargs, "column": name})


def told(version, fields, **rest):
    """The meta of a suite that was made of a schema, and changed by others."""
    return {"dkdata": {"schema": {"format": 1, "version": version, "fields": fields, **rest}}}


FACTS = st.sampled_from([
    None, {}, {"a": 1}, {"dkdata": {}}, {"dkdata": {"schema": {"format": 2}}}, {"dkdata": 3},
    told("2.0.0", [{"name": "a"}]), told("two", [{"name": "a"}]),
    told("1.0.0", [{"name": "b", "default": 0}]), told("1.0.0", [{"name": ["b"]}]),
    told("1.0.0", [], further=["x"]), told("1.0.0", [], further=[0, 7]), told("1.0.0", [3]),
])  # fmt: skip
SUITES = st.builds(
    Suite,
    st.just("people"),
    st.lists(rules(), max_size=8),
    meta=FACTS,
    notes=st.one_of(st.none(), st.just("n"), st.just(["a", "b"])),
    id=st.one_of(st.none(), st.just("7")),
)
FURTHER = st.builds(
    Suite,
    st.just("others"),
    st.lists(rules(), max_size=3),
    meta=st.one_of(st.none(), st.just({"owner": "me", "dkdata": {"else": 1}})),
    notes=st.one_of(st.none(), st.just("n")),
)
SCHEMAS = st.builds(
    dk.Schema,
    st.sampled_from(["people", "é"]),
    st.lists(FIELDS, max_size=4, unique_by=lambda field: field.name),
    version=st.sampled_from(["1.0.0", "0.1.0", "10.20.30"]),
    strict=st.booleans(),
    further=FURTHER,
)


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
