"""Tables that are read in chunks: the same results as of the whole frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, ConflictError
from dkdata.validation import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.answering import held, running
from tests.validation.fidelity.comparing import comparable

FORMATS = (
    "BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE",
    {"result_format": "COMPLETE", "include_unexpected_rows": True, "partial_unexpected_count": 2},
    {"result_format": "SUMMARY", "unexpected_index_column_names": ["hour"]},
)  # fmt: skip


@pytest.fixture
def small_chunks(monkeypatch):
    """Read tables of more than 40 rows in chunks of 32."""
    monkeypatch.setattr(held, "CHUNK", 32)
    monkeypatch.setattr(running, "LARGE", 40)


@pytest.fixture(params=["flights", "flights.parquet", "flights/", "flights.csv"])
def target(request):
    return request.param


def _suite():
    return dk.Suite("s", [
        expect("tailnum").not_null(mostly=0.5).matches("^N1").in_set(["N14228"]).unique()
        .of_type("str").length(6, row_condition="hour > 5"),
        expect("air_time").between(100, 200).increasing().z_score_below(2).not_outlier().mean(0, 1)
        .quantiles({0.5: (1, 2)}).max(0, 1000).unique_count(0, 5),
        expect("hour").exists().type("int64").most_common([8]).kl_divergence(
            {"values": [5, 6], "weights": [0.5, 0.5]}, 0.1),
        expect_pair("arr_delay", "dep_delay").greater_than().in_set([(11, 2)]),
        expect_columns(["carrier", "tailnum"]).unique_together().equal(),
        expect_table().row_count(330).row_count_between(1, 5).column_count(7).columns_are(["a"])
        .no_rows("select * from {batch} where hour = 6"),
    ])  # fmt: skip


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("told", FORMATS, ids=str)
def test_results_are_those_of_the_whole(flights, target, told):
    flights.dk.save(target)
    whole, scanned = dk.validate(dk.load(target), _suite(), result_format=told), None
    scanned = dk.validate(target, _suite(), result_format=told)
    assert comparable(whole.to_dict()) == comparable(scanned.to_dict())
    assert whole.counts() == scanned.counts()
    pd.testing.assert_frame_equal(whole.invalid(), scanned.invalid())
    pd.testing.assert_frame_equal(whole.valid(), scanned.valid())


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(10, 340, name="row"),
        pd.RangeIndex(0, 660, 2),
        pd.Index([f"r{n}" for n in range(330)], name="key"),
        pd.MultiIndex.from_product([range(33), list("abcdefghij")], names=["n", "c"]),
    ],
    ids=["named range", "steps", "texts", "levels"],
)
def test_rows_keep_their_labels(flights, index):
    frame = flights.set_axis(index)
    frame.dk.save("flights")
    whole = dk.validate(frame, _suite(), result_format="COMPLETE")
    scanned = dk.validate("flights", _suite(), result_format="COMPLETE")
    assert comparable(whole.to_dict()) == comparable(scanned.to_dict())
    pd.testing.assert_frame_equal(whole.invalid(), scanned.invalid())


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("condition", [
    "hour > hour.mean()", "dep_delay != dep_delay.shift()", "index > 40 and hour in [5, 6]",
    "hour == hour.max() or origin == 'JFK'", "`air_time` > 100", "not hour > 5",
])  # fmt: skip
def test_a_condition_is_about_all_rows(flights, condition):
    flights.dk.save("flights")
    rules = [*expect("arr_delay").between(0, 10, row_condition=condition),
             *expect_table().row_count(3, row_condition=condition)]  # fmt: skip
    whole, scanned = dk.validate(flights, rules), dk.validate("flights", rules)
    assert comparable(whole.to_dict()) == comparable(scanned.to_dict())


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("told", ["SUMMARY", "COMPLETE"])
def test_labels_that_come_again_in_another_chunk(flights, told):
    frame = flights.set_axis(pd.Index([f"r{n % 200}" for n in range(330)], name="key"))
    frame.dk.save("flights")
    rules = [*expect("hour").between(0, 5), *expect("carrier").in_set(["UA", "AA", "B6"])]
    whole = dk.validate(frame, rules, result_format=told)
    scanned = dk.validate("flights", rules, result_format=told)
    assert comparable(whole.to_dict()) == comparable(scanned.to_dict())
    assert whole.counts() == scanned.counts()


@pytest.mark.usefixtures("small_chunks")
def test_a_query_on_a_table_is_validated_as_its_rows(flights):
    flights.dk.save("flights")
    late = dk.table("flights").filter("dep_delay > 0").sort("-dep_delay")
    result = late.validate(expect("arr_delay").between(0, None))
    rows = late.to_pandas()
    assert result.counts() == {"arr_delay: between(0)": int((rows["arr_delay"] < 0).sum())}


@pytest.mark.usefixtures("small_chunks")
def test_a_table_that_was_changed_in_between_is_refused(flights):
    flights.dk.save("flights")
    result = dk.validate("flights", expect("hour").between(0, 5))
    flights.head(1).dk.save("flights", mode="append")
    with pytest.raises(ConflictError, match="changed since it was validated"):
        result.invalid()


@pytest.mark.usefixtures("small_chunks")
def test_a_column_that_is_not_there_is_named(flights):
    flights.dk.save("flights")
    with pytest.raises(ColumnNotFoundError, match=r"no column 'hours'\. Did you mean 'hour'\?"):
        dk.validate("flights", expect("hours").not_null())


@pytest.mark.usefixtures("small_chunks")
def test_labels_that_are_no_text():
    frame = pd.DataFrame({0: np.arange(50), "a": np.arange(50)})
    frame.dk.save("numbers")
    assert dk.validate("numbers", expect(0).between(0, 9)).counts() == {"0: between(0, 9)": 40}


@pytest.mark.usefixtures("small_chunks")
def test_great_expectations_has_the_values_also_beside_rules_about_the_table(flights):
    """It is asked for both: the kernels take no text for a number."""
    flights.dk.save("flights")
    hours = {"values": [5, 6], "weights": [0.5, 0.5]}
    rules = [expect("hour").kl_divergence(hours, 0.1), expect_table().row_count("330")]
    whole = dk.validate(flights, rules)
    assert {outcome.tier for outcome in whole.results} == {"gx"}
    assert comparable(dk.validate("flights", rules).to_dict()) == comparable(whole.to_dict())
