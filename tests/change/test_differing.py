"""The rows of two tables that differ, wherever they are."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, DkWarning, SchemaError, UsageError
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE

BEFORE = pd.DataFrame(
    {"id": [1, 2, 3, 4], "name": ["Ada", "Bob", None, "Di"], "age": [36, 41, 5, 6]}
)
AFTER = pd.DataFrame({"id": [4, 3, 2, 5], "name": ["Di", "Cy", "Bob", None], "age": [6, 5, 42, 7]})


def _told(found: pa.Table):
    """Return what became of each row: the change, its key and the columns that differ."""
    names = [name for name in found.schema.names if not name.endswith(("_a", "_b"))]
    return [tuple(row.values()) for row in found.select(names).to_pylist()]


def test_what_became_of_each_row():
    found = dk.diff(BEFORE, AFTER, key="id", as_="arrow")
    assert found.schema.names == [
        "_dk_change", "id", "_dk_columns", "name_a", "name_b", "age_a", "age_b"
    ]  # fmt: skip
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("removed", 1, None, "Ada", None, 36, None),
        ("changed", 2, ["age"], "Bob", "Bob", 41, 42),
        ("changed", 3, ["name"], None, "Cy", 5, 5),
        ("added", 5, None, None, None, None, 7),
    ]


def test_nothing_differs():
    assert len(dk.diff(BEFORE, BEFORE.sample(frac=1, random_state=1), key="id")) == 0
    found = dk.diff(BEFORE, BEFORE, key=["id", "age"], columns="name", as_="polars")
    assert found.columns == ["_dk_change", "id", "age", "_dk_columns", "name_a", "name_b"]
    assert len(found) == 0


def test_only_the_columns_that_are_named():
    found = dk.diff(BEFORE, AFTER, key="id", columns=["age"], as_="arrow")
    assert _told(found) == [("removed", 1, None), ("changed", 2, ["age"]), ("added", 5, None)]


def test_of_columns_that_one_side_lacks_is_warned():
    with pytest.warns(DkWarning, match="columns that only b has are not compared: city"):
        found = dk.diff(BEFORE, AFTER.assign(city="Rom"), key="id", as_="arrow")
    assert len(found) == 4
    with pytest.warns(DkWarning, match="columns that only a has are not compared: name"):
        assert len(dk.diff(BEFORE, AFTER[["id", "age"]], key="id")) == 3


def test_suffixes():
    found = dk.diff(BEFORE, AFTER, key="id", columns="age", suffixes=("_old", "_new"))
    assert list(found)[-2:] == ["age_old", "age_new"]


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_every_dtype_is_like_itself_and_keeps_its_dtype(name):
    values = pd.Series(EVERY_DTYPE[name]).reset_index(drop=True)
    frame = pd.DataFrame({"id": range(len(values)), "c": values})
    assert len(dk.diff(frame, frame, key="id")) == 0
    removed = dk.diff(frame, frame.iloc[:0], key="id", as_="arrow")
    assert removed["_dk_change"].to_pylist() == ["removed"] * len(frame)
    own = dk.load(_saved(frame, "kept"), as_="arrow")
    assert str(removed["c_a"].to_pylist()) == str(own["c"].to_pylist())  # NaN is like NaN


def _saved(frame, name):
    dk.save(frame, f"memory.{name}", mode="replace", progress=False)
    return f"memory.{name}"


@pytest.mark.parametrize("name", EVERY_POLARS_DTYPE)
def test_every_dtype_of_polars_is_like_itself(name):
    values = pl.Series("c", EVERY_POLARS_DTYPE[name])
    frame = pl.DataFrame({"id": range(len(values)), "c": values})
    assert len(dk.diff(frame, frame, key="id", as_="polars")) == 0


# Values on both sides, and whether they are the same.
VALUES = [
    (1, 1.0, True), (2**53 + 1, float(2**53), False), (1.5, Decimal("1.50"), True),
    (1, Decimal("1.00"), True), (None, 5, False), (float("nan"), float("nan"), True),
    (dt.date(2024, 1, 1), dt.datetime(2024, 1, 1), True),  # noqa: DTZ001
    (True, True, True), ([1, None], [1, None], True), ([1], [2], False),
    ({"a": 1}, {"a": None}, False), (b"x", b"y", False), ("a", "A", False), ("a", "a ", False),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "same"), VALUES)
def test_values_are_compared_exactly(left, right, same):
    a, b = (pa.table({"id": [1], "c": pa.array([value])}) for value in (left, right))
    assert len(dk.diff(a, b, key="id")) == (not same)
    assert len(dk.diff(b, a, key="id")) == (not same)


def test_whole_numbers_as_keys_may_be_of_different_types():
    a = pd.DataFrame({"id": np.array([1, 2], "int8"), "x": [1, 2]})
    b = pd.DataFrame({"id": np.array([1, 2**40], "int64"), "x": [1, 3]})
    assert dk.diff(a, b, key="id")["id"].tolist() == [2, 2**40]


def test_the_index_may_be_the_key():
    a, b = BEFORE.set_index("id"), AFTER.set_index("id")
    found = dk.diff(a, b, key="id", as_="arrow")
    assert _told(found) == _told(dk.diff(BEFORE, AFTER, key="id", as_="arrow"))
    assert dk.diff(BEFORE[BEFORE.id > 2], BEFORE, key="id")["id"].tolist() == [1, 2]


def test_labels_that_are_no_text():
    a, b = pd.DataFrame({0: [1, 2], 1: ["x", "y"]}), pd.DataFrame({0: [1, 2], 1: ["x", "z"]})
    assert dk.diff(a, b, key=0, as_="arrow")["_dk_columns"].to_pylist() == [["1"]]


def test_columns_called_as_the_sides_are():
    a = pd.DataFrame({"a": [1], "b": [2], "a0": [3], "x": [4]})
    found = dk.diff(a, a.assign(x=5, a0=6), key=["a", "b"], as_="arrow")
    assert found["_dk_columns"].to_pylist() == [["a0", "x"]]


@pytest.mark.parametrize(
    "place", ["d.duckdb#t", "t.csv", "t.json", "t.jsonl", "t.parquet", "t.arrow", "delta"]
)
def test_every_kind_of_value_is_like_itself_wherever_it_is_kept(place, tmp_path):
    frame = pa.table(
        {
            "id": [1, 2],
            "list": [["a", None], None],
            "pair": [{"x": 1, "y": None}, {"x": None, "y": "b"}],
            "exact": [Decimal("1.50"), None],
            "time": [dt.time(1, 2, 3), None],
            "span": [dt.timedelta(days=1, microseconds=5), None],
            "at": pa.array([1, None], pa.timestamp("ns", "UTC")),
            "raw": [b"\x00", None],
        }
    )
    target = f"duckdb:///{tmp_path}/{place}" if "#" in place else tmp_path / place
    dk.save(frame, target)
    dk.save(frame, "memory.kinds", mode="replace")
    for a, b in ((frame, target), (target, "memory.kinds"), (target, target)):
        assert len(dk.diff(a, b, key="id")) == 0
    changed = frame.set_column(2, "pair", [[{"x": 1, "y": None}, {"x": None, "y": "c"}]])
    found = dk.diff(target, changed, key="id", as_="arrow")
    assert _told(found) == [("changed", 2, ["pair"])]


def _drawn(rng, rows):
    return {
        n: (rng.choice([None, "a", "b"]), rng.choice([None, 1, 2]))
        for n in rng.sample(range(60), rows)
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("place", ["frame", "memory", "duckdb", "parquet", "delta", "part"])
def test_drawn_tables_differ_as_a_loop_says(seed, place, tmp_path):
    rng = random.Random(seed)  # noqa: S311 - a drawn case, not a secret
    sides = [_drawn(rng, rng.randint(0, 40)) for _ in range(2)]
    given = [_placed(side, place, f"{n}", tmp_path) for n, side in enumerate(sides)]
    found = dk.diff(*given, key="id", as_="arrow")
    assert _told(found) == list(_expected(*sides))


def _placed(side, place, name, folder):
    frame = pa.table(
        {
            "id": pa.array(list(side), pa.int64()),
            "t": pa.array([t for t, _ in side.values()], pa.large_string()),
            "n": pa.array([n for _, n in side.values()], pa.int64()),
        }
    )
    targets = {
        "memory": f"memory.side{name}", "duckdb": f"duckdb:///{folder}/d.duckdb#t{name}",
        "parquet": folder / f"{name}.parquet", "delta": folder / f"delta{name}",
        "part": f"memory.side{name}",
    }  # fmt: skip
    if place == "frame":
        return frame
    dk.save(frame, targets[place], mode="replace", progress=False)
    return dk.table(targets[place]).filter("id >= 0") if place == "part" else targets[place]


def _expected(before, after):
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            yield "removed", key, None
        elif key not in before:
            yield "added", key, None
        elif before[key] != after[key]:
            pairs = zip("tn", before[key], after[key], strict=True)
            yield "changed", key, [name for name, one, other in pairs if one != other]


# What is refused, with what error, and what it says.
REFUSED = [
    (BEFORE, AFTER, {"key": []}, UsageError, "key=.* names no column"),
    (BEFORE, AFTER, {"key": "no"}, ColumnNotFoundError, "'no'"),
    (BEFORE, AFTER, {"key": "id", "columns": "no"}, ColumnNotFoundError, "'no'"),
    (BEFORE, AFTER, {"key": "id", "columns": []}, UsageError, "columns=.* names no column"),
    (BEFORE, AFTER, {"key": "id", "suffixes": ("_x", "_x")}, UsageError, "suffixes="),
    (BEFORE, AFTER, {"key": "id", "suffixes": "ab"}, UsageError, "suffixes="),
    (BEFORE, AFTER, {"key": "id", "as_": "numpy"}, UsageError, "as_="),
    (BEFORE, AFTER, {"key": "name"}, SchemaError, "key 'name' is null in a"),
    (BEFORE.assign(id=1), AFTER, {"key": "id"}, SchemaError, "key 'id' is repeated in a: 1"),
    (BEFORE, AFTER.assign(id=1), {"key": "id"}, SchemaError, "key 'id' is repeated in b: 1"),
    (BEFORE, AFTER.assign(id="x"), {"key": "id"}, SchemaError, "'id' is int64 in a and text in b"),
    (
        BEFORE, AFTER.assign(age="x"), {"key": "id"}, SchemaError,
        "'age' is int64 and column 'age' is text: they cannot be compared. Leave it out",
    ),
    (
        BEFORE.assign(age_a=1).drop(columns="id"), BEFORE.assign(age_a=1).drop(columns="id"),
        {"key": ["age_a", "name", "age"], "columns": ["age"]}, SchemaError, "is null in a",
    ),
    (
        BEFORE.rename(columns={"id": "age_a"}), AFTER.rename(columns={"id": "age_a"}),
        {"key": "age_a"}, UsageError, "would be called age_a. Choose other suffixes=",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "options", "error", "told"), REFUSED)
def test_what_cannot_be_compared_is_refused(a, b, options, error, told):
    with pytest.raises(error, match=told):
        dk.diff(a, b, **options)
