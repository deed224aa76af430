"""Queries, writes and results are plain values."""

from __future__ import annotations

import datetime as dt
import json
import re

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.predicate import col
from dkdata.query import Aggregate, Measure, Query, SaveResult, Sort, WriteMode

RESULTS = [
    (SaveResult("t"), "t: 0 rows in 0.00 s"),
    (SaveResult("t", inserted=1_000, seconds=1.234), "t: 1,000 rows inserted in 1.23 s"),
    (SaveResult("t", inserted=1, updated=2), "t: 1 row inserted, 2 updated in 0.00 s"),
    (SaveResult("t", skipped=3, version=7), "t: 3 rows skipped in 0.00 s (version 7)"),
    (SaveResult("t", rejected=[0, 1]), "t: 2 rows rejected in 0.00 s"),
]


@pytest.mark.parametrize("argument", ["limit", "offset"])
@pytest.mark.parametrize("value", [-1, True, 1.5, "3"])
def test_what_does_not_count_rows_is_refused(argument, value):
    with pytest.raises(UsageError, match=rf"{argument}={value!r} is not possible"):
        Query(**{argument: value})


def test_whole_table():
    assert Query().is_whole_table
    assert not Query(limit=0).is_whole_table


def test_a_projection_keeps_the_rows():
    assert Query(columns=("a",)).keeps_rows
    assert not Query(where=col("a") > 1).keeps_rows


def test_unknown_aggregate_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'sum'"):
        Aggregate(measures=(Measure("total", "x", "summ"),))


def test_queries_are_values():
    assert hash(Query(where=col("a") > 1, order_by=("-a",))) == hash(
        Query(where=col("a") > 1, order_by=("-a",)),
    )


def test_modes_by_name():
    assert [str(mode) for mode in WriteMode] == ["error", "append", "replace", "upsert", "skip"]


@pytest.mark.parametrize(("result", "line"), RESULTS)
def test_result_is_one_line(result, line):
    assert str(result) == line


def test_rows_of_a_result_are_the_sum():
    assert SaveResult("t", inserted=1, updated=2, skipped=3, rejected=[0] * 4).rows == 10


def test_html_of_a_result_is_escaped():
    assert "<b>" not in SaveResult("<b>")._repr_html_()


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(columns=("a", "b"), limit=0, offset=3),
        Query(columns=()),
        Query(where=(dk.col("a") > 1) & ~dk.col("t").is_in([dt.date(2024, 2, 29), None])),
        Query(order_by=("-a", Sort("b", descending=True), Sort("-c"))),
        Query(aggregate=Aggregate(("a",), (Measure("n", None, "size"), Measure("s", "b", "sum")))),
    ],
    ids=str,
)
def test_a_query_is_json_and_back(query):
    text = json.dumps(query.to_dict())
    assert Query.from_dict(json.loads(text)) == query


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "is no query"),
        ({"colums": ["a"]}, "has no 'colums'. Did you mean 'columns'"),
        ({"where": {"compares": {}}}, "not a predicate"),
        ({"order_by": [{"colum": "a"}]}, "not a query"),
        ({"limit": -1}, "limit=-1"),
        ({"aggregate": {"measures": [{"name": "a", "column": "b", "function": "summ"}]}}, "'summ'"),
        ({"aggregate": 5}, "not a query"),
    ],
)
def test_what_is_no_query_is_refused(data, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        Query.from_dict(data)


def test_labels_that_json_has_not_are_refused():
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        Query(columns=(("a", 1, object()),)).to_dict()


def test_a_query_that_was_written_is_asked():
    dk.save(pd.DataFrame({"a": [1, 2, 3]}), "memory.asked_by_query", mode="replace")
    written = Query(where=dk.col("a") > 1, order_by=("-a",)).to_dict()
    assert dk.load("memory.asked_by_query", query=Query.from_dict(written))["a"].tolist() == [3, 2]
    dk.drop("memory.asked_by_query")


def test_a_query_takes_what_load_takes():
    assert Query(columns="a", where="a > 1", order_by="-a") == Query(("a",), col("a") > 1, ("-a",))
    assert Query(columns=["a", "b"]).columns == ("a", "b")
    with pytest.raises(UsageError, match="is not a condition"):
        Query(where=5)
