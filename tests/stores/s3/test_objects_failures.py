"""Tables whose records are objects: what is left where something breaks off, or others write."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ConflictError,
    DeadlineError,
    ExistsError,
    SchemaError,
    StoreError,
    TableNotFoundError,
)
from dkdata.testing.comparing import assert_same
from tests.services.s3.scripted import Answer, Break, Fault
from tests.stores.s3.objects import PEOPLE, configure, save


def ask_once():
    """Let the client ask what it asks once for each bucket: whether it heeds conditions."""
    dk.update("lake.people", {"age": 1}, "id = 'nobody'")


class TestSaves:
    def test_a_save_that_fails_leaves_nothing(self, lake):
        def rows():
            yield pa.RecordBatch.from_pydict({"id": ["a"]})
            raise RuntimeError

        broken = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.string())]), rows())
        with pytest.raises(RuntimeError):
            save(broken)
        assert lake.listed() == []

    def test_what_a_killed_save_left_is_removed(self, people):
        told = json.loads(people.read("people/_dk.json"))
        people.put("half/_dk.json", json.dumps(told | {"ready": False}).encode())
        about = {"dkdata-row": "1", "dkdata-run": "killed"}
        for key in ("half/a.json", "people/18ec000000000000-aaaaaaaaaaaa/a.json"):
            people.client.put_object(Bucket=people.name, Key=key, Body=b"{}", Metadata=about)
        assert dk.tables("lake")["table"].tolist() == ["people"]
        assert dk.doctor("lake").leftovers == ()
        found = dk.doctor("lake", older_than=0, remove=True).leftovers
        assert found == (
            "2 objects of 'half' that are of no table",
            "1 objects of 'people' that are of no table",
        )
        assert people.listed("half/") == []
        assert_same(dk.load("lake.people"), PEOPLE)
        assert dk.doctor("lake", older_than=0).leftovers == ()

    def test_another_may_make_the_table_that_a_killed_save_began(self, people):
        told = json.loads(people.read("people/_dk.json"))
        people.put("half/_dk.json", json.dumps(told | {"ready": False}).encode())
        people.put("half/zed.json", b'{"id": "zed"}')
        assert not dk.exists("lake.half")
        save(PEOPLE, "lake.half")
        assert_same(dk.load("lake.half"), PEOPLE)

    def test_a_commit_that_was_not_answered_keeps_its_records(self, people, counted):
        ask_once()
        counted.inject(Fault(Break.NEVER, "put", number=4))
        with pytest.raises(DeadlineError) as caught:
            save(PEOPLE.assign(paid=7.0), mode="replace", timeout=1)
        assert "may come to be saved" in caught.value.__notes__[-1]
        configure(people)
        assert_same(dk.load("lake.people"), PEOPLE)
        assert len(people.listed()) == 7
        dk.doctor("lake", older_than=0, remove=True)
        assert len(people.listed()) == 4

    def test_a_drop_that_breaks_off_leaves_no_table(self, people, counted):
        ask_once()
        counted.inject(Fault(Answer(403, "AccessDenied"), "delete", number=2))
        with pytest.raises(StoreError, match="access denied"):
            dk.drop("lake.people")
        assert not dk.exists("lake.people")
        assert dk.doctor("lake", older_than=0, remove=True).leftovers
        assert people.listed() == []

    def test_a_rename_that_breaks_off_is_undone(self, people, counted):
        ask_once()
        counted.inject(Fault(Answer(403, "AccessDenied"), "copy", number=2))
        with pytest.raises(StoreError, match="access denied"):
            dk.rename("lake.people", "lake.folk")
        assert people.listed("folk/") == []
        assert_same(dk.load("lake.people"), PEOPLE)
        dk.rename("lake.people", "lake.folk")

    def test_an_append_that_breaks_off_says_how_far_it_came(self, people, counted):
        assert people.listed()
        ask_once()
        counted.inject(Fault(Answer(403, "AccessDenied"), "put", number=2, times=None))
        more = PEOPLE.assign(id=["x", "y", "z"])
        with pytest.raises(StoreError, match="access denied") as caught:
            save(more, mode="append", run_id="nightly")
        assert "of 3 records were written" in caught.value.__notes__[-1]
        counted.inject()
        assert save(more, mode="append", run_id="nightly").inserted == 3

    def test_a_damaged_definition_harms_no_neighbour(self, people):
        people.put("bad/_dk.json", b"{")
        assert dk.tables("lake")["table"].tolist() == ["bad", "people"]
        assert dk.doctor("lake")
        with pytest.raises(TableNotFoundError):
            dk.load("lake.nosuch")
        save(PEOPLE, "lake.good")


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
class TestTogether:
    """Several at once: nobody's records are lost, or mixed with others'."""

    @pytest.mark.parametrize("mode", ["error", "append", "upsert", "skip"])
    @pytest.mark.usefixtures("lake")
    def test_a_table_that_was_made_meanwhile_is_not_replaced(self, mode):
        def rows():
            yield pa.RecordBatch.from_pydict({"id": ["mine"]})
            save(PEOPLE)

        made = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.string())]), rows())
        with pytest.raises(ConflictError, match="somebody else made 'people'"):
            save(made, mode=mode)
        assert_same(dk.load("lake.people"), PEOPLE)

    @pytest.mark.usefixtures("lake")
    def test_one_of_several_makes_a_table(self):
        def make(table, writer):
            ids = [f"{writer}{n}" for n in range(10)]
            try:
                return save(pd.DataFrame({"id": ids}), f"lake.{table}").inserted
            except (ConflictError, ExistsError):
                return 0

        with ThreadPoolExecutor(4) as pool:
            for table in "abcde":
                made = list(pool.map(partial(make, table), "wxyz"))
                assert sorted(made) == [0, 0, 0, 10]
                ids = dk.load(f"lake.{table}")["id"]
                assert set(ids.str[0]) == {"wxyz"[made.index(10)]}

    @pytest.mark.usefixtures("people")
    def test_a_reader_sees_one_table_or_the_other(self):
        with ThreadPoolExecutor(1) as pool:

            def replace():
                for n in range(1, 11):
                    save(pd.DataFrame({"id": range(20), "n": n}), mode="replace")

            running = pool.submit(replace)
            seen = set()
            while not running.done():
                found = dk.load("lake.people")
                seen.add((len(found), found["n"].nunique() if "n" in found else 0))
            running.result()
        assert seen <= {(3, 0), (20, 1)}
        assert len(seen) == 2

    @pytest.mark.usefixtures("people")
    def test_what_is_appended_during_a_rename_comes_along(self):
        kept = []

        def append():
            for n in range(1000):
                try:
                    dk.save(PEOPLE.head(1).assign(id=f"n{n}"), "lake.people", mode="append")
                except (ConflictError, TableNotFoundError, SchemaError, StoreError):
                    return
                kept.append(f"n{n}")

        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(append)
            while len(kept) < 5:
                time.sleep(0.01)
            dk.rename("lake.people", "lake.folk")
            count = len(kept)
            running.cancel()
            dk.drop("lake.people", missing_ok=True)
            found = set(dk.load("lake.folk")["id"])
        assert {*PEOPLE["id"], *kept[:count]} <= found
