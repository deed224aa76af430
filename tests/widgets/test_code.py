"""Suites and views as text: what runs gives the same suite, the same counts, the same rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dkdata as dk
from dkdata.predicate.sql import as_sql, select_sql
from dkdata.validation import Expectation, Suite, validate
from dkdata.validation.catalogue import ENTRIES
from dkdata.widgets.code.python import suite_python
from dkdata.widgets.code.sql import suite_sql
from dkdata.widgets.sources.frames import FrameSource
from tests.validation.fidelity import columns, rules

OF_SQL = {
    "expect_column_values_to_match_like_pattern": {"column": "a", "like_pattern": "a%"},
    "expect_column_values_to_not_match_like_pattern": {"column": "a", "like_pattern": "a%"},
    "expect_column_values_to_match_like_pattern_list":
        {"column": "a", "like_pattern_list": ["a%", "b%"]},
    "expect_column_values_to_not_match_like_pattern_list":
        {"column": "a", "like_pattern_list": ["a"]},
    "unexpected_rows_expectation": {"unexpected_rows_query": "SELECT * FROM {batch} WHERE a > 1"},
    "expect_table_row_count_to_equal_other_table": {"other_table_name": "b"},
    "expect_query_results_to_match_comparison": {
        "base_query": "SELECT 1", "comparison_query": "SELECT 2",
        "comparison_data_source_name": "x",
    },
}  # fmt: skip


def ran(suite):
    """Return the suite that the Python of a suite makes."""
    space = {}
    exec(suite_python(suite), space)  # noqa: S102 - that is what it is for
    return space["suite"]


@pytest.mark.parametrize("name", columns.COLUMNS)
@pytest.mark.parametrize("mostly", [1, 0.9])
def test_python_of_a_suite_makes_it_again(name, mostly):
    suite = rules.rules(columns.COLUMNS[name], mostly)
    assert ran(suite).to_dict() == suite.to_dict()


@pytest.mark.parametrize("name", OF_SQL)
def test_python_of_rules_on_sql(name):
    suite = Suite("s", [Expectation(name, OF_SQL[name])])
    assert ran(suite).to_dict() == suite.to_dict()


def test_every_core_type_is_made_again():
    made = {e.type for column in columns.COLUMNS.values() for e in rules.rules(column)}
    assert {entry.type for entry in ENTRIES} == made | set(OF_SQL)


@pytest.mark.parametrize(
    "suite",
    [
        Suite('na"me\n', dk.expect('co"l\n\'').between(0, 1)),
        Suite("s", dk.expect("a").between(0, severity="warning")),
        Suite("s", dk.expect("a").between(0, row_condition='col("b") == "x"')),
        Suite("s", [{"type": "expect_custom", "kwargs": {"column": "a", "of": {"x": [1, None]}}}]),
        Suite("s", dk.expect("a").between(float("-inf"), float("inf"))),
        Suite("s", dk.expect("a").between(dt.date(2024, 1, 1), dt.datetime(2024, 1, 2))),  # noqa: DTZ001
        Suite("s", dk.expect("a").between({"$PARAMETER": "low"}, 3)),
        Suite("s", dk.expect("a").in_set([])),
        Suite("s"),
    ],
    ids=["quotes", "severity", "condition", "custom", "infinite", "times", "parameter", "no value",
         "no rule"],
)  # fmt: skip
def test_python_of_odd_suites(suite):
    assert ran(suite).to_dict() == suite.to_dict()


def sql_of(frame, suite):
    kinds = {column.label: column.kind for column in FrameSource(frame).columns}
    return suite_sql(Suite("s", suite), "this", kinds)


FRAME = pd.DataFrame(
    {
        "n": pd.array([1, 2, 2, None, 5], dtype="Int64"),
        "x": [0.5, np.nan, -1.0, 1e9, 0.0],
        "s": ["ab", None, "", "Äb", "ab"],
        't"': [1, 2, 3, 4, 5],
        "t": pd.to_datetime(["2024-01-01", None, "2024-02-01", "2023-01-01", "2024-01-01"]),
    }
)
COVERED = (
    dk.expect("n").between(2, 4).between(2, 4, closed="neither").between(None, 2).not_null().null()
    .unique().in_set([1, 2]).in_set([1, None]).not_in_set([2, 5]).between(1, mostly=0.5)
    + dk.expect("x").between(-1, 0.5).not_null().in_set([0.5]).unique()
    + dk.expect("s").matches("^a").not_matches("b$").length(2).length_between(1, 2).unique()
    .length(2.0).length_between(0, 2, strict_min=True, strict_max=True)
    .in_set(["ab", "it's"]).not_in_set([""])
    + dk.expect('t"').between(2, 3).unique()
    + dk.expect("t").between("2024-01-01", "2024-01-31").not_null()
)  # fmt: skip


@pytest.mark.parametrize("frame", [FRAME, FRAME.head(0)], ids=["rows", "no rows"])
def test_sql_of_a_suite_counts_what_validation_counts(frame):
    counted = frame.dk.query(sql_of(frame, COVERED)).iloc[0]
    assert counted.to_dict() == validate(frame, COVERED).counts()


def test_sql_names_the_rules_that_it_leaves_out():
    suite = COVERED + dk.expect_table().row_count(5) + dk.expect("n").in_set([[1]])
    sql = sql_of(FRAME, suite)
    assert sql.count("-- not in SQL: ") == 2
    assert len(FRAME.dk.query(sql)) == 1
    nothing = sql_of(FRAME, dk.expect_table().row_count(5))
    assert FRAME.dk.query(nothing).iloc[0, 0] == 5


PARAMETER = {"$PARAMETER": "given later"}


@pytest.mark.parametrize(
    "rule",
    [
        dk.expect("s").in_set(PARAMETER),
        dk.expect("s").not_in_set(PARAMETER),
        dk.expect("s").length(PARAMETER),
        dk.expect("s").length_between(PARAMETER, 3),
        dk.expect("s").between(PARAMETER, 3),
        dk.expect("s").matches(PARAMETER),
        dk.expect("s").like("a!%", escape="!"),
        dk.expect("s").matches(r"(?i)^\s"),
        dk.expect("s").in_set([1]),
        dk.expect("s").between(1, 2),
        dk.expect("n").matches("^1"),
        dk.expect("n").in_set(["a"]),
        dk.expect("t").between("soon", None),
        dk.expect("gone").not_null(),
    ],
)
def test_sql_leaves_out_what_it_cannot_count(rule):
    sql = sql_of(FRAME, rule)
    assert sql.startswith("-- not in SQL: ")
    assert FRAME.dk.query(sql).iloc[0, 0] == len(FRAME)


def test_sql_reads_regular_expressions_as_python_does():
    frame = pd.DataFrame({"s": ["a1", "a1\n", "b2", "a1\nb", None]})
    suite = Suite("s", dk.expect("s").matches(r"^a\d$").not_matches("^b[0-9]$"))
    sql = sql_of(frame, suite)
    assert sql.startswith("-- digits and letters of ASCII alone: s: matches")
    assert frame.dk.query(sql).iloc[0].to_dict() == validate(frame, suite).counts()


@given(
    values=st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=15),
    low=st.integers(-6, 6), width=st.integers(0, 6),
    listed=st.lists(st.integers(-5, 5), max_size=4),
    closed=st.sampled_from(["both", "left", "right", "neither"]),
)  # fmt: skip
@settings(max_examples=50)
def test_sql_of_any_numbers(values, low, width, listed, closed):
    frame = pd.DataFrame({"a": pd.array(values, dtype="Int64")})
    suite = Suite(
        "s",
        dk.expect("a")
        .between(low, low + width, closed=closed)
        .in_set(listed)
        .not_in_set(listed)
        .unique(),
    )
    counted = frame.dk.query(sql_of(frame, suite)).iloc[0]
    assert counted.to_dict() == validate(frame, suite).counts()


LEAVES = st.one_of(
    st.tuples(st.just("n"), st.integers(-2, 6)).map(lambda p: dk.col(p[0]) >= p[1]),
    st.tuples(st.just("n"), st.lists(st.integers(0, 6), max_size=3)).map(
        lambda p: dk.col(p[0]).is_in(p[1])
    ),
    st.tuples(st.just("x"), st.floats(-2, 2)).map(lambda p: dk.col(p[0]) < p[1]),
    st.sampled_from(["n", "x", "s", "t"]).map(lambda name: dk.col(name).is_null()),
    st.sampled_from(["a", "b", "", "%", "_", "'", "Ä"]).map(
        lambda text: dk.col("s").contains(text)
    ),
    st.sampled_from(["2024-01-01", "2023-12-31T23:59:59"]).map(lambda text: dk.col("t") <= text),
    st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda p: dk.col("n").between(*p)),
)
PREDICATES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] & p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] | p[1]),
        inner.map(lambda p: ~p),
    ),
    max_leaves=5,
)


@given(PREDICATES)
def test_sql_of_a_condition_keeps_the_rows_that_it_keeps(predicate):
    dk.save(FRAME, "memory.conditions", mode="replace")
    table = dk.table("memory.conditions")
    kept = table.filter(predicate).to_pandas()['t"'].tolist()
    assert table.filter(as_sql(predicate)).to_pandas()['t"'].tolist() == kept
    assert FRAME.dk.query(select_sql("this", predicate, ()))['t"'].tolist() == kept
