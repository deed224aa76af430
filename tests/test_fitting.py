"""Single values, and rows, in the types of a table that is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import fitting, frames


def _schema(frame):
    return frames.to_arrow(frame).schema


EMPTY = _schema([{"id": 1, "note": None, "tags": [], "pair": {"x": 1, "y": None}}])


@pytest.mark.parametrize(
    "values",
    [
        {"id": 5}, {"note": None}, {"tags": []}, {"tags": [None]}, {"tags": None},
        {"pair": {"x": 2, "y": None}}, {"pair": {"x": "text", "y": 1}}, {"note": pd.NA},
    ],
)  # fmt: skip
def test_nothing_is_filled_where_there_is_no_further_type(values):
    assert fitting.filled(values, EMPTY) is EMPTY


@pytest.mark.parametrize(
    ("values", "filled"),
    [
        ({"note": "x"}, {"note": pa.large_string()}),
        ({"tags": [["a"]]}, {"tags": pa.large_list(pa.large_list(pa.large_string()))}),
        ({"pair": {"x": 1, "y": True}}, {"pair": pa.struct({"x": pa.int64(), "y": pa.bool_()})}),
        ({"note": 1.5, "id": 7}, {"note": pa.float64()}),
    ],
)
def test_what_is_filled_has_the_type_of_its_value(values, filled):
    made = fitting.filled(values, EMPTY)
    changed = {f.name: f.type for f in made if f.type != EMPTY.field(f.name).type}
    assert changed == filled


@pytest.mark.parametrize("missing", [np.nan, pd.NaT, pd.NA, None])
def test_what_is_missing_in_pandas_fills_nothing(missing):
    schema = _schema(pd.DataFrame({"note": [None, None]}))
    assert fitting.filled({"note": missing}, schema) is schema


def test_parts_that_have_values_keep_their_exact_types():
    kinds = pa.struct({"a": pa.string(), "n": pa.int32(), "at": pa.timestamp("s"), "x": pa.null()})
    rows = pa.table({"id": [1], "c": pa.array([None], kinds)})
    wider = pa.struct([*list(kinds)[:3], pa.field("x", pa.string())])
    value = {"a": "b", "n": 1, "at": None, "x": "new"}
    more = pa.table({"id": [2], "c": pa.array([value], wider)})
    dk.save(rows, "memory.parts", mode="replace")
    dk.save(more, "memory.parts", mode="append")
    found = dk.load("memory.parts", as_="arrow").schema.field("c").type
    assert [field.type for field in list(found)[:3]] == [field.type for field in list(kinds)[:3]]


def test_lists_of_nothing_take_values_in_every_kind_of_frame():
    for empty, more in (
        (pl.DataFrame({"t": [[]]}), pl.DataFrame({"t": [["x"]]})),
        (pa.table({"t": pa.array([[]], pa.list_(pa.null()))}), pa.table({"t": [["x"]]})),
    ):
        dk.save(empty, "memory.lists", mode="replace")
        dk.save(more, "memory.lists", mode="append")
        assert dk.load("memory.lists", as_="arrow")["t"].to_pylist() == [[], ["x"]]
