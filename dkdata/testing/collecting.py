"""What every store does with several records: batches, conditions, frames of the same table."""

from __future__ import annotations

import pickle
import uuid
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    ExistsError,
    QueryError,
    RecordNotFoundError,
    SchemaError,
    UsageError,
)
from dkdata.predicate import col
from dkdata.testing.awaiting import AsyncTests
from dkdata.testing.comparing import assert_same
from dkdata.testing.recording import ADA, BOB, CY, SingleRecordTests

if TYPE_CHECKING:
    from dkdata.record.collection import Records
    from dkdata.testing.comparing import Target


class RecordTests(SingleRecordTests, AsyncTests):
    """Everything that a store promises of records."""

    writes_by_row = False
    """Whether the store writes each record of a batch by itself."""

    def test_a_batch_keeps_the_order(self, people: Records) -> None:
        made = people.create_many([CY, dk.Record(ADA), BOB])
        assert made.ids == [3, 1, 2]
        assert [one.data for one in made] == [CY, ADA, BOB]
        assert [one.id for one in people.find()] == [3, 1, 2]

    def test_a_batch_is_walked_through_and_kept(self, people: Records) -> None:
        made = pickle.loads(pickle.dumps(people.create_many([ADA, BOB])))  # noqa: S301 - our own
        assert (made.ids, made.failures, [one.data for one in made]) == ([1, 2], {}, [ADA, BOB])
        first = made[0]
        first["name"] = "Zoe"
        assert made.records[0].name == "Zoe"  # not made anew for each look
        assert people.read(1).data == ADA

    def test_an_empty_batch_touches_nothing(self, people: Records, target: Target) -> None:
        assert list(people.create_many([])) == list(people.upsert_many(iter(()))) == []
        assert people.delete_many([]) == 0
        assert not dk.exists(target("people"))

    def test_a_batch_is_all_or_nothing_or_each_by_itself(self, crew: Records) -> None:
        new, old = {**ADA, "id": 5}, {**ADA, "name": "Other"}
        if self.writes_by_row:
            made = crew.create_many([new, old])
            assert made.ids == [5, 1]
            assert [one.id for one in made] == [5]
            assert isinstance(made.failures[1], ExistsError)
            with pytest.raises(ExistsError, match="has a record 1 already"):
                made.raise_for_failures()
        else:
            with pytest.raises(ExistsError, match="has a record 1 already"):
                crew.create_many([new, old])
        assert crew.exists(5) == self.writes_by_row
        assert crew.read(1).data == ADA

    def test_ids_that_are_repeated_are_refused(self, crew: Records) -> None:
        for call in (crew.create_many, crew.upsert_many):
            with pytest.raises(SchemaError, match="key 'id' is repeated: 5"):
                call([{"id": 5, "name": "a"}, {"id": 6}, {"id": 5, "name": "b"}])
        assert crew.count() == 4

    def test_a_batch_with_a_record_that_does_not_fit_is_refused(self, crew: Records) -> None:
        for call in (crew.create_many, crew.upsert_many):
            with pytest.raises(SchemaError, match="'age'"):
                call([{"id": 5, "age": 1}, {"id": 6, "age": "old"}])
            with pytest.raises(UsageError, match="is no record"):
                call([{"id": 5}, 6])  # type: ignore[list-item]
        assert crew.count() == 4

    def test_upsert_many(self, crew: Records) -> None:
        made = crew.upsert_many([{"id": 5, "name": "Eve"}, {**ADA, "age": 1}])
        assert made.ids == [5, 1]
        assert (crew.read(1).age, crew.read(5).name, crew.count()) == (1, "Eve", 5)

    def test_delete_many(self, crew: Records) -> None:
        with pytest.raises(RecordNotFoundError, match="has no records 98, 99"):
            crew.delete_many([1, 98, 99])
        assert crew.count() == 4
        assert crew.delete_many([1, 99, 2, 1], missing_ok=True) == 2
        assert [one.id for one in crew.find(order_by="id")] == [3, 10]
        assert crew.clear() == 2
        assert crew.count() == 0

    def test_ids_are_compared_as_conditions_compare(self, people: Records) -> None:
        first, second = uuid.uuid4(), uuid.uuid4()
        people.create_many([{"id": first, "n": 1}, {"id": second, "n": 2}])
        assert people.read(str(first)) == people.read(first)
        with pytest.raises(RecordNotFoundError, match="has no record 'other'"):
            people.delete_many([first, "other"])
        with pytest.raises(UsageError, match="cannot be compared with"):
            people.delete_many([first, {"a": 1}])
        assert people.count() == 2
        assert people.delete_many([first, str(second), str(first)]) == 2

    @pytest.mark.parametrize(
        ("where", "ids"),
        [
            (None, [1, 2, 3, 10]),
            (col("age") > 36, [3, 10]),
            (~(col("age") > 36), [1]),
            (col("age") != 36, [3, 10]),
            (col("age").between(36, 41), [1, 3, 10]),
            (col("age").between(36, 41, closed="left"), [1]),
            (col("age").is_null(), [2]),
            (col("name").like("C_y\\%"), []),
            (col("name").like("C%"), [3]),
            (col("name").starts_with("C_"), [3]),
            (col("name").contains("%"), [3]),
            (~((col("age") == 41) | (col("name") == "Bob")), [1]),
            (~(col("age").is_in([41, None])), []),
            (col("at") == "2024-02-29T12:30:00.000001", [1]),
            (col("at") < "1970-01-01", [3]),
            (col("home.city") == "Oslo", [2]),
            (col("home.city").is_null(), [3, 10]),
            (col("home.no") >= 1, [1, 10]),
            ("age > 36 and name is not null", [3]),
        ],
        ids=str,
    )
    def test_find_and_count_mean_what_load_means(
        self, crew: Records, target: Target, where: Any, ids: list[int]
    ) -> None:
        assert [one.id for one in crew.find(where, order_by="id")] == ids
        assert crew.count(where) == len(ids)
        loaded = dk.load(target("people"), where=where, order_by="id", as_="arrow")
        assert loaded["id"].to_pylist() == ids

    def test_pages_and_order(self, crew: Records) -> None:
        def ids(**options: Any) -> list[int]:
            return [one.id for one in crew.find(**options)]

        assert ids(order_by=["age", "-id"]) == [1, 10, 3, 2]  # nulls last, numbers as numbers
        assert ids(order_by="-age") == [3, 10, 1, 2]
        assert ids(order_by="id", limit=2, offset=1) == [2, 3]
        assert ids(order_by="id", offset=3) == [10]
        assert ids(limit=0) == []
        with pytest.raises(UsageError, match="limit=-1"):
            ids(limit=-1)

    def test_columns_are_projected_in_order_and_ids_come_along(self, crew: Records) -> None:
        (found,) = crew.find("id = 1", columns=["age", "name"])
        assert (list(found), found.id) == (["age", "name"], 1)
        assert found.version is None  # of a part of a record
        by_query = crew.find(query=dk.Query(columns=("name",), where=col("id") == 1))
        assert (by_query[0].data, by_query[0].id) == ({"name": "Ada"}, 1)

    def test_wrong_conditions_are_refused(self, crew: Records) -> None:
        with pytest.raises(ColumnNotFoundError, match="'agee'"):
            crew.find("agee > 1")
        with pytest.raises(QueryError):
            crew.find(col("age") == "x")
        with pytest.raises(QueryError):
            crew.read("x")
        with pytest.raises(UsageError, match="aggregates are no records"):
            crew.find(query=dk.table(crew.location.label).aggregate(n="size").steps[0])

    def test_stream_gives_all(self, crew: Records) -> None:
        streamed = crew.stream("age > 1", order_by="-id")
        assert next(streamed).id == 10
        assert [one.id for one in streamed] == [3, 1]

    def test_records_and_frames_are_one_table(self, target: Target) -> None:
        frame = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bob"], "x": [0.5, None]})
        dk.save(frame, target("bulk"), key="id")
        one_by_one = dk.records(target("single"))
        for record in ({"id": 1, "name": "Ada", "x": 0.5}, {"id": 2, "name": "Bob", "x": None}):
            one_by_one.create(record)
        single = dk.load(target("single"), as_="arrow").to_pylist()
        assert single == dk.load(target("bulk"), as_="arrow").to_pylist()
        bulk = dk.records(target("bulk"))
        bulk.create({"id": 3, "name": "Cy", "x": 1})
        bulk.update(1, x=None)
        longer = pd.DataFrame(
            {"id": [1, 2, 3], "name": ["Ada", "Bob", "Cy"], "x": [None, None, 1.0]}
        )
        assert_same(dk.load(target("bulk"), order_by="id"), longer)

    def test_a_table_without_an_id_needs_a_key(self, target: Target) -> None:
        dk.save(pd.DataFrame({"name": ["Ada", "Bob"]}), target("names"))
        with pytest.raises(UsageError, match=r"nothing tells which column .* holds the ids"):
            dk.records(target("names")).count()
        names = dk.records(target("names"), key="name")
        assert names.read("Bob").data == {"name": "Bob"}

    def test_labels_that_are_repeated_are_not_written(self, target: Target) -> None:
        frame = pd.DataFrame([[1, "a", 2.5]], columns=pd.Index(["id", "d", "d"]))
        dk.save(frame, target("twice"), key="id")
        twice = dk.records(target("twice"))
        held = twice.read(1)
        for call in (
            lambda: twice.upsert({"id": 1, "d": 7.0}),
            lambda: twice.upsert({"id": 1, "d": 7.0}, version=held.version),
            lambda: twice.create({"id": 2, "d": 7.0}),
            lambda: twice.update(1, d=7.0),
        ):
            with pytest.raises(UsageError, match="2 columns are called 'd'"):
                call()
        assert_same(dk.load(target("twice")), frame)

    def test_labels_may_be_given_as_they_are_stored(self, target: Target) -> None:
        dk.save(pd.DataFrame({0: [1, 2], 1: ["a", "b"]}), target("numbered"), key=0)
        numbered = dk.records(target("numbered"))
        assert numbered.upsert({0: 1, "1": "x"}).data == {0: 1, 1: "x"}
        version = numbered.read(2).version
        assert numbered.upsert({0: 2, "1": "y"}, version=version).data == {0: 2, 1: "y"}

    def test_several_columns_make_an_id(self, target: Target) -> None:
        frame = pd.DataFrame({"a": [1, 1], "b": ["x", "y"], "v": [1, 2]})
        dk.save(frame, target("pairs"), key=["a", "b"])
        pairs = dk.records(target("pairs"))
        assert (pairs.read((1, "y")).v, pairs.read((1, "y")).id) == (2, (1, "y"))
        assert pairs.create({"a": 2, "b": "x", "v": 3}).id == (2, "x")
        assert pairs.update((2, "x"), v=4).v == 4
        assert pairs.delete_many([(1, "x"), (2, "x")]) == 2
        with pytest.raises(UsageError, match="is no id: the key is"):
            pairs.read(1)
        with pytest.raises(SchemaError, match="has no 'b', of which"):
            pairs.create({"a": 5})
