"""Aggregates that the server answers are those of the store in memory."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from elasticsearch import Elasticsearch

import dkdata as dk
from dkdata import engine
from dkdata.dialects.elasticsearch.aggregates import PAGE
from dkdata.errors import QueryError
from dkdata.testing import Delay

pytestmark = pytest.mark.usefixtures("search")

DAYS = [dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(9999, 12, 31), None, dt.date(1970, 1, 1)]
NASTY = pa.table(
    {
        "id": pa.array([0, 1, 2, 3, 4, 5, 6, 7], pa.int64()),
        "n": pa.array([1, None, -3, 10, 10, 2**30, None, 0], pa.int64()),
        "i": pa.array([-128, 127, None, 0, 1, 1, 5, 5], pa.int8()),
        "big": pa.array([2**53 + 1, 2**53, None, -(2**63), 2**63 - 1, 0, 1, 2**53 + 1], pa.int64()),
        "f": pa.array([-1.5, 0.1, 0.2, None, 1e300, -0.25, 5e-324, 0.1], pa.float64()),
        "zero": pa.array([-0.0, 0.0, 1.0, None, -0.0, 2.0, 1.0, 0.0], pa.float64()),
        "inf": pa.array([float("inf"), float("-inf"), 1.0, None, 2.0, 1.0, 0.0, -0.0]),
        "nan": pa.array([float("nan"), 1.0, float("nan"), None, 2.0, 1.0, 0.0, -0.0]),
        "s": pa.array(["", "a", None, "größe", "\U0001f600", "\uffff", "A", ""]),
        "long": pa.array(["x" * 9000, "a", None, "x" * 9001, "b", "c", "a", "x" * 9000]),
        "b": pa.array([True, None, False, True, None, False, True, True]),
        "d": pa.array([*DAYS, *DAYS[:3]], pa.date32()),
        "t": pa.array([0, 1, None, 10**15, -1, 1, 0, 7], pa.timestamp("us")),
    }
)
SOME = ("min", "max", "count", "n_unique", "sum", "mean", "std", "var")
EVERY = (*SOME, "median", "first", "last")
FEW = ("min", "max", "count", "n_unique")
ANSWERED = {
    "id": (*FEW, "sum", "mean", "std", "var"),
    "n": (*FEW, "sum", "mean"),
    "i": (*FEW, "sum", "mean", "std", "var"),
    "big": ("count", "n_unique"),
    "f": FEW,
    "zero": ("min", "max", "count"),
    "s": FEW,
    "b": (*FEW, "sum", "mean", "std", "var"),
    "d": FEW,
}
"""What the server tells exactly; of the rest of these rows, it would tell something else."""


def _values(table, **asked):
    """Return rows, in which NaN is like NaN; or that they are refused."""
    try:
        rows = table.aggregate(**asked).to_arrow().to_pylist()
    except QueryError:
        return "refused"
    return [["nan" if v != v else v for v in row.values()] for row in rows]  # noqa: PLR0124


def _nearly(rows):
    """Return rows with floats of twelve digits."""
    if rows == "refused":
        return rows
    return [[f"{v:.12g}" if isinstance(v, float) else v for v in row] for row in rows]


@pytest.fixture
def both(search):
    """The tables of the server, where it has three parts, and of memory, of the same rows."""
    for start in (0, 3, 6):
        for table in ("search.nasty", "memory://#nasty"):
            dk.save(NASTY.slice(start, 3), table, mode="append")
    assert len(search.names()) == 3
    yield dk.table("search.nasty"), dk.table("memory://#nasty")
    dk.drop("memory://#nasty")


def test_every_function_of_nasty_columns(both):
    here, there = both
    for name in NASTY.schema.names:
        for function in EVERY:
            for by in ([], ["b"]):
                asked = {"by": by, "x": (name, function)}
                found, expected = _values(here, **asked), _values(there, **asked)
                if function in ("std", "var"):  # of floats, DuckDB's own last digit depends
                    found, expected = _nearly(found), _nearly(expected)
                assert (name, function, by, found) == (name, function, by, expected)


def test_groups_by_nasty_columns(both):
    here, there = both
    for name in NASTY.schema.names:
        for by in ([name], [name, "b"], ["s", name]):
            if len(set(by)) == len(by):
                asked = {"by": by, "rows": "size", "x": ("n", "sum"), "y": ("d", "n_unique")}
                assert (by, _values(here, **asked)) == (by, _values(there, **asked))
                assert (by, _values(here, by=by)) == (by, _values(there, by=by))


@pytest.fixture
def fetches(behind_proxy):
    """Tell whether a call fetches rows of the store ``slow``."""

    def tell(call):
        behind_proxy.inject(seen := Delay(after=b'"sort": ["_dk_row"]', seconds=0, times=None))
        call()
        return behind_proxy.fired(seen) > 0

    return tell


@pytest.mark.usefixtures("both")
def test_rows_are_fetched_only_where_the_server_would_tell_something_else(fetches):
    table, answered = dk.table("slow.nasty"), []
    for name in NASTY.schema.names:
        for function in SOME:
            found = []
            if not fetches(lambda: found.append(_values(table, x=(name, function)))):  # noqa: B023
                answered += [] if found == ["refused"] else [(name, function)]
    expected = [(name, one) for name in ANSWERED for one in SOME if one in ANSWERED[name]]
    assert answered == expected


@pytest.mark.parametrize("by", [[], ["k"]], ids=str)
def test_a_sum_that_overflows_is_refused(by):
    dk.save(pa.table({"k": ["a", "a", "b"], "n": [2**63 - 1, 1, 1]}), "search.huge")
    table = dk.table("search.huge")
    with pytest.raises(QueryError):
        table.aggregate(by=by, x=("n", "sum")).to_pandas()
    assert _values(table, by=by, x=("n", "mean")) in ([[2**63 / 3]], [["a", 2.0**62], ["b", 1.0]])


WHERE = ["n > 0", "s = 'nobody'", "i % 2 = 1", "b"]


@pytest.mark.parametrize("where", WHERE)
def test_of_some_rows(both, where):
    here, there = (table.filter(where) for table in both)
    measures = {"rows": "size", "x": ("n", "sum"), "y": ("s", "max"), "z": ("i", "n_unique")}
    for by in ([], ["b"], ["d", "b"]):
        assert _values(here, by=by, **measures) == _values(there, by=by, **measures)


def test_groups_are_sorted_and_paged(both):
    found, expected = (
        table.aggregate(by="s", rows="size", last=("d", "max"))
        .sort("-rows", "-s")
        .limit(3, offset=1)
        .to_arrow()
        for table in both
    )
    assert found.to_pylist() == expected.to_pylist()


def test_a_table_without_rows():
    dk.save(NASTY.slice(0, 0), "search.none")
    table = dk.table("search.none")
    measures = {"rows": "size", "x": ("n", "sum"), "y": ("n", "mean"), "z": ("s", "max"),
                "different": ("d", "n_unique"), "spread": ("i", "var")}  # fmt: skip
    assert _values(table, **measures) == [[0, None, None, None, 0, None]]
    assert _values(table, by="b", **measures) == []
    assert _values(table, by=["b", "s"], **measures) == []


def _many(rows):
    numbers = pa.array(range(rows), pa.int64())
    return pa.table(
        {
            "n": numbers,
            "s": pc.if_else(pc.equal(numbers, 7), None, pc.cast(numbers, pa.large_string())),
            "d": pc.cast(pc.cast(pc.subtract(numbers, 30_000), pa.int32()), pa.date32()),
            "f": pc.divide(pc.cast(numbers, pa.float64()), 8.0),
            "b": pc.if_else(pc.equal(pc.bit_wise_and(numbers, 3), 0), None,
                            pc.equal(pc.bit_wise_and(numbers, 1), 0)),
        }
    )  # fmt: skip


def test_more_groups_than_a_page_has(fetches):
    dk.save(many := _many(PAGE + 1000), "slow.many")
    for by in (["n"], ["s"], ["d", "b", "f"]):
        asked = {"by": by, "rows": "size", "x": ("n", "sum"), "y": ("s", "n_unique")}
        found = []
        is_fetched = fetches(lambda: found.extend(_values(dk.table("slow.many"), **asked)))  # noqa: B023
        assert (by, is_fetched) == (by, False)
        expected = engine.read_rows(many, dk.table("slow.many").aggregate(**asked).steps[0])
        assert found == [list(row.values()) for row in expected.read_all().to_pylist()]


def test_a_column_that_became_wider_is_read_from_the_rows(fetches):
    dk.save(pa.table({"n": pa.array([1, None], pa.int8()), "k": ["a", "b"]}), "slow.wider")
    dk.save(pa.table({"n": [2**40], "k": ["a"]}), "slow.wider", mode="append")
    table = dk.table("slow.wider")
    assert fetches(lambda: table.aggregate(by="k", n=("n", "sum")).to_arrow())
    assert _values(table, by="k", n=("n", "sum")) == [["a", 2**40 + 1], ["b", None]]
    assert not fetches(lambda: table.aggregate(by="k", n="size").to_arrow())


def test_a_server_that_makes_few_groups_is_asked_for_rows(own_elasticsearch):
    with Elasticsearch(own_elasticsearch.url) as client:
        client.cluster.put_settings(persistent={"search.max_buckets": 100})
        dk.configure(
            {"stores": {"own": {"backend": "elasticsearch", "hosts": own_elasticsearch.url}}}
        )
    dk.save(_many(300), "own.many")
    for by in (["n"], ["n", "b"]):
        assert len(_values(dk.table("own.many"), by=by, rows="size")) == 300


def test_what_is_asked_and_what_is_left_is_told(both):
    here, _ = both
    asked = here.filter("n > 0").aggregate(by="s", x=("n", "max")).sort("-x").explain()
    assert '"query": {"range": {"n": {"gt": 0}}}' in asked
    assert '"aggs": {"a0": {"max": {"field": "n"}}}' in asked
    assert "on these groups: Query(order_by=(" in asked
    left = here.aggregate(by="s", x=("f", "sum")).explain()
    assert "aggs" not in left
    assert "DuckDB: on these rows: Query(aggregate=" in left
