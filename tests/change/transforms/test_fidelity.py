"""Columns that no step touches are the same afterwards, in every dtype and every shape."""

from __future__ import annotations

import pytest

import dkdata as dk
from dkdata.testing.comparing import assert_same, assert_same_polars
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE, FRAME_SHAPES

IN_SQL = dk.Transform().add("added", "1").reorder("added").drop("added")
ONE_BY_ONE = dk.Transform().add("added", lambda rows: [0] * len(rows)).drop("added")
WAYS = pytest.mark.parametrize("steps", [IN_SQL, ONE_BY_ONE], ids=["sql", "python"])


@WAYS
@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_every_dtype(steps, name):
    assert_same(steps(EVERY_DTYPE[name].to_frame()), EVERY_DTYPE[name].to_frame())


@WAYS
@pytest.mark.parametrize("name", FRAME_SHAPES)
def test_every_shape(steps, name):
    assert_same(steps(FRAME_SHAPES[name]), FRAME_SHAPES[name])


@WAYS
@pytest.mark.parametrize("name", EVERY_POLARS_DTYPE)
def test_every_polars_dtype(steps, name):
    assert_same_polars(
        steps(EVERY_POLARS_DTYPE[name].to_frame()), EVERY_POLARS_DTYPE[name].to_frame()
    )
