"""What is said where a server does not let its user, or nobody at all, do something."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkError, StoreError
from dkdata.testing.comparing import assert_same
from tests.stores.elasticsearch.others import put

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", None, "Bob"]})
MORE = PEOPLE.assign(id=[4, 5, 6])
READ = ["read", "view_index_metadata"]
WRITES = {
    "append": lambda: dk.save(MORE, "search.people", mode="append"),
    "replace": lambda: dk.save(MORE, "search.people", mode="replace", key="id"),
    "upsert": lambda: dk.save(MORE, "search.people", mode="upsert"),
    "delete": lambda: dk.delete("search.people", "id = 1"),
    "drop": lambda: dk.drop("search.people"),
}


@pytest.fixture
def keys(search):
    """Makes keys with rights for the indices of the test; the store is then asked by them."""
    made = []

    def make(*rights, **cluster):
        of_indices = {"names": [f"{search.prefix}*"], "privileges": list(rights)}
        roles = {"of-test": {"indices": [of_indices], **cluster}}
        key = search.client.security.create_api_key(name=search.prefix, role_descriptors=roles)
        made.append(key["id"])
        options = {**search.options, "hosts": f"http://{search.url.rpartition('@')[2]}"}
        dk.configure({"stores": {"search": {**options, "api_key": key["encoded"]}}})
        return key

    dk.save(PEOPLE, "search.people", key="id")
    yield make
    search.client.security.invalidate_api_key(ids=made)


@pytest.mark.parametrize("work", WRITES)
def test_who_may_only_read_is_told_so_and_reads(keys, work):
    keys(*READ)
    with pytest.raises(StoreError, match=r"access denied: .* is unauthorized for API key"):
        WRITES[work]()
    assert_same(dk.load("search.people"), PEOPLE)
    assert dk.tables("search")["table"].tolist() == ["people"]
    assert dk.doctor("search").leftovers == ()


def test_who_may_do_everything_with_some_indices_needs_no_right_for_the_server(keys):
    keys("all")
    for work in WRITES.values():
        work()
    assert not dk.exists("search.people")
    assert "of a version that it does not tell" in str(dk.doctor("search"))


def test_who_has_no_right_for_the_server_loads_vectors_that_others_wrote(search, keys):
    vector = {"type": "dense_vector", "dims": 2}
    put(search, "docs", [{"vector": [0.5, 1.0]}], {"vector": vector})
    keys(*READ)
    assert dk.load("search.docs")["vector"].tolist() == [[0.5, 1.0]]


def test_a_key_that_is_no_longer_valid_is_told_and_not_shown(search, keys):
    key = keys(*READ)
    assert dk.count("search.people") == 3
    search.client.security.invalidate_api_key(ids=[key["id"]])
    with pytest.raises(StoreError, match=r"does not know this user. Correct api_key=") as caught:
        dk.load("search.people")
    assert key["encoded"] not in str(caught.value)


@pytest.fixture
def blocked(search):
    """Blocks the index of a table in a way; it has none in the end."""

    def block(kind):
        dk.save(PEOPLE, "search.people", key="id")
        (index,) = search.names()
        settings = {f"index.blocks.{kind}": True}
        search.client.indices.put_settings(index=index, settings=settings)

    yield block
    kinds = ("read_only", "read_only_allow_delete", "write")
    settings = dict.fromkeys((f"index.blocks.{kind}" for kind in kinds), None)
    for index in search.names():
        search.client.indices.put_settings(index=index, settings=settings)


@pytest.mark.parametrize(
    ("kind", "work"),
    [
        *(("read_only", work) for work in WRITES),
        *(
            (kind, work)
            for kind in ("read_only_allow_delete", "write")
            for work in ("upsert", "delete")
        ),
    ],
)
def test_a_block_is_told_with_what_to_do(search, blocked, kind, work):
    blocked(kind)
    message = r"blocked by: \[.*\]\. .* set that block to null: index\.blocks\.\*"
    with pytest.raises(StoreError, match=message):
        WRITES[work]()
    assert_same(dk.load("search.people"), PEOPLE)
    assert len(search.names()) == 1


@pytest.mark.parametrize("work", ["append", "upsert", "delete"])
def test_a_closed_index_is_told_with_what_to_do(search, work):
    dk.save(PEOPLE, "search.people", key="id")
    (index,) = search.names()
    search.client.indices.close(index=index)
    for ask in (WRITES[work], lambda: dk.load("search.people")):
        with pytest.raises(StoreError, match=rf"{index} is closed. Open it: POST {index}/_open"):
            ask()
    search.client.indices.open(index=index)
    assert_same(dk.load("search.people"), PEOPLE)
    search.client.indices.close(index=index)
    WRITES["replace"]()
    assert_same(dk.load("search.people"), MORE)


NOWHERE = "index.routing.allocation.require._name"


def _nowhere(search):
    """Make an empty table, of an index that no node has."""
    dk.save(PEOPLE.head(0), "search.people")
    (index,) = search.names()
    known = search.client.indices.get(index=index)[index]
    search.client.indices.create(
        index=f"{index[:-1]}x", mappings=known["mappings"], settings={NOWHERE: "nowhere"},
        aliases={f"{search.prefix}nowhere": {}}, wait_for_active_shards="0",
    )  # fmt: skip
    return f"{index[:-1]}x"


def test_a_table_that_no_node_has_is_waited_for(search):
    index = _nowhere(search)
    with pytest.raises(StoreError, match="GET _cluster/health tells of shards that are on no node"):
        dk.load("search.nowhere", timeout=1)
    settings = {NOWHERE: None}
    back = threading.Timer(
        1, search.client.indices.put_settings, kwargs={"index": index, "settings": settings}
    )
    back.start()
    assert dk.load("search.nowhere").empty
    back.join()


def test_a_save_whose_index_no_node_takes_ends_in_time(search):
    name = f"{search.prefix}nowhere"
    search.client.indices.put_index_template(
        name=name, index_patterns=[f"{search.prefix}*"], priority=500,
        template={"settings": {NOWHERE: "nowhere"}},
    )  # fmt: skip
    try:
        with pytest.raises(DkError, match=r"time allowed ran out|no server answers"):
            dk.save(PEOPLE, "search.people", timeout=1)
    finally:
        search.client.indices.delete_index_template(name=name)
    assert not dk.exists("search.people")
    dk.doctor("search", remove=True, older_than=0)
    assert search.names() == []
