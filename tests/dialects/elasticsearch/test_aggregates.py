"""Which aggregates Elasticsearch is asked for, how its answers are read, and which are left."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from dkdata.dialects.columns import Columns
from dkdata.dialects.elasticsearch import Indexed
from dkdata.dialects.elasticsearch.aggregates import grouped
from dkdata.dialects.elasticsearch.figures import NotExactError
from dkdata.query import Aggregate, Measure

SCHEMA = pa.schema(
    [
        ("n", pa.int64()), ("i", pa.int32()), ("u", pa.uint64()), ("f", pa.float64()),
        ("g", pa.float32()), ("s", pa.large_string()), ("long", pa.large_string()),
        ("b", pa.bool_()), ("d", pa.date32()), ("t", pa.timestamp("us")),
        ("m", pa.decimal128(10, 2)), ("w", pa.duration("us")), ("l", pa.large_list(pa.int64())),
    ]
)  # fmt: skip
INDEX = Indexed(Columns(SCHEMA, SCHEMA), {name: name.upper() for name in SCHEMA.names}, {"long"})


def _asked(by=(), **measures):
    told = tuple(Measure(name, *of) for name, of in measures.items())
    return grouped(Aggregate(by, told), INDEX)


STATS = {"stats": {"field": "N"}}
ASKED = {
    "number of rows": ({"x": (None, "size")}, None),
    "sum": ({"x": ("n", "sum")}, STATS),
    "mean": ({"x": ("n", "mean")}, STATS),
    "count of numbers": ({"x": ("n", "count")}, STATS),
    "count of texts": ({"x": ("s", "count")}, {"value_count": {"field": "S"}}),
    "count of floats": ({"x": ("g", "count")}, {"value_count": {"field": "G"}}),
    "spread": ({"x": ("i", "std")}, {"extended_stats": {"field": "I"}}),
    "how many are true": ({"x": ("b", "sum")}, {"stats": {"field": "B"}}),
    "least number": ({"x": ("n", "min")}, {"min": {"field": "N"}}),
    "greatest float": ({"x": ("f", "max")}, {"max": {"field": "F"}}),
    "last day": ({"x": ("d", "max")}, {"max": {"field": "D"}}),
    "first text": (
        {"x": ("s", "min")}, {"top_hits": {"size": 1, "_source": False, "sort": [{"S": "asc"}]}}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("measures", "body"), ASKED.values(), ids=list(ASKED))
def test_what_is_computed_of_all_rows(measures, body):
    found = _asked(**measures)
    inner = {} if body is None else {"aggs": {"a0": body}}
    assert found.groups.first() == {"size": 0, "track_total_hits": True, **inner}
    assert found.distinct == {}


LEFT = {
    "sums of floats": ((), {"x": ("f", "sum")}),
    "means of floats": ((), {"x": ("f", "mean")}),
    "medians": ((), {"x": ("n", "median")}),
    "first values": ((), {"x": ("n", "first")}),
    "last values": ((), {"x": ("n", "last")}),
    "more than longs": ((), {"x": ("u", "max")}),
    "single floats": ((), {"x": ("g", "max")}),
    "long texts": ((), {"x": ("long", "max")}),
    "number of long texts": ((), {"x": ("long", "count")}),
    "times": ((), {"x": ("t", "max")}),
    "number of times": ((), {"x": ("t", "count")}),
    "lengths of time": ((), {"x": ("w", "sum")}),
    "decimals": ((), {"x": ("m", "sum")}),
    "different decimals": ((), {"x": ("m", "n_unique")}),
    "groups by times": (("t",), {}),
    "groups by long texts": (("s", "long"), {}),
    "groups by lists": (("l",), {}),
    "one of several": ((), {"x": ("n", "sum"), "y": ("n", "median")}),
}


@pytest.mark.parametrize(("by", "measures"), LEFT.values(), ids=list(LEFT))
def test_what_is_left(by, measures):
    assert _asked(by, **measures) is None


def test_groups_by_one_column_are_asked_for_at_once():
    inner = {"aggs": {"a0": STATS}}
    assert _asked(("s",), x=("n", "sum"), y=("n", "mean")).groups.first()["aggs"] == {
        "groups": {"terms": {"field": "S", "size": 10_000}, **inner},
        "null": {"filter": {"bool": {"must_not": [{"exists": {"field": "S"}}]}}, **inner},
    }


def test_groups_by_several_columns_are_asked_for_by_pages():
    groups = _asked(("s", "d"), x=("n", "sum")).groups
    sources = [
        {"k0": {"terms": {"field": "S", "missing_bucket": True}}},
        {"k1": {"terms": {"field": "D", "missing_bucket": True}}},
    ]
    composite = {"composite": {"size": 50_000, "sources": sources}, "aggs": {"a0": STATS}}
    assert groups.first() == {"size": 0, "aggs": {"groups": composite}}
    after = {"k0": None, "k1": 86_400_000}
    composite["composite"]["after"] = after
    assert groups.page(after) == {"size": 0, "aggs": {"groups": composite}}


def test_different_values_are_groups_of_their_own():
    found = _asked(("s",), rows=(None, "size"), x=("n", "n_unique"))
    assert [key.name for key in found.distinct[1].keys] == ["S", "N"]
    assert "aggs" not in found.groups.first()["aggs"]["groups"]


def test_groups_are_read_with_their_figures():
    groups = _asked(("d",), rows=(None, "size"), x=("n", "mean"), y=("n", "count")).groups
    told = {"count": 2, "min": 1.0, "max": 2.0, "avg": 1.5, "sum": 3.0}
    none = {"count": 0, "min": None, "max": None, "avg": None, "sum": 0.0}
    aggregations = {
        "groups": {
            "sum_other_doc_count": 0,
            "buckets": [{"key": -86_400_000, "doc_count": 3, "a0": told}],
        },
        "null": {"doc_count": 1, "a0": none},
    }
    found = groups.all_of({"aggregations": aggregations})
    assert [(keys, groups.values(told)) for keys, told in found] == [
        ((-1,), [3, 1.5, 2]),
        ((None,), [1, None, 0]),
    ]
    aggregations["groups"]["sum_other_doc_count"] = 1
    assert groups.all_of({"aggregations": aggregations}) is None


def _stats(count, least, greatest, total, squares=0.0):
    told = {"count": count, "min": least, "max": greatest, "sum": total}
    return {"doc_count": count, "a0": {**told, "sum_of_squares": squares}}


SUMS = {
    "the last that is sure": ("sum", _stats(1, 2.0**53 - 1, 2.0**53 - 1, 2.0**53 - 1), 2**53 - 1),
    "one value": ("sum", _stats(1, 2.0**53, 2.0**53, 2.0**53), None),
    "what comes to little": ("sum", _stats(2, -(2.0**52), 2.0**52, 0.0), None),
    "below zero": ("sum", _stats(3, -5.0, -1.0, -9.0), -9),
    "a mean": ("mean", _stats(3, 1.0, 7.0, 10.0), 10 / 3),
    "a mean that is not sure": ("mean", _stats(2**30, 1.0, 2.0**23, 2.0**30), None),
    "a spread": ("var", _stats(3, 1.0, 3.0, 6.0, 14.0), 1.0),
    "its root": ("std", _stats(2, 1.0, 3.0, 4.0, 10.0), math.sqrt(2)),
    "a spread that is not sure": ("std", _stats(2, 0.0, 2.0**26, 2.0**26, 2.0**52), None),
}


@pytest.mark.parametrize(("function", "told", "value"), SUMS.values(), ids=list(SUMS))
def test_a_sum_is_taken_where_it_is_sure_to_be_exact(function, told, value):
    groups = _asked(x=("n", function)).groups
    if value is None:
        with pytest.raises(NotExactError):
            groups.values(told)
    else:
        assert groups.values(told) == [value]


def test_whole_numbers_beyond_floats_are_not_taken():
    groups = _asked(x=("n", "max")).groups
    assert groups.values({"doc_count": 1, "a0": {"value": 2.0**53 - 1}}) == [2**53 - 1]
    with pytest.raises(NotExactError):
        groups.values({"doc_count": 1, "a0": {"value": 2.0**53}})
    (key,) = _asked(("n",)).groups.keys
    assert key.shared(2**53 + 1) == 2**53 + 1


def test_a_zero_below_zero_makes_no_group_of_its_own():
    (key,) = _asked(("f",)).groups.keys
    assert key.shared(0.0) == 0
    with pytest.raises(NotExactError):
        key.shared(-0.0)
