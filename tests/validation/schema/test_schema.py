from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, ExpectationNotFoundError, NotFoundError, UsageError
from dkdata.validation import Suite
from tests.validation.fidelity.comparing import directly

PEOPLE = pd.DataFrame({"id": [1, 2, 2], "name": ["Ada", "Bob", None], "age": [36, 410, -1]})
AGE = dk.Range(0, 120) | dk.Enum([-1])


@pytest.fixture
def people():
    return dk.Schema(
        "people",
        [
            dk.Field("id", "integer", required=True, constraints=dk.Unique(), description="key"),
            dk.Field("name", "string", constraints=[dk.Length(2, 40), dk.Pattern("[A-Z].*")]),
            dk.Field("age", "integer", constraints=[AGE], default=-1),
        ],
        version="1.2.0",
        strict=True,
    )


def reasons(result):
    return result.invalid()["_dk_reasons"].tolist()


def test_simple_constraints_are_core_expectations(people):
    assert [str(rule) for rule in people.to_suite()] == [
        "table: columns_are(['id', 'name', 'age'])",
        "id: exists",
        "id: OfType('integer')",
        "id: not_null",
        "id: unique",
        "name: exists",
        "name: OfType('string')",
        "name: length_between(2, 40)",
        r"name: matches('\\A(?:[A-Z].*)\\Z')",
        "age: OfType('integer')",
        "age: Range(0, 120) | Enum([-1])",
    ]


@pytest.mark.parametrize(("field_type", "constraint", "rule"), [
    ("integer", dk.MinValue(0), "between(0)"),
    ("integer", dk.MaxValue(2**62), "between(max_value=4611686018427387904)"),
    ("float", dk.Range(0, 0.5), "between(0, 0.5)"),
    ("float", dk.MinValue(2**53 + 1), "MinValue(9007199254740993)"),
    ("decimal", dk.MinValue(0), "MinValue(0)"),
    ("integer", dk.MinValue(Decimal(0)), "MinValue(Decimal('0'))"),
    ("boolean", dk.MinValue(0), "MinValue(0)"),
    ("string", dk.MinValue("a"), "MinValue('a')"),
    ("string", dk.Length(3), "length(3)"),
    ("string", dk.MaxLength(3), "length_between(max_value=3)"),
    ("list", dk.MaxLength(3), "MaxLength(3)"),
    ("string", dk.Pattern("a", search=True), "matches('a')"),
    ("string", dk.Pattern("(?i)a"), "Pattern('(?i)a')"),
    ("string", dk.Enum(["a"]), "in_set(['a'])"),
    ("string", dk.Enum(["a", 1]), "Enum(['a', 1])"),
    ("integer", dk.Enum([1]), "in_set([1])"),
    ("integer", dk.Enum([1, True]), "Enum([1, True])"),
    ("float", dk.Enum([1]), "Enum([1])"),
    ("json", dk.Unique(), "Unique()"),
    ("string", dk.Unique(unique_in="t"), "Unique(unique_in='t')"),
    (pa.int32(), dk.MinValue(1), "between(1)"),
])  # fmt: skip
def test_what_the_core_cannot_say_exactly_is_a_rule_of_its_own(field_type, constraint, rule):
    schema = dk.Schema("s", [dk.Field("a", field_type, constraints=constraint)])
    assert schema.to_suite()[2].rule == rule


def test_what_rules_do_not_tell_stands_in_the_meta(people):
    assert people.to_suite().meta["dkdata"]["schema"] == {
        "format": 1,
        "version": "1.2.0",
        "fields": [
            {"name": "id", "description": "key"}, {"name": "name"}, {"name": "age", "default": -1},
        ],
    }  # fmt: skip
    assert dk.Schema("s", [dk.Field("a", "integer", required=True)]).to_suite().meta is None


def test_every_row_that_fails_is_found_with_its_reasons(people):
    result = people.validate(PEOPLE)
    assert not result
    assert reasons(result) == [["id: unique", "age: Range(0, 120) | Enum([-1])"], ["id: unique"]]
    assert result.valid()["id"].tolist() == [1]


@pytest.mark.parametrize("convert", [
    pl.from_pandas, pa.Table.from_pandas, lambda frame: pl.from_pandas(frame).lazy(),
    lambda frame: pl.from_pandas(frame).to_dicts(),
], ids=["polars", "arrow", "lazy", "records"])  # fmt: skip
def test_frames_of_every_kind(people, convert):
    result = dk.validate(convert(PEOPLE), people)
    assert result.counts()["age: Range(0, 120) | Enum([-1])"] == 1
    assert [outcome.success for outcome in result.failures] == [False, False]


def test_tables_and_files(people):
    PEOPLE.dk.save("memory.people_of_schemas", mode="replace")
    for given in ("memory.people_of_schemas", dk.table("memory.people_of_schemas")):
        assert people.validate(given).counts() == dk.validate(given, people).counts()
        assert dk.Schema.infer(given) == dk.Schema.infer(PEOPLE)


def test_every_unknown_column_is_told_at_once(people):
    frame = PEOPLE.assign(nickname="x", agee=1).head(1)
    result = people.validate(frame)
    assert not result
    assert "columns_are(['id', 'name', 'age']) — unexpected: 'agee', 'nickname'" in str(result)
    assert dk.Schema("people", people.fields).validate(frame)


def test_a_column_that_is_not_there(people):
    result = people.validate(PEOPLE[["name"]].head(1))
    assert "columns_are(['id', 'name']) — missing: 'id'" in str(result)
    assert [str(outcome.expectation) for outcome in result.failures][1:] == ["id: exists"]
    assert result.valid()["name"].tolist() == ["Ada"]


def test_a_field_with_a_default_may_be_absent():
    field = dk.Field("age", "integer", required=True, default=None, constraints=dk.MinValue(0))
    schema = dk.Schema("s", [field], strict=True, further=[dk.expect("age").mean(1, 2)])
    assert schema.validate(pd.DataFrame({}))
    assert not schema.validate(pd.DataFrame({"age": [5]}))
    with pytest.raises(ColumnNotFoundError):  # a suite has no defaults
        dk.validate(pd.DataFrame({"a": [1]}), schema.to_suite())


def test_a_column_of_another_type_never_raises(people):
    frame = pd.DataFrame(
        {"id": ["1", None], "name": [b"x", 3.5], "age": ["36", None]}, dtype=object
    )
    result = people.validate(frame)
    assert sorted(reasons(result)[0]) == [
        "age: OfType('integer')",
        (
            "age: Range(0, 120) | Enum([-1]) raised TypeError: '>=' not supported between instances"
            " of 'str' and 'int'"
        ),
        "id: OfType('integer')",
        "name: Length(2, 40)",
        "name: OfType('string')",
        (
            "name: Pattern('[A-Z].*') raised TypeError: cannot use a string pattern on a bytes-like"
            " object"
        ),
    ]
    assert sorted(reasons(result)[1]) == [
        "id: not_null",
        "name: Length(2, 40) raised TypeError: object of type 'float' has no len()",
        "name: OfType('string')",
        (
            "name: Pattern('[A-Z].*') raised TypeError: expected string or bytes-like object, got"
            " 'float'"
        ),
    ]


@pytest.mark.parametrize(
    "dtype", ["float32", "bool", "category", "str", "decimal128(9, 2)[pyarrow]"]
)
def test_ranges_are_exact_for_columns_of_other_types(dtype):
    schema = dk.Schema("s", [dk.Field("a", "any", constraints=dk.MaxValue(0.1))])
    result = schema.validate(pd.DataFrame({"a": pd.Series(["0.1", "7"]).astype(
        pd.ArrowDtype(pa.decimal128(9, 2)) if "decimal" in dtype else dtype)}))  # fmt: skip
    assert len(result.invalid()) == {"decimal128(9, 2)[pyarrow]": 1}.get(dtype, 2)
    assert not any(outcome.error for outcome in result.results)


def test_a_full_match_leaves_no_line_break():
    schema = dk.Schema("s", [dk.Field("a", "string", constraints=dk.Pattern("x$|y"))])
    result = schema.validate(pd.DataFrame({"a": ["x", "x\n", "yx", "y"]}))
    assert result.invalid()["a"].tolist() == ["x\n", "yx"]


def test_what_a_function_raises_is_the_reason():
    dk.Custom("of schemas", lambda values: values.map(lambda value: 1 / value > 0))
    schema = dk.Schema("s", [dk.Field("a", "integer", constraints=dk.Custom("of schemas"))])
    result = schema.validate(pd.DataFrame({"a": [1, 0, 2]}))
    assert reasons(result) == [
        ["a: Custom('of schemas') raised ZeroDivisionError: division by zero"]
    ]


def test_a_function_that_is_not_registered():
    tree = {"rule": "Custom", "name": "nowhere"}
    field = {"name": "a", "type": "any", "constraints": [tree]}
    schema = dk.Schema.from_dict({"format": 1, "name": "s", "fields": [field]})
    with pytest.raises(ExpectationNotFoundError) as caught:
        schema.validate(pd.DataFrame({"a": [1]}))
    told = str(caught.value)
    place = "suite 's', expectation 1 (expect_column_values_to_meet_constraint): "
    assert told.startswith(f"{place}no function of a custom constraint is registered as 'nowhere'.")
    assert told.endswith("Register it before it is used: dk.Custom('nowhere', function).")


def test_values_of_a_stored_table_fail():
    PEOPLE.dk.save("memory.people_before", mode="replace")
    unique = dk.Unique(unique_in="memory.people_before")
    schema = dk.Schema("s", [dk.Field("id", "integer", constraints=unique)])
    result = schema.validate(pd.DataFrame({"id": [1, 3, 4, 4, None]}, dtype="Int64"))
    assert result.invalid()["id"].tolist() == [1, 4, 4]
    dk.drop("memory.people_before")
    assert "no table named 'people_before'" in schema.validate(PEOPLE).failures[0].error


def test_a_malformed_constraint_in_a_suite():
    kwargs = {"column": "a", "constraint": {"rule": "Rnage"}}
    rule = {"type": "expect_column_values_to_meet_constraint", "kwargs": kwargs}
    with pytest.raises(
        UsageError, match=r"^suite 'suite', expectation 1 \(expect_.*\): 'Rnage' is no"
    ):
        dk.validate(pd.DataFrame({"a": [1]}), [rule])
    assert str(dk.Suite("s", [rule])[0]) == "a: {'rule': 'Rnage'}"


def test_mostly_and_the_levels_of_a_result():
    rule = dk.Schema("s", [dk.Field("a", "any", constraints=AGE & dk.Custom("big"))]).to_suite()[0]
    dk.Custom("big", lambda values: values > 1)
    frame = pd.DataFrame({"a": [5, 1, None, 7]})
    most = {"type": rule.type, "kwargs": {**rule.kwargs, "mostly": 0.6}}
    assert dk.validate(frame, [most])
    assert not dk.validate(frame, [rule])
    told = {
        level: dk.validate(frame, [rule], result_format=level).results[0].result
        for level in ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
    }
    assert [len(told[level]) for level in told] == [0, 8, 10, 13]
    assert told["COMPLETE"]["unexpected_index_list"] == [1]
    assert dk.validate(frame, [most]).invalid()["_dk_reasons"].tolist() == [
        ["a: (Range(0, 120) | Enum([-1])) & Custom('big'), mostly=0.6"]
    ]


def test_genuine_suites_are_run_by_great_expectations_itself(gx, people):
    fields = [
        *people.fields,
        dk.Field("born", "date", required=True, constraints=dk.MinValue(dt.date(1900, 1, 1))),
    ]
    schema = dk.Schema("people", fields, strict=True)
    frame = PEOPLE.assign(born=pd.Series([dt.date(2000, 1, 1), None, dt.date(1800, 1, 1)]))
    told = directly(frame, schema.to_suite(), "COMPLETE")
    assert type(schema.to_suite().to_gx()) is gx.ExpectationSuite
    ours = dk.validate(frame, schema.to_suite(), result_format="COMPLETE")
    for outcome in ours.results:
        theirs = next(
            one
            for one in told["results"]
            if one["expectation_config"]["type"] == outcome.expectation.type
            and one["expectation_config"]["kwargs"].items()
            >= dict(outcome.expectation.kwargs).items()
        )
        assert theirs["success"] == outcome.success
        assert theirs["result"].items() >= outcome.result.items()
    assert Suite.from_gx(schema.to_suite().to_gx()).expectations == schema.to_suite().expectations


def test_schemas_of_suites_that_you_have():
    suite = Suite("flights", [
        dk.expect_table().row_count_between(1, 9),
        dk.expect("age").between(0, 120).not_null(),
        dk.expect("name").not_null().matches("^A").in_set(["Ada"], mostly=0.5),
    ])  # fmt: skip
    schema = dk.Schema.from_suite(suite)
    assert [repr(field) for field in schema] == [
        "Field('age': any, Range(0, 120))",
        "Field('name': any, required, Pattern('^A', search=True))",
    ]
    assert [str(rule) for rule in schema.further] == [
        "table: row_count_between(1, 9)",
        "age: not_null",
        "name: in_set(['Ada'], mostly=0.5)",
    ]
    assert schema.to_suite() == suite


def test_a_schema_of_a_suite_that_grew(people):
    suite = people.to_suite() + dk.expect("age").mean(1, 50)
    schema = dk.Schema.from_suite(suite)
    assert schema.fields == people.fields
    assert schema.version == "1.2.0"
    assert [str(rule) for rule in schema.further] == ["age: mean(1, 50)"]


@pytest.mark.parametrize("frame", [
    PEOPLE, pl.from_pandas(PEOPLE), pl.from_pandas(PEOPLE).lazy(), pa.Table.from_pandas(PEOPLE),
    pa.Table.from_pandas(PEOPLE).to_reader(), pl.from_pandas(PEOPLE).to_dicts(),
], ids=["pandas", "polars", "lazy", "arrow", "reader", "records"])  # fmt: skip
def test_schemas_are_inferred_from_frames(frame):
    fields = (dk.Field("id", "integer"), dk.Field("name", "string"), dk.Field("age", "integer"))
    assert dk.Schema.infer(frame, "people") == dk.Schema("people", fields)


def test_the_accessor_infers_a_schema():
    objects = pd.DataFrame(
        {"a": pd.Series([{"x": 1}, None]), "b": pd.Series([1, "1"])}, dtype=object
    )
    assert [field.type for field in objects.dk.schema] == ["json", "any"]
    assert [field.type for field in pl.DataFrame({"a": [[1]]}).dk.schema] == ["list"]
    assert ".schema" in repr(objects.dk)
    assert objects.dk.schema.validate(objects)


def test_an_inferred_schema_of_a_table_looks_at_objects():
    frame = pd.DataFrame({"a": pd.Series([dt.date(2024, 1, 1)], dtype=object), "b": [1.5]})
    frame.dk.save("memory.objects_of_schemas", mode="replace")
    table = dk.table("memory.objects_of_schemas")
    assert [field.type for field in dk.Schema.infer(table)] == ["date", "float"]


def test_a_schema_is_a_value(people):
    assert people["age"].default == -1
    assert ("age" in people, "agee" in people, len(people)) == (True, False, 3)
    assert people.names == ("id", "name", "age")
    assert people == copy.deepcopy(people) == pickle.loads(pickle.dumps(people))  # noqa: S301
    assert bool(dk.Schema("empty", []))
    with pytest.raises(AttributeError, match="cannot assign"):
        people.name = "other"
    with pytest.raises(NotFoundError) as caught:
        people["agee"]
    assert str(caught.value) == (
        "schema 'people' has no field 'agee'. Did you mean 'age'? There are: id, name, age."
    )


def test_a_schema_shows_itself(people):
    shown = dk.Schema("p<", people.fields, strict=True, further=[dk.expect_pair("a", "b").equal()])
    assert repr(shown) == (
        "Schema 'p<' 1.0.0, strict, 3 fields\n"
        "  id: integer, required, Unique() — key\n"
        "  name: string, Length(2, 40), Pattern('[A-Z].*')\n"
        "  age: integer, Range(0, 120) | Enum([-1]), default -1\n"
        "and 1 further rules\n"
        "  a, b: equal"
    )
    html = shown._repr_html_()
    assert "<b>p&lt;</b> (1.0.0, strict, 3 fields)" in html
    assert "further rule" in html
    many = dk.Schema("many", [dk.Field(f"f{n}", "any") for n in range(60)])
    assert repr(many).endswith("  and 10 more")
    assert "and 10 more" in many._repr_html_()


def test_json_is_plain_and_complete(people):
    told = json.loads(people.to_json())
    assert told["fields"][2] == {
        "name": "age",
        "type": "integer",
        "default": -1,
        "constraints": [
            {
                "rule": "AnyOf",
                "of": [
                    {"rule": "Range", "min": 0, "max": 120},
                    {"rule": "Enum", "values": [-1]},
                ],
            }
        ],
    }
    assert dk.Schema.from_dict(told) == people
