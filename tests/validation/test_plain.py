from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import uuid

import numpy as np
import pandas as pd
import pytest

from dkdata.validation.plain import plain


class Colour(enum.Enum):
    RED = "red"


THEIRS = [
    None, True, 1, 1.5, float("nan"), float("inf"), "x", np.int8(3), np.uint64(3), np.float32(0.1),
    np.float64("nan"), np.bool_(True), np.datetime64("2024-01-01"),
    [1, (2, {3})], {"a": {1: [np.int64(1)]}}, range(3), np.array([1.5, np.nan]), pd.Index(["a"]),
    pd.Series([1, 2], name="v"), pd.DataFrame({"a": [1]}), pd.Timestamp("2024-01-01", tz="UTC"),
    pd.NaT, pd.NA, dt.date(2024, 1, 1), dt.time(1, 2), decimal.Decimal("1.5"), b"x", Colour.RED,
    uuid.UUID(int=1), np.array([[1, 2], [3, 4]]), (pd.Timestamp(0), None),
]  # fmt: skip


@pytest.mark.parametrize("value", THEIRS, ids=lambda value: f"{type(value).__name__} {value!r}")
def test_values_are_rendered_as_great_expectations_does(gx, value):
    expected = gx.util.convert_to_json_serializable(value)
    told = plain(value)
    assert isinstance(expected, type(told))  # a text of numpy's stands there for one of Python
    assert json.dumps(told) == json.dumps(expected)


@pytest.mark.parametrize(("value", "expected"), [
    (pd.Timedelta("1h"), "0 days 01:00:00"), (dt.timedelta(1), "1 day, 0:00:00"), (1j, "1j"),
    (pd.Period("2024-01"), "2024-01"), (pd.Interval(0, 1), "(0, 1]"),
    (np.timedelta64(1, "D"), "1 days"), (np.float32("nan"), None), (np.str_("x"), "x"),
    (decimal.Decimal("nan"), None),
    (frozenset({1}), [1]), (pd.array([1, None], dtype="Int64"), [1, None]),
])  # fmt: skip
def test_values_that_great_expectations_cannot_render(value, expected):
    assert expected == plain(value)
