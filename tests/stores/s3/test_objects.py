"""Tables whose records are objects: what is where, and what is written."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import (
    ConflictError,
    ExistsError,
    QueryError,
    SchemaError,
    TableNotFoundError,
    UsageError,
)
from dkdata.testing.comparing import assert_same
from tests.stores.s3.objects import PEOPLE, configure, save

ODD_IDS = [
    "a b", "a/b", "../up", ".", "..", "50%", "%2F", "#1", "é", "東京", "_dk", "_x", "a.json", "1",
]  # fmt: skip


class TestLayout:
    def test_each_record_is_a_json_object_that_is_named_by_its_id(self, people):
        assert people.listed() == [
            f"people/{name}.json" for name in ("_dk", "ada", "bob", "cy")
        ]  # fmt: skip
        assert json.loads(people.read("people/ada.json")) == {"id": "ada", "age": 36, "paid": 0.1}
        assert json.loads(people.read("people/cy.json"))["age"] is None

    def test_it_is_found_out_by_others(self, people):
        configure(people)
        assert_same(dk.load("lake.people"), PEOPLE)
        assert dk.tables("lake").to_numpy().tolist() == [["lake", "people", 3, 3]]
        assert dk.sql("select max(age) as age from lake.people")["age"].tolist() == [41]

    def test_it_is_fixed(self, people):
        with pytest.raises(UsageError, match="has layout='objects', which is fixed"):
            dk.save(PEOPLE, "lake.people", layout="delta", mode="append")
        dk.save(PEOPLE, "lake.orders")
        for mode in ("append", "replace"):
            with pytest.raises(UsageError, match="has layout='delta', which is fixed"):
                save(PEOPLE, "lake.orders", mode=mode)
        assert people.listed("people/") != []

    def test_after_a_drop_it_is_chosen_configure(self, people):
        dk.drop("lake.people")
        assert people.listed() == []
        dk.save(PEOPLE, "lake.people")
        assert dk.table("lake.people").version == 0
        dk.drop("lake.people")
        save(PEOPLE)
        assert_same(dk.load("lake.people"), PEOPLE)

    def test_one_who_knew_another_layout_finds_the_new_one_out(self, people):
        dk.save(PEOPLE, "lake.orders")
        known = catalog.open_store("lake")
        configure(people)
        for name in ("people", "orders"):
            dk.drop(f"lake.{name}")
        save(PEOPLE, "lake.orders")
        dk.save(PEOPLE, "lake.people")
        for name in ("people", "orders"):
            with pytest.raises(TableNotFoundError):
                known.holder_of(name).count(name)
            assert known.holder_of(name).count(name) == 3

    @pytest.mark.parametrize(
        "target", ["memory.people", "local.people", "out/people.csv", "out/people"]
    )
    def test_it_is_of_buckets_only(self, target, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match=r"layout='objects' means nothing to .* for buckets"):
            save(PEOPLE, target)
        with pytest.raises(UsageError, match="layout='rows'"):
            dk.save(PEOPLE, target, layout="rows")

    @pytest.mark.usefixtures("lake")
    def test_a_quarantine_is_a_table_beside_it(self):
        rule = dk.expect("age").between(40, 120)
        saved = save(PEOPLE, suite=rule, on_invalid="quarantine")
        assert saved.rejected["id"].tolist() == ["ada"]
        assert dk.load("lake.people")["id"].tolist() == ["bob", "cy"]
        assert dk.load("lake.people__invalid")["id"].tolist() == ["ada"]

    def test_it_is_renamed_with_all_that_is_kept(self, people):
        dk.rename("lake.people", "lake.folk")
        assert people.listed("people/") == []
        assert_same(dk.load("lake.folk"), PEOPLE)
        dk.save(PEOPLE, "lake.orders")
        for old, new in (("folk", "orders"), ("orders", "folk")):
            with pytest.raises(ExistsError):
                dk.rename(f"lake.{old}", f"lake.{new}")

    def test_objects_that_lie_there_are_left_alone(self, lake):
        lake.put("people/notes.txt", b"mine")
        lake.put("people/x.json", b"[1]")
        save(PEOPLE)
        assert_same(dk.load("lake.people"), PEOPLE)
        dk.doctor("lake", older_than=0, remove=True)
        assert lake.read("people/x.json") == b"[1]"
        assert_same(dk.load("lake.people"), PEOPLE)


class TestIds:
    @pytest.mark.usefixtures("lake")
    def test_any_text_is_an_id(self):
        saved = pd.DataFrame({"id": ODD_IDS, "n": range(len(ODD_IDS))})
        save(saved)
        assert_same(dk.load("lake.people"), saved)
        for n, name in enumerate(ODD_IDS):
            assert dk.load("lake.people", where=dk.col("id") == name)["n"].tolist() == [n]
        assert dk.delete("lake.people", dk.col("id").is_in(ODD_IDS[:3])) == 3
        assert dk.load("lake.people")["id"].tolist() == ODD_IDS[3:]

    def test_whole_numbers_are_ids(self, lake):
        saved = pd.DataFrame({"id": [10, -2, 0, 2**62], "n": [1, 2, 3, 4]})
        save(saved)
        assert "people/-2.json" in lake.listed()
        lake.put("people/007.json", b"{}")  # which no number is called
        assert_same(dk.load("lake.people"), saved)
        assert dk.count("lake.people", "id < 10") == 2

    @pytest.mark.usefixtures("lake")
    def test_what_no_id_can_be_is_of_no_record(self):
        save(pd.DataFrame({"id": pd.array([1, 2], "int8")}))
        for wrong in (dk.col("id") == 300, dk.col("id").is_in([1, 300]), dk.col("id") == 2**70):
            assert dk.count("lake.people", wrong) == len(dk.load("lake.people", where=wrong)) <= 1
        save(PEOPLE, "lake.texts")
        for half in (dk.col("id") == "\ud800", dk.col("id").starts_with("\ud800")):
            with pytest.raises(QueryError):
                dk.load("lake.texts", where=half)

    @pytest.mark.parametrize(
        ("ids", "message"),
        [
            (["a", ""], "column 'id', row 1: the id is empty"),
            (["a", "x" * 1100], "column 'id', row 1: the id is too long"),
            (["a", None], "holds null"),
            (["a", "a"], "is repeated"),
        ],
    )
    def test_what_names_no_object_is_refused(self, lake, ids, message):
        with pytest.raises(SchemaError, match=message):
            save(pd.DataFrame({"id": ids}))
        assert lake.listed() == []

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, "with no key: each record is an object"),
            ({"key": ["id", "age"]}, r"with key=\['id', 'age'\]: each record"),
            ({"key": "paid"}, "key='paid' holds double: objects are named by texts or whole"),
        ],
    )
    def test_a_key_of_one_column_of_texts_or_numbers_is_needed(self, lake, given, message):
        with pytest.raises(UsageError, match=message):
            dk.save(PEOPLE, "lake.people", layout="objects", **given)
        assert lake.listed() == []

    def test_a_record_that_no_object_can_hold_is_refused(self, lake, tmp_path):
        hole = tmp_path / "hole"
        size = (5 << 30) + 1
        with hole.open("wb") as file:
            file.truncate(size)  # takes no room on the disk
        with pa.memory_map(str(hole)) as mapped:
            content = mapped.read_buffer(size)
            offsets = pa.py_buffer(np.array([0, 0, size], "int64").tobytes())
            blob = pa.LargeBinaryArray.from_buffers(pa.large_binary(), 2, [None, offsets, content])
            with pytest.raises(SchemaError, match="row 1 is larger than 5 GB"):
                save(pa.table({"id": ["a", "b"], "blob": blob}))
            del blob, content
        assert lake.listed() == []


class TestModes:
    @pytest.mark.usefixtures("people")
    def test_each_mode_counts_what_it_did(self):
        more = PEOPLE.assign(id=["ada", "dee", "eve"], paid=9.0)
        with pytest.raises(ExistsError):
            save(more)
        with pytest.raises(ConflictError, match="'ada'"):
            save(more, mode="append")
        assert dk.load("lake.people")["id"].tolist() == ["bob", "ada", "cy"]
        skipped = save(more, mode="skip")
        assert (skipped.inserted, skipped.skipped) == (2, 1)
        assert dk.load("lake.people", where="id = 'ada'")["paid"].tolist() == [0.1]
        upserted = dk.save(more.assign(id=["ada", "dee", "fay"]), "lake.people", mode="upsert")
        assert (upserted.inserted, upserted.updated) == (1, 2)
        assert dk.load("lake.people", where="id = 'ada'")["paid"].tolist() == [9.0]
        assert dk.count("lake.people") == 6

    @pytest.mark.parametrize("verify", ["none", "count", "checksum", "full"])
    @pytest.mark.usefixtures("lake")
    def test_what_was_written_is_read_back(self, verify):
        save(PEOPLE, verify=verify)
        save(PEOPLE.assign(id=["x", "y", "z"]), mode="append", verify=verify)
        for mode in ("upsert", "skip"):
            save(PEOPLE.assign(id=["w", "y", "z"], paid=3.0), mode=mode, verify=verify)
        assert dk.count("lake.people") == 7

    def test_a_replace_is_one_step_and_takes_other_columns(self, people):
        other = pd.DataFrame({"id": [1, 2], "day": [dt.date(2024, 1, 1), None]})
        seen = []

        def rows():
            yield pa.RecordBatch.from_pandas(other.head(1), preserve_index=False)
            configure(people)
            seen.append(dk.load("lake.people"))
            yield pa.RecordBatch.from_pandas(other.tail(1), preserve_index=False)

        batches = pa.RecordBatchReader.from_batches(
            pa.schema([("id", pa.int64()), ("day", pa.date32())]), rows()
        )
        save(batches, mode="replace")
        assert_same(seen[0], PEOPLE)
        assert dk.load("lake.people")["id"].tolist() == [1, 2]
        assert len(people.listed()) == 3  # of those before, none is left

    @pytest.mark.usefixtures("lake")
    def test_an_append_widens_the_columns(self):
        save(pd.DataFrame({"id": ["a"], "n": pd.array([1], "int8"), "x": [None]}))
        save(pd.DataFrame({"id": ["b"], "n": pd.array([300], "int16"), "x": ["t"]}), mode="append")
        found = dk.load("lake.people")
        assert found["n"].tolist() == [1, 300]
        assert found["x"].tolist()[1] == "t"
        with pytest.raises(SchemaError, match="column 'n' is text here"):
            save(pd.DataFrame({"id": ["c"], "n": ["?"], "x": ["t"]}), mode="append")
        assert dk.count("lake.people") == 2

    @pytest.mark.usefixtures("people")
    def test_a_run_writes_once(self):
        more = PEOPLE.assign(id=["x", "y", "z"])
        for attempt in range(2):
            saved = save(more, mode="append", run_id="nightly")
            assert (saved.inserted, saved.repeated) == (3, bool(attempt))
        assert dk.count("lake.people") == 6

    def test_a_run_that_was_killed_goes_on(self, people):
        more = PEOPLE.assign(id=["x", "y", "z"])
        save(more, mode="append", run_id="nightly")
        definition = people.read("people/_dk.json")
        told = json.loads(definition)
        told["note"]["dkdata_file"]["runs"] = {}  # as it was until all of them were there
        people.put("people/_dk.json", json.dumps(told).encode())
        people.client.delete_object(Bucket=people.name, Key="people/z.json")
        assert save(more, mode="append", run_id="nightly").inserted == 3
        assert dk.count("lake.people") == 6
        with pytest.raises(ConflictError):
            save(more, mode="append", run_id="another")

    @pytest.mark.usefixtures("people")
    def test_update_and_delete_find_their_records(self):
        assert dk.update("lake.people", {"paid": 5}, dk.col("age") > 40) == 1
        assert dk.update("lake.people", {"paid": 6}, dk.col("id") == "nobody") == 0
        assert dk.load("lake.people")["paid"].tolist() == [5.0, 0.1, -2.0]
        assert dk.delete("lake.people", "paid < 0") == 1
        assert dk.delete("lake.people", "id = 'nobody'") == 0
        assert dk.delete("lake.people", "id >= 'b' and id < 'z'") == 1
        assert dk.load("lake.people")["id"].tolist() == ["ada"]
        assert dk.delete("lake.people", "true") == 1
        assert dk.load("lake.people").empty

    @pytest.mark.usefixtures("lake")
    def test_many_records_are_removed_by_thousands(self, counted):
        save(pd.DataFrame({"id": range(1_500)}))
        counted.inject()
        assert dk.delete("lake.people", "id >= 10") == 1_490
        assert counted.asked.count("delete") == 2
        assert dk.count("lake.people") == 10

    def test_a_large_record_is_sent_in_parts(self, lake, counted):
        text = "0123456789" * 2_000_000
        counted.inject()
        save(pd.DataFrame({"id": ["big", "small"], "text": [text, "x"]}))
        assert counted.asked.count("post") == 2  # one begins it, one ends it
        assert dk.load("lake.people")["text"].tolist() == [text, "x"]
        with pytest.raises(ConflictError):
            save(pd.DataFrame({"id": ["big"], "text": [text]}), mode="append")
        uploads = lake.client.list_multipart_uploads(Bucket=lake.name)
        assert uploads.get("Uploads", []) == []
