"""Types that a user says how to keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import SchemaError, UsageError
from dkdata.frames import custom


@pytest.fixture(autouse=True)
def _own_types(monkeypatch):
    monkeypatch.setattr(custom, "_TYPES", {})


WIDE = pd.DataFrame({"w": np.array([1, 2.5], "longdouble")})


def test_a_dtype_of_numpy_that_is_too_wide_can_be_registered():
    with pytest.raises(SchemaError, match=r"dk\.register_type"):
        dk.save(WIDE, "memory.wide")
    dk.register_type(
        str(np.dtype("longdouble")),
        to_arrow=lambda values: pa.array([str(value) for value in values]),
        from_arrow=lambda array: np.array(array.to_pylist(), "longdouble"),
    )
    dk.save(WIDE, "memory.wide")
    pd.testing.assert_frame_equal(dk.load("memory.wide"), WIDE)


@pytest.mark.parametrize("name", ["int64", "Int64", "category", "str", "datetime64[ns]", "object"])
def test_a_dtype_that_is_kept_already_is_refused(name):
    with pytest.raises(UsageError, match="is kept exactly already"):
        dk.register_type(name, to_arrow=pa.array, from_arrow=pd.array)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": 5}, "name=5 is no dtype"),
        ({"name": ""}, "name='' is no dtype"),
        ({"to_arrow": 1}, "to_arrow=1 is no function"),
        ({"from_arrow": None}, "from_arrow=None is no function"),
    ],
)
def test_wrong_arguments(given, message):
    arguments = {"name": "geometry", "to_arrow": pa.array, "from_arrow": pd.array} | given
    with pytest.raises(UsageError, match=message):
        dk.register_type(arguments.pop("name"), **arguments)
