from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dkdata.errors import ExpectationNotFoundError, UsageError
from dkdata.validation import (
    Suite,
    expect,
    expect_columns,
    expect_pair,
    expect_table,
    validate,
)
from dkdata.validation.catalogue import ENTRIES
from tests.validation.fidelity.comparing import comparable, directly

LEVELS = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
DETAILED = {
    "result_format": "COMPLETE",
    "partial_unexpected_count": 3,
    "unexpected_index_column_names": ["hour"],
}


@pytest.fixture(scope="module")
def everything(flights):
    """A suite with every rule that Great Expectations answers for a frame."""
    tailnum = (
        expect("tailnum").not_null(mostly=0.5).null().in_set(["N14228"], severity="warning")
        .not_in_set(["N14228"], meta={"a": 1}, notes="n").of_type("str")
        .of_types(["str", "object"]).length(6).length_between(5, 6, closed="left").matches("^N1")
        .not_matches("^N1").matches_any(["A", "B"]).matches_all(["A", "N"]).not_matches_any(["X"])
        .dateutil_parseable().json_parseable().strftime("%Y")
    )  # fmt: skip
    air_time = (
        expect("air_time").between(100, 200).unique().increasing().decreasing(strictly=True)
        .z_score_below(2).not_outlier().not_outlier(method="std", multiplier=2).min(0, 1)
        .max(0, 1, closed="neither").mean(0, 1).median(0, 1).stdev(0, 1).sum(0, 1)
        .unique_count(0, 1).proportion_unique(0, 1).proportion_non_null(0, 1)
        .quantiles({0.5: (1, 2), 0.9: (None, 9000)})
    )  # fmt: skip
    hour = (
        expect("hour").most_common([8]).distinct_in([8]).distinct_contains([8, 1])
        .distinct_equals([5, 6, 7, 8]).exists().exists(index=1).type("int64")
        .in_set([6], row_condition="air_time > 200")
    )  # fmt: skip
    partition = {"values": ["EWR", "JFK", "LGA"], "weights": [0.4, 0.4, 0.2]}
    origin = expect("origin").kl_divergence(partition, 0.1).json_schema({"type": "object"})
    delays = (
        expect_pair("arr_delay", "dep_delay").greater_than()
        .equal(ignore_row_if="either_value_is_missing").in_set([(11, 2)], mostly=0.1)
    )  # fmt: skip
    texts = expect_columns(["carrier", "origin"]).unique_together().equal().unique_within()
    numbers = expect_columns(["arr_delay", "dep_delay"]).sum_to(13)
    table = (
        expect_table().row_count(3).row_count_between(1, 1000).column_count(7)
        .column_count_between(1, 2).columns_are(["a"]).columns_are(["hour"], exact=False)
        .columns_ordered(list(flights.columns))
    )  # fmt: skip
    return Suite("everything", [tailnum, air_time, hour, origin, delays, texts, numbers, table])


@pytest.fixture(scope="module")
def shapes(flights):
    """The flights with other indexes, dtypes and numbers of rows."""
    few = flights.tail(60).reset_index(drop=True)
    return {
        "repeated index": few.set_axis(np.arange(60) // 2, axis=0),
        "named index": few.set_axis(pd.Index([f"r{i}" for i in range(60)], name="key")),
        "two levels": few.set_index("origin", append=True, drop=False).rename_axis(["n", "o"]),
        "empty": few.iloc[:0],
        "all null": few.assign(air_time=np.nan),
        "masked": few.convert_dtypes(dtype_backend="numpy_nullable"),
        "arrow": few.convert_dtypes(dtype_backend="pyarrow"),
        "category": few.astype({"origin": "category", "tailnum": "category"}),
        "object": few.astype(object),
    }


def test_everything_is_asked(everything):
    asked = {expectation.type for expectation in everything}
    answered = {e.type for e in ENTRIES if "gx" in e.tiers and "_like_" not in e.type}
    assert answered == asked


@pytest.mark.parametrize("level", [*LEVELS, DETAILED], ids=str)
def test_results_are_those_of_great_expectations(flights, everything, level):
    expected = comparable(directly(flights, everything, level))
    assert expected == comparable(validate(flights, everything, result_format=level).to_dict())


@pytest.mark.parametrize("shape", [
    "empty", "all null", "masked", "arrow", "category", "object",
])  # fmt: skip
def test_results_for_other_rows_and_dtypes(shapes, shape, everything):
    expected = comparable(directly(shapes[shape], everything))
    assert expected == comparable(validate(shapes[shape], everything).to_dict())


@pytest.mark.parametrize("shape", ["repeated index", "named index", "two levels"])
def test_results_under_other_indexes(shapes, shape, everything):
    frame = shapes[shape]
    expected = comparable(directly(frame, everything, "COMPLETE"))
    assert expected == comparable(validate(frame, everything, result_format="COMPLETE").to_dict())


def test_equal_rules_that_fail_to_evaluate_are_answered_once_each(flights):
    broken = expect("origin").between(0, 1).between(0, 1)
    assert sorted(outcome.number for outcome in validate(flights, broken).results) == [0, 1]


def test_the_callers_context_stays_current(gx, flights):
    mine = gx.get_context(mode="ephemeral")
    validate(flights, expect("hour").null())
    manager = gx.data_context.data_context.context_factory.project_manager
    assert manager.get_current_project() is mine


def test_the_frame_is_not_changed(flights, everything):
    before = flights.copy()
    validate(flights, everything)
    pd.testing.assert_frame_equal(before, flights, check_exact=True)


def test_unknown_types_are_refused(flights):
    asked = {"type": "expect_column_values_to_be_betwen", "kwargs": {"column": "year"}}
    message = (
        r"^suite 'suite', expectation 1 \(expect_column_values_to_be_betwen\): no expectation of"
        r" that type is known\. Did you mean 'expect_column_values_to_be_between'\?"
    )
    with pytest.raises(ExpectationNotFoundError, match=message):
        validate(flights, asked)


def test_custom_expectations_are_answered(gx, flights):
    class ExpectEarlyHours(gx.expectations.ExpectColumnValuesToBeBetween):
        column: str = "hour"
        max_value: int = 5

    result = validate(flights, {"type": "expect_early_hours", "kwargs": {}})
    assert len(result.invalid()) == (flights["hour"] > 5).sum()


@pytest.mark.parametrize(("rule", "reason"), [
    (expect("hour").between(pd.Timedelta("1h")), "is neither a number nor a time"),
    (expect("origin").between("a", "b"),
     "min_value='a' is neither a number nor a time; max_value='b' is neither a number nor a time$"),
    (expect("hour").length_between("a"), "min_value: value is not a valid integer$"),
    (expect("hour").between(), "cannot both be None"),
])  # fmt: skip
def test_refused_parameters(flights, rule, reason):
    place = r"^suite '(hour|origin)', expectation 1 \(expect_column_value.*_to_be_between\): Great"
    with pytest.raises(UsageError, match=f"{place}.*{reason}"):
        validate(flights, rule)


MIXED = {
    "tuples": [(1, 2), 3, None], "surrogates": ["\ud800", "b", "c"],
    "functions": [len, {}, lambda: 1],
}  # fmt: skip


@pytest.mark.parametrize("values", MIXED.values(), ids=MIXED)
def test_columns_that_great_expectations_cannot_take(gx, values):
    class ExpectSmallNumbers(gx.expectations.ExpectColumnValuesToBeBetween):
        max_value: int = 2

    frame = pd.DataFrame({"mixed": pd.Series(values, dtype=object), "n": [1, 2, 3]})
    message = (
        r"^suite 'suite' can not be evaluated: Great Expectations cannot take its fingerprint of"
        r" the columns 'mixed'\. Give lists in place of tuples .* or leave the columns out\.$"
    )
    custom = {"type": "expect_small_numbers", "kwargs": {"column": "n"}}
    for rule in (custom, expect("mixed").strftime("%Y")):
        with pytest.raises(UsageError, match=message):
            validate(frame, [rule], engine="gx")
    listed = frame.assign(mixed=[[1], 2, 3])
    assert validate(listed, [custom]).counts() == {"n: expect_small_numbers": 1}


def test_only_the_columns_that_rules_need_are_given_to_great_expectations():
    frame = pd.DataFrame({"mixed": [(1, 2), 3, None], "n": [1, 2, 3]})
    for rule in (expect("n").between(1, 3), expect_table().row_count(3).columns_are(list(frame))):
        assert validate(frame, rule, engine="gx")
