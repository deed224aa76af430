"""What became of the rules of an explorer is what validation says, after every edit."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dkdata as dk
from dkdata.validation import Suite
from dkdata.widgets import ruling
from tests.widgets.pages import Page
from tests.widgets.ruled import BETWEEN, PEOPLE, add_between, agrees


def test_a_rule_is_added_changed_and_removed(show):
    page = show(PEOPLE)
    key = add_between(page, min_value=0, max_value=120)
    assert (page.explorer.results[key]["state"], page.explorer.results[key]["failing"]) == (
        "failed", 3,
    )  # fmt: skip
    agrees(page)
    page.edit("change", key=key, kwargs={"max_value": None, "mostly": 0.5}, severity="info")
    assert page.explorer.rules[0]["kwargs"] == {"column": "age", "min_value": 0, "mostly": 0.5}
    assert page.explorer.rules[0]["severity"] == "info"
    agrees(page)
    page.edit("remove", key=key)
    assert (page.explorer.rules, page.explorer.results) == ([], {})


def test_a_rule_is_duplicated_and_set_aside(show):
    page = show(PEOPLE)
    first = add_between(page, min_value=0)
    second = page.edit("duplicate", key=first)
    assert [rule["key"] for rule in page.explorer.rules] == [first, second]
    page.edit("change", key=second, kwargs={"min_value": 50})
    page.edit("disable", key=first)
    agrees(page)
    assert len(page.explorer.suite) == 1
    page.edit("enable", key=first)
    agrees(page)


def test_undo_and_redo_go_through_every_edit(show):
    page = show(PEOPLE)
    states = [page.explorer.rules]
    key = add_between(page, min_value=0)
    states.append(page.explorer.rules)
    for action, more in (
        ("change", {"kwargs": {"min_value": 7}}), ("disable", {}), ("enable", {}),
        ("duplicate", {}), ("remove", {}),
    ):  # fmt: skip
        page.edit(action, key=key, **more)
        states.append(page.explorer.rules)
    for state in reversed(states[:-1]):
        page.edit("undo")
        assert page.explorer.rules == state
        agrees(page)
    for state in states[1:]:
        page.edit("redo")
        assert page.explorer.rules == state
        agrees(page)


def test_fifty_edits_can_be_undone(show):
    page = show(PEOPLE)
    for number in range(60):
        add_between(page, min_value=number)
    assert page.explorer.history == {"undo": 50, "redo": 0, "changed": True}
    for _ in range(50):
        page.edit("undo")
    assert len(page.explorer.rules) == 10
    assert page.ask("edit", action="undo")["kind"] == "error"
    for _ in range(50):
        page.edit("redo")
    assert len(page.explorer.rules) == 60
    add_between(page, min_value=99)
    assert page.ask("edit", action="redo")["text"] == "there is nothing to redo."


def test_no_result_of_an_earlier_rule_is_told_of_a_changed_one(show):
    page = show(PEOPLE)
    key = add_between(page, min_value=0)
    start = len(page.updates)
    page.edit("change", key=key, kwargs={"min_value": 100})
    told = [state["results"][key] for state in page.updates[start:] if "results" in state]
    assert {one["failing"] for one in told} <= {None, 2}
    assert told[-1]["failing"] == 2


REFUSED = {
    "no column": {"action": "add", "type": BETWEEN, "kwargs": {"column": "agee", "min_value": 0}},
    "no parameter": {"action": "add", "type": BETWEEN, "kwargs": {"column": "age", "least": 0}},
    "no share": {"action": "add", "type": BETWEEN, "kwargs": {"column": "age", "mostly": 3}},
    "no regex": {"action": "add", "type": "expect_column_values_to_match_regex",
                 "kwargs": {"column": "name", "regex": "("}},
    "no action": {"action": "explode"},
    "no key": {"action": "remove", "key": "r99"},
    "no suggestion": {"action": "accept", "suggestion": "s0.0"},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_where_it_was_asked_for(name, show):
    page = show(PEOPLE, dk.expect("age").between(0, 120))
    before = page.explorer.rules
    answer = page.ask("edit", **REFUSED[name])
    assert answer["kind"] == "error"
    assert answer["text"]
    assert page.explorer.rules == before
    assert page.explorer.status["state"] == "idle"
    agrees(page)


@pytest.mark.parametrize("bounds", [{}, {"min_value": "-"}, {"max_value": "1e"}])
def test_bounds_that_are_still_being_typed_are_refused_at_once(bounds, show):
    page = show(PEOPLE)
    answer = page.ask("try", type=BETWEEN, kwargs={"column": "age"} | bounds)
    assert answer["kind"] == "error"
    assert re.search("no bound|neither a number nor a time", answer["text"])


def test_nobody_edits_what_is_readonly(show, tmp_path):
    page = show(PEOPLE, dk.expect("age").between(0, 120), readonly=True)
    for action in ({"action": "undo"}, {"action": "remove", "key": "r1"}):
        assert "read-only" in page.ask("edit", **action)["text"]
    assert "read-only" in page.ask("save", target=str(tmp_path / "people.json"))["text"]
    assert list(tmp_path.iterdir()) == []
    assert len(page.explorer.rules) == 1


def test_what_rules_would_find_is_told_while_they_are_written(show):
    page = show(PEOPLE)
    answer = page.ask("try", type=BETWEEN, kwargs={"column": "age", "min_value": 0})
    assert (answer["outcome"]["state"], answer["outcome"]["failing"]) == ("failed", 1)
    answer = page.ask("try", type="expect_column_values_to_match_regex",
                      kwargs={"column": "name", "regex": "^B", "mostly": 0.5})  # fmt: skip
    assert (answer["outcome"]["state"], answer["outcome"]["failing"]) == ("met", 2)
    assert answer["matching"] == ["'Bob'"]
    assert page.explorer.rules == []


def test_matching_values_are_told_of_the_rule_that_wants_them_alone(show):
    answer = show(PEOPLE).ask("try", type="expect_column_values_to_not_match_regex",
                              kwargs={"column": "name", "regex": "^B"})  # fmt: skip
    assert answer["outcome"]["failing"] == 2
    assert "matching" not in answer


@pytest.mark.parametrize(
    ("bound", "is_exact"), [(2**53 - 1, True), (2**53, False), (-(2**53), False), (0.1, True)]
)
def test_numbers_that_a_page_would_round_are_not_edited_there(bound, is_exact, show):
    suite = dk.expect("age").between(None, bound).in_set([1, bound])
    page = show(PEOPLE, suite)
    assert [rule["editable"] for rule in page.explorer.rules] == [is_exact] * 2
    assert str(bound) in page.explorer.rules[0]["json"]


def test_failing_rows_are_kept_of_a_few_rules_and_of_so_many_rows(show, monkeypatch):
    monkeypatch.setattr(ruling, "_KEPT_ROWS", 25)
    frame = pd.DataFrame({"a": range(10)})
    page = show(frame, dk.expect("a").between(None, -1).between(5, None).between(None, -2)
                .between(None, 8).in_set([]))  # fmt: skip
    keys = [rule["key"] for rule in page.explorer.rules]
    for key in [*keys, keys[2]]:
        page.put(showing=key)
    kept = page.explorer.exploration.ruling._failing
    assert [(key, len(rows)) for key, rows in kept.items()] == [
        (keys[3], 1), (keys[4], 10), (keys[2], 10)
    ]  # fmt: skip
    assert page.explorer.failing(keys[0])["a"].tolist() == list(range(10))


def test_suggestions_are_accepted_by_a_click(show):
    page = show(pd.DataFrame({"grade": ["a", "b"] * 50, "n": range(100)}))
    for position in (0, 1):
        told = page.select(position)["suggestions"]
        assert told
        for one in told:
            page.edit("accept", suggestion=one["id"])
    agrees(page, pd.DataFrame({"grade": ["a", "b"] * 50, "n": range(100)}))
    assert all(outcome["state"] == "met" for outcome in page.explorer.results.values())


@pytest.mark.parametrize(
    "labels",
    [[0, 1], pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]),
     pd.date_range("2024-01-01", periods=2), ["x" * 300, "y" * 300]],
    ids=["numbers", "levels", "times", "long names"],
)  # fmt: skip
def test_columns_are_named_as_the_page_shows_them(labels, show):
    page = show(pd.DataFrame([[1, 2], [3, 400]], columns=labels))
    name = page.explorer.columns["names"][1]
    key = page.edit("add", type=BETWEEN, kwargs={"column": name, "max_value": 100})
    assert page.explorer.rules[0]["columns"] == [1]
    assert page.explorer.results[key]["failing"] == 1
    assert page.explorer.suite[0].columns == (labels[1],)


@pytest.mark.parametrize("labels", [[0, "0"], ["x" * 300, "x" * 301]], ids=["types", "long names"])
def test_columns_that_the_page_shows_alike_are_not_mixed_up(labels, show):
    page = show(pd.DataFrame([[1, 2], [3, 400]], columns=pd.Index(labels, dtype=object)))
    for name in page.explorer.columns["names"]:
        answer = page.ask(
            "edit", action="add", type=BETWEEN, kwargs={"column": name, "max_value": 9}
        )
        assert "several columns are shown as" in answer["text"]
    assert page.explorer.rules == []


def test_rules_about_the_type_of_a_column_stand_at_the_column(show):
    page = show(PEOPLE, dk.expect("name").type("str"))
    assert page.explorer.rules[0]["columns"] == [1]


def test_known_types_have_a_form(show):
    page = show(PEOPLE, [{"type": "expect_custom", "kwargs": {"column": "age"}}])
    add_between(page, min_value=0)
    assert [rule["editable"] for rule in page.explorer.rules] == [False, True]
    assert "groups" in page.ask("forms")["forms"]


def test_two_columns_of_one_name(show):
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    page = show(frame, dk.expect("a").not_null())
    assert page.explorer.rules[0]["problem"] == "there are 2 columns named 'a'"
    assert page.explorer.results["r1"]["state"] == "error"
    assert "suggestions" not in page.select(0)


VALUES = st.one_of(st.none(), st.floats(allow_nan=True), st.integers(-3, 3).map(float))
RULES = st.lists(
    st.tuples(
        st.sampled_from(["between", "not_null", "null", "unique", "in_set", "not_in_set"]),
        st.sampled_from([None, 0.0, 0.5, 1.0]),
    ),
    min_size=1,
    max_size=4,
)
ARGUMENTS = {"between": (-1, 2), "in_set": ([0, 1, 2],), "not_in_set": ([0, 1],)}


@given(
    values=st.lists(VALUES, max_size=12),
    name=st.sampled_from(["a", 'a"b', "a'b", "a b", " ", "é.x", "<b>"]),
    rules=RULES,
    is_nullable=st.booleans(),
)
@settings(max_examples=60)
def test_outcomes_are_those_of_validation(values, name, rules, is_nullable):
    column = pd.array(values, dtype="Float64") if is_nullable else np.array(values, dtype=float)
    frame = pd.DataFrame({name: column})
    suite = Suite("drawn")
    for method, mostly in rules:
        options = {} if mostly is None else {"mostly": mostly}
        suite += getattr(dk.expect(name), method)(*ARGUMENTS.get(method, ()), **options)
    page = Page(frame, suite)
    agrees(page, frame)
    page.close()


@pytest.mark.parametrize("frame", [PEOPLE, PEOPLE.head(0)], ids=["rows", "no rows"])
def test_outcomes_are_those_of_great_expectations(frame, gx, show):
    rules = (
        dk.expect("age").between(0, 120).not_null(mostly=0.8).unique().in_set([36, 410])
        + dk.expect("name").matches("^[AB]").not_in_set(["Bob"]).length_between(1, 3).unique()
        + dk.expect("q\"'<b>").between(1, 3, mostly=0.7).not_null()
    )
    page = show(frame, rules)
    context = gx.get_context(mode="ephemeral")
    batch = (
        context.data_sources.add_pandas("p")
        .add_dataframe_asset("a")
        .add_batch_definition_whole_dataframe("b")
    )
    suite = gx.ExpectationSuite("s", page.explorer.suite.to_dict()["expectations"])
    found = batch.get_batch({"dataframe": frame}).validate(suite, result_format="COMPLETE")
    by_rule = {
        (one.expectation_config.type, one.expectation_config.kwargs["column"]): one
        for one in found.results
    }
    for rule in page.explorer.rules:
        theirs = by_rule[rule["type"], rule["kwargs"]["column"]]
        told = page.explorer.results[rule["key"]]
        assert (told["state"] == "met") == theirs.success
        assert told["failing"] == theirs.result["unexpected_count"]
