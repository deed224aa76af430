"""What every store does with keys: upserts, skips, and rows that are refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    ConflictError,
    ExistsError,
    SchemaError,
    UsageError,
)
from dkdata.testing.comparing import assert_same
from dkdata.testing.writing import EVERY_MODE, PEOPLE, rows

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target


class KeyTests:
    """Keys, upserts and skips."""

    NEW = pd.DataFrame({"id": [4, 2], "name": ["Cy", "Bea"], "age": [None, 1.0]})

    def test_upsert_changes_what_is_there_and_adds_what_is_not(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        saved = dk.save(self.NEW, target("keyed"), mode="upsert", key="id")
        assert (saved.inserted, saved.updated, saved.skipped, saved.rows) == (1, 1, 0, 2)
        assert rows(target("keyed")) == [
            (1, "Ada", 36.5), (2, "Bea", 1.0), (3, "Bob", None), (4, "Cy", None),
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["old", "new"])
    @pytest.mark.parametrize("mode", ["upsert", "skip"])
    def test_a_struct_may_have_any_name(self, target: Target, mode: Any, name: str) -> None:
        """The key is not looked for in its fields."""
        kind = pd.ArrowDtype(pa.struct([("id", pa.int64())]))
        held = pd.DataFrame({"id": [1, 2], name: pd.array([{"id": 9}, {"id": 8}], dtype=kind)})
        dk.save(held, target("keyed"), key="id")
        saved = dk.save(held, target("keyed"), mode=mode, key="id")
        assert (saved.inserted, saved.updated + saved.skipped) == (0, 2)
        assert_same(dk.load(target("keyed"), order_by="id"), held)

    def test_upsert_of_all_rows_again_changes_nothing(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        saved = dk.save(PEOPLE, target("keyed"), mode="upsert", key="id")
        assert (saved.inserted, saved.updated) == (0, 3)
        assert_same(dk.load(target("keyed"), order_by="id"), PEOPLE)

    def test_upsert_takes_null_values(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        changed = PEOPLE.head(1).assign(age=[float("nan")])
        dk.save(changed, target("keyed"), mode="upsert", key="id")
        assert rows(target("keyed"))[0] == (1, "Ada", None)

    def test_skip_adds_only_what_is_not_there(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        saved = dk.save(self.NEW, target("keyed"), mode="skip", key="id")
        assert (saved.inserted, saved.updated, saved.skipped, saved.rows) == (1, 0, 1, 2)
        assert rows(target("keyed")) == [
            (1, "Ada", 36.5), (2, None, 41.0), (3, "Bob", None), (4, "Cy", None),
        ]  # fmt: skip

    @pytest.mark.parametrize("mode", ["upsert", "skip"])
    def test_several_key_columns(self, target: Target, mode: Any) -> None:
        held = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"], "v": [0, 0, 0]})
        new = pd.DataFrame({"a": [1, 2], "b": ["y", "z"], "v": [9, 9]})
        dk.save(held, target("keyed"), key=["a", "b"])
        dk.save(new, target("keyed"), mode=mode, key=["a", "b"])
        value = 9 if mode == "upsert" else 0
        assert rows(target("keyed")) == [(1, "x", 0), (1, "y", value), (2, "x", 0), (2, "z", 9)]

    @pytest.mark.parametrize(
        "keys",
        [
            pd.Series(["a", "A", "größe"], dtype="str"),
            pd.Series(["2024-01-01", "1969-12-31 23:59:59.999999", "2262-01-01"]).astype("M8[us]"),
            pd.Series([b"\x00", b"", b"\xff"]),
            pd.Categorical(["x", "y", "z"]),
            pd.Series([1 << 62, -(1 << 62), 0]),
        ],
        ids=["text", "times", "binary", "categories", "integers"],
    )
    def test_keys_of_several_types(self, target: Target, keys: Any) -> None:
        frame = pd.DataFrame({"k": keys, "v": [1, 2, 3]})
        dk.save(frame, target("keyed"), key="k")
        dk.save(frame.assign(v=9).iloc[1:2], target("keyed"), mode="upsert", key="k")
        held = dk.load(target("keyed"), order_by="v")
        assert held["v"].tolist() == [1, 3, 9]
        assert held["k"].iloc[2] == frame["k"].iloc[1]

    @pytest.mark.parametrize("mode", ["upsert", "skip"])
    def test_a_key_is_needed(self, target: Target, mode: Any) -> None:
        with pytest.raises(UsageError, match=f"mode='{mode}' needs key="):
            dk.save(PEOPLE, target("keyed"), mode=mode)

    def test_the_key_of_the_table_is_enough(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        saved = dk.save(PEOPLE.assign(id=[3, 4, 5]), target("keyed"), mode="upsert")
        assert (saved.inserted, saved.updated) == (2, 1)
        skipped = dk.save(PEOPLE.assign(id=[5, 6, 7]), target("keyed"), mode="skip")
        assert (skipped.inserted, skipped.skipped) == (2, 1)

    def test_unknown_key_column(self, target: Target) -> None:
        with pytest.raises(ColumnNotFoundError, match=r"no column 'idd'.* Did you mean 'id'"):
            dk.save(PEOPLE, target("keyed"), key="idd")
        assert not dk.exists(target("keyed"))

    @pytest.mark.parametrize("mode", EVERY_MODE)
    def test_a_null_key_is_refused(self, target: Target, mode: Any) -> None:
        with pytest.raises(SchemaError, match="key 'name' holds null"):
            dk.save(PEOPLE, target("keyed"), mode=mode, key="name")
        assert not dk.exists(target("keyed"))

    @pytest.mark.parametrize("mode", EVERY_MODE)
    def test_a_repeated_key_is_refused_by_its_value(self, target: Target, mode: Any) -> None:
        with pytest.raises(SchemaError, match="key 'id' is repeated: 77"):
            dk.save(PEOPLE.assign(id=[77, 77, 1]), target("keyed"), mode=mode, key="id")
        assert not dk.exists(target("keyed"))

    def test_an_append_cannot_take_a_key_again(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        with pytest.raises(ConflictError, match=r"rows with key 'id' already: 2\b"):
            dk.save(self.NEW, target("keyed"), mode="append")
        assert_same(dk.load(target("keyed")), PEOPLE)
        dk.save(self.NEW.head(1), target("keyed"), mode="append")
        assert dk.count(target("keyed")) == 4

    def test_a_refused_upsert_changes_nothing(self, target: Target) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        for bad in (self.NEW[["id", "name"]], self.NEW.assign(age="x"), self.NEW.assign(id=[1, 1])):
            with pytest.raises(SchemaError):
                dk.save(bad, target("keyed"), mode="upsert", key="id")
        assert_same(dk.load(target("keyed")), PEOPLE)

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    def test_a_key_that_is_given_later_is_kept(self, target: Target, mode: Any) -> None:
        dk.save(PEOPLE, target("keyed"))
        dk.save(PEOPLE.assign(id=[4, 5, 6]), target("keyed"), mode=mode, key="id")
        with pytest.raises(ConflictError, match="has rows with key 'id' already: 4"):
            dk.save(PEOPLE.assign(id=[7, 4, 8]), target("keyed"), mode="append")
        assert dk.count(target("keyed")) == 6

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    def test_a_key_that_the_rows_of_the_table_repeat_is_refused(
        self, target: Target, mode: Any
    ) -> None:
        dk.save(PEOPLE.assign(id=[1, 1, 2]), target("keyed"))
        with pytest.raises(SchemaError, match=r"key 'id' is repeated in table .*: 1"):
            dk.save(PEOPLE.assign(id=[1, 8, 9]), target("keyed"), mode=mode, key="id")
        assert dk.count(target("keyed")) == 3

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    def test_another_key_than_that_of_the_table_is_refused(self, target: Target, mode: Any) -> None:
        dk.save(PEOPLE, target("keyed"), key="id")
        with pytest.raises(UsageError, match=r"key=\['age'\]: table .* has the key \['id'\]"):
            dk.save(PEOPLE.assign(age=[1.0, 2.0, 3.0]), target("keyed"), mode=mode, key="age")
        assert_same(dk.load(target("keyed")), PEOPLE)

    @pytest.mark.parametrize("mode", ["error", "append", "upsert", "skip"])
    def test_of_several_who_make_a_table_none_is_lost(self, target: Target, mode: Any) -> None:
        """Each of them sees no table at first; what one was told is saved is there."""
        together, saved = threading.Barrier(4), list[int]()

        def save(number: int) -> None:
            frame = pd.DataFrame({"id": [number], "name": ["x"]})
            together.wait()
            with suppress(ExistsError, ConflictError):
                saved.append(dk.save(frame, target("new"), mode=mode, key="id").inserted)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(save, range(4)))
        assert 1 <= len(saved) == sum(saved) == dk.count(target("new"))
