"""Estimates: measured sizes, of every kind of store, and nothing written or asked."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.costs import measuring, requests
from dkdata.errors import ColumnNotFoundError, SchemaError, UsageError
from dkdata.stores.delta import parts as delta_parts
from dkdata.stores.postgres.tables.sizes import heap_bytes
from dkdata.stores.s3 import files as s3_files
from dkdata.stores.s3 import places as s3_places
from tests.benchmarks.mixed import mixed
from tests.services import databases

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None]})
URL = "s3://my-bucket/people"
# Nobody listens there, and no name is asked for: who tries to connect fails.
AWAY = {
    "s3": "s3://my-bucket/records/orders",
    "object": "s3://my-bucket/records/orders.csv.gz",
    "postgres": "postgresql://nobody:secret@127.0.0.1:9/shop#orders",
}


def _stored(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


_TARGETS = ("a.parquet", "a.csv", "a.jsonl", "a.arrow", "a/", "duckdb:///a.duckdb#a")


@pytest.mark.parametrize(
    ("target", "rows"),
    [("a.csv.gz", 1_000), *itertools.product(_TARGETS, (1_000, 700_000))],
)
def test_size_is_that_of_a_save(tmp_path, target, rows):
    frame = mixed(rows)
    cost = frame.dk.estimate_cost(target)
    assert list(tmp_path.iterdir()) == []
    dk.save(frame, target, progress=False)
    within = 0.01 if rows == cost.sampled else 0.05
    assert cost.saved == pytest.approx(_stored(tmp_path), rel=within)
    assert (cost.rows, cost.total, cost.amounts) == (rows, None, ())


def test_size_in_memory_and_seconds():
    frame = pd.DataFrame({"a": np.arange(100_000)})
    cost = dk.estimate_cost(frame, "memory.a", saves=3)
    assert (cost.saved, cost.stored) == (800_000, 2_400_000)
    assert 0 < cost.load_seconds < cost.save_seconds < 1
    assert "seconds as measured on 2" in str(cost)


@pytest.mark.parametrize(
    "frame",
    [
        mixed(50_000),
        pd.DataFrame({"a": np.arange(100_000)}),
        pd.DataFrame({"a": pd.array([1, None] * 50_000, "Int64"), "b": ["x" * 50, None] * 50_000}),
        pa.table({"a": pa.array([[1, 2, 3], None] * 25_000), "b": [True] * 50_000}),
        pa.table({"a": pa.array(range(50_000), pa.int64()).cast(pa.decimal128(19, 0))}),
    ],
    ids=["mixed", "numbers", "nulls", "lists", "decimals"],
)
def test_size_in_postgresql(postgres_url, frame):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    cost = dk.estimate_cost(frame, "warehouse.sized")
    assert not dk.exists("warehouse.sized")
    dk.save(frame, "warehouse.sized", progress=False)
    ((stored,),) = databases.run(postgres_url, "select pg_table_size('sized')")
    # From version 16 on, a table grows by up to 64 pages at once.
    assert cost.saved == pytest.approx(stored, rel=0.03, abs=64 * 8192)
    dk.drop("warehouse.sized")


def test_size_of_nothing():
    empty = PEOPLE.head(0)
    for target in ("memory.a", "a.parquet", "a/", *AWAY.values()):
        cost = dk.estimate_cost(empty, target)
        assert cost.rows == cost.sampled == 0
        assert 0 <= cost.saved < 10_000
    assert heap_bytes(pa.table({"a": pa.array([], pa.int64())})) == 0


@pytest.mark.parametrize("target", AWAY.values(), ids=list(AWAY))
def test_no_server_is_asked(target):
    cost = dk.estimate_cost(mixed(1_000), target, queries=2, partition_by=None)
    assert 10_000 < cost.saved < 500_000
    assert "secret" not in repr(cost)
    assert (cost.total is None) == target.startswith("postgresql")


def test_every_kind_of_frame_costs_the_same():
    frame = mixed(3_000)
    table = pa.table(pl.from_pandas(frame).to_arrow())
    given = [pl.from_pandas(frame), pl.from_pandas(frame).lazy(), table]
    sizes = {dk.estimate_cost(one, URL).saved for one in given}
    assert max(sizes) < 1.02 * min(sizes)  # their descriptors differ


def test_of_a_table_a_few_runs_are_read():
    frame = mixed(600_000)
    dk.save(frame, "costly.parquet", progress=False)
    table = dk.estimate_cost("costly.parquet", URL)
    assert (table.rows, table.sampled) == (600_000, 491_520)
    part = dk.estimate_cost(dk.table("costly.parquet").filter("id < 500"), URL)
    assert (part.rows, part.sampled) == (500, 500)
    assert table.saved == pytest.approx(dk.estimate_cost(frame, URL).saved, rel=0.02)


def test_streams_of_unknown_length_are_sampled_in_bounded_memory():
    frame = pl.from_pandas(mixed(1_000_000))
    lazy = dk.estimate_cost(frame.lazy(), URL)
    assert lazy.rows == 1_000_000
    assert 200_000 < lazy.sampled < 700_000
    assert lazy.saved == pytest.approx(dk.estimate_cost(frame, URL).saved, rel=0.02)


def test_a_stream_that_would_be_used_up_is_refused():
    with pytest.raises(UsageError, match="a stream, which an estimate would use up"):
        dk.estimate_cost(pa.table({"a": [1]}).to_reader(), URL)


def test_partitions_make_an_object_each():
    frame = pd.DataFrame({"day": np.arange(600_000) % 30, "n": np.arange(600_000)})
    cost = dk.estimate_cost(frame, URL, partition_by="day")
    assert (cost.save.puts, cost.load.gets) == (31, 30)
    assert dk.estimate_cost(frame.head(90), URL, partition_by="day").save.puts == 31


def test_large_tables_make_several_objects():
    frame = pd.DataFrame({"n": np.arange(2_500_000, dtype="int32")})
    cost = dk.estimate_cost(frame, URL, queries=1)
    assert (cost.save.puts, cost.load.gets) == (4, 3)
    assert cost.query.gets == 3 + 9 + 9 + 5


def test_what_is_known_of_saves_to_buckets_is_what_they_do():
    assert delta_parts._PART_ROWS == measuring.PART_ROWS
    assert delta_parts._PART_BYTES == measuring.PART_BYTES
    assert s3_places._LARGE_BYTES == requests._LARGE_BYTES
    assert s3_files._CHUNK_BYTES == requests._CHUNK_BYTES


def test_a_month_is_the_sum_of_its_calls():
    once = dk.estimate_cost(PEOPLE, URL, saves=0, loads=1)
    many = dk.estimate_cost(PEOPLE, URL, saves=40, loads=100, queries=10, sessions=1)
    calls = 40 * many.save + 100 * many.load + 10 * many.query
    rest = requests.of_opening(40) + requests.TRYING + requests.CREATING
    assert many.requests == calls + rest + 2 * requests.CHECKPOINT
    assert (once.stored, many.stored) == (0, 40 * many.saved)
    assert many.transferred == 100 * once.transferred + 10 * many.scanned


def test_a_query_reads_the_largest_column_or_those_that_are_named():
    frame = mixed(20_000)
    largest, named = (dk.estimate_cost(frame, URL, columns=c) for c in (None, ["id", "note"]))
    assert "a query reads 'code' of all rows" in largest.notes
    assert named.query.gets == largest.query.gets + 1
    assert dk.estimate_cost(frame, URL, columns=["id", "amount"]).query == largest.query
    assert dk.estimate_cost(frame, URL, columns="id").scanned < largest.scanned


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"saves": -1}, r"saves=-1 is not possible: it is how often a month\. Give a whole"),
        ({"loads": 1.5}, r"loads=1\.5 is not possible"),
        ({"queries": True}, "queries=True is not possible"),
        ({"sessions": "many"}, "sessions='many' is not possible"),
        ({"transfer": "interne"}, "Did you mean 'internet'"),
        ({"prices": 7}, r"prices=7 is not possible\. Give the path of a price table"),
        ({"index": "yes"}, "index='yes' is not possible"),
        ({"format": 7}, "format=7 is not possible"),
        ({"options": "sep"}, "options='sep' is not possible"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(UsageError, match=message):
        dk.estimate_cost(PEOPLE, URL, **options)


def test_what_cannot_be_saved_has_no_price():
    with pytest.raises(ColumnNotFoundError, match=r"no column 'nam'.* Did you mean 'name'"):
        dk.estimate_cost(PEOPLE, URL, columns="nam")
    with pytest.raises(ColumnNotFoundError, match="no column 'day'"):
        dk.estimate_cost(PEOPLE, URL, partition_by="day")
    with pytest.raises(UsageError, match=r"partition_by=.* means nothing"):
        dk.estimate_cost(PEOPLE, "memory.people", partition_by="id")
    with pytest.raises(UsageError, match="has no columns"):
        dk.estimate_cost(pd.DataFrame(index=[1, 2]).reset_index(drop=True), URL)
    with pytest.raises(SchemaError, match="cannot be kept exactly"):
        dk.estimate_cost(pd.DataFrame({"a": [object()]}), URL)
    with pytest.raises(UsageError, match="is not a frame"):
        dk.estimate_cost(7, URL)
    with pytest.raises(UsageError, match="names no table"):
        dk.estimate_cost(PEOPLE, "s3://my-bucket")


def test_nothing_is_known_of_how_fast_backends_of_others_are(monkeypatch):
    monkeypatch.setattr("dkdata.costs.rates.backend_of", lambda _: "clickhouse")
    cost = dk.estimate_cost(PEOPLE, "memory.people")
    assert (cost.save_seconds, cost.load_seconds) == (None, None)
    assert "nobody has measured how fast that store is" in cost.notes
