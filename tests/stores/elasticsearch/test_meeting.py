"""Two that write rows of the same keys at the same time, one of them held back in the middle."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConflictError
from dkdata.testing import Delay
from tests.services.waiting import wait_until

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bea", "Bob"]})
OTHERS = pd.DataFrame({"id": [3, 4], "name": ["Cid", "Dan"]})
NEW = pd.DataFrame({"id": [4, 5], "name": ["Eve", "Fay"]})


@pytest.fixture
def overtaken(behind_proxy):
    """Do something as soon as another thread has begun a request; return what that one raised."""

    def overtaken(request, slow, meanwhile):
        held_back, raised = Delay(after=request, seconds=3), []

        def work():
            try:
                slow()
            except ConflictError as error:
                raised.append(error)

        behind_proxy.inject(held_back)
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(lambda: behind_proxy.fired(held_back), f"no {request} was seen")
        meanwhile()
        behind_proxy.inject()
        thread.join()
        return raised

    dk.save(PEOPLE, "search.people", key="id")
    return overtaken


def _names():
    rows = dk.load("search.people", order_by="id")
    assert rows["id"].is_unique
    return dict(zip(rows["id"], rows["name"], strict=True))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("upsert", {1: "Ada", 2: "Bea", 3: "Cid", 4: "Dan", 5: "Fay"}),
        ("skip", {1: "Ada", 2: "Bea", 3: "Bob", 4: "Eve", 5: "Fay"}),
    ],
)
def test_rows_that_an_append_brings_meanwhile_are_changed_and_not_doubled(
    overtaken, mode, expected
):
    raised = overtaken(
        b"/_bulk",
        lambda: dk.save(OTHERS, "slow.people", mode=mode),
        lambda: dk.save(NEW, "search.people", mode="append"),
    )
    assert not raised
    assert _names() == expected


def test_an_append_whose_keys_came_meanwhile_is_taken_back(overtaken, search):
    raised = overtaken(
        b"/_aliases",
        lambda: dk.save(NEW, "slow.people", mode="append"),
        lambda: dk.save(OTHERS, "search.people", mode="upsert"),
    )
    assert "rows with key 'id' already: 4" in str(raised[0])
    assert _names() == {1: "Ada", 2: "Bea", 3: "Cid", 4: "Dan"}
    assert len(search.names()) == 1


def test_an_upsert_goes_into_the_table_that_has_replaced_another(overtaken, search):
    raised = overtaken(
        b"/_bulk",
        lambda: dk.save(OTHERS, "slow.people", mode="upsert"),
        lambda: dk.save(NEW, "search.people", mode="replace", key="id"),
    )
    assert not raised
    assert _names() == {3: "Cid", 4: "Dan", 5: "Fay"}
    assert len(search.names()) == 1


def test_an_upsert_into_a_table_of_other_columns_is_refused(overtaken):
    raised = overtaken(
        b"/_bulk",
        lambda: dk.save(OTHERS, "slow.people", mode="upsert"),
        lambda: dk.save(NEW.assign(name=[1, 2]), "search.people", mode="replace", key="id"),
    )
    assert "somebody else replaced 'people'" in str(raised[0])
    assert _names() == {4: 1, 5: 2}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: dk.update("slow.people", {"name": "Zoe"}, "name >= 'Bea'"), "Zoe"),
        (lambda: dk.update("slow.people", {"name": "Zoe"}, "name = 'Bob'"), "Cid"),
        (lambda: dk.delete("slow.people", "name = 'Bob'"), "Cid"),
    ],
    ids=["matches still", "matches no more", "is not deleted"],
)
def test_a_row_that_was_changed_meanwhile_is_read_again(overtaken, change, expected):
    counts = []
    overtaken(
        b"/_bulk",
        lambda: counts.append(change()),
        lambda: dk.save(OTHERS, "search.people", mode="upsert"),
    )
    names = _names()
    assert names[3] == expected
    assert counts == [list(names.values()).count("Zoe")]


def test_rows_of_a_table_that_replaces_another_are_changed_too(overtaken, search):
    overtaken(
        b"/_bulk",
        lambda: dk.delete("slow.people", "id = 1 or id = 5"),
        lambda: dk.save(NEW, "search.people", mode="replace", key="id"),
    )
    assert _names() == {4: "Eve"}
    assert len(search.names()) == 1


@pytest.mark.parametrize("other", ["append", "replace"])
def test_what_is_merged_is_not_put_in_the_place_of_other_rows(overtaken, search, other):
    dk.save(NEW, "search.people", mode="append")
    more = NEW.assign(id=[8, 9])
    raised = overtaken(
        b"/_aliases",
        lambda: dk.optimize("slow.people"),
        lambda: dk.save(more, "search.people", mode=other, key="id"),
    )
    assert "somebody else wrote to 'people'" in str(raised[0])
    assert set(_names()) == ({1, 2, 3, 4, 5, 8, 9} if other == "append" else {8, 9})
    assert len(search.names()) == (3 if other == "append" else 1)
