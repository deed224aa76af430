"""Frames that Elasticsearch does not like: they come back as they were, or are refused by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import RejectedError, SchemaError
from dkdata.stores.elasticsearch.definition import Held, Part
from dkdata.stores.file.note import Note
from dkdata.testing.comparing import assert_same

INF = float("inf")


def _arrow(values, t):
    return pd.array(values, dtype=pd.ArrowDtype(t))


def _deep(depth):
    value, t = 1, pa.int64()
    for _ in range(depth):
        value, t = {"x": value}, pa.struct([("x", t)])
    return value, t


DEEP, DEEP_TYPE = _deep(30)
VALUES = pd.DataFrame(
    {
        "floats": [np.nan, INF, -INF, -0.0, 5e-324],
        "floats32": np.array([np.nan, INF, -0.0, 1e-45, 3.4e38], "float32"),
        "nan or null": _arrow([float("nan"), None, 1.0, -0.0, INF], pa.float64()),
        "integers": [2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 0],
        "unsigned": np.array([0, 2**63, 2**64 - 1, 2**53 + 1, 1], "uint64"),
        "times": np.array(
            ["0001-01-01", "1969-12-31T23:59:59.999999", "2262-04-12", "9999-12-31", "NaT"],
            "datetime64[us]",
        ),
        "nanoseconds": np.array(
            ["1677-09-22", "2262-04-11", "1969-12-31T23:59:59.999999999", "1970-01-01", "NaT"],
            "datetime64[ns]",
        ),
        "days": _arrow(
            [dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2263, 1, 1), dt.date.max, None],
            pa.date32(),
        ),
        "texts": ["", None, " ", "null", "NaN"],
        "lists": _arrow([[1, None, 3], [], None, [None], [0]], pa.list_(pa.int64())),
        "deep": _arrow([DEEP, None, DEEP, DEEP, None], DEEP_TYPE),
        "mixed": [DEEP, [1, [2, [3, None]]], None, "x", 1.5],
        "long": ["x" * 40_000, "é" * 20_000, "", None, "y" * 8_191],
    }
)
NAMES = [
    *("a.b", "a", "a%2Eb", "a..b", ".a", "a.", "%", " ", "", "% ", "%20", "a b", "a\nb", "größe"),
    *("_id", "%5Fid", "_source", "_ignored", "_dk_row", "_dk_row_", "%5Fdk_row", "fields"),
    *("x" * 600, "ü" * 200),
]
KEYS = {
    "odd": ['a"b', "a\\b", "a\nb", "/", "..", "_x", " ", "ü\U0001f600", "a,b", "*", "\x7f"],
    "long": ["x" * 511, "x" * 512, "x" * 600, "é" * 300],
    "integers": [-(2**63), 0, 2**63 - 1],
    "floats": [0.1, -0.0, 1e300, INF],
    "booleans": [True, False],
    "times": np.array(["1969-01-01", "2500-01-01T00:00:00.000001"], "datetime64[us]"),
    "days": _arrow([dt.date(1969, 1, 1), dt.date(2024, 2, 29)], pa.date32()),
    "decimals": _arrow([Decimal("1.50"), Decimal("-0.01")], pa.decimal128(10, 2)),
}


@pytest.mark.usefixtures("search")
def test_values_come_back_as_they_were():
    dk.save(VALUES, "search.odd")
    assert_same(dk.load("search.odd"), VALUES)
    assert dk.count("search.odd", dk.col("integers") == 2**53 + 1) == 1
    assert dk.count("search.odd", dk.col("unsigned") > 2**63) == 1
    assert dk.count("search.odd", dk.col("texts") == "") == 1
    assert dk.count("search.odd", dk.col("texts").is_null()) == 1
    assert dk.count("search.odd", dk.col("days") > dt.date(2262, 12, 31)) == 2


def test_fields_that_are_missing_are_null(search):
    dk.save(pd.DataFrame({"id": [1], "name": ["Ada"]}), "search.people")
    search.client.index(index=search.names()[0], document={"_dk_row": 1, "id": 2}, refresh=True)
    assert dk.load("search.people")["name"].isna().tolist() == [False, True]
    assert dk.count("search.people", dk.col("name").is_null()) == 1


@pytest.mark.usefixtures("search")
def test_columns_of_any_name_are_told_apart():
    frame = pd.DataFrame({name: [number, number + 1] for number, name in enumerate(NAMES)})
    dk.save(frame, "search.odd")
    assert_same(dk.load("search.odd"), frame)
    for number, name in enumerate(NAMES):
        assert dk.count("search.odd", dk.col(name) == number) == 1


@pytest.mark.usefixtures("search")
def test_a_column_name_that_cannot_be_kept_is_refused():
    with pytest.raises(SchemaError, match="holds a NUL character"):
        dk.save(pd.DataFrame({"a\x00b": [1]}), "search.odd")
    assert not dk.exists("search.odd")


@pytest.mark.parametrize("count", [1_001, 2_500])
@pytest.mark.usefixtures("search")
def test_a_table_may_have_very_many_columns(count):
    frame = pd.DataFrame({f"c{number}": [number, number + 1] for number in range(count)})
    dk.save(frame, "search.wide")
    assert_same(dk.load("search.wide"), frame)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.usefixtures("search")
def test_a_key_may_be_of_any_values(kind):
    frame = pd.DataFrame({"key": KEYS[kind]})
    frame["value"] = np.arange(len(frame))
    dk.save(frame, "search.keyed", key="key")
    changed = frame.assign(value=frame["value"] + 10)
    assert dk.save(changed, "search.keyed", mode="upsert").updated == len(frame)
    assert_same(dk.load("search.keyed"), changed)


@pytest.mark.usefixtures("search")
def test_a_key_of_several_columns():
    frame = pd.DataFrame({"a": ["x", 'x"', "x"], "b": [1.5, 1.5, -0.0], "v": [1, 2, 3]})
    dk.save(frame, "search.keyed", key=["a", "b"])
    changed = frame.assign(b=frame["b"] + 0.0, v=4)
    assert dk.save(changed, "search.keyed", mode="upsert").counts == "3 rows updated"


@pytest.mark.usefixtures("search")
def test_a_key_may_be_an_empty_text():
    dk.save(pd.DataFrame({"key": ["", " ", "a"], "v": [1, 2, 3]}), "search.keyed", key="key")
    more = pd.DataFrame({"key": ["", "b"], "v": [4, 5]})
    assert dk.save(more, "search.keyed", mode="upsert").counts == "1 row inserted, 1 updated"
    assert dk.delete("search.keyed", "key = ''") == 1
    assert dk.load("search.keyed")["key"].tolist() == [" ", "a", "b"]


def test_zeros_are_one_key_and_a_long_key_is_not_its_digest(search):
    dk.save(pd.DataFrame({"key": [-0.0], "v": [1]}), "search.zero", key="key")
    same = pd.DataFrame({"key": [0.0], "v": [2]})
    assert dk.save(same, "search.zero", mode="upsert").counts == "1 row updated"
    dk.save(pd.DataFrame({"key": ["x" * 600], "v": [1]}), "search.long", key="key")
    (long,) = (
        hit["_id"] for hit in search.client.search(index=f"{search.prefix}long")["hits"]["hits"]
    )
    other = pd.DataFrame({"key": [long, long[:64]], "v": [2, 3]})
    assert dk.save(other, "search.long", mode="upsert").counts == "2 rows inserted"


def test_rows_of_any_size_are_sent(search):
    frame = pd.DataFrame({"id": range(4), "text": ["x" * 20_000_000, "y", None, ""]})
    dk.save(frame, "search.large")
    assert_same(dk.load("search.large"), frame)
    rows = pd.DataFrame({"text": ["x" * 9_000] * 12_000})  # more than one request may have
    assert dk.save(rows, "search.large", mode="replace", progress=False).rows == 12_000
    assert len(search.names()) == 1


@pytest.fixture
def conflicting(search):
    """Let the server find another type in the documents of some ids than their index has."""
    name = f"{search.prefix}conflicting"
    changed = {"set": {"field": "id", "value": "no number", "if": "ctx.id == 77777"}}
    search.client.ingest.put_pipeline(id=name, processors=[changed])
    search.client.indices.put_index_template(
        name=name, index_patterns=[f"{search.prefix}*"], priority=500,
        template={"settings": {"index.default_pipeline": name}},
    )  # fmt: skip
    yield
    search.client.indices.delete_index_template(name=name)
    for index in search.names():
        search.client.indices.delete(index=index)
    search.client.ingest.delete_pipeline(id=name)


@pytest.mark.usefixtures("conflicting")
def test_one_refused_document_of_very_many_comes_back(search):
    old = pd.DataFrame({"id": [1], "name": ["Ada"]})
    dk.save(old, "search.people")
    frame = pd.DataFrame({"id": range(100_000), "name": "Bob"})
    message = r"refuses a row: row 77777: .*failed to parse field \[id\] of type \[long\]"
    with pytest.raises(RejectedError, match=message) as caught:
        dk.save(frame, "search.people", mode="append", progress=False)
    rejected = caught.value.rejected
    assert_same(rejected.drop(columns="_dk_reasons"), frame.iloc[[77_777]].reset_index(drop=True))
    assert "failed to parse field [id]" in rejected["_dk_reasons"][0][0]
    assert_same(dk.load("search.people"), old)
    assert len(search.names()) == 1


@pytest.mark.usefixtures("conflicting")
def test_refused_rows_come_back_as_the_frame_was_given():
    frame = pl.DataFrame({"id": [1, 77_777], "name": ["Ada", "Bob"]})
    with pytest.raises(RejectedError) as caught:
        dk.save(frame, "search.people")
    assert caught.value.rejected.drop("_dk_reasons").equals(frame.tail(1))
    assert not dk.exists("search.people")


def test_the_names_of_many_indices_are_divided_among_requests():
    note = Note(pa.schema([("a", pa.int64())]))
    names = [f"{'ü' * 30}~{number:016x}-{number:012x}" for number in range(50)]
    held = Held("t", "t", tuple(Part(name, n, note, {"a": "a"}) for n, name in enumerate(names)))
    paths = list(held.indices())
    assert ",".join(paths).split(",") == names
    assert len(paths) > 1
    assert max(map(len, paths)) < 3_000
