"""Saves into Elasticsearch: what is there afterwards, whoever else writes, whatever fails."""

from __future__ import annotations

import threading

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ConflictError, DkError, SchemaError, StoreError, UsageError
from dkdata.testing import BlackHole, DropReply, Refuse
from dkdata.testing.comparing import assert_same

pytestmark = pytest.mark.usefixtures("search")
PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", None, "Bob"], "age": [36.5, 41.0, None]})


def _streamed(frame, meanwhile):
    """Return a stream of a frame, before whose end something happens."""

    def batches():
        yield from pa.Table.from_pandas(frame, preserve_index=False).to_batches()
        meanwhile()

    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    return pa.RecordBatchReader.from_batches(schema, batches())


def test_a_table_is_an_alias_and_its_documents_are_plain(search):
    dk.save(PEOPLE, "search.people", key="id")
    assert search.documents("people") == [
        {"id": 1, "name": "Ada", "age": 36.5, "_dk_row": 0},
        {"id": 2, "name": None, "age": 41.0, "_dk_row": 1},
        {"id": 3, "name": "Bob", "age": None, "_dk_row": 2},
    ]
    assert search.client.get(index=f"{search.prefix}people", id="3")["_source"]["name"] == "Bob"
    assert len(search.names()) == 1


def test_an_append_adds_an_index_and_a_replace_leaves_one(search):
    for number in (1, 2, 3):
        dk.save(PEOPLE, "search.people", mode="append")
        assert len(search.names()) == number
    dk.save(PEOPLE, "search.people", mode="replace")
    assert len(search.names()) == 1
    assert dk.tables("search")["rows"].tolist() == [3]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_save_that_fails_leaves_no_index(search, mode):
    dk.save(PEOPLE, "search.people")
    before = search.names()

    def fail():
        raise RuntimeError

    with pytest.raises((RuntimeError, DkError)):
        dk.save(_streamed(PEOPLE, fail), "search.people", mode=mode)
    assert search.names() == before
    assert_same(dk.load("search.people"), PEOPLE)


@pytest.mark.parametrize("other", ["replace", "append"])
def test_an_append_goes_behind_what_is_there_then(search, other):
    dk.save(PEOPLE, "search.people")
    rows = _streamed(PEOPLE, lambda: dk.save(PEOPLE.head(1), "search.people", mode=other))
    dk.save(rows, "search.people", mode="append")
    frames = [PEOPLE.head(1), PEOPLE] if other == "replace" else [PEOPLE, PEOPLE.head(1), PEOPLE]
    assert_same(dk.load("search.people"), pd.concat(frames, ignore_index=True))
    assert len(search.names()) == len(frames)


@pytest.mark.parametrize(
    ("other", "run"),
    [(PEOPLE.assign(age="x"), {}), (PEOPLE, {"run_id": "the same"})],
    ids=["other columns", "the same run"],
)
def test_an_append_to_what_it_does_not_fit_any_more_is_refused(search, other, run):
    dk.save(PEOPLE, "search.people")
    mode = "append" if run else "replace"
    rows = _streamed(PEOPLE, lambda: dk.save(other, "search.people", mode=mode, **run))
    with pytest.raises(ConflictError, match="somebody else wrote to 'people'"):
        dk.save(rows, "search.people", mode="append", **run)
    assert dk.count("search.people") == (6 if run else 3)
    assert len(search.names()) == (2 if run else 1)


@pytest.mark.parametrize("other", ["replace", "append"])
def test_a_replace_takes_the_place_of_what_is_there_then(search, other):
    dk.save(PEOPLE, "search.people")
    one = PEOPLE.head(1)
    rows = _streamed(PEOPLE, lambda: dk.save(one, "search.people", mode=other, run_id="other"))
    dk.save(rows, "search.people", mode="replace", run_id="own")
    assert_same(dk.load("search.people"), PEOPLE)
    assert len(search.names()) == 1
    for run in ("other", "own"):
        again = dk.save(one, "search.people", mode="append", run_id=run)
        assert "nothing written" in str(again)


def test_two_that_make_a_table_at_once_do_not_mix():
    rows = _streamed(PEOPLE, lambda: dk.save(PEOPLE.head(1), "search.people"))
    with pytest.raises(ConflictError, match="somebody else wrote to 'people'"):
        dk.save(rows, "search.people")
    assert dk.count("search.people") == 1


def test_eight_writers_lose_nothing():
    dk.save(PEOPLE.head(0), "search.people")
    done, told = [], []

    def write(number):
        for turn in range(5):
            row = PEOPLE.head(1).assign(id=10 * number + turn)
            try:
                dk.save(row, "search.people", mode="append", progress=False)
                done.append(10 * number + turn)
            except DkError as error:
                told.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(error) for error in told} <= {ConflictError}
    assert sorted(dk.load("search.people")["id"]) == sorted(done)
    assert done


@pytest.fixture
def choosy(search):
    """Let the server refuse documents of one id."""
    name = f"{search.prefix}choosy"
    refusing = {"fail": {"message": "no such person", "if": "ctx.id == 2"}}
    search.client.ingest.put_pipeline(id=name, processors=[refusing])
    search.client.indices.put_index_template(
        name=name, index_patterns=[f"{search.prefix}*"], priority=500,
        template={"settings": {"index.default_pipeline": name}},
    )  # fmt: skip
    yield
    search.client.indices.delete_index_template(name=name)
    search.client.indices.delete(index=search.names())
    search.client.ingest.delete_pipeline(id=name)


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.usefixtures("choosy")
def test_what_the_server_refuses_is_told_and_nothing_is_written(search, mode):
    dk.save(PEOPLE.head(1), "search.people")
    before = search.names()
    with pytest.raises(SchemaError, match=r"the server refuses a row: row 1: no such person"):
        dk.save(PEOPLE, "search.people", mode=mode)
    assert search.names() == before
    assert dk.count("search.people") == 1


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.parametrize("request_", [b"/_bulk", b"/_aliases", b"/_refresh", b"PUT /"])
def test_an_answer_that_is_lost_is_asked_for_again(search, behind_proxy, mode, request_):
    dk.save(PEOPLE, "slow.people")
    behind_proxy.inject(lost := DropReply(after=request_))
    dk.save(PEOPLE, "slow.people", mode=mode)
    assert behind_proxy.fired(lost) == 1
    assert dk.count("search.people") == (3 if mode == "replace" else 6)
    assert len(search.names()) == (1 if mode == "replace" else 2)


def test_a_server_that_hangs_ends_in_time(behind_proxy):
    dk.save(PEOPLE, "slow.people")
    behind_proxy.inject(BlackHole(after=b"/_bulk", times=None))
    with pytest.raises(DkError, match=r"time allowed ran out|no server answers"):
        dk.save(PEOPLE, "slow.people", mode="append", timeout=2)
    behind_proxy.inject()
    assert dk.count("slow.people") == 3


def test_a_server_that_is_not_there(search, behind_proxy):
    behind_proxy.inject(Refuse(times=None))
    with pytest.raises(StoreError, match="no server answers") as caught:
        dk.load("slow.people", timeout=1)
    assert search.url.split(":")[2].split("@")[0] not in str(caught.value)


def test_what_a_save_left_that_did_not_end_is_found_and_removed(search):
    dk.save(PEOPLE, "search.people")
    left = f"{search.prefix}people~{0:016x}-{0:012x}"
    search.client.indices.create(index=left)
    report = dk.doctor("search", older_than=0)
    assert left in str(report)
    dk.doctor("search", remove=True, older_than=0)
    assert left not in search.names()
    assert_same(dk.load("search.people"), PEOPLE)


@pytest.mark.parametrize("name", ["Orders", "my orders", "größe", "_own", "a%20b", "-x", "x" * 80])
def test_a_table_may_have_nearly_any_name(name):
    dk.save(PEOPLE, f'search."{name}"')
    assert dk.tables("search")["table"].tolist() == [name]
    assert_same(dk.load(f'search."{name}"'), PEOPLE)


def test_a_name_that_is_too_long_is_refused(search):
    with pytest.raises(UsageError, match="too long for the name of a table"):
        dk.save(PEOPLE, f"search.{'x' * 300}")
    assert search.names() == []


@pytest.mark.parametrize("name", ["a.b", "_id", "_source", " ", "", "a*", "%", "a\nb"])
def test_a_column_may_have_any_name(name):
    frame = PEOPLE.rename(columns={"name": name})
    dk.save(frame, "search.people")
    assert_same(dk.load("search.people"), frame)
    assert dk.count("search.people", dk.col(name) == "Ada") == 1


def test_long_texts_and_odd_numbers_are_found_all_the_same():
    frame = pd.DataFrame({"s": ["x" * 10_000, "y", None], "f": [float("inf"), -0.0, 1.5]})
    dk.save(frame, "search.odd")
    assert dk.count("search.odd", dk.col("s") != "y") == 1
    assert dk.count("search.odd", dk.col("s").not_null()) == 2
    assert dk.count("search.odd", dk.col("f") > 1) == 2
    dk.save(pd.DataFrame({"s": ["a"], "f": [1.0]}), "search.odd", mode="replace")
    assert dk.update("search.odd", {"s": "z" * 10_000}, where="f = 1") == 1
    assert dk.count("search.odd", dk.col("s") != "a") == 1


@pytest.mark.parametrize("key", [None, "id"])
def test_the_indices_of_appends_are_merged_into_one(search, key):
    frames = [PEOPLE.assign(id=PEOPLE["id"] + 10 * n) for n in range(3)]
    for frame in frames:
        dk.save(frame, "search.people", mode="append", key=key, run_id=f"run {frame['id'][0]}")
    before = dk.load("search.people")
    assert len(search.names()) == 3
    dk.optimize("search.people")
    assert len(search.names()) == 1
    assert_same(dk.load("search.people"), before)
    assert "nothing written" in str(
        dk.save(frames[0], "search.people", mode="append", key=key, run_id="run 1")
    )
    dk.optimize("search.people")
    assert_same(dk.load("search.people"), before)
