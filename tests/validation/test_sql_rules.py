from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.validation import Suite, expect, expect_table, validate

FRAME = pd.DataFrame({"a": [1, 2, 3]})


def _result(rule, frame=FRAME, level="SUMMARY"):
    (outcome,) = validate(frame, rule, result_format=level).results
    return outcome


@pytest.mark.parametrize("frame", [FRAME, pl.DataFrame(FRAME), FRAME.to_dict("records")])
def test_no_rows(frame):
    assert _result(expect_table().no_rows("select * from {batch} where a > 3;"), frame).success
    outcome = _result(expect_table().no_rows("select * from {batch} where a > 1"), frame)
    assert not outcome.success
    assert outcome.result == {"observed_value": 2}
    assert outcome.tier == "sql"


def test_rows_found_are_listed_in_complete_results():
    rule = expect_table().no_rows("select a, '{{}}' as b from {batch} where a > 2")
    details = _result(rule, level="COMPLETE").result["details"]
    assert details == {"unexpected_rows": [{"a": 3, "b": "{}"}]}
    assert _result(rule, level="BOOLEAN_ONLY").result == {}


def test_a_query_may_name_other_tables():
    dk.save(pd.DataFrame({"a": [1, 2]}), "memory.known", mode="replace")
    query = "select * from {batch} where a not in (select a from memory.known)"
    assert _result(expect_table().no_rows(query)).result["observed_value"] == 1


def test_as_many_rows_as_another_table():
    dk.save(FRAME, "memory.three", mode="replace")
    outcome = _result(expect_table().row_count_of("memory.three"))
    assert outcome.success
    assert outcome.result == {"observed_value": {"self": 3, "other": 3}}


@pytest.mark.parametrize(("rule", "reason"), [
    (expect_table().no_rows("select nothing from {batch}"), "nothing"),
    (expect_table().no_rows("select * from {table}"), "something else than {batch} in braces"),
    (expect_table().row_count_of("memory.gone"), "no table named 'gone'"),
    (expect_table().query_matches("select 1", "s", "select 1"), "no store named 's'"),
    (expect_table().query_matches("select [1]", "local", "select 1"), "lists or records"),
    (expect_table().query_matches("select 1 from {x}", "local", "select 1"), "braces"),
])  # fmt: skip
def test_what_cannot_be_evaluated_says_why(rule, reason):
    outcome = _result(rule)
    assert not outcome.success
    assert reason in outcome.error


def test_as_many_rows_of_a_kind_as_another_table():
    dk.save(FRAME.head(2), "memory.two", mode="replace")
    rule = expect_table().row_count_of("memory.two", row_condition="a > 1")
    assert _result(rule).result == {"observed_value": {"self": 2, "other": 2}}


def test_a_query_finds_what_another_finds():
    dk.save(pd.DataFrame({"b": [3, 2, None, 2]}), "memory.others", mode="replace")
    others = "select b::int as b from memory.others"
    same = expect_table().query_matches("select a from {batch}", "local", "from range(1, 4)")
    assert _result(same).success
    rule = expect_table().query_matches("select a from {batch}", "memory", others, mostly=0.5)
    outcome = _result(rule, level="COMPLETE")
    assert outcome.success
    assert outcome.result == {
        "unexpected_count": 2,
        "unexpected_percent": 50.0,
        "details": {
            "missing_rows": [{"b": None}, {"b": 2}],
            "unexpected_rows": [{"a": 1}],
        },
    }
    strict = expect_table().query_matches("select a from {batch}", "memory", others)
    assert not _result(strict).success
    nothing = expect_table().query_matches("select 1 where 1 > 1", "local", "select 1 limit 0")
    assert _result(nothing).success


def test_both_kinds_of_rules_together():
    suite = Suite("s", [expect_table().no_rows("select * from {batch}"), expect("a").not_null()])
    result = validate(FRAME, suite)
    assert {outcome.number: outcome.tier for outcome in result.results} == {0: "sql", 1: "kernels"}
    assert result.to_gx().success is False
