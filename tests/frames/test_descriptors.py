"""Descriptors that are damaged never fail a load, and say what rows may join the table."""

from __future__ import annotations

import json
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dkdata as dk
from dkdata.errors import DkWarning, SchemaError
from dkdata.testing.comparing import assert_same

FRAME = pd.DataFrame({"n": [1, 2], "c": pd.Categorical(["x", "y"])})


def _damage(path, change):
    """Write a Parquet file again with a changed descriptor."""
    table = pq.read_table(path)
    metadata = dict(pq.read_metadata(path).metadata)
    descriptor = json.loads(metadata[b"dkdata"])
    change(descriptor)
    del metadata[b"ARROW:schema"]
    metadata[b"dkdata"] = json.dumps(descriptor).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["columns"][1]["dtype"].pop("values"),
        lambda found: found["columns"][0]["dtype"].update(name="zzz"),
        lambda found: found["columns"].append(5),
        lambda found: found.update(columns=5),
        lambda found: found.update(index=[{"range": 5}]),
        lambda found: found.update(index=[{"column": 5, "name": None}]),
        lambda found: found.update(version=99),
        lambda found: found.clear(),
    ],
    ids=["values", "dtype", "column", "columns", "range", "level", "version", "empty"],
)
def test_a_damaged_descriptor_of_a_file_is_a_warning(tmp_path, change):
    path = tmp_path / "damaged.parquet"
    dk.save(FRAME, path)
    _damage(path, change)
    with pytest.warns(DkWarning, match="cannot be used"):
        loaded = dk.load(path)
    assert loaded["n"].tolist() == [1, 2]
    assert loaded["c"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "comment",
    [
        '{"writer": "dkdata", "columns": 5}',
        '{"writer": "dkdata", "columns": [5]}',
        '{"writer": "dkdata", "columns": [{"name": "n"}]}',
        '{"writer": "dkdata", "version": 1, "columns": [], "types": 5}',
        '["dkdata"]',
    ],
)
@pytest.mark.filterwarnings("ignore:.*cannot be used:dkdata.errors.DkWarning")
def test_a_damaged_comment_fails_no_load(comment):
    dk.save(FRAME, "damaged")
    with duckdb.connect(".dkdata/workspace.duckdb") as other:
        other.execute(f"COMMENT ON TABLE damaged IS '{comment}'")
    assert dk.load("damaged")["n"].tolist() == [1, 2]
    assert dk.load("damaged", where="n > 1")["c"].tolist() == ["y"]


def test_intervals_closed_on_other_sides_do_not_join():
    def closed(side):
        return pd.DataFrame({"i": pd.arrays.IntervalArray.from_breaks([0, 1, 2], closed=side)})

    dk.save(closed("right"), "memory.intervals")
    with pytest.raises(SchemaError, match="is interval closed left here and interval closed right"):
        dk.save(closed("left"), "memory.intervals", mode="append")


def test_periods_of_other_frequencies_do_not_join():
    days, months = (pd.DataFrame({"p": pd.period_range("2024", periods=2, freq=f)}) for f in "DM")
    dk.save(days, "memory.periods")
    with pytest.raises(SchemaError, match=r"is period\[M\] here and period\[D\] in the table"):
        dk.save(months, "memory.periods", mode="append")


def test_list_views_come_back():
    views = pa.table({"v": pa.array([[1, 2], None, []], pa.list_view(pa.int64()))})
    dk.save(views, "memory.views")
    assert dk.load("memory.views", as_="arrow").equals(views)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"d": [Decimal("sNaN"), Decimal(1)]}), "column 'd', row 0: .*signalling"),
        (pd.DataFrame({"a": [1]}).assign(), None),
    ],
)
def test_values_without_an_exact_form(frame, message):
    if message is None:
        frame.attrs = {"note": "\ud800"}
        message = r"frame\.attrs\['note'\] cannot be kept"
    with pytest.raises(SchemaError, match=message):
        dk.save(frame, "memory.none")


def test_categories_without_order_take_values_from_outside():
    dk.save(FRAME, "outside")
    with duckdb.connect(".dkdata/workspace.duckdb") as other:
        other.execute("INSERT INTO outside VALUES (3, 'z')")
    expected = pd.Categorical(["x", "y", "z"])
    assert_same(dk.load("outside"), pd.DataFrame({"n": [1, 2, 3], "c": expected}))
