"""Somebody edits rules in the page; the kernel has them, and both tell the same of the data."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import dkdata as dk
from tests.browser.explorer.shown import RULED, SHOW_PEOPLE
from tests.validation.fidelity.comparing import directly

BETWEEN = ["age: between(0, 120)"]


def _suite(shown):
    return shown.lab.value("list(explorer.suite.texts)")


def test_bounds_are_typed(explore, kernel):
    shown = explore(SHOW_PEOPLE, kernel=kernel)
    shown.choose("age")
    bounds = shown.region("Distribution")
    shown.field("Minimum").fill("0")
    shown.field("Maximum").fill("40")
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 2 of 5 fail")
    assert _suite(shown) == []
    shown.field("Maximum").fill("120")
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    shown.field("Maximum").press("Enter")
    own = shown.region("Expectations of this column")
    expect(own).to_contain_text("between(0, 120)1 of 5 fail")
    expect(shown.button("Cancel")).to_have_count(0)
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    mark = shown.columns.get_by_role("img", name="1 of 1 expectation fails, 1 row")
    expect(mark).to_have_text("✗ failed 1")
    assert _suite(shown) == BETWEEN
    assert shown.lab.value("explorer.failing(0)['age'].tolist()") == [410]


def test_a_bound_is_dragged(explore):
    shown = explore(SHOW_PEOPLE)
    shown.choose("age")
    bounds = shown.region("Distribution")
    handle = bounds.get_by_role("slider", name="Maximum of the values")
    expect(handle).to_have_attribute("aria-valuetext", "no bound")
    handle.scroll_into_view_if_needed()
    at, plot = handle.bounding_box(), bounds.get_by_role("img").bounding_box()
    middle = plot["y"] + plot["height"] / 2
    shown.page.mouse.move(at["x"] + at["width"] / 2, middle)
    shown.page.mouse.down()
    shown.page.mouse.move(plot["x"] + plot["width"] * 0.5, middle, steps=4)
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    shown.page.mouse.move(plot["x"] + plot["width"] * 0.01, middle, steps=4)
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 3 of 5 fail")
    shown.page.mouse.up()
    assert _suite(shown) == []
    shown.button("Add").click()
    expect(shown.region("Expectations of this column")).to_contain_text("3 of 5 fail")
    (rule,) = shown.lab.value("[dict(one.kwargs) for one in explorer.suite]")
    assert rule["column"] == "age"
    assert 7 < rule["max_value"] < 36
    expect(handle).to_have_attribute("aria-valuetext", str(rule["max_value"]))


def test_values_are_ticked(explore, kernel):
    shown = explore(SHOW_PEOPLE, kernel=kernel)
    shown.choose("state")
    values = shown.region("Top values")
    values.get_by_role("checkbox", name="NY").check()
    expect(values.get_by_role("status")).to_have_text("✗ failed 2 of 5 fail")
    values.get_by_role("checkbox", name="CA").check()
    expect(values.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    shown.button("Add: one of 2").click()
    expect(shown.region("Expectations of this column")).to_contain_text("1 of 5 fail")
    expect(shown.button("Cancel")).to_have_count(0)
    expect(values.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    assert _suite(shown) == ["state: in_set(['NY', 'CA'])"]


def test_a_suggestion_is_accepted(explore):
    shown = explore(
        "frame = pd.DataFrame({'key': range(500)}); explorer = dk.explore(frame); explorer"
    )
    shown.choose("key")
    expect(shown.button("Accept unique")).to_be_visible()
    assert _suite(shown) == []
    shown.button("Accept unique").click()
    expect(shown.region("Expectations of this column")).to_contain_text("0 of 500 fail")
    assert _suite(shown) == ["key: unique"]


def drawn():
    random = np.random.default_rng(7)
    numbers = pd.Series(random.normal(50, 30, 20_000)).mask(random.random(20_000) < 0.1)
    texts = pd.Series(random.choice(["a", "B", "c'c", "", None], 20_000), dtype=object)
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 9e7, 20_000), "s")
    return pd.DataFrame({"n": numbers, "t": texts, "when": times})


TRIED = [
    ("n", "expect_column_values_to_be_between", {"At least": "10", "At most": "75.5"},
     {"min_value": 10, "max_value": 75.5}, "n NOT BETWEEN 10 AND 75.5"),
    ("n", "expect_column_values_to_not_be_null", {}, {}, "n IS NULL"),
    ("t", "expect_column_values_to_be_in_set", {"Values, one a line": "a\nc'c"},
     {"value_set": ["a", "c'c"]}, "t NOT IN ('a', 'c''c')"),
    ("t", "expect_column_values_to_match_regex", {"Regular expression": "^[a-z]"},
     {"regex": "^[a-z]"}, "NOT regexp_matches(t, '^[a-z]')"),
    ("t", "expect_column_value_lengths_to_be_between", {"At least": "1", "At most": "2"},
     {"min_value": 1, "max_value": 2}, "length(t) NOT BETWEEN 1 AND 2"),
]  # fmt: skip


def test_live_counts_are_those_of_duckdb_and_of_great_expectations(explore):
    source = inspect.getsource(drawn)
    shown = explore(source + "frame = drawn(); explorer = dk.explore(frame); explorer")
    suite = dk.Suite("s", [dk.Expectation(t, {"column": c} | k) for c, t, _, k, _ in TRIED])
    results = directly(drawn(), suite)["results"]
    genuine = [one["result"]["unexpected_count"] for one in results]
    shown.go("Expectations")
    for (column, chosen, fields, _, condition), expected in zip(TRIED, genuine, strict=True):
        shown.button("+ Add expectation").click()
        form = shown.box.get_by_role("form", name="New expectation")
        form.get_by_label("Expectation", exact=True).select_option(chosen)
        form.get_by_label("Column", exact=True).fill(column)
        for label, text in fields.items():
            form.get_by_label(label, exact=True).fill(text)
        told = f"✗ failed {expected:,} of 20,000 fail"
        expect(form.get_by_role("status")).to_have_text(told)
        counted = f"SELECT count(*) FROM frame WHERE {condition}"
        shown.lab.execute(f"import duckdb; counted = duckdb.sql({counted!r}).fetchall()")
        assert shown.lab.value("counted") == [(expected,)]
        form.get_by_role("button", name="Add", exact=True).click()
        expect(form).to_have_count(0)
    expect(shown.panel.get_by_role("status").first).to_have_text("5 expectations: 0 met, 5 failed")
    told = "[len(one.positions) for one in explorer.validate().results]"
    assert shown.lab.value(told) == genuine


def test_a_rule_is_edited_disabled_duplicated_and_removed_and_all_is_undone(explore):
    shown = explore(RULED)
    shown.go("Expectations")
    expect(shown.found("age")).to_have_text("1 of 5 fail")
    shown.rule("age").get_by_role("gridcell").first.click()
    form = shown.box.get_by_role("form", name="Edit the expectation")
    form.get_by_label("At most").fill("500")
    expect(form.get_by_role("status")).to_have_text("✓ met 0 of 5 fail")
    form.get_by_label("Severity").select_option("warning")
    form.get_by_role("button", name="Update").click()
    expect(shown.found("between(0, 500)")).to_have_text("0 of 5 fail")
    expect(shown.rule("between(0, 500)")).to_contain_text("warning")
    edited = ["age: between(0, 500)", "state: in_set(['NY', 'CA'])"]
    assert _suite(shown) == edited

    state = shown.rule("state")
    state.get_by_role("checkbox", name="Enabled").uncheck()
    expect(state.get_by_role("rowheader")).to_contain_text("disabled")
    expect(shown.panel.get_by_role("status").first).to_have_text("2 expectations: 1 met, 0 failed")
    assert _suite(shown) == edited[:1]
    state.get_by_role("button", name="Duplicate").click()
    expect(shown.rules.get_by_role("row")).to_have_count(4)
    shown.button("Remove between(0, 500)").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("Removed between(0, 500) of age.")
    assert _suite(shown) == []

    for _ in range(4):
        shown.button("Undo").first.click()
    expect(shown.rule("between(0, 120)")).to_be_visible()
    expect(shown.button("Undo")).to_be_disabled()
    assert _suite(shown) == [*BETWEEN, edited[1]]
    expect(shown.found("age")).to_have_text("1 of 5 fail")
    shown.button("Redo").click()
    expect(shown.found("between(0, 500)")).to_have_text("0 of 5 fail")
    assert _suite(shown) == edited


def test_enter_in_a_field_of_a_form_adds_once(explore, kernel):
    shown = explore(SHOW_PEOPLE, kernel=kernel)
    shown.go("Expectations")
    shown.button("+ Add expectation").click()
    form = shown.box.get_by_role("form", name="New expectation")
    form.get_by_label("Column", exact=True).press("Enter")
    expect(form).to_have_count(0)
    expect(shown.found("not_null")).to_have_text("1 of 5 fail")
    assert shown.lab.value("explorer.history['undo']") == 1
    assert _suite(shown) == ["age: not_null"]


def test_python_and_the_page_edit_the_same_suite(explore):
    shown = explore(SHOW_PEOPLE)
    shown.go("Expectations")
    expect(shown.panel).to_contain_text("None yet")
    shown.lab.execute("explorer.suite = dk.expect('name').not_null()")
    expect(shown.found("not_null")).to_have_text("1 of 5 fail")
    shown.button("Undo").click()
    expect(shown.panel).to_contain_text("None yet")
    assert _suite(shown) == []


def test_what_cannot_be_is_refused_where_it_was_asked(explore):
    shown = explore(SHOW_PEOPLE)
    shown.choose("age")
    shown.field("Minimum").fill("9")
    shown.field("Maximum").fill("3")
    problem = shown.region("Distribution").get_by_role("alert")
    expect(problem).to_contain_text(re.compile("min|9"))
    shown.field("Maximum").press("Enter")
    expect(problem).to_be_visible()
    assert _suite(shown) == []
    shown.field("Maximum").fill("300")
    shown.field("Maximum").press("Enter")
    expect(problem).to_have_count(0)
    assert _suite(shown) == ["age: between(9, 300)"]


@pytest.mark.parametrize("field", ["Minimum", "Maximum"])
def test_a_bound_that_is_no_number(explore, field):
    shown = explore(SHOW_PEOPLE)
    shown.choose("age")
    shown.field(field).fill("abc")
    expect(shown.region("Distribution").get_by_role("alert")).to_contain_text("abc")
    assert _suite(shown) == []


def test_whole_numbers_that_a_page_cannot_hold_are_left_as_they_are(explore):
    shown = explore(
        "ids = pd.DataFrame({'id': [2**60, 2**60 + 1, 5]})\n"
        "suite = [*dk.expect('id').between(5, 2**60), *dk.expect('id').in_set([2**60])]\n"
        "explorer = dk.explore(ids, suite); explorer"
    )
    shown.choose("id")
    large = str(2**53 + 1)
    bounds = shown.region("Distribution")
    expect(shown.field("Maximum")).to_have_value("")
    shown.field("Maximum").fill(large)
    expect(bounds.get_by_role("alert")).to_contain_text(f"{large} is too large")
    shown.field("Maximum").press("Enter")
    expect(shown.region("Top values").get_by_role("checkbox", name=str(2**60))).to_be_disabled()
    shown.go("Expectations")
    shown.rule("between").get_by_role("gridcell").first.click()
    expect(shown.box.get_by_role("form")).to_contain_text(str(2**60))
    expect(shown.box.get_by_role("form").get_by_label("At most")).to_have_count(0)
    assert _suite(shown) == [f"id: between(5, {2**60})", f"id: in_set([{2**60}])"]


def test_failing_rows_are_shown_with_the_cell_that_fails(explore, kernel):
    shown = explore(RULED, kernel=kernel)
    shown.go("Expectations")
    shown.button("Failing rows of between(0, 120)").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("1 of 5 rows")
    expect(shown.row(0).get_by_role("rowheader")).to_have_text("13")
    marked = shown.row(0).get_by_role("gridcell")
    expect(marked.first).to_be_focused()
    expect(marked).to_have_text(["✗ violates the rule: 410", "Cy", "TX"])
    assert shown.lab.value("explorer.showing == explorer.rules[0]['key']")
    assert shown.lab.value("explorer.data().fetchall()") == [(410.0, "Cy", "TX")]
    shown.button("Remove: ✗ rows failing age between(0, 120)").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("5 rows")
    expect(shown.row(0).get_by_role("gridcell").first).to_have_text("36")
