"""Searches for words and for vectors that are near."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    QueryError,
    SchemaError,
    UnsupportedError,
    UsageError,
)
from tests.stores.elasticsearch.others import put

pytestmark = pytest.mark.usefixtures("search")
DOCS = pd.DataFrame(
    {
        "title": ["A fast car", "A slow car", "Fast food", None, "Trains"],
        "body": ["It is fast.", "Cars can be slow.", "Burgers", "car car car", ""],
        "year": [2020, 2021, 2022, 2023, 2024],
        "price": [1e300, float("inf"), -0.0, 2.5, None],
    },
    index=pd.Index(list("abcde"), name="doc"),
)


@pytest.fixture
def docs():
    dk.save(DOCS, "search.docs", options={"text": {"title": "standard", "body": "english"}})
    return dk.table("search.docs")


def _vectors(*rows, size=2):
    kept = pd.ArrowDtype(pa.list_(pa.float32(), size))
    return pd.DataFrame({"id": range(len(rows)), "v": pd.array(list(rows), dtype=kept)})


def test_the_best_row_comes_first_with_its_score_and_what_was_found(docs):
    found = docs.search("fast car", limit=3)
    assert found.index.tolist()[0] == "a"
    assert list(found.columns) == [*DOCS.columns, "_dk_score", "_dk_highlights"]
    assert found["_dk_score"].is_monotonic_decreasing
    assert found["_dk_highlights"].iloc[0] == "A <em>fast</em> <em>car</em> … It is <em>fast</em>."
    own = DOCS.loc[found.index]
    pd.testing.assert_frame_equal(found[DOCS.columns], own)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("burger", {"c"}),
        ('"slow car"', {"b"}),
        ("car -slow", {"a", "b", "d"}),
        ("tra*", {"e"}),
        ("nothing like it", set()),
        ("fast |&)( \\", {"a", "c"}),
    ],
)
def test_words(docs, text, expected):
    assert set(docs.search(text).index) == expected


def test_within_some_columns_and_with_some_columns(docs):
    found = docs.search("car", within="title", columns=["year"])
    assert list(found.columns) == ["year", "_dk_score", "_dk_highlights"]
    assert set(found.index) == {"a", "b"}


@pytest.mark.parametrize("where", ["year > 2020", "year % 2 = 1", dk.col("price") > 2])
def test_a_filter_holds_whoever_answers_it(docs, where):
    kept = set(dk.load("search.docs", where=where).index)
    found = docs.filter(where).search("fast car")
    assert set(found.index) == kept & {"a", "b", "c", "d"}


@pytest.mark.parametrize("as_", ["polars", "arrow"])
def test_other_frames(docs, as_):
    found = docs.search("burger", as_=as_)
    assert (
        found["year"].to_pylist() == [2022] if as_ == "arrow" else found["year"].to_list() == [2022]
    )


def test_rows_that_were_appended_or_changed_are_found(docs):
    del docs
    more = DOCS.assign(title="Boats").iloc[:1]
    dk.save(more, "search.docs", mode="append")
    dk.update("search.docs", {"title": "Ships"}, "year = 2024")
    table = dk.table("search.docs")
    assert table.search("boats", within="title")["year"].tolist() == [2020]
    assert table.search("ships trains", within="title")["year"].tolist() == [2024]


def test_very_many_columns_may_be_searched():
    texts = {f"t{number}": ["fast", "slow"] for number in range(600)}
    vectors = {f"v{number}": [[1.0, 0.0], [0.0, 1.0]] for number in range(600)}
    types = {name: pl.Array(pl.Float32, 2) for name in vectors}
    frame = pl.DataFrame(texts | vectors, schema_overrides=types)
    dk.save(frame, "search.wide", options={"text": list(texts)})
    found = dk.table("search.wide").search("fast", within=["t599"], near={"v599": [1.0, 0.1]})
    assert found["t0"].tolist() == ["fast", "slow"]


def test_vectors_that_are_near():
    rows = _vectors([1.0, 0.0], [0.6, 0.8], None, [0.0, 0.0], [-1.0, 0.1])
    dk.save(rows, "search.points")
    pd.testing.assert_frame_equal(dk.load("search.points"), rows)
    found = dk.table("search.points").search(near=[2.0, 0.1], limit=2)
    assert found["id"].tolist() == [0, 1]
    cosine = 2 / np.sqrt(2**2 + 0.1**2)
    assert found["_dk_score"].iloc[0] == pytest.approx((1 + cosine) / 2, abs=0.01)
    assert found["_dk_highlights"].isna().all()
    odd = dk.table("search.points").filter("id % 2 = 1").search(near={"v": [2.0, 0.1]})
    assert odd["id"].tolist() == [1]


def test_vectors_of_polars_and_words_together():
    rows = pl.DataFrame(
        {"t": ["fast", "slow", "fast"], "v": [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]},
        schema_overrides={"v": pl.Array(pl.Float64, 2)},
    )
    dk.save(rows, "search.both", options={"text": ["t"]})
    found = dk.table("search.both").search("fast", near=[1.0, 0.0], as_="polars")
    assert found.select("t", "v").rows() == [
        ("fast", [1.0, 0.0]),
        ("slow", [1.0, 0.0]),
        ("fast", [0.0, 1.0]),
    ]
    assert found.schema["v"] == pl.Array(pl.Float64, 2)


def test_odd_numbers_in_vectors_are_kept_and_not_found():
    rows = _vectors([1.0, 0.0], [float("inf"), 1.0], [float("nan"), 1.0], [1e-30, 0.0])
    dk.save(rows, "search.points")
    assert dk.count("search.points") == 4
    assert dk.table("search.points").search(near=[1.0, 0.0])["id"].tolist() == [0]


def test_a_column_that_no_words_are_searched_in(docs):
    dk.save(DOCS, "search.plain")
    with pytest.raises(UsageError, match=r"no column that is searched by words. Save it with opt"):
        dk.table("search.plain").search("car")
    with pytest.raises(UsageError, match=r"within='year': .* There are: title, body"):
        docs.search("car", within="year")
    with pytest.raises(ColumnNotFoundError, match="titel"):
        docs.search("car", within="titel")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a search for nothing"),
        ({"text": " "}, "a search for nothing"),
        ({"text": 3}, "Give words as one text"),
        ({"text": "a", "limit": 0}, "Give 1 or more"),
        ({"near": [1.0]}, "has 0 columns of vectors"),
        ({"near": {"year": [1.0]}}, "column 'year' of 'docs' has no vectors"),
    ],
)
def test_searches_that_are_refused(docs, arguments, message):
    with pytest.raises(UsageError, match=message):
        docs.search(**arguments)


@pytest.mark.parametrize(
    ("near", "message"),
    [
        ([1.0], "have 2 numbers, and 1 are given"),
        ([0.0, 0.0], "has no direction"),
        ([float("nan"), 0.0], "has no direction"),
        ([1e30, 0.0], "has no direction"),
        ([1e-40, 0.0], "has no direction"),
        (["a", "b"], "is no list of numbers"),
        ([[1.0, 0.0], [0.0, 1.0]], "is no list of numbers"),
        ({"v": 1.0}, "is no list of numbers"),
        (1.0, "Give a list of numbers"),
        (None, "Give a list of numbers"),
    ],
)
def test_vectors_that_are_refused(near, message):
    dk.save(_vectors([1.0, 0.0]), "search.points")
    with pytest.raises(UsageError, match=message):
        dk.table("search.points").search(near=near)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"txt": ["title"]}, UsageError, "'txt': …} is not known"),
        ({"text": 3}, UsageError, "Give the names of columns"),
        ({"text": ["year"]}, SchemaError, "only texts are searched by words"),
        ({"text": ["titel"]}, ColumnNotFoundError, "titel"),
    ],
)
def test_options_that_are_refused(search, options, error, message):
    with pytest.raises(error, match=message):
        dk.save(DOCS, "search.docs", options=options)
    assert search.names() == []


def test_columns_of_words_are_chosen_when_a_table_is_made(docs):
    del docs
    with pytest.raises(UsageError, match="chosen when a table is made"):
        dk.save(DOCS, "search.docs", mode="append", options={"text": ["title"]})


def test_tables_that_are_not_searched(docs):
    with pytest.raises(UsageError, match="filtered at most"):
        docs.sort("year").search("car")
    dk.save(DOCS, "memory.docs", mode="replace")
    with pytest.raises(UnsupportedError, match="Elasticsearch does"):
        dk.table("memory.docs").search("car")


def test_what_others_made_is_not_searched(search):
    dk.save(DOCS, "search.docs", options={"text": "title"})
    put(search, "logs", [{"title": "A fast car"}])
    (index,) = (name for name in search.names() if "docs" in name)
    search.client.indices.put_alias(index=index, name=f"{search.prefix}mine")
    for name in ("logs", "mine", '"lo*"'):
        with pytest.raises(UnsupportedError, match="only tables as dkdata saved them are searched"):
            dk.table(f"search.{name}").search("fast")


def test_a_filter_that_leaves_too_few_of_the_best_is_told():
    many = pd.DataFrame({"n": range(10_500), "t": "word"})
    dk.save(many, "search.many", options={"text": "t"})
    table = dk.table("search.many").filter("n * 1 >= 9_995")
    assert table.search("word", limit=5)["n"].tolist() == [9995, 9996, 9997, 9998, 9999]
    with pytest.raises(QueryError, match="of the 10,000 best rows, 5 meet the condition"):
        table.search("word", limit=6)
