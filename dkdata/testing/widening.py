"""What every store does with rows whose types are wider than those of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import SchemaError
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

# A store may say that widening a table costs more than the new rows.
_MAY_WARN = pytest.mark.filterwarnings("ignore::dkdata.errors.DkWarning")


class WideningTests:
    """What an append may change of the table, and nothing else."""

    CASES = (
        ("int8 to int64", [1], "int8", [1 << 40], "int64", "int64"),
        ("int64 keeps", [1 << 40], "int64", [1], "int8", "int64"),
        ("uint8 to int16", [200], "uint8", [-1], "int8", "int16"),
        ("Int8 to Int64", [1, None], "Int8", [1 << 40], "Int64", "Int64"),
        ("missing integers", [1], "int64", [None], "Int64", "Int64"),
        ("missing booleans", [True], "bool", [None], "boolean", "boolean"),
        ("nothing to text", [None], "object", ["x"], "str", "str"),
        ("nothing to times", [None], "object", ["2024-01-01"], "datetime64[us]", "datetime64[us]"),
        ("text and nothing", ["x"], "str", [None], "object", "str"),
    )

    @_MAY_WARN
    @pytest.mark.parametrize(
        ("held", "dtype", "given", "other", "merged"),
        [case[1:] for case in CASES],
        ids=[case[0] for case in CASES],
    )
    def test_append_widens(  # noqa: PLR0913, PLR0917 - one case of a table
        self,
        target: Target,
        held: Any,
        dtype: Any,
        given: Any,
        other: Any,
        merged: Any,
    ) -> None:
        first = pd.DataFrame({"k": [0] * len(held), "x": pd.Series(held, dtype=dtype)})
        second = pd.DataFrame({"k": [0] * len(given), "x": pd.Series(given, dtype=other)})
        dk.save(first, target("wide"))
        dk.save(second, target("wide"), mode="append")
        both = [*held, *given]
        expected = pd.DataFrame({"k": [0] * len(both), "x": pd.Series(both, dtype=merged)})
        assert_same(dk.load(target("wide")), expected)

    @_MAY_WARN
    @pytest.mark.parametrize("as_", ["arrow", "polars"])
    def test_append_widens_other_frames(self, target: Target, as_: str) -> None:
        first, second = pa.table({"x": pa.array([1], pa.int8())}), pa.table({"x": [1 << 40]})
        for rows, mode in ((first, "error"), (second, "append")):
            dk.save(rows if as_ == "arrow" else pl.from_arrow(rows), target("wide"), mode=mode)
        both = pa.table({"x": [1, 1 << 40]})
        expected = both if as_ == "arrow" else pl.from_arrow(both)
        assert dk.load(target("wide"), as_=as_).equals(expected)

    @_MAY_WARN
    def test_append_unites_categories(self, target: Target) -> None:
        first = pd.Categorical(["b", "a"], categories=["b", "a"])
        second = pd.Categorical(["c", "a", None], categories=["a", "c"])
        dk.save(pd.DataFrame({"x": first}), target("wide"))
        dk.save(pd.DataFrame({"x": second}), target("wide"), mode="append")
        values = pd.Categorical(["b", "a", "c", "a", None], categories=["b", "a", "c"])
        assert_same(dk.load(target("wide")), pd.DataFrame({"x": values}))

    @_MAY_WARN
    @pytest.mark.parametrize(
        "given",
        [
            pd.DataFrame({"x": ["c", None, "a"]}),
            pl.DataFrame({"x": ["c", None, "a"]}),
            pl.DataFrame({"x": ["c", None, "a"]}, schema={"x": pl.Categorical}),
            pl.DataFrame({"x": ["c", None, "a"]}, schema={"x": pl.Enum(["c", "a"])}),
        ],
        ids=["text", "polars text", "polars categories", "enumeration"],
    )
    def test_values_that_are_no_category_yet_become_one(self, target: Target, given: Any) -> None:
        held = pd.Categorical(["b", "a"], categories=["b", "a"])
        dk.save(pd.DataFrame({"x": held}), target("open"))
        dk.save(given, target("open"), mode="append")
        values = pd.Categorical(["b", "a", "c", None, "a"], categories=["b", "a", "c"])
        assert_same(dk.load(target("open")), pd.DataFrame({"x": values}))

    def test_values_without_a_place_in_the_order_are_refused(self, target: Target) -> None:
        ordered = pd.DataFrame({"x": pd.Categorical(["b", "a"], ["b", "a"], ordered=True)})
        dk.save(ordered, target("ordered"))
        for given in ("c", "a"):
            with pytest.raises(SchemaError, match=r"'x' is text here and has ordered categories"):
                dk.save([{"x": given}], target("ordered"), mode="append")
        assert_same(dk.load(target("ordered")), ordered)

    def test_append_of_other_types_is_refused(self, target: Target) -> None:
        dk.save(pd.DataFrame({"n": [1]}), target("narrow"))
        for value in (1.5, "1", True, pd.Timestamp("2024-01-01")):
            with pytest.raises(SchemaError, match=r"column 'n' is .* here and int64 in the table"):
                dk.save(pd.DataFrame({"n": [value]}), target("narrow"), mode="append")
        assert dk.load(target("narrow"))["n"].tolist() == [1]
