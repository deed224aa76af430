"""Schemas, suites and their parts, drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
from hypothesis import strategies as st

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.validation import Expectation, Suite
from dkdata.validation.constraints.constraint import OfType
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


def field(name, field_type, *, default, **rest):
    """A field with that default, or without one where it forbids it."""
    try:
        return dk.Field(name, field_type, default=default, **rest)
    except UsageError:
        return dk.Field(name, field_type, **rest)


FIELDS = st.builds(
    field,
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
