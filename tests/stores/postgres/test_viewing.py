"""Questions about a table, which PostgreSQL answers where the rows are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.predicate import Constant, IsNull
from dkdata.questions import BeyondAscii, Count, Figure, Groups, Ranked, Unlike, Wanted
from tests.services.databases import run

EVERY = Constant(value=True)


@pytest.fixture
def table(postgres_url):
    frame = pd.DataFrame({
        "n": [3, 1, 2, 3, 1], "x": [0.5, np.nan, 1.5, 0.5, 2.5], "t": ["a", "é", None, "a", "b"],
        "at": pd.to_datetime(["2024-01-01"] * 5),
    })  # fmt: skip
    target = f"{postgres_url}#numbers"
    frame.dk.save(target)
    return dk.table(target)


@pytest.fixture(params=[True, False], ids=["few groups", "many groups"])
def look(table, request, monkeypatch):
    """Return what asks a view of the table: as where groups are found again, or made anew."""
    if not request.param:
        monkeypatch.setattr("dkdata.dialects.postgres.answers.MOST_HASHES", 0)
    return table.look


def _answers(look, *questions):
    found = look(lambda view: view.ask(questions))
    return [found[question].to_pylist() if question in found else None for question in questions]


def test_numbers_of_rows_values_and_groups(look):
    there = ~IsNull("x")
    asked = [
        Count(), Count(dk.col("n") > 1), Figure("n", "sum", dk.col("n") > 1),
        Figure("x", "max", there),
        Figure("n", "min", dk.col("n") > 9), Groups(("n",)), Groups(("n", "x", "t")),
        Groups(("t",), dk.col("n") == 3), Ranked("x", (0, 3, 2), 4, there), Unlike("at"),
        BeyondAscii("t"),
    ]  # fmt: skip
    assert _answers(look, *asked) == [
        [5], [3], [8], [2.5], [None], [3, 4], [4, 2], [1, 2], [0.5, 2.5, 1.5], [0], [1],
    ]  # fmt: skip


def test_what_is_not_exact_is_not_answered(look):
    asked = [Figure("x", "sum"), Figure("t", "max"), Count(dk.col("t").regex(r"\p{L}")), Count()]
    asked += [Count(dk.col("t") > 3), Figure("nowhere", "max")]
    assert _answers(look, *asked) == [None, None, None, [5], None, None]


def test_many_questions(look):
    asked = [Count(dk.col("n") > bound / 1000) for bound in range(3_000)]
    assert [count for (count,) in _answers(look, *asked)] == [5] * 1000 + [3] * 1000 + [2] * 1000


def test_rows_with_their_places(look):
    groups = Groups(("n", "x"))
    wanted = [
        Wanted(dk.col("n") < 3, limit=2), Wanted(dk.col("x") < 1), Wanted(groups),
        Wanted(groups, limit=1),
    ]  # fmt: skip

    def work(view):
        view.ask([groups])
        return view.show(wanted, ["t", "n"])

    shown = look(work)
    assert [shown.places[chosen].tolist() for chosen in shown.chosen] == [
        [1, 2],
        [0, 3],
        [0, 3],
        [0],
    ]
    assert shown.data.slice(0, 1).to_pylist() == [{"t": "a", "n": 3}]
    assert look(lambda view: view.at(np.array([2, 4]))).column("t").to_pylist() == [None, "b"]


def test_groups_that_nobody_has_asked_about(look):
    shown = look(lambda view: view.show([Wanted(Groups(("t",), ~IsNull("t")))], []))
    assert shown.places.tolist() == [0, 3]


def test_more_wanted_than_bits(look):
    shown = look(lambda view: view.show([Wanted(dk.col("n") == n % 4) for n in range(130)], ["n"]))
    found = [shown.data.column("n").take(chosen).to_pylist() for chosen in shown.chosen]
    assert found == [[], [1, 1], [2], [3, 3]] * 32 + [[], [1, 1]]


def test_different_values(look):
    def values(**options):
        return look(lambda view: view.different("n", EVERY, **options)).to_pylist()

    assert sorted(values(limit=9)) == [1, 2, 3]
    assert sorted(values(limit=9, most_frequent=True)) == [1, 3]
    assert len(values(limit=2)) == 2


def test_one_state_of_the_table(table, postgres_url):
    def work(view):
        before = view.ask([Count()])[Count()]
        run(postgres_url, "insert into numbers values (9)")
        return (
            before.to_pylist(),
            view.ask([Count()])[Count()].to_pylist(),
            len(view.at(np.arange(9))),
        )

    assert table.look(work) == ([5], [5], 5)
    assert table.count() == 6


def test_no_view_of_rows_without_an_order_or_of_parts(table, postgres_url):
    run(postgres_url, "create view shown as select * from numbers")
    shown = dk.table(f"{postgres_url}#shown")
    others = [shown, table.sort("n"), table.limit(2), table.filter("n + 1 > 2"),
              table.aggregate("n", rows="size"), table.limit(2).filter("n > 1")]  # fmt: skip
    assert [each.look(lambda view: view) for each in others] == [None] * len(others)


def test_a_view_of_some_rows_and_columns(table):
    some = table.filter((dk.col("t") != "100%") & (dk.col("n") > 1)).select("t")
    assert some.look(lambda view: view.at(np.arange(9)).to_pydict()) == {"t": ["a", "a"]}
