from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.change import compare, side_of
from dkdata.change.columns import Column, is_taken

TAKEN = [
    # given, held, whether it is taken, and whether the other way is
    (pa.int32(), pa.int64(), True, False),
    (pa.int8(), pa.int16(), True, False),
    (pa.uint8(), pa.int16(), True, False),
    (pa.uint32(), pa.int64(), True, False),
    (pa.uint64(), pa.int64(), False, False),
    (pa.int64(), pa.float64(), False, False),
    (pa.float32(), pa.float64(), False, False),
    (pa.decimal128(10, 2), pa.decimal128(12, 2), True, False),
    (pa.decimal128(10, 2), pa.decimal128(11, 3), True, False),
    (pa.decimal128(10, 2), pa.decimal128(10, 3), False, False),
    (pa.string(), pa.large_string(), True, True),
    (pa.dictionary(pa.int8(), pa.string()), pa.large_string(), True, True),
    (pa.time64("us"), pa.time64("ns"), True, False),
    (pa.timestamp("us"), pa.timestamp("ns"), False, False),
    (pa.timestamp("ms"), pa.timestamp("us"), True, False),
    (pa.timestamp("us"), pa.timestamp("us", "UTC"), False, False),
    (pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Berlin"), False, True),
    (pa.null(), pa.timestamp("us"), True, False),
    (pa.list_(pa.int32()), pa.list_(pa.int64()), False, False),
    (pa.int64(), "integer", True, False),
    (pa.string(), "string", True, True),
    (pa.float32(), "float", True, False),
    (pa.int64(), "float", False, False),
    (pa.int64(), "any", True, False),
    ("integer", "any", True, False),
    ("integer", "float", False, False),
    ("list", "json", False, False),
    ("date", pa.date32(), True, True),
]


@pytest.mark.parametrize(("given", "held", "taken", "back"), TAKEN)
def test_which_type_takes_every_value_of_another(given, held, taken, back):
    one, other = Column("a", given), Column("a", held)
    assert (is_taken(one, other), is_taken(other, one)) == (taken, back)


@pytest.mark.parametrize("t", [pa.int32(), pa.float64(), pa.timestamp("us"), "integer", "any"])
def test_a_type_takes_its_own_values(t):
    assert is_taken(Column("a", t), Column("a", t))


PERIODS = pd.DataFrame({"x": pd.period_range("2024-01-01", periods=2, freq="D")})
NUMBERS = pd.DataFrame({"x": [1, 2]})
ORDERED = pd.DataFrame({"x": pd.Categorical(["a"], ["a", "b"], ordered=True)})
OPEN = pd.DataFrame({"x": pd.Categorical(["a"], ["a", "b"])})
TEXTS = pd.DataFrame({"x": ["a"]})


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (PERIODS, NUMBERS, "none"),
        (PERIODS, PERIODS, "full"),
        (TEXTS, ORDERED, "forward"),
        (TEXTS, OPEN, "full"),
        (NUMBERS.astype("int8"), NUMBERS, "backward"),
        (NUMBERS, NUMBERS.astype("Int64"), "full"),
        (NUMBERS, pl.DataFrame({"x": [1]}, schema={"x": pl.Int16}), "forward"),
        (PERIODS, dk.Schema("s", [dk.Field("x", "integer")]), "none"),
        (NUMBERS, dk.Schema("s", [dk.Field("x", "integer")]), "backward"),
        (TEXTS.astype(object), dk.Schema("s", [dk.Field("x", "string")]), "full"),
        (
            pd.DataFrame({"x": [{"a": 1}, "b"]}),
            dk.Schema("s", [dk.Field("x", "string")]),
            "none",
        ),
    ],
    ids=range(11),
)  # fmt: skip
def test_frames_are_compared_by_what_an_append_takes(left, right, verdict):
    assert compare(left, right).verdict == verdict


def presence(name, **parts):
    return dk.Schema(name, [dk.Field("a", "integer"), dk.Field("b", "integer", **parts)])


NEEDED = "'p' needs the column, and has no default for it"
BARE = dk.Schema("bare", [dk.Field("a", "integer")])


@pytest.mark.parametrize(
    ("left", "right", "kind", "breaks", "why"),
    [
        (BARE, presence("p"), "added", "backward", NEEDED),
        (BARE, presence("p", default=0), "added", "", "where it is missing, it is 0"),
        (BARE, presence("p", default=None), "added", "", "where it is missing, it is null"),
        (
            BARE, presence("p", default=None, required=True), "added", "backward",
            "'p' would fill it with null, which it forbids",
        ),
        (presence("p"), BARE, "removed", "forward", NEEDED),
        (presence("p", default=0), BARE, "removed", "", "readers leave it out"),
        (presence("p"), presence("q", required=True), "nullable", "backward", "'q' forbids null"),
        (presence("p", required=True), presence("q"), "nullable", "forward", "'p' forbids null"),
        (presence("p", default=0), presence("q"), "rule changed", "backward",
         "'q' needs the column"),
        (presence("p"), presence("q", default=0), "rule changed", "forward",
         "'p' needs the column"),
        (
            presence("p", default=1), presence("q", default=0), "rule changed", "",
            "only what stands for a missing column",
        ),
    ],
)  # fmt: skip
def test_columns_that_come_and_go_and_may_be_null(left, right, kind, breaks, why):
    (found,) = compare(left, right).changes
    assert (found.kind, found.column, found.breaks, found.why) == (kind, "b", breaks, why)


def test_a_strict_schema_forbids_the_columns_that_it_does_not_have():
    strict = dk.Schema("strict", [dk.Field("a", "integer")], strict=True)
    assert compare(presence("p", default=0), strict).verdict == "forward"
    assert compare(presence("p", default=0).to_suite(), strict.to_suite()).verdict == "none"


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        ({"name": "str"}, {"full_name": "str"}, [("name", "full_name")]),
        ({"name": "str"}, {"full_name": "int64"}, []),
        ({"a": "str", "b": "str"}, {"a": "str", "z": "str"}, [("b", "z")]),
        ({"a": "str", "b": "str"}, {"z": "str", "a": "str", "x": "int8"}, []),
        ({"price": "float64", "cost": "float64"}, {"costs": "float64", "prices": "float64"},
         [("price", "prices"), ("cost", "costs")]),
    ],
)  # fmt: skip
def test_a_renamed_column_is_guessed(left, right, pairs):
    frames = (
        pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in side.items()})
        for side in (left, right)
    )
    found = compare(*frames)
    renamed = [change for change in found.changes if change.kind == "renamed"]
    assert [(change.before, change.after) for change in renamed] == pairs
    assert all(change.breaks == "both" and "a guess" in change.why for change in renamed)


def test_many_new_names_are_compared_by_their_places_alone():
    one, other = (pa.schema([(f"{x}{n}", pa.int8()) for n in range(200)]) for x in ("aaaa", "bbbb"))
    found = compare(one, other)
    assert [change.after for change in found.changes] == [f"bbbb{n}" for n in range(200)]


def test_the_rows_of_a_frame_are_not_looked_at_where_its_dtypes_tell():
    frame = pd.DataFrame({"a": [1], "b": [dt.date(2024, 2, 29)], "c": [Decimal("1.10")]})
    words = [column.words for column in side_of(frame).columns]
    assert words == ["int64", "date32[day]", "decimal128(38, 2)"]
    assert [column.words for column in side_of(frame[["a"]]).columns] == ["int64"]
