"""Commits of Delta tables: what a writer knows of its table, and what the log says of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import deltalake
import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import StoreError
from dkdata.stores.delta.following import followed
from dkdata.stores.delta.log import opened
from dkdata.testing.dtypes import EVERY_DTYPE
from tests.stores.delta_tables import ORDERS, PRICE, folder_of_orders

target = folder_of_orders
_PARTITIONS = {
    "whole": pd.array([1, -2, None], dtype="Int64"),
    "text": ["a", "b/c é%", None],
    "truth": [True, False, None],
    "day": pd.Series(["2024-01-31", "1969-12-31", None], dtype="date32[pyarrow]"),
    "moment": pd.to_datetime(["2024-01-31 10:11:12.123456", "1969-12-31 00:00:00.000001", None]),
    "zoned": pd.to_datetime(
        ["2024-01-31 10:11:12.123456", "1969-12-31 00:00:00.000001", None], utc=True
    ),
    "money": pd.Series(["1.50", "-2.25", None], dtype=PRICE),
}


def known(target):
    """Return the latest version as its writer knows it."""
    location = catalog.locate(target)
    return location.store._look(location.table)


def told(snapshot):
    """Return what two views of one version have to agree on."""
    files = [
        asdict(file) | {"bounds": {side: _given(values) for side, values in bounds.items()}}
        for file, bounds in ((file, asdict(file.bounds)) for file in snapshot.files)
    ]
    fields = [(field, field.metadata) for field in snapshot.fields]
    metadata = asdict(snapshot.metadata) | {"fields": fields}
    return snapshot.version, snapshot.identity, metadata, snapshot.protocol, files


def _given(values):
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_a_writer_knows_its_table_as_the_log_has_it(target, name):
    frame = EVERY_DTYPE[name].to_frame("x").assign(id=range(len(EVERY_DTYPE[name])))
    dk.save(ORDERS, target)
    before = known(target).files
    for mode in ("replace", "append"):
        dk.save(frame, target, mode=mode)
        assert told(known(target)) == told(opened(known(target).place))
    assert before != known(target).files


@pytest.mark.parametrize("values", _PARTITIONS.values(), ids=_PARTITIONS)
def test_a_writer_knows_partitions_as_the_log_has_them(target, values):
    frame = pd.DataFrame({"p": values, "n": [1, 2, 3]})
    dk.save(frame, target, partition_by="p")
    dk.save(frame, target, mode="append")
    dk.delete(target, "n = 2")
    dk.optimize(target)
    snapshot = known(target)
    assert len(snapshot.files) == 2
    assert told(snapshot) == told(opened(snapshot.place))


def test_a_long_log_gets_checkpoints_that_others_read(target):
    dk.save(ORDERS, target, run_id="first")
    for number in range(21):
        dk.save(ORDERS, target, mode="append", run_id=f"r{number}")
    log = Path(target) / "_delta_log"
    assert (log / f"{20:020}.checkpoint.parquet").is_file()
    assert told(known(target)) == told(opened(known(target).place))
    for commit in log.glob("*0.json"):
        commit.unlink()
    assert pl.scan_delta(target).collect().height == 66
    assert dk.count(f"{target}@21") == 66
    assert dk.save(ORDERS, target, mode="append", run_id="r20").repeated


def test_a_table_that_gets_times_asks_its_readers_for_them(target):
    dk.save(pd.DataFrame({"x": [None, None]}), target)
    assert deltalake.DeltaTable(target).protocol().min_reader_version == 1
    with pytest.warns(dk.errors.DkWarning, match="written anew"):
        dk.save(pd.DataFrame({"x": pd.to_datetime(["2024-01-01"])}), target, mode="append")
    asked = deltalake.DeltaTable(target).protocol()
    assert asked.reader_features == ["timestampNtz"]
    assert sorted(asked.writer_features) == ["appendOnly", "invariants", "timestampNtz"]
    assert len(dk.history(target)) == 2


def test_each_line_of_a_commit_is_one_action(target):
    dk.save(ORDERS.assign(city="a\u2028b"), target, key="id", partition_by="city")
    lines = (Path(target) / "_delta_log" / f"{0:020}.json").read_text(encoding="utf-8").split("\n")
    assert [next(iter(json.loads(line))) for line in lines] == [
        "commitInfo", "protocol", "metaData", "add",
    ]  # fmt: skip
    assert dk.load(target)["city"].tolist() == ["a\u2028b"] * 3


def test_what_others_append_is_followed(target):
    dk.save(ORDERS, target, key="id", run_id="first")
    before = known(target)
    dk.save(ORDERS.assign(id=ORDERS["id"] + 10), target, mode="append", run_id="second")
    pl.DataFrame(ORDERS.assign(id=ORDERS["id"] + 20)).write_delta(target, mode="append")
    now, log = followed(before), opened(before.place)
    assert (now.version, now.identity) == (log.version, log.identity)
    assert [(f.path, f.url, f.rows, f.size, f.moment) for f in now.files] == [
        (f.path, f.url, f.rows, f.size, f.moment) for f in log.files
    ]
    assert [now.written_by(run) for run in ("first", "second", "third")] == [0, 1, None]
    assert not now.is_latest  # its files are known in part


@pytest.mark.parametrize(
    "other",
    [
        lambda target: dk.delete(target, "id = 1"),
        lambda target: dk.save(ORDERS, target, mode="replace"),
        lambda target: dk.save(ORDERS.assign(more=1), target, mode="replace"),
        lambda target: (
            dk.drop(target),
            dk.save(ORDERS, target),
            dk.save(ORDERS, target, mode="append"),
        ),
        dk.drop,
    ],
    ids=["delete", "replace", "other columns", "made anew", "drop"],
)
def test_all_else_takes_the_log(target, other):
    dk.save(ORDERS, target)
    before = known(target)
    other(target)
    assert followed(before) is None


def test_an_empty_commit_is_named(target):
    dk.save(ORDERS, target)
    dk.save(ORDERS, target, mode="append")
    log = Path(target) / "_delta_log"
    (log / f"{1:020d}.json").write_bytes(b"")
    with pytest.raises(StoreError, match=r"00001\.json is empty"):
        dk.load(target)
