"""What every store does with records: rows by their ids, one by one or several at once."""

from __future__ import annotations

import copy
import datetime as dt
import threading
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    ConflictError,
    DkError,
    ExistsError,
    RecordNotFoundError,
    SchemaError,
    UsageError,
)
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from dkdata.record.collection import Records
    from dkdata.testing.comparing import Target

_MOMENT = dt.datetime(2024, 2, 29, 12, 30, 0, 1)  # noqa: DTZ001 - a naive one is to stay so
ADA: dict[str, Any] = {
    "id": 1, "name": "Ada", "age": 36, "at": _MOMENT, "home": {"city": "London", "no": 7},
}  # fmt: skip
BOB = {"id": 2, "name": "Bob", "age": None, "at": None, "home": {"city": "Oslo", "no": None}}
CY = {"id": 3, "name": "C_y%", "age": 41, "at": dt.datetime(1969, 1, 1), "home": None}  # noqa: DTZ001
DI = {"id": 10, "name": None, "age": 41, "at": None, "home": {"city": None, "no": 1}}
EVERYONE = (ADA, BOB, CY, DI)


class SingleRecordTests:
    """Records one by one: ids, isolation, metadata, versions."""

    @pytest.fixture
    def people(self, target: Target) -> Records:
        return dk.records(target("people"), key="id")

    @pytest.fixture
    def crew(self, people: Records) -> Records:
        people.create_many(EVERYONE)
        return people

    def test_a_record_is_read_as_it_was_created(self, people: Records) -> None:
        created = people.create(ADA)
        assert (created.id, created.data) == (1, ADA)
        assert people.read(1) == created
        assert type(people.read(1).id) is int

    @pytest.mark.filterwarnings("ignore:.*written anew")
    def test_a_field_that_was_null_takes_a_value_later(self, people: Records) -> None:
        people.create({"id": 1, "name": None, "age": None})
        people.create({"id": 2, "name": "Bob", "age": None})
        assert people.update(2, age=41).data == {"id": 2, "name": "Bob", "age": 41}
        assert people.read(1).data == {"id": 1, "name": None, "age": None}
        assert [one.data for one in people.find("age > 40")] == [people.read(2).data]

    def test_what_is_refused_leaves_a_field_that_was_null_as_it_was(self, people: Records) -> None:
        people.create({"id": 1, "name": None, "age": 1})
        before = people.read(1).field("name").type
        with pytest.raises(ConflictError):
            people.update(1, name="Ada", version="of another record")
        with pytest.raises(SchemaError):
            people.update(1, name="Ada", age="old")
        with pytest.raises(RecordNotFoundError):
            people.update(2, name="Ada")
        assert people.read(1).field("name").type == before

    @pytest.mark.filterwarnings("ignore:.*written anew")
    def test_lists_and_objects_that_were_empty_take_values_later(self, people: Records) -> None:
        people.create({"id": 1, "tags": [], "home": {"city": None}})
        more = {"id": 2, "tags": ["a", None], "home": {"city": "Oslo"}}
        people.create(more)
        assert people.read(2).data == more
        assert people.update(1, tags=["b"], home={"city": "Rom"}).data["tags"] == ["b"]
        assert people.read(1).data == {"id": 1, "tags": ["b"], "home": {"city": "Rom"}}

    def test_an_id_that_is_given_beside_the_fields_wins(self, people: Records) -> None:
        given = dk.Record({"id": 9, "name": "Ada"}, id=1, metadata={"id": 8})
        assert people.create(given).data == {"id": 1, "name": "Ada"}
        assert people.read(9) is None
        assert (given.id, given.data, given.metadata) == (1, {"id": 9, "name": "Ada"}, {"id": 8})

    def test_an_id_may_be_among_the_metadata(self, people: Records) -> None:
        assert people.create(dk.Record({"name": "Ada"}, metadata={"id": "a"})).id == "a"
        assert people.read("a").metadata == {"id": "a"}

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_a_record_without_an_id_gets_one(self, people: Records, nothing: Any) -> None:
        made = people.create({"id": nothing, "name": "Ada"})
        assert uuid.UUID(made.id).version == 7
        assert people.read(made.id) == made
        later = people.create({"name": "Bob"})
        assert later.id > made.id

    def test_a_new_id_that_does_not_fit_is_explained(self, crew: Records) -> None:
        with pytest.raises(SchemaError, match="'id' is int64 and cannot hold") as caught:
            crew.create({"name": "Eve"})
        assert "{'name': 'Eve'} has no id" in caught.value.__notes__[0]

    def test_zero_is_an_id(self, people: Records) -> None:
        assert people.create({"id": 0, "name": "Nil"}).id == 0
        assert people.read(0).name == "Nil"

    def test_new_ids_are_made_as_the_caller_wants(self, target: Target) -> None:
        numbers = iter(range(5, 9))
        people = dk.records(target("people"), new_id=lambda: next(numbers))
        assert [people.create({"name": name}).id for name in "ab"] == [5, 6]
        assert people.read(6).name == "b"

    @pytest.mark.parametrize(
        "id_", ["a b", "a/b", "../up", "%2F", "é", "東京", "O'Brien", "_x", "1", "x" * 200]
    )
    def test_ids_may_be_any_text(self, people: Records, id_: str) -> None:
        people.create({"id": id_, "n": 1})
        assert people.update(id_, n=2) == people.read(id_)
        assert people.read(id_).data == {"id": id_, "n": 2}
        assert people.delete(id_)
        assert people.count() == 0

    def test_the_key_may_be_any_column(self, target: Target) -> None:
        codes = dk.records(target("codes"), key="code")
        assert codes.create({"code": "x", "id": 5}).id == "x"
        assert codes.read("x").data == {"code": "x", "id": 5}
        assert dk.records(target("codes")).read("x").id == "x"  # the key is kept

    def test_another_key_than_that_of_the_table_is_refused(
        self, crew: Records, target: Target
    ) -> None:
        del crew
        with pytest.raises(UsageError, match=r"key=\['name'\]: table .* has the key \['id'\]"):
            dk.records(target("people"), key="name").read("Ada")

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_nothing_is_no_id(self, crew: Records, nothing: Any) -> None:
        for call in (crew.read, crew.exists, crew.delete, crew.update):
            with pytest.raises(UsageError, match="is no id of a record"):
                call(nothing)

    def test_a_table_that_is_not_there_has_no_records(self, people: Records) -> None:
        assert (people.read(1), people.exists(1), people.count(), people.find()) == (
            None,
            False,
            0,
            [],
        )
        assert (list(people.stream()), people.clear(), people.delete_many([])) == ([], 0, 0)
        for call in (people.delete, people.update):
            with pytest.raises(RecordNotFoundError, match="has no record 1"):
                call(1)

    def test_create_refuses_what_is_there(self, crew: Records) -> None:
        with pytest.raises(ExistsError, match="has a record 1 already"):
            crew.create({**ADA, "name": "Other"})
        assert crew.read(1).data == ADA
        assert crew.count() == 4

    def test_update_changes_what_it_names(self, crew: Records) -> None:
        assert crew.update(1, age=37).data == {**ADA, "age": 37}
        assert crew.read(1).data == {**ADA, "age": 37}
        assert crew.read(2).data == BOB
        assert crew.update(1, {"name": None}).data == {**ADA, "age": 37, "name": None}

    def test_update_refuses_what_does_not_fit(self, crew: Records) -> None:
        for values, error in (
            ({"nam": "x"}, ColumnNotFoundError), ({"age": "old"}, SchemaError),
            ({"age": 1.5}, SchemaError), ({"id": 7}, UsageError), ({}, UsageError),
        ):  # fmt: skip
            with pytest.raises(error):
                crew.update(1, values)
        assert crew.read(1).data == ADA

    def test_update_and_delete_of_what_is_missing(self, crew: Records) -> None:
        with pytest.raises(RecordNotFoundError, match="has no record 99"):
            crew.update(99, age=1)
        with pytest.raises(RecordNotFoundError, match="has no record 99"):
            crew.delete(99)
        assert crew.update(99, age=1, missing_ok=True) is None
        assert crew.delete(99, missing_ok=True) is False
        assert crew.count() == 4

    def test_upsert_inserts_and_replaces(self, crew: Records) -> None:
        assert crew.upsert({"id": 4, "name": "Eve"}).data == {
            "id": 4, "name": "Eve", "age": None, "at": None, "home": None,
        }  # fmt: skip
        crew.upsert({"id": 1, "name": "Ada L."})
        assert crew.read(1).data == {
            "id": 1,
            "name": "Ada L.",
            "age": None,
            "at": None,
            "home": None,
        }
        assert crew.count() == 5

    def test_delete(self, crew: Records) -> None:
        assert crew.delete(1) is True
        assert (crew.read(1), crew.exists(1), crew.exists(2), crew.count()) == (
            None,
            False,
            True,
            3,
        )

    def test_fields_that_the_table_has_not_are_refused(self, crew: Records) -> None:
        for call in (crew.create, crew.upsert):
            with pytest.raises(ColumnNotFoundError, match=r"no column 'nmae'.*'name'"):
                call({"id": 5, "nmae": "Eve"})
        assert crew.count() == 4

    def test_values_are_those_of_the_columns(self, target: Target) -> None:
        frame = pd.DataFrame(
            {
                "id": [1],
                "day": pd.array([dt.date(2024, 2, 29)], dtype=pd.ArrowDtype(pa.date32())),
                "price": pd.array([Decimal("1.50")], dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
                "kind": pd.Categorical(["a"], categories=["a", "b"]),
                "part": [0.5],
                "raw": pd.array([b"\x00"], dtype=pd.ArrowDtype(pa.binary())),
                "small": pd.array([1], dtype="Int8"),
            }
        )
        dk.save(frame, target("values"), key="id")
        values = dk.records(target("values"))
        held = values.read(1)
        assert held.data == {
            "id": 1, "day": dt.date(2024, 2, 29), "price": Decimal("1.50"), "kind": "a",
            "part": 0.5, "raw": b"\x00", "small": 1,
        }  # fmt: skip
        values.create({**held.data, "id": 2, "part": 2, "day": "2024-03-01", "kind": "b"})
        both = pd.concat([frame, frame.assign(id=[2])], ignore_index=True)
        both["kind"] = pd.Categorical(["a", "b"], categories=["a", "b"])
        both["part"] = [0.5, 2.0]
        days = [dt.date(2024, 2, 29), dt.date(2024, 3, 1)]
        both["day"] = pd.Series(days, dtype=frame["day"].dtype)
        assert_same(dk.load(target("values"), order_by="id"), both)

    def test_what_the_caller_gave_and_got_is_the_callers(self, people: Records) -> None:
        given: dict[str, Any] = copy.deepcopy(ADA)
        created = people.create(given)
        assert given == ADA
        given["home"]["city"] = created.home["city"] = "Paris"
        read = people.read(1)
        assert read is not None
        assert read.data == ADA
        read["name"], read.metadata["x"], read.home["city"] = "Zoe", 1, "Rome"
        assert people.read(1).data == ADA
        found = people.find()[0]
        found.home["city"] = "Bonn"
        assert people.find()[0].data == ADA

    def test_metadata_is_kept_beside_the_fields(self, people: Records) -> None:
        made = people.create(dk.Record(ADA, metadata={"source": "web", "tries": 2}))
        assert made.metadata == {"source": "web", "tries": 2}
        assert (people.read(1).data, people.read(1).metadata) == (ADA, made.metadata)
        people.create(BOB)
        assert people.read(2).metadata == {}
        people.update(1, age=1)
        assert people.read(1).metadata == made.metadata
        assert [one.metadata for one in people.find(order_by="id")] == [made.metadata, {}]

    def test_a_frame_joins_records_with_metadata(self, people: Records, target: Target) -> None:
        people.create(dk.Record({"id": 1, "n": 1}, metadata={"source": "web"}))
        dk.save(pd.DataFrame({"id": [2], "n": [2]}), target("people"), mode="append")
        assert people.read(2).data == {"id": 2, "n": 2}
        assert people.read(1).metadata == {"source": "web"}

    def test_metadata_that_cannot_be_kept_is_refused(self, people: Records) -> None:
        with pytest.raises(SchemaError, match="is not kept"):
            people.create(dk.Record(ADA, metadata={"when": _MOMENT}))
        assert people.count() == 0
        people.create(ADA)
        with pytest.raises(SchemaError, match="keeps no metadata of records"):
            people.create(dk.Record(BOB, metadata={"source": "web"}))
        assert people.count() == 1

    def test_a_version_refuses_what_somebody_else_changed(self, crew: Records) -> None:
        mine, theirs = crew.read(1), crew.read(1)
        assert mine.version == theirs.version != crew.read(2).version
        updated = crew.update(1, age=37, version=theirs.version)
        for call in (crew.update, crew.delete):
            with pytest.raises(ConflictError, match=r"record 1 of table .* is not as it was read"):
                call(1, **({"age": 1} if call == crew.update else {}), version=mine.version)
        with pytest.raises(ConflictError):
            crew.upsert(ADA, version=mine.version)
        assert crew.read(1).data == {**ADA, "age": 37}
        assert crew.upsert(ADA, version=updated.version).data == ADA
        assert crew.delete(1, version=crew.read(1).version)
        with pytest.raises(ConflictError):
            crew.update(1, age=1, version=updated.version)

    def test_a_record_of_an_id_alone_has_a_version_too(self, people: Records) -> None:
        made = people.create({"id": 1})
        assert people.upsert(made, version=made.version) == made
        for id_, version in ((1, "other"), (2, made.version)):
            with pytest.raises(ConflictError, match=f"record {id_} of table .* is not as it was"):
                people.upsert({"id": id_}, version=version)
        assert people.count() == 1

    def test_of_many_who_count_up_nobody_is_lost(self, people: Records) -> None:
        people.create({"id": 1, "n": 0})
        wins, errors = [0] * 4, list[BaseException]()

        def count_up(who: int) -> None:
            try:
                while wins[who] < 3:
                    held = people.read(1)
                    try:
                        people.update(1, n=held.n + 1, version=held.version)
                        wins[who] += 1
                    except ConflictError:
                        pass
            except BaseException as error:  # noqa: BLE001 - shown by the test
                errors.append(error)

        threads = [threading.Thread(target=count_up, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert people.read(1).n == 12

    def test_of_several_who_create_one_id_one_wins(self, people: Records) -> None:
        outcomes = list[Any]()

        def create(who: int) -> None:
            try:
                outcomes.append(people.create({"id": 1, "who": who}).who)
            except DkError as error:
                outcomes.append(type(error))

        threads = [threading.Thread(target=create, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, outcomes))[1:] == [str(ExistsError)] * 3
        (winner,) = (one for one in outcomes if one is not ExistsError)
        assert people.read(1).who == winner
