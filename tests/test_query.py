"""Queries, writes and results are plain values."""

from __future__ import annotations

import pytest

from dkdata.errors import UsageError
from dkdata.predicate import col
from dkdata.query import Aggregate, Measure, Query, SaveResult, WriteMode

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
