"""Suites on tables of Elasticsearch say the same as on their rows in memory."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import dkdata as dk
from dkdata.validation import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.answering import held, running
from tests.validation.served.agreeing import assert_agrees

ROWS = 300
PEOPLE = pd.DataFrame(
    {
        "id": range(ROWS),
        "name": [None if n % 7 == 0 else f"größe {n % 50}" for n in range(ROWS)],
        "age": [None if n % 11 == 0 else float(n % 90) - 0.5 for n in range(ROWS)],
        "huge": [2**53 + n for n in range(ROWS)],
        "ok": [n % 3 > 0 for n in range(ROWS)],
        "born": [dt.datetime(2000, 1, 1) + dt.timedelta(days=n, microseconds=n) for n in range(ROWS)],  # noqa: DTZ001, E501
        "note": ["x" * 9000 if n == 5 else "" for n in range(ROWS)],
    }
)  # fmt: skip
SUITE = dk.Suite("people", [
    expect("id").not_null().unique().increasing().of_type("int64"),
    expect("name").not_null(mostly=0.5).matches("^größe 1").unique_count(1, 5)
    .in_set(["größe 1"], row_condition="ok"),
    expect("age").between(0, 80).mean(0, 10).max(0, 1).quantiles({0.5: (1, 2)}),
    expect("huge").sum(0, 1).min(2**53 + 1).between(2**53 + 1, 2**53 + 100),
    expect("note").length(0),
    expect("born").between("2000-01-02", "2000-02-01"),
    expect_pair("id", "age").greater_than(),
    expect_columns(["name", "ok"]).unique_together(),
    expect_table().row_count(300).row_count_between(1, 5).no_rows(
        "select * from {batch} where age > 80"
    ),
])  # fmt: skip


@pytest.mark.usefixtures("search")
@pytest.mark.parametrize("told", ["SUMMARY", "COMPLETE"])
@pytest.mark.parametrize("is_large", [False, True], ids=["whole", "in chunks"])
def test_a_suite_on_an_index(monkeypatch, told, is_large):
    if is_large:  # as tables are that do not fit into memory
        monkeypatch.setattr(held, "CHUNK", 64)
        monkeypatch.setattr(running, "LARGE", 100)
    for part in (PEOPLE.head(120), PEOPLE.tail(180)):
        dk.save(part.reset_index(drop=True), "search.people", mode="append")
    dk.delete("search.people", "id = 150")
    left = PEOPLE[PEOPLE["id"] != 150].reset_index(drop=True)
    result = assert_agrees("search.people", left, SUITE, told)
    assert not result.success
    assert_agrees(dk.table("search.people").filter("ok"), left[left["ok"]].reset_index(drop=True),
                  SUITE, told)  # fmt: skip
