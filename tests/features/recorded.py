"""What works with records, and with an event loop."""

from __future__ import annotations

import asyncio

import pandas as pd
import pytest

import dkdata as dk
from tests.features.uses import PEOPLE, collected

USES, use = collected()


@use("records")
def create_read_update_and_find_records():
    """`dk.records`: create, read, update, upsert, delete, find; ids made, versions checked"""
    people = dk.records("people")
    made = people.create({"name": "Ada"})
    assert people.read(made.id)["name"] == "Ada"
    assert people.update(made.id, name="Ada L.", version=made.version).name == "Ada L."
    with pytest.raises(dk.errors.ConflictError):
        people.update(made.id, name="Bob", version=made.version)
    assert [one.id for one in people.find(dk.col("name").starts_with("Ada"))] == [made.id]


@use("records")
def ids_and_metadata_of_a_record():
    """`dk.Record`: id first class, metadata apart; `copy`, `merge`, `project` keep both"""
    ada = dk.Record({"name": "Ada", "home": {"city": "London"}}, id=1, metadata={"source": "web"})
    assert ada["home.city"] == "London"
    for one in (ada.copy(), ada.merge({"age": 36}), ada.project("name")):
        assert (one.id, one.metadata) == (1, {"source": "web"})


@use("record frames")
def records_with_metadata():
    """`dk.to_records`, `dk.from_records`: types, index and metadata kept"""
    records = dk.to_records(PEOPLE.set_index("id"))
    records[0].metadata["source"] = "web"
    frame = dk.from_records(records)
    pd.testing.assert_frame_equal(frame, PEOPLE.set_index("id"))
    assert dk.to_records(frame.sort_index(ascending=False))[-1].metadata == {"source": "web"}


@use("async")
def await_every_function():
    """`dk.aio`: every function and record method awaited, iterators, cancellation"""

    async def main():
        await dk.aio.save(PEOPLE, "people", key="id")
        people = dk.aio.records("people")
        assert (await people.read(1)).name == "Ada"
        assert [one.id async for one in people.stream(order_by="id")] == [1, 2, 3]

    asyncio.run(main())
