"""Loads from Elasticsearch that take several searches: every row once, in the order of the save."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.testing.comparing import assert_same

pytestmark = pytest.mark.usefixtures("search")
_ROWS = 12_000
_MANY = pd.DataFrame({"id": range(_ROWS), "rest": [n * 7919 % 1000 for n in range(_ROWS)]})


def test_a_load_with_a_condition_keeps_the_order():
    later = _MANY.assign(id=_MANY["id"] + _ROWS)
    dk.save(_MANY, "search.many", progress=False)
    dk.save(later, "search.many", mode="append", progress=False)
    both = pd.concat([_MANY, later], ignore_index=True)
    for most in (1, 100, 300, 900):
        wanted = both[both["rest"] < most].reset_index(drop=True)
        assert_same(wanted, dk.load("search.many", where=f"rest < {most}").reset_index(drop=True))
        found = dk.load("search.many", where=f"rest < {most}", columns=["id"])
        assert found["id"].tolist() == wanted["id"].tolist()


def test_rows_that_lie_far_apart_are_found():
    dk.save(_MANY, "search.many", key="id", progress=False)
    kept = "id < 1500 OR id BETWEEN 6000 AND 6002 OR id >= 11000"
    dk.delete("search.many", f"NOT ({kept})")
    wanted = [*range(1500), 6_000, 6_001, 6_002, *range(11_000, _ROWS)]
    assert dk.load("search.many")["id"].tolist() == wanted
    assert dk.load("search.many", where="id <> 6001")["id"].tolist() == [
        one for one in wanted if one != 6_001
    ]


def test_numbers_that_come_twice_hide_no_row(search):
    dk.save(_MANY, "search.many", progress=False)
    search.client.options(request_timeout=120).update_by_query(
        index=f"{search.prefix}many",
        script={"source": "ctx._source._dk_row = 7L"},
        query={"range": {"id": {"gte": 500}}},
        refresh=True,
    )
    assert sorted(dk.load("search.many")["id"]) == list(range(_ROWS))
    assert sorted(dk.load("search.many", where="id >= 400")["id"]) == list(range(400, _ROWS))
