"""Rules about a table of Elasticsearch, where rows stay on the server."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import dkdata as dk
from tests.validation.fidelity.columns import COLUMNS, frame_of
from tests.validation.fidelity.rules import PATTERNS, rules
from tests.validation.served.agreeing import SERVED, assert_agrees, served

PEOPLE = pd.DataFrame(
    {
        "id": range(400),
        "name": [None if n % 7 == 0 else f"n{n % 50}" for n in range(400)],
        "age": [None if n % 11 == 0 else n % 90 for n in range(400)],
    }
).astype({"age": "Int64"})
SUITE = dk.Suite("people", [
    expectation for one in (
        dk.expect("id").not_null().unique().between(0, 380).max(0, 1).sum(0, 5),
        dk.expect("name").not_null().in_set(["n1"], mostly=0.5).like("n%").unique_count(1, 5)
        .distinct_in(["n1"]).most_common(["n1"]),
        dk.expect("age").between(5, 50, mostly=0.2).unique(),
        dk.expect_table().row_count(400),
    ) for expectation in one
])  # fmt: skip
pytestmark = pytest.mark.usefixtures("search")


def _every(name, mostly=1):
    a = dk.expect("a")
    likes = [one for text in PATTERNS for one in a.like(text).not_like(text)]
    return dk.Suite("every rule", [*rules(COLUMNS[name], mostly, None), *likes])


@pytest.mark.parametrize("name", COLUMNS)
def test_each_rule_on_each_dtype(name):
    frame = frame_of(COLUMNS[name])
    frame.dk.save("search.columns")
    asked = served("search.columns", _every(name))
    result = assert_agrees("search.columns", frame, asked)
    assert {outcome.tier for outcome in result.results} <= SERVED


@settings(max_examples=15, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(
    name=st.sampled_from(["int64", "float64", "str", "bool", "Int64", "boolean", "arrow date"]),
    rows=st.lists(st.integers(0, 11), max_size=40),
    chosen=st.lists(st.integers(0, 200), min_size=3, max_size=20, unique=True),
    told=st.sampled_from(["SUMMARY", "COMPLETE", "BASIC", "BOOLEAN_ONLY"]),
)
def test_drawn_rows_and_rules(name, rows, chosen, told):
    frame = frame_of(COLUMNS[name]).iloc[rows].reset_index(drop=True)
    frame.dk.save("search.drawn", mode="replace")
    every = list(_every(name, 0.5))
    suite = dk.Suite("drawn", [every[number % len(every)] for number in chosen])
    assert_agrees("search.drawn", frame, served("search.drawn", suite, told), told)


def test_most_rules_about_plain_columns_are_answered_by_the_server():
    dk.save(PEOPLE, "search.people")
    assert len(served("search.people", SUITE)) == len(SUITE)
    for told in ("SUMMARY", "COMPLETE", "BOOLEAN_ONLY"):
        assert_agrees("search.people", PEOPLE, SUITE, told)


def test_failing_rows_are_fetched_by_their_places():
    dk.save(PEOPLE, "search.people")
    invalid = dk.validate("search.people", dk.expect("age").between(0, 88)).invalid()
    assert invalid["age"].tolist() == [89, 89, 89, 89]
    assert invalid["id"].tolist() == [89, 179, 269, 359]


@pytest.mark.parametrize("change", ["append", "delete", "upsert", "filter"])
def test_rows_whose_numbers_are_no_places_are_read(change):
    dk.save(PEOPLE, "search.people", key="id")
    held, table = PEOPLE, dk.table("search.people")
    match change:
        case "append":
            dk.save(PEOPLE.assign(id=PEOPLE["id"] + 400), "search.people", mode="append")
            held = pd.concat([PEOPLE, PEOPLE.assign(id=PEOPLE["id"] + 400)], ignore_index=True)
        case "delete":
            dk.delete("search.people", "id = 7")
            held = PEOPLE[PEOPLE["id"] != 7].reset_index(drop=True)
        case "upsert":
            dk.save(PEOPLE.head(1).assign(id=900), "search.people", mode="upsert")
            held = pd.concat([PEOPLE, PEOPLE.head(1).assign(id=900)], ignore_index=True)
        case "filter":
            table, held = table.filter("id > 9"), PEOPLE[PEOPLE["id"] > 9].reset_index(drop=True)
    assert_agrees(table, held, SUITE)


def test_columns_that_are_asked_for_are_looked_at():
    dk.save(PEOPLE, "search.people")
    store = dk.config().store("search")
    for query, names in ((dk.Query(), ["id", "name", "age"]), (dk.Query(columns="age"), ["age"])):
        assert store.look("people", query, lambda view: view.schema.names) == names
    assert store.look("people", dk.Query(where="id = 1"), lambda view: view) is None
