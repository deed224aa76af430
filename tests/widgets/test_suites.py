"""A suite goes into an explorer and comes out of it, in Python and by files."""

from __future__ import annotations

import copy
import json

import pytest

import dkdata as dk
from dkdata.errors import UsageError, ValidationError
from dkdata.validation import as_suite, validate
from dkdata.widgets import SchemaExplorer
from tests.widgets.ruled import BETWEEN, IN_SET, PEOPLE, add_between, agrees

SUITE = {
    "name": "people",
    "id": "6f1f3b7c-1111-4222-8333-444455556666",
    "expectations": [
        {"type": BETWEEN, "kwargs": {"column": "age", "min_value": 0}, "severity": "warning",
         "meta": {"owner": ["x", None]}, "id": "7f1f3b7c-1111-4222-8333-444455556666",
         "notes": "why", "description": "ages"},
        {"type": "expect_custom", "kwargs": {"column": "age", "of": {"a": [1, None]}}, "meta": {},
         "severity": "critical"},
        {"type": IN_SET, "kwargs": {"column": "missing", "value_set": list(range(5_000))},
         "meta": {}, "severity": "critical"},
        {"type": BETWEEN, "kwargs": {"column": "age", "min_value": {"$PARAMETER": "low"}},
         "meta": {}, "severity": "critical"},
        {"type": "expect_column_values_to_not_be_null", "meta": {}, "severity": "critical",
         "kwargs": {"column": "age", "row_condition": 'col("name")=="Ada"',
                    "condition_parser": "great_expectations"}},
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 5}, "meta": {},
         "severity": "info"},
    ],
    "meta": {"great_expectations_version": "1.0.0", "dkdata": {"kept": True}},
    "notes": ["n"],
}  # fmt: skip


def test_a_suite_goes_in_and_out_as_it_is(show):
    given = copy.deepcopy(SUITE)
    page = show(PEOPLE, given)
    assert given == SUITE
    assert page.explorer.suite.to_dict() == SUITE
    assert page.explorer.history == {"undo": 0, "redo": 0, "changed": False}


def test_rules_that_cannot_be_asked_say_why_and_the_others_are_asked(show):
    page = show(PEOPLE, SUITE)
    told = [page.explorer.results[rule["key"]] for rule in page.explorer.rules]
    assert [one["state"] for one in told] == ["failed", "error", "error", "error", "met", "met"]
    assert told[2]["error"].startswith("no column 'missing'.")
    assert page.explorer.rules[2]["problem"] == told[2]["error"]
    assert told[3]["error"].startswith("no value for the suite parameter 'low'")


def test_disabled_rules_survive_a_file(show, tmp_path):
    page = show(PEOPLE, SUITE)
    keys = [rule["key"] for rule in page.explorer.rules]
    for key in (keys[0], keys[2], keys[5]):
        page.edit("disable", key=key)
    page.explorer.suite.dump(tmp_path / "suite.json")
    again = show(PEOPLE, json.loads((tmp_path / "suite.json").read_text()))
    assert [rule["enabled"] for rule in again.explorer.rules] == [
        False,
        True,
        False,
        True,
        True,
        False,
    ]
    for rule in again.explorer.rules:
        again.edit("enable", key=rule["key"])
    assert again.explorer.suite.to_dict() == SUITE


def test_what_was_passed_in_is_not_changed_by_edits(show):
    suite = as_suite(SUITE)
    page = show(PEOPLE, suite)
    page.edit("remove", key="r1")
    add_between(page, min_value=5)
    assert suite.to_dict() == SUITE


def test_a_suite_is_set_in_python_and_undone_in_the_page(show):
    page = show(PEOPLE, dk.expect("age").between(0, 120).not_null())
    page.explorer.suite = dk.expect("age").not_null().between(0, 5)
    page.settle()
    assert [rule["key"] for rule in page.explorer.rules] == ["r2", "r4"]
    agrees(page)
    page.edit("undo")
    assert [rule["text"] for rule in page.explorer.rules] == ["between(0, 120)", "not_null"]
    agrees(page)


def test_an_explorer_is_a_suite(show):
    page = show(PEOPLE)
    add_between(page, min_value=-5)
    assert validate(PEOPLE, page.explorer).success
    with pytest.raises(ValidationError):
        dk.save(PEOPLE.assign(age=-9.0), "people", suite=page.explorer)
    dk.save(PEOPLE, "people", suite=page.explorer)
    assert dk.count("people") == 5
    assert show(PEOPLE, page.explorer).explorer.suite == page.explorer.suite


def test_failing_rows_by_place_text_and_key(show):
    page = show(PEOPLE, dk.expect("age").between(0, 120).not_null())
    explorer = page.explorer
    for rule in (0, "r1", "age: between(0, 120)"):
        assert explorer.failing(rule).index.tolist() == [1, 3, 4]
    assert explorer.failing(0, 2).index.tolist() == [1, 3]
    with pytest.raises(UsageError, match="no rule 'age: betwen"):
        explorer.failing("age: betwen(0, 120)")


def test_a_suite_that_is_none_is_refused_without_noise():
    with pytest.raises(UsageError):
        SchemaExplorer(PEOPLE, [{"type": BETWEEN, "kwargs": {"odd": 1}}])
