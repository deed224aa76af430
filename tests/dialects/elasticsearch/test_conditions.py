"""What Elasticsearch is asked, and what is left to DuckDB."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from dkdata.dialects.columns import Columns
from dkdata.dialects.elasticsearch import EVERYTHING, NOTHING, Indexed, divided
from dkdata.predicate import Constant, col

SCHEMA = pa.schema(
    [
        ("n", pa.int64()), ("u", pa.uint64()), ("f", pa.float64()), ("g", pa.float32()),
        ("s", pa.large_string()), ("long", pa.large_string()), ("b", pa.bool_()),
        ("d", pa.date32()), ("t", pa.timestamp("us")), ("m", pa.decimal128(10, 2)),
    ]
)  # fmt: skip
INDEX = Indexed(Columns(SCHEMA, SCHEMA), {name: name.upper() for name in SCHEMA.names}, {"long"})


def _exists(field):
    return {"exists": {"field": field}}


def _not(query, *also):
    return {"bool": {"filter": list(also), "must_not": [query]}}


ASKED = {
    "equal": (col("n") == 9, {"term": {"N": 9}}),
    "beyond floats": (col("n") > 2**53 + 1, {"range": {"N": {"gt": 2**53 + 1}}}),
    "between numbers": (col("n") > 36.5, {"range": {"N": {"gt": 36}}}),
    "unequal": (col("n") != 9, _not({"term": {"N": 9}}, _exists("N"))),
    "beyond integers": (col("n") < 2**70, _exists("N")),
    "never": (col("n") == 2**70, NOTHING),
    "zero": (col("f") == 0, {"range": {"F": {"gte": -0.0, "lte": 0.0}}}),
    "below infinity": (col("f") < float("inf"), _exists("F")),
    "infinity": (col("f") == float("-inf"), NOTHING),
    "above minus infinity": (col("f") > float("-inf"), _exists("F")),
    "text": (col("s") >= "a", {"range": {"S": {"gte": "a"}}}),
    "flag": (col("b") == True, {"term": {"B": True}}),  # noqa: E712 - a column
    "day": (col("d") < dt.date(1970, 1, 1), {"range": {"D": {"lt": "1970-01-01"}}}),
    "first day": (col("d") == dt.date(1, 1, 1), {"term": {"D": "0001-01-01"}}),
    "several": (col("n").is_in([1, None, 9]), {"terms": {"N": [1, 9]}}),
    "none of several": (~col("n").is_in([1, None]), NOTHING),
    "none": (~col("n").is_in([]), _not(NOTHING, _exists("N"))),
    "like": (col("s").like("a%*_"), {"wildcard": {"S": {"value": "a*\\*?"}}}),
    "not like": (
        ~col("s").like("a%"), _not({"wildcard": {"S": {"value": "a*"}}}, _exists("S"))
    ),
    "contains": (col("s").contains("?"), {"wildcard": {"S": {"value": "*\\?*"}}}),
    "like nothing": (col("s").like(""), {"term": {"S": ""}}),
    "is null": (col("s").is_null(), _not(_exists("S"))),
    "true": (Constant(value=True), EVERYTHING),
    "unknown": (Constant(None), NOTHING),
    "both": (
        (col("n") > 1) & (col("s") == "a"),
        {"bool": {"filter": [{"range": {"N": {"gt": 1}}}, {"term": {"S": "a"}}]}},
    ),
    "either": (
        (col("n") > 1) | (col("s") == "a"),
        {
            "bool": {
                "should": [{"range": {"N": {"gt": 1}}}, {"term": {"S": "a"}}],
                "minimum_should_match": 1,
            }
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("predicate", "query"), ASKED.values(), ids=list(ASKED))
def test_what_is_asked_exactly(predicate, query):
    assert divided(predicate, INDEX) == (query, None)


LEFT = {
    "more than longs": col("u") == 1,
    "single floats": col("g") > 0.1,
    "long texts": col("long") != "a",
    "times": col("t") > dt.datetime(2024, 1, 1),  # noqa: DTZ001 - a naive column
    "decimals": col("m") == Decimal("1.1"),
    "other columns": col("n") > col("u"),
    "expressions": col("s").regex("^a"),
    "small letters": col("s").ilike("a%"),
    "long patterns": col("s").contains("x" * 300),
    "one of them": (col("n") > 1) | (col("m") > 1),
}


@pytest.mark.parametrize("predicate", LEFT.values(), ids=list(LEFT))
def test_what_is_left(predicate):
    assert divided(predicate, INDEX) == (None, predicate)


def test_a_conjunction_is_divided():
    both = (col("n") > 1) & (col("m") > 1)
    assert divided(both, INDEX) == ({"range": {"N": {"gt": 1}}}, col("m") > 1)
