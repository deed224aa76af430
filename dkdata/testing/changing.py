"""What every store does with updates and new names."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    ExistsError,
    QueryError,
    SchemaError,
    TableNotFoundError,
    UsageError,
)
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

_N = pd.RangeIndex(3)
MANY = pd.DataFrame(
    {
        "id": _N,
        "whole": pd.Series([1, 2, 3], dtype="int16"),
        "number": [1.5, -0.0, None],
        "text": ["a", None, "c"],
        "flag": [True, False, True],
        "level": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
        "month": pd.period_range("2024-01", periods=3, freq="M"),
        "moment": pd.to_datetime(["2024-01-01", "2024-01-02", None]),
        "there": pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin"),
        "took": pd.to_timedelta([1, 2, None], "s"),
        "span": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
        "day": pd.Series([dt.date(2024, 1, 1), None, dt.date(1, 1, 1)], dtype=object),
        "amount": pd.Series([Decimal("1.50"), Decimal("2.25"), None], dtype=object),
        "mixed": pd.Series([1, "a", (1, 2)], dtype=object),
        "raw": pd.Series([b"a", None, b"\x00"], dtype=object),
        "maybe": pd.array([1, None, 3], "Int64"),
    },
    index=_N,
)
VALUES = {
    "whole": -5,
    "number": 2.5,
    "text": "b",
    "flag": False,
    "level": "high",
    "month": pd.Period("2030-12", "M"),
    "moment": dt.datetime(2024, 5, 1, 12),  # noqa: DTZ001 - of a column without a zone
    "there": dt.datetime(2024, 7, 1, tzinfo=dt.UTC),
    "took": dt.timedelta(minutes=1),
    "span": pd.Interval(7, 8),
    "day": dt.date(2030, 1, 31),
    "amount": Decimal("-7.5"),
    "mixed": {1: "x"},
    "raw": b"\xff",
    "maybe": 7,
}
MISFITS = {
    "whole": (70_000, 1.5, "1", True),
    "text": (5, "\ud800"),
    "flag": (1, "yes"),
    "level": ("medium",),
    "month": (pd.Period("2024-01-01", "D"),),
    "moment": (5, "soon", pd.Timestamp("2024-01-01 00:00:00.000000001")),
    "there": (dt.datetime(2024, 5, 1),),  # noqa: DTZ001 - it lacks the zone
    "took": (3,),
    "day": (dt.datetime(2024, 5, 1, 12),),  # noqa: DTZ001 - a day is no moment
    "amount": (0.1, Decimal("0.125")),
    "mixed": (slice(2),),
}
POLARS: dict[str, tuple[pl.Series, Any, tuple[Any, ...]]] = {
    "nan": (pl.Series([1.0, 2.0]), float("nan"), ("x",)),
    "categorical": (pl.Series(["a", "b"], dtype=pl.Categorical()), "c", (1,)),
    "enum": (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), "a", ("c",)),
    "milliseconds": (
        pl.Series([dt.datetime(2024, 1, 1)] * 2, dtype=pl.Datetime("ms")),  # noqa: DTZ001
        dt.datetime(2024, 1, 2),  # noqa: DTZ001 - of a column without a zone
        (dt.datetime(2024, 1, 1, 0, 0, 0, 5), "2024-01-01T00:00:00.0005"),  # noqa: DTZ001
    ),
    "nanoseconds": (
        pl.Series([dt.timedelta(1)] * 2, dtype=pl.Duration("ns")),
        dt.timedelta(2),
        (5,),
    ),
    "array": (pl.Series([[1, 2]] * 2, dtype=pl.Array(pl.Int64, 2)), [5, 6], ([5],)),
    "enums": (pl.Series([["a"]] * 2, dtype=pl.List(pl.Enum(["a", "b"]))), ["b"], (["c"],)),
    "struct": (pl.Series([{"a": 1}] * 2), {"a": 5}, ({"b": 1}, {"a": 1, "b": 1}, "x")),
}
NANOSECONDS = pd.to_datetime(["2024-01-01", "2024-01-02"]).as_unit("ns")
MISSING = {
    "category": pd.Categorical(["a", "b"]),
    "Int64": pd.array([1, 2], "Int64"),
    "string": pd.array(["a", "b"], "string"),
    "arrow": pd.array([1.0, 2.0], "float64[pyarrow]"),
    "ns": NANOSECONDS,
}
LISTS = pd.DataFrame(
    {"id": _N, "list": pd.array([[1], [], None], pd.ArrowDtype(pa.list_(pa.int64())))}
)
ITEMS = pd.DataFrame({"id": [1, 2, 3], "name": ["pen", None, "ink"], "price": [1.5, 2.0, 4.0]})


def _set(frame: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    """Return the frame that an update of one row leaves, by way of pandas alone."""
    held = frame[column]
    values = [value if n == row else item for n, item in enumerate(held)]
    array = held.array
    made = (
        pd.Categorical(values, dtype=held.dtype)
        if isinstance(held.dtype, pd.CategoricalDtype)
        else type(array)._from_sequence(values, dtype=held.dtype)  # noqa: SLF001 - exact values
    )
    return frame.assign(**{column: pd.Series(made, index=frame.index, dtype=held.dtype)})


class ChangingTests:
    """``update`` and ``rename``."""

    @pytest.mark.parametrize("column", list(VALUES))
    def test_an_update_changes_the_rows_that_match_and_nothing_else(
        self, target: Target, column: str
    ) -> None:
        dk.save(MANY, target("many"))
        assert dk.update(target("many"), {column: VALUES[column]}, "whole = 2") == 1
        changed = _set(MANY, 1, column, VALUES[column])
        assert_same(dk.load(target("many"), order_by="id"), changed)

    def test_a_list_can_be_updated(self, target: Target) -> None:
        dk.save(LISTS, target("lists"))
        assert dk.update(target("lists"), {"list": [7, None]}, "id = 1") == 1
        with pytest.raises(SchemaError, match="cannot hold"):
            dk.update(target("lists"), {"list": ["a"]}, "id = 1")
        held = dk.load(target("lists"), order_by="id", as_="arrow")
        assert held["list"].to_pylist() == [[1], [7, None], None]

    def test_differences_are_those_that_were_made(self, target: Target) -> None:
        to = target("orders")
        before = pd.DataFrame({"id": [1, 2, 3], "n": [1.5, None, 3.0], "t": ["a", "b", None]})
        dk.save(before, to, key="id")
        assert len(dk.diff(before, to, key="id")) == 0
        after = pd.DataFrame({"id": [2, 3, 4], "n": [None, 3.5, 4.0], "t": ["b", "c", None]})
        rows = dk.diff(to, after, key="id", as_="arrow").to_pylist()
        assert [(one["_dk_change"], one["id"], one["_dk_columns"]) for one in rows] == [
            ("removed", 1, None), ("changed", 3, ["n", "t"]), ("added", 4, None)
        ]  # fmt: skip
        assert [(one["n_a"], one["n_b"]) for one in rows] == [(1.5, None), (3.0, 3.5), (None, 4.0)]

    @pytest.mark.filterwarnings("ignore:.*written anew")
    def test_rows_of_before_take_what_a_wider_column_holds(self, target: Target) -> None:
        to = target("orders")
        dk.save(pd.DataFrame({"id": [1, 2], "n": np.array([1, 2], "int8")}), to)
        dk.save(pd.DataFrame({"id": [3], "n": [300]}), to, mode="append")
        assert dk.update(to, {"n": 1000}, "id = 1") == 1
        assert dk.load(to, order_by="id")["n"].tolist() == [1000, 2, 300]

    @pytest.mark.filterwarnings("ignore:.*written anew")
    def test_a_column_without_values_takes_those_of_an_update(self, target: Target) -> None:
        to = target("orders")
        dk.save(pd.DataFrame({"id": [1, 2], "note": [None, None]}), to)
        assert dk.update(to, {"note": 7}, "id = 3") == 0
        assert dk.update(to, {"note": math.nan}, "id = 1") == 1
        assert dk.update(to, {"note": "late"}, "id = 2") == 1
        assert dk.load(to)["note"].isna().tolist() == [True, False]
        assert dk.load(to, where="note = 'late'")["id"].tolist() == [2]

    def test_rows_stay_in_order_when_one_is_updated(self, target: Target) -> None:
        dk.save(ITEMS, target("items"))
        dk.update(target("items"), {"price": 0}, "id = 1")
        assert dk.load(target("items"))["id"].tolist() == [1, 2, 3]

    def test_rows_stay_in_order_when_a_list_is_updated(self, target: Target) -> None:
        dk.save(LISTS, target("lists"))
        dk.update(target("lists"), {"list": [7, None]}, "id = 1")
        assert dk.load(target("lists"))["id"].tolist() == [0, 1, 2]

    def test_an_update_changes_several_columns_at_once(self, target: Target) -> None:
        dk.save(ITEMS, target("items"))
        # The predicate is about the rows as they were.
        assert dk.update(target("items"), {"price": 0, "name": "?"}, "price < 3") == 2
        after = ITEMS.assign(name=["?", "?", "ink"], price=[0.0, 0.0, 4.0])
        assert_same(dk.load(target("items"), order_by="id"), after)

    def test_categories_without_an_order_take_further_ones(self, target: Target) -> None:
        frame = pd.DataFrame({"id": [1, 2], "state": pd.Categorical(["new", "paid"])})
        dk.save(frame, target("states"))
        dk.save(pd.DataFrame({"id": [3], "state": ["sent"]}), target("states"), mode="append")
        assert dk.update(target("states"), {"state": "sent"}, "id = 1") == 1
        assert dk.update(target("states"), {"state": "lost"}, "id = 2") == 1
        held = dk.load(target("states"), order_by="id")["state"]
        assert held.tolist() == ["sent", "lost", "sent"]
        assert isinstance(held.dtype, pd.CategoricalDtype)

    @pytest.mark.parametrize("case", list(POLARS))
    def test_columns_of_polars(self, target: Target, case: str) -> None:
        series, value, misfits = POLARS[case]
        frame = pl.DataFrame({"id": [1, 2], "c": series})
        dk.save(frame, target("polars"))
        for misfit in misfits:
            with pytest.raises(SchemaError, match=r"column 'c' is .* cannot hold"):
                dk.update(target("polars"), {"c": misfit}, "id = 1")
        assert dk.update(target("polars"), {"c": value}, "id = 1") == 1
        kept = pl.Series([value, *series.to_list()[1:]], dtype=series.dtype)
        after = frame.with_columns(kept.alias("c"))
        held = dk.load(target("polars"), order_by="id", as_="polars")
        assert_frame_equal(held, after, categorical_as_str=True)

    @pytest.mark.parametrize("case", list(MISSING))
    @pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT], ids=repr)
    def test_every_null_of_pandas_is_one(self, target: Target, case: str, missing: Any) -> None:
        dk.save(pd.DataFrame({"id": [1, 2], "c": MISSING[case]}), target("nulls"))
        dk.update(target("nulls"), {"c": missing}, "id = 1")
        assert dk.load(target("nulls"), order_by="id")["c"].isna().tolist() == [True, False]

    def test_a_datetime_fits_any_unit_that_keeps_it(self, target: Target) -> None:
        noon = dt.datetime(2024, 5, 1, 12)  # noqa: DTZ001 - of columns without a zone
        units = {unit: NANOSECONDS.as_unit(unit) for unit in ("s", "ms", "ns")}
        dk.save(pd.DataFrame({"id": [1, 2], **units}), target("units"))
        for value in (noon, np.datetime64(noon), "2024-05-01T12:00", pd.Timestamp(noon)):
            dk.update(target("units"), dict.fromkeys(units, value), "id = 1")
            held = dk.load(target("units"), order_by="id")
            assert [held[unit][0] for unit in units] == [noon] * 3
        for unit in ("s", "ms"):
            with pytest.raises(SchemaError, match="cannot hold"):
                dk.update(target("units"), {unit: "2024-05-01T12:00:00.0005"}, "id = 1")

    def test_rows_are_changed_in_all_columns_or_in_none(self, target: Target) -> None:
        frame = pd.DataFrame({"a": [0] * 5_000, "b": [0] * 5_000})
        dk.save(frame, target("chance"))
        dk.update(target("chance"), {"a": 1, "b": 1}, "random() < 0.5")
        held = dk.load(target("chance"))
        assert held["a"].tolist() == held["b"].tolist()

    def test_columns_of_one_label_are_not_told_apart(self, target: Target) -> None:
        frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])
        dk.save(frame, target("labels"))
        with pytest.raises(UsageError, match="2 columns are called 'a'"):
            dk.update(target("labels"), {"a": 9}, "b = 3")
        assert_same(dk.load(target("labels")), frame)

    def test_an_update_to_null_is_found_again_as_null(self, target: Target) -> None:
        dk.save(ITEMS, target("items"))
        assert dk.update(target("items"), {"name": None, "price": pd.NA}, "true") == 3
        assert dk.count(target("items"), "name is null and price is null") == 3
        assert_same(dk.load(target("items"))[["id"]], ITEMS[["id"]])

    def test_an_update_of_no_row_changes_nothing(self, target: Target) -> None:
        dk.save(ITEMS, target("items"))
        assert dk.update(target("items"), {"price": 9}, "id > 3") == 0
        assert_same(dk.load(target("items")), ITEMS)

    def test_the_index_can_be_updated_and_stays_one(self, target: Target) -> None:
        frame = ITEMS.set_index("name")
        dk.save(frame, target("items"))
        dk.update(target("items"), {"name": "nib"}, dk.col("id") == 1)
        renamed = frame.rename(index={"pen": "nib"})
        assert_same(dk.load(target("items"), order_by="id"), renamed)

    @pytest.mark.parametrize(
        ("column", "value"),
        [(column, value) for column, values in MISFITS.items() for value in values],
    )
    def test_a_value_that_a_column_cannot_hold_is_refused(
        self, target: Target, column: str, value: Any
    ) -> None:
        dk.save(MANY, target("many"))
        with pytest.raises(SchemaError, match=f"column '{column}' is .* cannot hold"):
            dk.update(target("many"), {column: value}, "true")
        assert_same(dk.load(target("many")), MANY)

    def test_an_update_that_cannot_be_is_refused(self, target: Target) -> None:
        dk.save(ITEMS, target("items"), key="id")
        table = target("items")
        with pytest.raises(UsageError, match="'id' belongs to the key"):
            dk.update(table, {"id": 7}, "id = 1")
        with pytest.raises(ColumnNotFoundError, match="Did you mean 'price'"):
            dk.update(table, {"prise": 7}, "id = 1")
        with pytest.raises(ColumnNotFoundError, match="nome"):
            dk.update(table, {"price": 7}, "nome = 'x'")
        with pytest.raises(QueryError):
            dk.update(table, {"price": 7}, "id = 'one'")
        with pytest.raises(UsageError, match="needs a predicate"):
            dk.update(table, {"price": 7}, None)
        nothing: Any
        for nothing in ({}, ["price"]):
            with pytest.raises(UsageError, match="new values"):
                dk.update(table, nothing, "id = 1")
        with pytest.raises(TableNotFoundError):
            dk.update(target("nowhere"), {"price": 7}, "id = 1")
        assert_same(dk.load(table), ITEMS)
        assert not dk.exists(target("nowhere"))

    def test_a_renamed_table_is_the_same_table(self, target: Target) -> None:
        dk.save(MANY, target("before"), key="whole", run_id="r1")
        dk.rename(target("before"), target("after"))
        assert not dk.exists(target("before"))
        assert_same(dk.load(target("after")), MANY)
        assert dk.save(MANY, target("after"), mode="append", run_id="r1").inserted == 3
        with pytest.raises(SchemaError, match="key 'whole'"):
            dk.save(pd.concat([MANY, MANY]), target("after"), mode="upsert")
        assert_same(dk.load(target("after")), MANY)
        dk.save(ITEMS, target("before"))
        assert_same(dk.load(target("before")), ITEMS)

    def test_a_rename_is_refused_where_a_table_is(self, target: Target) -> None:
        dk.save(MANY, target("one"))
        dk.save(ITEMS, target("two"))
        with pytest.raises(ExistsError, match="cannot rename"):
            dk.rename(target("one"), target("two"))
        with pytest.raises(TableNotFoundError):
            dk.rename(target("none"), target("three"))
        with pytest.raises(UsageError, match="has that name already"):
            dk.rename(target("one"), target("one"))
        with pytest.raises(UsageError, match="another store"):
            dk.rename(target("one"), "duckdb:///elsewhere.duckdb#one")
        assert_same(dk.load(target("one")), MANY)
        assert_same(dk.load(target("two")), ITEMS)
