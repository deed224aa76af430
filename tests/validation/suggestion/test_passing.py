"""Every suggested suite passes on the data that it came from; no dtype makes one fail."""

from __future__ import annotations

import datetime as dt
import importlib
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import dkdata as dk
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE, FRAME_SHAPES
from tests.validation.fidelity.comparing import directly

_ROWS = 120


def _broken(frame, **options):
    """Return the suggested rules that the frame does not meet, and why."""
    suite = dk.suggest(frame, **options)
    for rule in suite:
        assert set(rule.meta["dkdata"]) == {"evidence", "confidence", "reason"}
        assert 0 <= rule.meta["dkdata"]["confidence"] <= 1
    assert json.loads(json.dumps(suite.to_dict(), allow_nan=False)) == suite.to_dict()
    return [f"{one.expectation} {one.error}" for one in dk.validate(frame, suite).failures]


def _every_dtype():
    columns = {
        f"{place} {name}": pd.concat([values] * _ROWS, ignore_index=True).head(_ROWS)
        for place, (name, values) in enumerate(EVERY_DTYPE.items())
    }
    frame = pd.concat(columns, axis=1)
    assert [str(dtype) for dtype in frame.dtypes] == [str(s.dtype) for s in EVERY_DTYPE.values()]
    return frame


@pytest.mark.parametrize("rows", [_ROWS, 2, 1, 0])
def test_columns_of_every_dtype(rows):
    assert _broken(_every_dtype().head(rows), min_confidence=0) == []


def test_columns_of_every_dtype_of_polars():
    columns = [
        pl.concat([values] * _ROWS).head(_ROWS).rename(str(place))
        for place, values in enumerate(EVERY_POLARS_DTYPE.values())
    ]
    frame = pl.DataFrame(columns)
    assert _broken(frame, min_confidence=0) == []
    assert _broken(frame.lazy(), min_confidence=0) == []


@pytest.mark.parametrize("name", [name for name in FRAME_SHAPES if name != "repeated labels"])
def test_frames_of_every_shape(name):
    assert _broken(FRAME_SHAPES[name], min_confidence=0) == []


def test_flights(flights):
    assert _broken(flights) == []
    assert _broken(pl.from_pandas(flights).to_arrow()) == []
    assert _broken(flights.head(100).to_dict("records")) == []


def test_penguins():
    penguins = importlib.import_module("palmerpenguins").load_penguins()
    assert _broken(penguins) == []
    rules = [str(rule) for rule in penguins.dk.suggest(min_confidence=0.9) if "set" in rule.rule]
    assert rules == [
        "species: in_set(['Adelie', 'Chinstrap', 'Gentoo'])",
        "island: in_set(['Biscoe', 'Dream', 'Torgersen'])",
        "sex: in_set(['female', 'male'])",
    ]


def test_great_expectations_itself_agrees(flights):
    hours = pd.date_range("2024-01-01", periods=len(flights), freq="h")
    zoned = hours.tz_localize("UTC").tz_convert("Europe/Oslo")
    frame = flights.assign(
        start=hours, end=hours.shift(2), zoned=zoned, ns=hours.as_unit("ns"), id=range(len(hours))
    )
    suite = frame.dk.suggest()
    assert {"between", "in_set", "matches", "unique", "increasing", "greater_than"} <= {
        rule.entry.method for rule in suite
    }
    assert directly(frame, suite)["success"]


_TEXTS = some.text(some.sampled_from('aB9 -."\n\\é🙂'), max_size=4)
_TIMES = some.datetimes(pd.Timestamp("1700").to_pydatetime(), pd.Timestamp("2200").to_pydatetime())
_VALUES = {
    "int8": some.integers(-5, 127), "int64": some.integers(-(2**62), 2**62),
    "uint16": some.integers(0, 9), "Int32": some.none() | some.integers(-3, 3),
    "int64[pyarrow]": some.none() | some.integers(0, 2**53),
    "UInt64": some.none() | some.integers(2**52, 2**64 - 1),
    "float64": some.floats(), "float32": some.floats(width=32), "Float64": some.floats(-9, 9),
    "double[pyarrow]": some.none() | some.floats(allow_nan=False),
    "bool": some.booleans(), "boolean": some.none() | some.booleans(),
    "str": some.none() | _TEXTS, "object": some.none() | _TEXTS | some.booleans(),
    "string": _TEXTS, "string[pyarrow]": some.sampled_from(["A-1", "B-22", None, "C"]),
    "category": some.sampled_from(["x", "y", None]), "datetime64[ns]": some.none() | _TIMES,
    "datetime64[s]": _TIMES, "datetime64[us, UTC]": _TIMES.map(lambda t: t.replace(tzinfo=dt.UTC)),
    "timestamp[ms][pyarrow]": some.none() | _TIMES, "date32[pyarrow]": _TIMES.map(dt.datetime.date),
    "timedelta64[us]": some.timedeltas(dt.timedelta(-9), dt.timedelta(9)),
    "period[D]": _TIMES.map(lambda t: pd.Period(t, "D")),
    "decimal128(9, 2)": some.none() | some.decimals(-99, 99, places=2),
}  # fmt: skip


@some.composite
def _frames(draw):
    """Draw a frame with a column of each dtype, of few or many different values, perhaps sorted."""
    rows = draw(some.sampled_from([1, 7, 80, 400]))
    columns = {}
    for dtype, values in _VALUES.items():
        known = draw(some.lists(values, min_size=1, max_size=6))
        places = np.random.default_rng(draw(some.integers(0, 99))).integers(0, len(known), rows)
        if draw(some.booleans()):
            places.sort()
        name = "object" if dtype.startswith("decimal") else dtype
        columns[f"{dtype} x"] = pd.Series([known[place] for place in places], dtype=name)
    return pd.DataFrame(columns)


@settings(max_examples=12)
@given(frame=_frames())
def test_drawn_frames(frame):
    assert _broken(frame, min_confidence=0) == []
