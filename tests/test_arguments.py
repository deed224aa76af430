"""Arguments that cannot be meant: refused by name, before anything is done."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DeadlineError, UsageError

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


@pytest.fixture
def table():
    dk.save(FRAME, "memory.letters", mode="replace")
    return dk.table("memory.letters")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"run_id": 5}, "run_id=5 names no save"),
        ({"run_id": ""}, "run_id='' names no save"),
        ({"run_id": "a\0b"}, "names no save. Give a text of characters that can be printed"),
        ({"run_id": "\ud800"}, "names no save"),
        ({"index": "no"}, "index='no' is not possible"),
        ({"timeout": "soon"}, "timeout='soon' is not a time"),
        ({"timeout": math.nan}, "timeout=nan is not a time"),
        ({"timeout": -1}, "timeout=-1 is not a time"),
        ({"options": {"sep": ";"}}, "options=.* means nothing to table 'new' of store 'memory'"),
    ],
)
def test_save(given, message):
    with pytest.raises(UsageError, match=message):
        dk.save(FRAME, "memory.new", **given)
    assert not dk.exists("memory.new")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit": 2**70}, "limit=1180591620717411303424 is not possible"),
        ({"limit": 1.5}, "limit=1.5 is not possible: it counts rows"),
        ({"offset": -1}, "offset=-1 is not possible"),
        ({"format": "csv"}, "format= and options= go where the table is made"),
        ({"query": dk.Query(limit=1), "where": "a > 1"}, "query= says all that is read"),
        ({"as_": "numpy"}, "as_='numpy' is not possible"),
    ],
)
def test_load(table, given, message):
    with pytest.raises(UsageError, match=message):
        dk.load(table, **given)


@pytest.mark.parametrize("given", [0, -1, 2.5])
def test_batches(table, given):
    with pytest.raises(UsageError, match=f"={given!r} is not possible: it counts rows"):
        table.batches(given)


@pytest.mark.parametrize("given", [("a", "sum", "b"), ("a",), 5, "sum", ("a", "total")])
def test_aggregates(table, given):
    with pytest.raises(UsageError, match="aggregate of 'x'"):
        table.aggregate(x=given)


@pytest.mark.parametrize(
    "change",
    [
        dk.drop,
        lambda part: dk.delete(part, "b is not null"),
        lambda part: dk.save(FRAME, part, mode="append"),
    ],
    ids=["drop", "delete", "save"],
)
def test_a_part_of_a_table_is_no_target(table, change):
    with pytest.raises(UsageError, match=r"a part of table 'memory\.letters' is no target"):
        change(table.filter("a = 1"))
    assert dk.count("memory.letters") == 3


@pytest.mark.parametrize("columns", [{"a"}, FRAME.columns[:1], iter(["a"]), ("a",), "a"])
def test_columns_come_in_any_collection(table, columns):
    assert dk.load(table, columns=columns).columns.tolist() == ["a"]


def test_numbers_come_in_any_integer_type(table):
    assert dk.load(table, limit=np.int64(2), offset=np.uint8(1))["a"].tolist() == [2, 3]


def test_a_timeout_may_be_short_or_endless(table):
    assert len(dk.load(table, timeout=math.inf)) == 3
    with pytest.raises(DeadlineError, match="the time allowed ran out"):
        list(dk.scan(table, timeout=1e-5))


def test_a_column_twice_is_refused_wherever_columns_are_named():
    frame = pd.DataFrame({"a": [1], "b": [2]})
    dk.save(frame, "pairs")
    for argument, call in {
        "columns": lambda: dk.load("pairs", columns=["a", "a"]),
        "key": lambda: dk.save(frame, "pairs", mode="upsert", key=["a", "a"]),
        "partition_by": lambda: dk.save(frame, "./pairs/", partition_by=["a", "a"]),
    }.items():
        with pytest.raises(dk.errors.UsageError, match=f"{argument} names 'a' twice"):
            call()
    assert dk.count("pairs") == 1


SLIP = pd.DataFrame({"name": ["Ada"], "amount": [3]})


class TestSlips:
    """What people write who know another library, or mix arguments up."""

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: dk.save("people", SLIP), "It is a frame: write dk.save"),
            (lambda: dk.load(SLIP), "It is a frame"),
            (lambda: dk.load("people", where='name = "Ada"'), "text is in single quotes"),
            (lambda: dk.load("people", order_by="amount desc"), "Write '-amount'"),
            (lambda: dk.load("people.pq"), "If 'people.pq' is a file, give its format"),
            (lambda: dk.load("people", where=SLIP["amount"] > 1), "is not a condition"),
            (lambda: dk.table("people").groupby("name"), "Did you mean 'aggregate'"),
            (lambda: dk.table("people").fliter("a > 1"), "Did you mean 'filter'"),
            (lambda: dk.optimize("people"), "has no small parts to merge"),
            (lambda: dk.sql("show tables"), r"dk.tables\(\) lists"),
            (lambda: dk.sql("select * from x", clean=SLIP), "Frames given: clean"),
            (lambda: SLIP.dk.query("amount > 3"), "write 'select \\* from this"),
            (lambda: dk.load("nofile.csv"), "The file would be '/.*/nofile.csv'"),
            (lambda: dk.load("lake/@x"), "'@x' is no version"),
        ],
    )
    def test_the_error_says_what_to_write(self, call, message):
        dk.save(SLIP, "people")
        with pytest.raises((dk.errors.DkError, AttributeError), match=message) as raised:
            call()
        assert len(str(raised.value)) < 500

    def test_a_folder_is_not_a_table_of_the_workspace(self):
        dk.save(SLIP, "lake/")
        with pytest.raises(dk.errors.TableNotFoundError, match="There is a folder 'lake'"):
            dk.load("lake")
        with pytest.raises(dk.errors.TableNotFoundError, match=r"There are: lake@0\.$"):
            dk.load("lake/@9")

    def test_completion_shows_what_is_for_users(self):
        assert set(dir(dk)) == {*dk.__all__, "__version__"}

    def test_a_repeated_save_says_that_it_wrote_nothing(self):
        first = dk.save(SLIP, "people", run_id="day 1")
        again = dk.save(SLIP, "people", run_id="day 1")
        assert (first.repeated, again.repeated) == (False, True)
        assert str(again) == "people: nothing written: 1 row inserted by run 'day 1' before"
