"""What every store gives back exactly: all dtypes, shapes, names and kinds of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.testing.comparing import assert_same, assert_same_polars
from dkdata.testing.dtypes import EVERY_DTYPE, EVERY_POLARS_DTYPE, FRAME_SHAPES

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target


class FidelityTests:
    """What goes in comes out."""

    @pytest.mark.parametrize("name", EVERY_DTYPE)
    def test_every_dtype(self, target: Target, name: str) -> None:
        saved = EVERY_DTYPE[name].to_frame()
        dk.save(saved, target("dtype"))
        assert_same(dk.load(target("dtype")), saved)

    @pytest.mark.parametrize("name", FRAME_SHAPES)
    def test_every_shape(self, target: Target, name: str) -> None:
        dk.save(FRAME_SHAPES[name], target("shape"))
        assert_same(dk.load(target("shape")), FRAME_SHAPES[name])

    @pytest.mark.parametrize("name", EVERY_POLARS_DTYPE)
    def test_every_polars_dtype(self, target: Target, name: str) -> None:
        saved = EVERY_POLARS_DTYPE[name].to_frame()
        dk.save(saved, target("dtype"))
        assert_same_polars(dk.load(target("dtype"), as_="polars"), saved)

    def test_every_dtype_without_rows(self, target: Target) -> None:
        saved = pd.DataFrame({name: series.head(0) for name, series in EVERY_DTYPE.items()})
        dk.save(saved, target("empty"))
        assert_same(dk.load(target("empty")), saved)

    def test_every_dtype_appended_to_itself(self, target: Target) -> None:
        for name, series in EVERY_DTYPE.items():
            dk.save(series.to_frame(), target("twice"), mode="replace")
            dk.save(series.to_frame(), target("twice"), mode="append")
            assert dk.count(target("twice")) == 2 * len(series), name
            assert_same(dk.load(target("twice"), limit=len(series)), series.to_frame())

    def test_saved_from_pandas_loaded_as_polars(self, target: Target) -> None:
        kinds = pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True)
        dk.save(pd.DataFrame({"k": kinds, "n": pd.array([1, None], "Int64")}), target("crossed"))
        found = dk.load(target("crossed"), as_="polars")
        assert found["k"].to_list() == ["b", "a"]
        assert found["n"].to_list() == [1, None]

    def test_saved_from_polars_loaded_as_pandas(self, target: Target) -> None:
        saved = pl.DataFrame({"s": ["x", None], "n": pl.Series([1, 2], dtype=pl.Int16)})
        dk.save(saved, target("crossed"))
        found = dk.load(target("crossed"))
        assert found["n"].dtype == "int16"
        assert found["s"].isna().tolist() == [False, True]

    def test_a_loaded_frame_is_the_callers_own(self, target: Target) -> None:
        saved = pd.DataFrame({"n": [1, 2], "s": ["x", "y"]})
        dk.save(saved, target("own"))
        saved.loc[0, "n"] = 99
        loaded = dk.load(target("own"))
        loaded.loc[0, "n"] = 77
        assert dk.load(target("own"))["n"].tolist() == [1, 2]
