"""One record: a mapping with an id and metadata."""

from __future__ import annotations

import copy
import pickle
import uuid

import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, UsageError
from dkdata.record.ids import new_id

HOME = {"city": "London", "at": {"x": 1}}


@pytest.fixture
def ada():
    return dk.Record({"name": "Ada", "home": copy.deepcopy(HOME)}, id=1, metadata={"from": "web"})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (dk.Record({"id": 5}, id=1, metadata={"id": 9}), 1),
        (dk.Record({"id": 5}, metadata={"id": 9}), 5),
        (dk.Record({}, metadata={"id": 9}), 9),
        (dk.Record({"id": "5"}), "5"),
        (dk.Record({"id": 0}), 0),
        (dk.Record({"id": 5}, id=""), 5),
        (dk.Record({"id": ""}, metadata={"id": 9}), 9),
        (dk.Record({"id": None}), None),
        (dk.Record(), None),
    ],
)
def test_the_id_is_the_given_one_then_the_field_then_that_of_the_metadata(record, expected):
    assert record.id == expected
    assert type(record.id) is type(expected)


def test_a_new_id_changes_neither_fields_nor_metadata():
    record = dk.Record({"id": 5}, metadata={"id": 9})
    record.id = 1
    assert (record.id, record.data, record.metadata) == (1, {"id": 5}, {"id": 9})
    record.id = None
    assert record.id == 5


def test_new_ids_sort_by_time_and_are_all_different():
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {uuid.UUID(one).version for one in made} == {7}
    assert {uuid.UUID(one).variant for one in made} == {uuid.RFC_4122}
    assert made[0] < made[-1]


def test_copy_merge_and_project_keep_the_id(ada):
    assert ada.copy() == ada
    merged = ada.merge(dk.Record({"id": 7, "age": 36}, id=2, metadata={"by": "me"}))
    assert (merged.id, merged.data["age"]) == (1, 36)
    assert merged.metadata == {"from": "web", "by": "me"}
    assert dk.Record({"a": 1}).merge(dk.Record({"b": 2}, id=4)).id == 4
    projected = dk.Record({"id": 5, "a": 1, "b": {"c": 2}}).project("b.c", "a")
    assert (projected.id, projected.data) == (5, {"b.c": 2, "a": 1})


def test_nothing_is_shared(ada):
    given = {"tags": ["a"], "home": {"city": "Oslo"}}
    made = dk.Record(given, metadata=given)
    for other in (made.copy(), made.merge({}), dk.Record.from_dict(made.to_dict())):
        other["tags"].append("b")
        other["home.city"] = "Rome"
        other.metadata["tags"].append("c")
    assert made.data == made.metadata == given == {"tags": ["a"], "home": {"city": "Oslo"}}
    assert ada.home == HOME


def test_fields_are_reached_by_name_by_path_and_as_attributes(ada):
    assert (ada["home.at.x"], ada.home["city"], "home.at" in ada, "home.no" in ada) == (
        1, "London", True, False,
    )  # fmt: skip
    assert (ada.get("home.no", 5), list(ada), len(ada)) == (5, ["name", "home"], 2)
    assert dk.Record({"a.b": 1, "a": {"b": 2}})["a.b"] == 1
    ada["home.city"], ada["age"], ada["x.y"] = "Paris", 36, 1
    assert ada.data == {
        "name": "Ada", "home": {"city": "Paris", "at": {"x": 1}}, "age": 36, "x.y": 1,
    }  # fmt: skip
    del ada["home.city"], ada["x.y"], ada["age"]
    assert ada.data == {"name": "Ada", "home": {"at": {"x": 1}}}


def test_what_is_not_there_is_named(ada):
    with pytest.raises(KeyError, match=r"no field 'nmae'. Did you mean 'name'"):
        ada["nmae"]
    with pytest.raises(KeyError, match=r"no field 'home.no'"):
        ada.project("home.no")
    with pytest.raises(KeyError, match=r"no field 'nmae'"):
        del ada["nmae"]
    with pytest.raises(
        AttributeError, match=r"a record has no attribute 'nmae'. Did you mean 'name'"
    ):
        ada.nmae  # noqa: B018
    with pytest.raises(AttributeError):
        ada.nickname = "A"


def test_a_field_is_its_value_and_its_type(ada):
    assert ada.field("home.city") == ada.field("home.city")
    assert (ada.field("home.city").value, ada.field("home.city").type) == ("London", pa.string())
    held = pa.table({"n": pa.array([1], pa.int8()), "s": [{"x": None}]})
    (record,) = dk.to_records(held)
    assert record.field("n").type == pa.int8()
    assert (record.field("s.x").value, record.field("s.x").type) == (None, pa.null())


def test_equality(ada):
    assert ada != dk.Record(ada.data, id=2, metadata=ada.metadata)
    assert ada != dk.Record(ada.data, id=1)
    assert ada == {"name": "Ada", "home": HOME}
    assert ada != [1]
    with pytest.raises(TypeError, match="unhashable"):
        hash(ada)


def test_it_is_written_and_read(ada):
    assert dk.Record.from_dict(ada.to_dict()) == ada
    assert ada.to_dict() == {"id": 1, "data": ada.data, "metadata": {"from": "web"}}
    for other in (pickle.loads(pickle.dumps(ada)), copy.deepcopy(ada), copy.copy(ada)):  # noqa: S301
        assert other == ada
    with pytest.raises(UsageError, match=r"is not what Record.to_dict"):
        dk.Record.from_dict({"name": "Ada"})


def test_it_is_shown(ada):
    assert repr(ada) == f"Record({ada.data!r}, id=1, metadata={{'from': 'web'}})"
    shown = dk.Record({"<b>": "<i>"}, id="<x>")._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown.removeprefix("<div class='dk-record'><b>")
    assert "name" in dir(ada)


@pytest.mark.parametrize("bad", [[1], "x", 5])
def test_what_is_no_mapping_is_refused(bad):
    with pytest.raises(UsageError, match=r"data=.* is no mapping"):
        dk.Record(bad)
    with pytest.raises(UsageError, match=r"metadata=.* is no mapping"):
        dk.Record({}, metadata=bad)


@pytest.mark.parametrize("kept", ["no JSON", "[1]", 7])
def test_metadata_that_somebody_else_wrote_is_refused_by_name(kept):
    dk.save(pa.table({"id": [1], "_dk_metadata": [kept]}), "memory.strange", mode="replace")
    record = dk.records("memory.strange").read(1)
    assert record.data == {"id": 1}
    with pytest.raises(SchemaError, match=r"column '_dk_metadata' .* is no JSON object"):
        _ = record.metadata
    dk.drop("memory.strange")
