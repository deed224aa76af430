"""What every store does with updates and new names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

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
        assert_same(dk.load(target("many")), _set(MANY, 1, column, VALUES[column]))

    def test_a_list_can_be_updated(self, target: Target) -> None:
        dk.save(LISTS, target("lists"))
        assert dk.update(target("lists"), {"list": [7, None]}, "id = 1") == 1
        with pytest.raises(SchemaError, match="cannot hold"):
            dk.update(target("lists"), {"list": ["a"]}, "id = 1")
        held = dk.load(target("lists"), order_by="id", as_="arrow")
        assert held["list"].to_pylist() == [[1], [7, None], None]

    def test_rows_stay_in_order_when_a_list_is_updated(self, target: Target) -> None:
        dk.save(LISTS, target("lists"))
        dk.update(target("lists"), {"list": [7, None]}, "id = 1")
        assert dk.load(target("lists"))["id"].tolist() == [0, 1, 2]

    def test_an_update_changes_several_columns_at_once(self, target: Target) -> None:
        dk.save(ITEMS, target("items"))
        # The predicate is about the rows as they were.
        assert dk.update(target("items"), {"price": 0, "name": "?"}, "price < 3") == 2
        after = ITEMS.assign(name=["?", "?", "ink"], price=[0.0, 0.0, 4.0])
        assert_same(dk.load(target("items")), after)

    def test_categories_without_an_order_take_further_ones(self, target: Target) -> None:
        frame = pd.DataFrame({"id": [1, 2], "state": pd.Categorical(["new", "paid"])})
        dk.save(frame, target("states"))
        dk.save(pd.DataFrame({"id": [3], "state": ["sent"]}), target("states"), mode="append")
        assert dk.update(target("states"), {"state": "sent"}, "id = 1") == 1
        assert dk.update(target("states"), {"state": "lost"}, "id = 2") == 1
        held = dk.load(target("states"), order_by="id")["state"]
        assert held.tolist() == ["sent", "lost", "sent"]
        assert isinstance(held.dtype, pd.CategoricalDtype)

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
        assert_same(dk.load(target("items")), frame.rename(index={"pen": "nib"}))

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
        with pytest.raises(UsageError, match="another store"):
            dk.rename(target("one"), "duckdb:///elsewhere.duckdb#one")
        assert_same(dk.load(target("one")), MANY)
        assert_same(dk.load(target("two")), ITEMS)
