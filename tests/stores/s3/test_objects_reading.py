"""Tables whose records are objects: what is read of them, and what is fetched for that."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, StoreError
from dkdata.testing.comparing import assert_same, assert_same_polars
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE
from dkdata.testing.predicates import frame
from dkdata.testing.reading import ReadingTests
from tests.stores.s3.objects import PEOPLE, configure, save


class TestFidelity:
    @pytest.mark.parametrize("bucket", ["minio"], indirect=True)
    @pytest.mark.usefixtures("lake")
    def test_every_dtype(self):
        for number, (name, series) in enumerate(EVERY_DTYPE.items()):
            saved = series.to_frame()
            saved.insert(0, "id", [f"r{n}" for n in range(len(saved))])
            save(saved, f"lake.t{number}")
            assert_same(dk.load(f"lake.t{number}"), saved), name

    @pytest.mark.parametrize("bucket", ["minio"], indirect=True)
    @pytest.mark.usefixtures("lake")
    def test_every_polars_dtype(self):
        for number, (name, series) in enumerate(EVERY_POLARS_DTYPE.items()):
            ids = pl.Series("id", [f"r{n}" for n in range(len(series))])
            saved = pl.DataFrame([ids, series])
            save(saved, f"lake.t{number}")
            assert_same_polars(dk.load(f"lake.t{number}", as_="polars"), saved), name

    @pytest.mark.usefixtures("lake")
    def test_index_attrs_and_labels(self):
        saved = PEOPLE.set_index("id").rename(columns={"age": 7, "paid": ("a", "b")})
        saved.attrs = {"source": "test"}
        save(saved)
        assert_same(dk.load("lake.people"), saved)

    @pytest.mark.usefixtures("lake")
    def test_the_order_is_that_of_the_saves(self):
        ids = [f"{n * 7919 % 1009:04}" for n in range(300)]
        for start in range(0, 300, 100):
            rows = pd.DataFrame({"id": ids[start : start + 100], "n": range(start, start + 100)})
            save(rows, mode="append")
        assert dk.load("lake.people")["id"].tolist() == ids

    def test_foreign_objects_are_records_too(self, people):
        people.put("people/dee.json", b'{\n  "id": "dee",\r\n  "age": 7, "more": [1]\n}\n')
        found = dk.load("lake.people", order_by="id")
        assert found["id"].tolist() == ["ada", "bob", "cy", "dee"]
        assert found["age"].tolist()[-1] == 7
        assert np.isnan(found["paid"].tolist()[-1])

    @pytest.mark.parametrize("content", [b"no json", b"[1, 2]", b'{"id": "x", "age": "old"}'])
    def test_a_damaged_record_is_named(self, people, content):
        people.put("people/bad.json", content)
        with pytest.raises(StoreError, match=r"people/bad\.json.* holds no record"):
            dk.load("lake.people")
        assert dk.load("lake.people", where="id = 'ada'")["age"].tolist() == [36]

    @pytest.mark.parametrize("content", [b"", b"{}", b'{"dkdata": 2}'])
    def test_a_damaged_definition_is_named(self, people, content):
        people.put("people/_dk.json", content)
        with pytest.raises(StoreError, match=r"people/_dk\.json: this definition .* damaged"):
            dk.load("lake.people")
        with pytest.raises(StoreError, match="damaged"):
            dk.save(PEOPLE, "lake.people", mode="append")


class TestFetching:
    """What the names of objects tell is not fetched."""

    @pytest.fixture
    def asked(self, people, counted):
        """Gives what a load gives, and how many lists and records it asks for."""
        assert people.listed()
        dk.count("lake.people")  # what a client asks once is asked now

        def asked(work, *given, **named):
            counted.inject()
            found = work("lake.people", *given, **named)
            kinds = counted.asked
            ids = found if isinstance(found, int) else "".join(found["id"].str[0])
            return ids, kinds.count("list"), kinds.count("get") - 2  # the definition, twice

        return asked

    def test_the_ids_alone(self, asked):
        assert asked(dk.count) == (3, 1, 0)
        assert asked(dk.count, "id > 'b'") == (2, 1, 0)
        # With columns=, the schema is asked for first.
        assert asked(dk.load, columns="id", order_by="-id") == ("cba", 1, 1)

    def test_some_by_their_ids(self, asked):
        assert asked(dk.load, where=dk.col("id") == "ada") == ("a", 0, 1)
        assert asked(dk.load, where="id in ('ada', 'nobody') and age > 1") == ("a", 0, 2)
        assert asked(dk.load, where=dk.col("id").starts_with("b")) == ("b", 1, 1)
        assert asked(dk.load, where="id > 'b' and age > 1") == ("b", 1, 2)

    @pytest.mark.usefixtures("people")
    def test_it_is_explained(self):
        told = dk.table("lake.people").filter("age > 1").explain()
        assert "3 objects are fetched, " in told
        assert "cache_bytes=0" in told
        assert "no object is fetched" in dk.table("lake.people").aggregate(n="size").explain()


class TestCache:
    def test_what_did_not_change_is_not_fetched_again(self, people, counted):
        through = people.options | {"endpoint_url": counted.endpoint, "cache_bytes": 10**6}
        dk.configure({"stores": {"lake": through}})
        assert_same(dk.load("lake.people"), PEOPLE)
        for where, fetched in ((None, 0), ("id = 'ada'", 1)):
            counted.inject()
            dk.load("lake.people", where=where)
            assert counted.asked.count("get") == 2 + fetched  # and the definition, twice
        assert "57% of 7 reads answered by the cache" in dk.table("lake.people").explain()

    def test_it_is_never_stale(self, people):
        configure(people, cache_bytes=10**6)
        dk.load("lake.people")
        people.put("people/ada.json", b'{"id": "ada", "age": 1}')
        people.client.delete_object(Bucket=people.name, Key="people/cy.json")
        assert dk.load("lake.people", order_by="id")["age"].tolist() == [1, 41]
        people.put("people/ada.json", b'{"id": "ada", "age": 2}')
        assert dk.load("lake.people", where="id = 'ada'")["age"].tolist() == [2]
        assert dk.load("lake.people", where="id = 'cy'").empty

    def test_it_keeps_to_its_bounds(self, people):
        configure(people, cache_bytes=1200, cache_seconds=100)
        for _ in range(3):
            assert_same(dk.load("lake.people"), PEOPLE)
        configure(people, cache_bytes=10**6, cache_seconds=1e-9)
        for _ in range(2):
            assert_same(dk.load("lake.people"), PEOPLE)
        assert "0% of 6 reads" in dk.table("lake.people").explain()


class TestMetadata:
    ROWS = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "n": [1, 2, 3, 4],
            "_dk_metadata": ['{"batch": 7, "source": "web"}', None, "{}", '{"ok": null}'],
        }
    )

    def test_it_is_in_tags(self, lake):
        save(self.ROWS)
        assert json.loads(lake.read("people/a.json")) == {"id": "a", "n": 1}
        tags = lake.client.get_object_tagging(Bucket=lake.name, Key="people/a.json")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"batch": "7", "source": "web"}
        assert_same(dk.load("lake.people"), self.ROWS)
        dk.update("lake.people", {"n": 9}, "id = 'a'")
        assert_same(dk.load("lake.people"), self.ROWS.assign(n=[9, 2, 3, 4]))

    def test_a_change_of_it_is_a_change_of_the_record(self, lake):
        configure(lake, cache_bytes=10**6, excess_metadata="spill")
        save(self.ROWS.head(2))
        mark = lake.client.head_object(Bucket=lake.name, Key="people/a.json")["ETag"]
        for text in ('{"a": 1, "é": "x"}', '{"z": "1"}', "{}", None):
            dk.load("lake.people")
            dk.update("lake.people", {"_dk_metadata": text}, "id = 'a'")
            found = dk.load("lake.people")["_dk_metadata"]
            assert (found[0] if text else found.isna()[0]) == (text or True)
            now = lake.client.head_object(Bucket=lake.name, Key="people/a.json")["ETag"]
            assert now != mark
            mark = now

    @pytest.mark.usefixtures("lake")
    def test_it_has_one_form(self):
        saved = save(self.ROWS.assign(_dk_metadata='{"b":1,"a":"x"}'), verify="full")
        assert saved.inserted == 4
        assert dk.load("lake.people")["_dk_metadata"][3] == '{"a": "x", "b": 1}'

    def test_tags_that_others_change_are_read(self, lake):
        configure(lake, cache_bytes=10**6)
        save(self.ROWS)
        dk.load("lake.people")
        tags = [{"Key": "batch", "Value": "eight"}]
        lake.client.put_object_tagging(
            Bucket=lake.name, Key="people/a.json", Tagging={"TagSet": tags}
        )
        assert dk.load("lake.people")["_dk_metadata"][0] == '{"batch": "eight"}'

    @pytest.mark.parametrize(
        "more",
        [
            {f"tag{n}": "x" for n in range(11)},
            {"k" * 129: "x"},
            {"name": "x" * 257},
            {"name": "a&b"},
            {"name": "é"},
            {"nested": {"a": [1, 2]}},
        ],
    )
    def test_what_fits_in_no_tag_is_refused_or_kept_beside_them(self, lake, more):
        rows = self.ROWS.assign(_dk_metadata=[None, None, json.dumps(more), None])
        with pytest.raises(
            SchemaError, match=r"row 2: '.*' fits in no tag.*excess_metadata: spill"
        ):
            save(rows)
        assert lake.listed() == []
        configure(lake, excess_metadata="spill")
        save(rows)
        assert json.loads(dk.load("lake.people")["_dk_metadata"][2]) == more

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[1]", "is no JSON object"),
            (7, "holds int64: give JSON objects as texts"),
            (json.dumps({"a": "&" * 2000}), "is longer than the"),
        ],
    )
    def test_what_cannot_be_kept_is_refused(self, lake, text, message):
        configure(lake, excess_metadata="spill")
        with pytest.raises(SchemaError, match=message):
            save(self.ROWS.assign(_dk_metadata=text))
        assert lake.listed() == []


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
class TestReading(ReadingTests):
    """Predicates, order, pages and aggregates mean the same over objects."""

    @pytest.fixture
    def target(self, lake):
        assert lake.listed() == []
        return lambda name: f"lake.{name}"

    @pytest.fixture(name="table")
    def table_of_objects(self, target):
        saved = target("meanings")
        save(frame(), saved)
        return saved
