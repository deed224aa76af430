from __future__ import annotations

import json

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.validation import Expectation, Suite, as_suite
from dkdata.validation.catalogue import ENTRIES

BETWEEN = "expect_column_values_to_be_between"

# As Great Expectations 0.18.22 writes it.
WRITTEN_BY_0_18 = """
{
  "expectation_suite_name": "people",
  "ge_cloud_id": null,
  "expectations": [
    {
      "expectation_type": "expect_column_values_to_be_between",
      "kwargs": {"column": "a", "min_value": {"$PARAMETER": "lo"}, "max_value": 5},
      "meta": {}
    },
    {
      "expectation_type": "expect_column_values_to_be_between",
      "kwargs": {
        "row_condition": "b==\\"x\\"", "condition_parser": "pandas",
        "column": "a", "min_value": 0, "max_value": 5
      },
      "meta": {"notes": {"format": "markdown", "content": ["**why**"]}}
    },
    {
      "expectation_type": "expect_column_pair_values_a_to_be_greater_than_b",
      "kwargs": {"column_A": "a", "column_B": "a", "or_equal": true},
      "meta": {},
      "ge_cloud_id": "0d8f8b8e-7c43-4e8f-b8b5-1b1b1b1b1b1b",
      "expectation_context": {"description": "never less"}
    }
  ],
  "evaluation_parameters": {"lo": 1},
  "data_asset_type": null,
  "meta": {"great_expectations_version": "0.18.22"}
}
"""


def legacy(rule_type, **kwargs):
    rule = {"expectation_type": rule_type, "kwargs": kwargs, "meta": {}}
    return {"expectation_suite_name": "old", "expectations": [rule]}


def test_a_suite_that_0_18_wrote(tmp_path):
    (tmp_path / "people.json").write_text(WRITTEN_BY_0_18)
    suite = Suite.load(tmp_path / "people.json")
    assert suite.name == "people"
    assert [dict(rule.kwargs) for rule in suite] == [
        {"column": "a", "min_value": 1, "max_value": 5},
        {"row_condition": 'b=="x"', "condition_parser": "pandas", "column": "a", "min_value": 0,
         "max_value": 5},
        {"column_A": "a", "column_B": "a", "or_equal": True},
    ]  # fmt: skip
    assert suite[1].meta == {"notes": {"format": "markdown", "content": ["**why**"]}}
    assert suite[2].description == "never less"
    assert suite[2].id == "0d8f8b8e-7c43-4e8f-b8b5-1b1b1b1b1b1b"
    frame = pd.DataFrame({"a": [1, 6], "b": ["x", "y"]})
    assert frame.dk.validate(suite).counts() == {
        "a: between(1, 5)": 1,
        "a: between(0, 5, row_condition='b==\"x\"')": 0,
        "a, a: greater_than(or_equal=True)": 0,
    }


def test_what_0_18_lacks_stands_in_the_meta_of_what_is_written():
    rule = dk.expect("age").not_null(
        severity="warning", notes=["a", "b"], description="why", meta={"dkdata": {"x": 1}}
    )
    suite = Suite("people", [rule, dk.expect("age").unique()], notes=["n"], id="7")
    told = json.loads(json.dumps(suite.to_dict(version="0.18")))
    assert told == {
        "expectation_suite_name": "people",
        "ge_cloud_id": "7",
        "expectations": [
            {
                "expectation_type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "age"},
                "meta": {
                    "dkdata": {
                        "x": 1,
                        "gx": {"severity": "warning", "notes": ["a", "b"], "description": "why"},
                    }
                },
            },
            {
                "expectation_type": "expect_column_values_to_be_unique",
                "kwargs": {"column": "age"},
                "meta": {},
            },
        ],
        "data_asset_type": None,
        "meta": {
            "dkdata": {"gx": {"notes": ["n"]}},
            "great_expectations_version": "0.18.22",
        },
    }
    again = Suite.from_dict(told)
    assert again.expectations == suite.expectations
    assert (again.notes, again.id) == (("n",), "7")
    assert again.meta == {"great_expectations_version": "0.18.22"}


def test_a_file_for_0_18(tmp_path):
    suite = dk.expect("age").between(0, 120, mostly=0.9)
    suite.dump(tmp_path / "old.json", version="0.18")
    assert json.loads((tmp_path / "old.json").read_text())["expectation_suite_name"] == "age"
    assert Suite.load(tmp_path / "old.json").expectations == suite.expectations


@pytest.mark.parametrize(("given", "text", "parser"), [
    ({"row_condition": "a > 1"}, "a > 1", "pandas"),
    ({"row_condition": 'col("a") > 1', "condition_parser": "great_expectations"},
     'col("a") > 1', "great_expectations__experimental__"),
    ({"row_condition": {"type": "pass_through", "pass_through_filter": "a > 1"}},
     "a > 1", "pandas"),
    ({"row_condition": {"type": "and", "conditions": [
        {"type": "comparison", "column": {"name": "a b"}, "operator": "IN", "parameter": [1, 2]},
        {"type": "nullity", "column": {"name": "c"}, "is_null": False},
    ]}}, "(`a b` in [1, 2] and ~c.isnull())", "pandas"),
])  # fmt: skip
def test_conditions_for_0_18(given, text, parser):
    rule = Expectation(BETWEEN, {"column": "a", "min_value": 0, **given})
    kwargs = Suite("s", [rule]).to_dict(version="0.18")["expectations"][0]["kwargs"]
    assert kwargs == {
        "column": "a", "min_value": 0, "row_condition": text, "condition_parser": parser,
    }  # fmt: skip


LATER = {
    "expect_column_proportion_of_non_null_values_to_be_between", "expect_column_type_to_be",
    "expect_column_values_to_not_be_outliers", "expect_multicolumn_values_to_be_equal",
    "expect_query_results_to_match_comparison",
}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_every_core_rule_is_written_for_0_18_or_refused(entry):
    kwargs = {name: "a" for name, default in entry.parameters.items() if default is ...}
    kwargs |= {"column_list": ["a"]} if "column_list" in kwargs else {}
    rule = Expectation(entry.type, kwargs)
    suite = Suite("s", [rule])
    if entry.type not in LATER:
        assert Suite.from_dict(suite.to_dict(version="0.18")).expectations == (rule,)
        return
    with pytest.raises(UsageError) as caught:
        suite.to_dict(version="0.18")
    assert str(caught.value) == (
        f"suite 's', expectation 1 ({entry.type}): Great Expectations 0.18 has no such expectation."
        " Leave it out."
    )


@pytest.mark.parametrize(("rule", "message"), [
    (dk.expect("a").like("x%", escape="!"), ("suite 'a', expectation 1"
     " (expect_column_values_to_match_like_pattern): escape='!' is not in Great Expectations 0.18."
     " Leave it out.")),
    (dk.expect_table().row_count_between(1, 2, closed="right"), ("suite 'table', expectation 1"
     " (expect_table_row_count_to_be_between): strict_min=True is not in Great Expectations 0.18."
     " Leave it out.")),
    (dk.expect("a").unique(row_condition={"type": "or", "of": []}), ("suite 'a', expectation 1"
     " (expect_column_values_to_be_unique): row_condition={'type': 'or', 'of': []} cannot be"
     " written as the text of a pandas query, which Great Expectations 0.18 reads. Write it as"
     " text.")),
])  # fmt: skip
def test_what_0_18_cannot_say(rule, message):
    with pytest.raises(UsageError) as caught:
        rule.to_dict(version="0.18")
    assert str(caught.value) == message


def test_a_version_that_is_not_written():
    with pytest.raises(UsageError) as caught:
        dk.expect("a").unique().to_dict(version="0.17")
    assert str(caught.value) == (
        "version='0.17' is not possible. Did you mean '0.18'? Choose one of: '1.x', '0.18'."
    )


@pytest.mark.parametrize(("given", "message"), [
    (legacy(BETWEEN, column="a", parse_strings_as_datetimes=True), (f"suite 'old', expectation 1:"
     f" {BETWEEN}: parse_strings_as_datetimes=True is not in Great Expectations 1.x. Remove it, and"
     " make times of the text first: dk.coerce(frame, schema).")),
    (legacy(BETWEEN, column="a", allow_cross_type_comparisons=True), (f"suite 'old', expectation 1:"
     f" {BETWEEN}: allow_cross_type_comparisons=True is not in Great Expectations 1.x. Remove"
     " it.")),
    (legacy(BETWEEN, column="a", row_condition="b > 1", condition_parser="python"), (f"suite 'old',"
     f" expectation 1: {BETWEEN}: condition_parser='python' is not in Great Expectations 1.x. Write"
     " the row_condition for condition_parser='pandas', where & | bind as and, or.")),
    (legacy("expect_multicolumn_values_to_be_unique", column_list=["a"]), ("suite 'old',"
     " expectation 1: expect_multicolumn_values_to_be_unique is called"
     " expect_select_column_values_to_be_unique_within_record in Great Expectations 1.x. Write"
     " that.")),
    (legacy("expect_column_pair_values_A_to_be_greater_than_B", column_A="a", column_B="b"),
     ("suite 'old', expectation 1: expect_column_pair_values_A_to_be_greater_than_B is called"
      " expect_column_pair_values_a_to_be_greater_than_b in Great Expectations 1.x. Write that.")),
    (legacy("expect_column_chisquare_test_p_value_to_be_greater_than", column="a"), ("suite 'old',"
     " expectation 1: expect_column_chisquare_test_p_value_to_be_greater_than is not in Great"
     " Expectations any more. Leave it out.")),
    ({"name": "s", "expectations": [{"type": BETWEEN, "kwargs": [3]}]},
     f"suite 's', expectation 1: {BETWEEN}: kwargs=[3] is no mapping."),
    ({"name": "s", "expectations": [{"type": BETWEEN, "meta": "x"}]},
     f"suite 's', expectation 1: {BETWEEN}: meta='x' is no mapping."),
    ({"name": "s", "expectations": [], "meta": 3}, "suite 's': meta=3 is no mapping."),
    ({"name": "s", "expectations": {}}, "expectations={} is not a list."),
    ({"name": "s", "expectations": [], "suite_parameters": [1]},
     "suite 's': its parameters [1] are no mapping of values."),
    ({"name": "s", "suite_parameters": {"lo": 1}, "expectations": [
        {"type": BETWEEN, "kwargs": {"column": "a", "min_value": {"$PARAMETER": "lo + 1"}}}]},
     ("suite 's', expectation 1: {'$PARAMETER': 'lo + 1'} computes with the parameter 'lo' of the"
      " suite. Write the value in its place.")),
])  # fmt: skip
def test_documents_that_cannot_be_read(given, message):
    with pytest.raises(UsageError) as caught:
        as_suite(given)
    assert str(caught.value) == message


@pytest.mark.parametrize("version", [
    "0.13.0", "0.15.50", "0.18.x", "0.18.22", "1.0.0", "1.24.1", "1.99.0+3.g1", None,
])  # fmt: skip
def test_versions_that_are_read(version):
    assert len(as_suite({"expectations": [], "meta": {"great_expectations_version": version}})) == 0


@pytest.mark.parametrize(("meta", "message"), [
    ({"great_expectations_version": "2.0.1"}, ("suite 's' was written by Great Expectations 2.0.1."
     " Suites of 1.x and of 0.13 to 0.18 are read. Write it with an earlier version of Great"
     " Expectations.")),
    ({"great_expectations.__version__": "0.12.9"}, ("suite 's' was written by Great Expectations"
     " 0.12.9. Suites of 1.x and of 0.13 to 0.18 are read. Write it with a later version of Great"
     " Expectations.")),
    ({"great_expectations_version": "0.180.0"}, ("suite 's' was written by Great Expectations"
     " 0.180.0. Suites of 1.x and of 0.13 to 0.18 are read. Write it with an earlier version of"
     " Great Expectations.")),
    ({"great_expectations_version": "latest"}, ("suite 's': 'latest' is no version of Great"
     " Expectations. Suites of 1.x and of 0.13 to 0.18 are read. Correct great_expectations_version"
     " in its meta, or remove it.")),
])  # fmt: skip
def test_versions_that_are_not_read(meta, message):
    with pytest.raises(UsageError) as caught:
        as_suite({"name": "s", "expectations": [], "meta": meta})
    assert str(caught.value) == message


@pytest.mark.parametrize(("held", "message"), [
    ({"results": [], "statistics": {}}, ("it has no 'expectations'. There are: 'results',"
     " 'statistics'. It is a result; its suite is what it was validated with.")),
    ({"name": "c", "validations": []}, ("it has no 'expectations'. There are: 'name',"
     " 'validations'. It is a checkpoint; the suite has a file of its own.")),
    ({"name": "c", "properties": {}}, ("it has no 'expectations'. There are: 'name', 'properties'."
     " It is a JSON Schema: read it with dk.Schema.from_json_schema.")),
    ({"name": "c", "fields": []}, ("it has no 'expectations'. There are: 'name', 'fields'. It is a"
     " dk.Schema: read it with dk.Schema.from_json.")),
    ({}, "it has no 'expectations'. There are: none."),
])  # fmt: skip
def test_files_of_something_else(tmp_path, held, message):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(held))
    with pytest.raises(UsageError) as caught:
        Suite.load(path)
    assert str(caught.value) == f"{str(path)!r} is not the JSON of a suite: {message}"


def test_a_genuine_suite_gives_its_parameters_their_values(gx):
    low = {"$PARAMETER": "low"}
    rule = gx.expectations.ExpectColumnMaxToBeBetween(column="a", min_value=low)
    genuine = gx.ExpectationSuite("s", expectations=[rule], suite_parameters={"low": 3})
    assert str(Suite.from_gx(genuine)[0]) == "a: max(3)"
    free = gx.ExpectationSuite("s", expectations=[rule])
    assert Suite.from_gx(free)[0].kwargs["min_value"] == low
