"""Frames to records and back."""

from __future__ import annotations

import random
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.testing.comparing import assert_same, assert_same_polars
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE, FRAME_SHAPES

PEOPLE = pd.DataFrame(
    {
        "name": pd.Categorical(["Ada", "Bob", "Cy"], categories=["Cy", "Bob", "Ada"], ordered=True),
        "age": pd.array([36, None, 41], dtype="Int8"),
        "born": pd.to_datetime(["1815-12-10", None, "2000-01-01"]).tz_localize("Europe/Berlin"),
    },
    index=pd.Index([30, 10, 20], name="no"),
)


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_records_keep_every_dtype(name):
    frame = pd.DataFrame({"c": EVERY_DTYPE[name]})
    records = dk.to_records(frame)
    assert_same(dk.from_records(records), frame)
    for record in records:  # looked at, and so taken out
        assert list(record.data) == ["c"]
    assert_same(dk.from_records(records), frame)


@pytest.mark.parametrize("name", [name for name, frame in FRAME_SHAPES.items() if len(frame)])
def test_records_keep_the_index_and_labels(name):
    frame = FRAME_SHAPES[name]
    assert_same(dk.from_records(dk.to_records(frame)), frame)


@pytest.mark.parametrize("name", EVERY_POLARS_DTYPE)
def test_records_keep_every_dtype_of_polars(name):
    frame = pl.DataFrame({"c": EVERY_POLARS_DTYPE[name]})
    assert_same_polars(dk.from_records(dk.to_records(frame), as_="polars"), frame)


def test_some_of_the_records_in_any_order():
    records = dk.to_records(PEOPLE)
    assert_same(dk.from_records([records[2], records[0]]), PEOPLE.iloc[[2, 0]])
    assert_same(dk.from_records(records[:2]), PEOPLE.head(2))
    assert_same(dk.from_records([records[1]] * 3), PEOPLE.iloc[[1, 1, 1]])


def test_records_that_were_changed_keep_the_types():
    records = dk.to_records(PEOPLE)
    assert records[1].data == {"name": "Bob", "age": None, "born": None}
    records[1]["age"] = 5
    expected = PEOPLE.copy()
    expected.loc[10, "age"] = 5
    assert_same(dk.from_records(records), expected)


def test_records_that_do_not_fit_any_more_are_a_frame_of_their_own():
    records = dk.to_records(pd.DataFrame({"a": [1, 2]}))
    records[0]["b"] = "x"
    made = dk.from_records(records)
    assert made["a"].tolist() == [1, 2]
    assert made["b"].tolist()[0] == "x"


@pytest.mark.parametrize(
    "frame", [pl.DataFrame({"a": [1, None], "b": [["x"], []]}), pa.table({"a": [1]})]
)
def test_other_kinds_of_frames(frame):
    kind = "polars" if isinstance(frame, pl.DataFrame) else "arrow"
    made = dk.from_records(dk.to_records(frame), as_=kind)
    if kind == "polars":
        assert_same_polars(made, frame)
    else:
        assert made.equals(frame)


def test_uuids_become_text():
    given = uuid.UUID(int=1)
    made = dk.from_records([{"u": given}, {"u": None}], as_="arrow")
    assert made["u"].to_pylist() == [str(given), None]


def test_mappings_become_a_frame():
    assert dk.from_records([{"a": 1}, {"b": "x"}]).columns.tolist() == ["a", "b"]
    assert len(dk.from_records([])) == 0


def test_ids_and_metadata_are_found_by_the_label_of_the_row():
    records = dk.to_records(PEOPLE)
    for number, record in enumerate(records):
        record.id, record.metadata["no"] = f"r{number}", number
    frame = dk.from_records(records)
    assert frame.equals(PEOPLE)
    back = dk.to_records(frame.sort_values("age", ascending=False).query("age > 36"))
    assert [(one.id, one.metadata) for one in back] == [("r2", {"no": 2})]
    dk.save(frame, "memory.with_attrs", mode="replace")
    loaded = dk.load("memory.with_attrs", where="age < 40")
    assert dk.to_records(loaded)[0].id == "r0"


def test_labels_that_are_repeated_tell_nothing():
    records = [dk.Record({"a": 1}, id="x"), dk.Record({"a": 2}, id="y")]
    assert dk.from_records(records).attrs
    frame = pd.DataFrame({"a": [1, 2]}, index=[0, 0])
    views = dk.to_records(frame)
    views[0].id = "x"
    with pytest.raises(UsageError, match="has labels twice"):
        dk.from_records(views)
    assert_same(dk.from_records(views, metadata=None), frame)


def test_labels_that_are_missing_tell_nothing():
    for index in ([1.5, None], pd.MultiIndex.from_tuples([("a", 1), ("b", None)])):
        views = dk.to_records(pd.DataFrame({"a": [1, 2]}, index=index))
        views[1].id = "x"
        with pytest.raises(UsageError, match="has missing labels"):
            dk.from_records(views)


def test_what_is_no_label_is_refused_as_the_index():
    records = [dk.Record({"a": 1}, id=1, metadata={"tags": ["x"]})]
    with pytest.raises(UsageError, match=r"'tags' of a record is \['x'\], which is no label"):
        dk.from_records(records, metadata="index")
    pairs = [dk.Record({"a": 1}, id=(1, "x")), dk.Record({"a": 2}, id=(2, "y"))]
    assert dk.from_records(pairs, metadata="index").index.tolist() == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("as_", ["pandas", "polars", "arrow"])
def test_ids_and_metadata_as_columns(as_):
    records = [
        dk.Record({"a": 1}, id="x", metadata={"from": "web", "n": [1]}),
        dk.Record({"a": 2}, id="y"),
    ]
    frame = dk.from_records(records, as_=as_, metadata="columns")
    assert list(dk.to_records(frame)[0]) == ["a", "_dk_id", "_dk_metadata"]
    assert dk.to_records(frame, metadata="columns") == records
    plain = dk.from_records([dk.Record({"id": 1})], as_=as_, metadata="columns")
    assert list(dk.to_records(plain)[0]) == ["id"]


def test_ids_and_metadata_as_the_index():
    records = [
        dk.Record({"a": 1}, id="x", metadata={"from": "web", "n": 1}),
        dk.Record({"a": 2}, id="y", metadata={"from": "file"}),
    ]
    frame = dk.from_records(records, metadata="index")
    assert frame.index.names == ["id", "from", "n"]
    assert dk.to_records(frame, metadata="index") == records
    assert dk.from_records([dk.Record({"a": 1}, id=5)], metadata="index").index.tolist() == [5]
    with pytest.raises(UsageError, match="for pandas frames"):
        dk.from_records(records, as_="polars", metadata="index")
    with pytest.raises(UsageError, match="for pandas frames"):
        dk.to_records(pl.DataFrame({"a": [1]}), metadata="index")


def test_a_column_tells_the_ids():
    records = dk.to_records(PEOPLE.reset_index(), key="no")
    assert [one.id for one in records] == [30, 10, 20]
    assert dk.to_records(PEOPLE, key="no")[0].id == 30
    with pytest.raises(dk.errors.ColumnNotFoundError, match="'nmae'"):
        dk.to_records(PEOPLE, key="nmae")


def test_wrong_ways_are_refused():
    with pytest.raises(UsageError, match="metadata='attributes' is not possible"):
        dk.to_records(PEOPLE, metadata="attributes")
    with pytest.raises(UsageError, match="metadata='attributes' is not possible"):
        dk.from_records([], metadata="attributes")


def test_records_of_a_table_are_a_frame_again(tmp_path):
    dk.save(PEOPLE, tmp_path / "people.parquet", key="no")
    records = dk.records(tmp_path / "people.parquet").find(order_by="no")
    made = dk.from_records(records)
    assert_same(made, PEOPLE.sort_index())


def test_many_records_of_many_blocks():
    frame = pd.DataFrame({"a": np.arange(20_000), "b": np.arange(20_000) / 7})
    records = dk.to_records(frame)
    assert_same(dk.from_records(records), frame)
    order = random.Random(1).sample(range(20_000), 20_000)  # noqa: S311 - no secret
    shuffled = dk.from_records([records[n] for n in order])
    assert shuffled["a"].tolist() == order


NESTED = [
    {"id": 1, "home": {"city": "Oslo", "at": {"x": 1.5}}, "tags": ["a"]},
    {"id": 2, "home": None, "tags": []},
]


def test_nested_fields_become_columns_and_back():
    flat = dk.from_records(NESTED, flatten=True)
    assert flat.columns.tolist() == ["id", "home.city", "home.at.x", "tags"]
    assert flat["home.city"].tolist()[0] == "Oslo"
    assert flat["home.city"].isna().tolist() == [False, True]
    assert [one.data for one in dk.to_records(flat, unflatten=True)] == NESTED
    assert dk.to_records(flat)[0]["home.city"] == "Oslo"


def test_the_index_and_other_dtypes_stay():
    frame = PEOPLE.assign(**{"at.x": [1, 2, 3], "at.y": ["a", None, "c"]})
    records = dk.to_records(frame, unflatten=True)
    assert records[1].data["at"] == {"x": 2, "y": None}
    assert_same(dk.from_records(records, flatten=True), frame)


def test_names_that_would_be_there_twice_are_refused():
    with pytest.raises(UsageError, match=r"two columns would be called 'a\.b'"):
        dk.from_records([{"a": {"b": 1}, "a.b": 2}], flatten=True)
    with pytest.raises(UsageError, match="column 'a' is there, and so are fields of it"):
        dk.to_records(pd.DataFrame({"a": [1], "a.b": [2]}), unflatten=True)


def test_names_that_are_no_paths_stay():
    frame = pd.DataFrame({".a": [1], "b.": [2], "": [3]})
    assert dk.to_records(frame, unflatten=True)[0].data == {".a": 1, "b.": 2, "": 3}


def test_changed_records_may_need_wider_types():
    frame = pd.DataFrame({"i": pd.array([1, 2], dtype="Int8"), "s": ["a", "b"]}, index=list("qr"))
    records = dk.to_records(frame)
    records[1]["i"] = 1_000
    assert_same(dk.from_records(records), frame.assign(i=pd.array([1, 1_000], dtype="Int64")))


@pytest.mark.parametrize(
    "record", [dk.Record({"a": 1}, id="x"), dk.Record({"a": 1}, metadata={"by": "me"})]
)
def test_records_whose_ids_or_metadata_would_be_lost_are_not_saved_as_a_frame(record):
    with pytest.raises(UsageError, match="has an id or metadata beside its fields"):
        dk.save([dk.Record({"a": 0}), record], "memory.beside", mode="replace")
    assert not dk.exists("memory.beside")


def test_records_of_a_table_are_saved_as_a_frame():
    dk.save(PEOPLE, "memory.people", key="name", mode="replace")
    found = dk.records("memory.people").find(order_by="name")
    dk.save(found, "memory.copied", mode="replace")
    assert [one.data for one in dk.records("memory.copied", key="name").find()] == [
        one.data for one in found
    ]


def test_an_index_of_one_level_tells_the_ids():
    frame = PEOPLE.rename_axis("id")
    records = dk.to_records(frame, metadata="index")
    assert [(one.id, one.metadata) for one in records] == [(30, {}), (10, {}), (20, {})]
    assert dk.from_records(records, metadata="index").index.tolist() == [30, 10, 20]
