"""Saves and loads while requests fail, connections break, and saves are interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ConflictError, DkError, StoreError
from dkdata.stores.elasticsearch import beating, committing
from dkdata.testing import BlackHole, Cut, Delay, DropReply, FaultProxy
from dkdata.testing.comparing import assert_same
from tests.services.s3.scripted import Answer, Fault
from tests.stores.elasticsearch.faulty import JOBS, PASSING, reached_through
from tests.stores.overtaken import save_overtaken

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", None, "Bob"]})
ROWS = pd.DataFrame({"id": range(30_000), "text": ["x" * 40] * 30_000})
FEW = ("append", "upsert", "delete", "update", "load", "rename", "drop")


@pytest.fixture
def cluster(search):
    """A server that is reached through a proxy, request by request."""
    with reached_through(search) as made:
        yield made


@pytest.fixture
def proxy(search, monkeypatch):
    """A proxy before the server, through which the store ``slow`` reaches the same indices."""
    monkeypatch.setattr(committing, "SECONDS_TO_ASK", 2)
    user, _, place = search.url.removeprefix("http://").rpartition("@")
    host, _, port = place.partition(":")
    with FaultProxy((host, int(port))) as made:
        slow = {**search.options, "hosts": f"http://{user}@127.0.0.1:{made.address[1]}"}
        dk.configure({"stores": {"search": search.options, "slow": slow}})
        yield made


@pytest.mark.parametrize(
    ("name", "way"),
    [*(("replace", way) for way in PASSING), *((name, "answer lost") for name in FEW)],
)
def test_each_kind_of_request_is_made_again(cluster, name, way):
    job = JOBS[name]
    kinds = dict.fromkeys(cluster.asked(job))
    assert cluster.wrong(job, *(Fault(PASSING[way], kind) for kind in kinds)) == ""


def test_what_is_before_the_server_may_take_less(cluster):
    name = cluster.put()
    cluster.proxy.inject(Fault(Answer(413, "Too Large", "text/html"), "POST _bulk", times=3))
    dk.save(ROWS, f"slow.{name}", mode="replace", progress=False)
    assert cluster.proxy.met == 3
    assert_same(dk.load(f"search.{name}"), ROWS)


@pytest.mark.parametrize(
    ("mode", "request_"),
    [("replace", b"/_mapping"), ("append", b"/_settings"), ("append", b"/_flush")],
)
def test_a_large_save_survives_lost_answers(search, proxy, mode, request_):
    dk.save(PEOPLE.assign(text="y").drop(columns="name"), "search.rows")
    proxy.inject(lost := DropReply(after=request_))
    dk.save(ROWS, "slow.rows", mode=mode, progress=False, run_id="r1")
    assert proxy.fired(lost) == 1
    assert dk.count("search.rows") == (30_000 if mode == "replace" else 30_003)
    assert dk.save(ROWS, "search.rows", mode=mode, run_id="r1").repeated
    assert len(search.names()) == (1 if mode == "replace" else 2)


@pytest.mark.parametrize("direction", ["request", "reply"])
def test_connections_that_break_within_a_body_are_made_again(search, proxy, direction):
    dk.save(ROWS, "search.rows", progress=False)
    proxy.inject(cut := Cut(after=300_000, direction=direction, times=3))
    if direction == "request":
        dk.save(ROWS, "slow.rows", mode="append", progress=False)
    assert dk.load("slow.rows")["id"].nunique() == 30_000
    assert proxy.fired(cut) >= 1
    assert dk.count("search.rows") == 30_000 * len(search.names())


@pytest.mark.parametrize(
    "work",
    [
        lambda: dk.save(PEOPLE, "slow.people", mode="append", timeout=1),
        lambda: dk.load("slow.people", timeout=1),
    ],
    ids=["save", "load"],
)
def test_a_server_that_answers_nothing_any_more_ends_a_call_in_time(proxy, work):
    dk.save(PEOPLE, "slow.people")
    proxy.inject(BlackHole(times=None))
    with pytest.raises(DkError, match=r"time allowed ran out|no server answers"):
        work()
    assert_same(dk.load("search.people"), PEOPLE)


def test_a_save_that_cannot_clean_up_says_so_and_doctor_does(search, proxy):
    dk.save(PEOPLE, "search.people")
    proxy.inject(*(BlackHole(after=after, times=None) for after in (b"/_bulk", b"/_aliases")))
    with pytest.raises(DkError) as caught:
        dk.save(PEOPLE, "slow.people", mode="append", timeout=1)
    assert "What was begun may be left, for dk.doctor to remove" in caught.value.__notes__[-1]
    assert len(search.names()) == 2
    assert dk.tables("search")["table"].tolist() == ["people"]
    assert dk.doctor("search").leftovers == ()
    assert len(dk.doctor("search", remove=True, older_than=0).leftovers) == 1
    assert len(search.names()) == 1
    assert_same(dk.load("search.people"), PEOPLE)


@contextmanager
def _interrupted(proxy, fault):
    """Press Ctrl-C once, when a fault happens; give what is raised."""

    def press():
        while not proxy.fired(fault):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    proxy.inject(fault)
    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt) as told:
        yield told
    pressing.join()


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_an_interrupt_after_the_commit_says_that_it_is_saved(proxy, mode):
    dk.save(PEOPLE, "search.people")
    held_back = Delay(after=b'true,"errors":false', direction="reply", seconds=30)
    with _interrupted(proxy, held_back) as told:
        dk.save(PEOPLE, "slow.people", mode=mode)
    assert str(told.value) == "'people': interrupted; it was saved already."
    assert dk.count("search.people") == (3 if mode == "replace" else 6)


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_commit_that_arrives_after_an_interrupt_does_nothing(search, proxy, mode):
    dk.save(PEOPLE, "search.people")
    with _interrupted(proxy, Delay(after=b"/_aliases", seconds=1)) as told:
        dk.save(PEOPLE.head(1), "slow.people", mode=mode)
    assert str(told.value) == "'people': interrupted; nothing was changed."
    time.sleep(2)  # until the server has it
    assert_same(dk.load("search.people"), PEOPLE)
    assert len(search.names()) == 1


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_save_whose_index_is_removed_as_dead_changes_nothing(search, mode):
    dk.save(PEOPLE, "search.people")
    clear = lambda: dk.doctor("search", remove=True, older_than=0)  # noqa: E731
    with pytest.raises(ConflictError, match="somebody has removed the index"):
        save_overtaken(pa.Table.from_pandas(PEOPLE), "search.people", mode, clear)
    assert_same(dk.load("search.people"), PEOPLE)
    assert len(search.names()) == 1


def test_a_save_notes_that_it_lives(search, monkeypatch):
    monkeypatch.setattr(beating, "EVERY_SECONDS", 0.1)

    def noted():
        (index,) = search.names()
        mapping = search.client.indices.get_mapping(index=index)[index]["mappings"]
        return mapping["_meta"]["dkdata"].get("alive")

    def wait():
        while not noted():
            time.sleep(0.1)

    save_overtaken(pa.Table.from_pandas(PEOPLE), "search.people", "replace", wait)
    assert_same(dk.load("search.people"), PEOPLE)


def test_what_lived_of_late_is_not_left_over(search):
    for number, lived in enumerate((0, 3600)):
        name = f"{search.prefix}people~{number:016x}-{0:012x}"
        meta = {"dkdata": {"alive": lived}}
        search.client.indices.create(index=name, mappings={"_meta": meta})
    (told,) = dk.doctor("search", older_than=0).leftovers
    assert search.names()[0] in told


def test_a_drop_that_dies_has_dropped_all_parts_or_none(cluster):
    for kind, left in (("POST _aliases", 15), ("DELETE index", None)):
        name = cluster.put()
        cluster.proxy.inject(Fault(Answer(500, "broken"), kind))
        with pytest.raises(StoreError):
            dk.drop(f"slow.{name}")
        assert (dk.count(f"search.{name}") if dk.exists(f"search.{name}") else None) == left
