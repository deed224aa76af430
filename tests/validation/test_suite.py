from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from dkdata.errors import ExpectationNotFoundError, NotFoundError, UsageError
from dkdata.validation import Expectation, Suite, as_suite, expect, expect_pair

NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}
LEGACY = {
    "expectation_suite_name": "old",
    "ge_cloud_id": None,
    "data_asset_type": None,
    "expectations": [
        {
            "expectation_type": "expect_column_values_to_be_between",
            "kwargs": {"column": "a", "min_value": 1, "max_value": None, "auto": False},
            "meta": {"notes": "from 0.18"},
        }
    ],
    "meta": {"great_expectations_version": "0.18.22"},
}


@pytest.fixture
def people():
    age = expect("age").between(0, 120, mostly=0.9, severity="warning", notes=["a", "b"])
    pair = expect_pair("born", "died").greater_than(description="x", meta={"by": "me"})
    return Suite("people", [age, pair], meta={"owner": "x"}, notes="n")


def test_json_and_back(people):
    assert people == Suite.from_dict(json.loads(json.dumps(people.to_dict())))


def test_dump_and_load(people, tmp_path):
    people.dump(tmp_path / "suites" / "people.json")
    assert people == Suite.load(tmp_path / "suites" / "people.json")
    assert people == as_suite(str(tmp_path / "suites" / "people.json"))
    assert [file.name for file in (tmp_path / "suites").iterdir()] == ["people.json"]


def test_genuine_and_back(people):
    genuine = people.to_gx()
    assert type(genuine).__name__ == "ExpectationSuite"
    back = Suite.from_gx(genuine)
    assert people.expectations == back.expectations
    assert (back.name, back.notes, back.meta["owner"]) == ("people", "n", "x")


def test_one_genuine_expectation_with_a_condition(gx):
    condition = gx.expectations.row_conditions.Column("b") > 1
    given = gx.expectations.ExpectColumnValuesToBeNull(column="a", row_condition=condition)
    suite = as_suite([given])
    condition = {"type": "comparison", "column": {"name": "b"}, "operator": ">", "parameter": 1}
    assert condition == suite[0].kwargs["row_condition"]
    assert suite == Suite.from_dict(json.loads(json.dumps(suite.to_dict())))


def test_json_of_0_18():
    suite = as_suite(LEGACY)
    assert suite.name == "old"
    assert suite[0].kwargs == {"column": "a", "min_value": 1}
    assert suite[0].meta == {"notes": "from 0.18"}
    assert suite[0].severity == "critical"


@pytest.mark.parametrize("given", [
    NOT_NULL, [NOT_NULL], {"name": "suite", "expectations": [NOT_NULL]}, expect("a").not_null(),
    Expectation(**NOT_NULL), [expect("a").not_null()], Suite("suite", [NOT_NULL]),
])  # fmt: skip
def test_every_form_is_a_suite(given):
    assert (Expectation(**NOT_NULL),) == as_suite(given).expectations


def test_anything_with_to_suite_is_a_suite(people):
    class Schema:
        def to_suite(self):
            return people

    assert people is as_suite(Schema())


def test_anything_with_a_suite_is_that_suite(people, gx):
    class Explorer:
        suite = people

    assert people is as_suite(Explorer())
    assert people.expectations == as_suite([Explorer()]).expectations
    assert len(people + Explorer()) == 4
    Explorer.suite = gx.ExpectationSuite("genuine")
    assert as_suite(Explorer()).name == "genuine"


def test_add_and_take_away(people):
    longer = people + expect("name").not_null() + NOT_NULL
    assert len(longer) == 4
    assert people == longer - "expect_column_values_to_not_be_null"
    assert people == longer - "name.not_null" - "a.expect_column_values_to_not_be_null"
    assert len(people) == 2


def test_take_away_what_is_not_there(people):
    with pytest.raises(ExpectationNotFoundError, match=r"Did you mean 'age\.expect_column_values"):
        people - "age.expect_column_values_to_be_betwen"
    known = (
        r"has no expectation 'age\.betwee'\. Did you mean 'age\.between'\?"
        r" There are: age\.between, born, died\.greater_than\.$"
    )
    with pytest.raises(ExpectationNotFoundError, match=known):
        people - "age.betwee"


def test_suites_are_equal_by_value(people):
    assert people == Suite("people", list(people), meta={"owner": "x"}, notes="n")
    assert people != Suite("people", list(people))
    assert expect("a").not_null() == Suite("a", [NOT_NULL])


def test_suites_do_not_change(people):
    with pytest.raises(AttributeError, match="cannot assign"):
        people.name = "other"
    with pytest.raises(TypeError, match="does not support item assignment"):
        people[0].kwargs["min_value"] = 5


def test_what_was_passed_in_is_not_shared():
    given = {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a"}}
    given["kwargs"]["value_set"] = values = [1]
    suite = as_suite(given)
    values.append(2)
    assert suite[0].kwargs["value_set"] == [1]


def test_suites_are_copied_and_pickled(people):
    assert people == copy.deepcopy(people) == pickle.loads(pickle.dumps(people))  # noqa: S301
    builder = expect("a").not_null()
    assert builder == pickle.loads(pickle.dumps(builder))  # noqa: S301
    assert len(copy.copy(builder).unique()) == 2


@pytest.mark.parametrize("values", [
    {3, 1, 2}, (1, 2, 3), np.array([1, 2, 3]), pd.Series([1, 2, 3]), pd.Index([1, 2, 3]),
    range(1, 4), pd.array([1, 2, 3], dtype="Int64"), frozenset({1, 2, 3}),
])  # fmt: skip
def test_collections_become_lists(values):
    assert expect("a").in_set(values)[0].kwargs["value_set"] == [1, 2, 3]


def test_wrong_parameter():
    given = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_vale": 1}}
    message = (
        r"^suite 's', expectation 2: expect_column_values_to_be_between has no parameter"
        r" 'min_vale'\. Did you mean 'min_value'\? There are: column, min_value, max_value"
    )
    with pytest.raises(UsageError, match=message):
        Suite("s", [NOT_NULL, given])


def test_missing_parameter():
    with pytest.raises(UsageError, match=r"expect_column_values_to_be_in_set needs .* 'value_set'"):
        as_suite({"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a"}})


def test_wrong_severity():
    with pytest.raises(UsageError, match=r"severity='critcal' is not possible\. Did you mean"):
        Expectation(**NOT_NULL, severity="critcal")


@pytest.mark.parametrize("given", [3, None, {"kwargs": {}}, [3], "x", {"expectations": 3}])
def test_what_is_no_suite(given):
    with pytest.raises((UsageError, ExpectationNotFoundError), match=r"suite|is not a list"):
        as_suite(given)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match=r"no suite at '.*gone\.json': there is no such file"):
        Suite.load(tmp_path / "gone.json")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UsageError, match=r"is a folder\. Give the path of the \.json file"):
        Suite.load(tmp_path)


def test_a_file_with_the_mark_of_utf_8(people, tmp_path):
    text = json.dumps(people.to_dict(), ensure_ascii=False)
    (tmp_path / "s.json").write_text(text, encoding="utf-8-sig")
    assert people == Suite.load(tmp_path / "s.json")


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_file_that_holds_no_suite(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(UsageError, match=r"is not the JSON of a suite"):
        Suite.load(tmp_path / "s.json")


def test_a_suite_needs_a_name():
    with pytest.raises(UsageError, match=r"name='' is not the name of a suite"):
        Suite("")


def test_text_of_a_suite(people):
    assert repr(people).splitlines() == [
        "Suite 'people', 2 expectations",
        "  age: between(0, 120, mostly=0.9)",
        "  born, died: greater_than",
    ]


def test_html_says_why_rules_were_suggested(people):
    suggested = pd.DataFrame({"a": ["x", "y", None] * 50}).dk.suggest()._repr_html_()
    assert "suggested because" in suggested
    assert ">50 of 150 values are missing. (" in suggested
    assert "because" not in people._repr_html_()


def test_html_is_escaped():
    shown = Suite("<script>", [expect("<u>").in_set(["<i>"])])._repr_html_()
    assert not any(tag in shown for tag in ("<script>", "<u>", "<i>"))
    assert all(text in shown for text in ("&lt;script&gt;", "&lt;u&gt;", "&lt;i&gt;"))
