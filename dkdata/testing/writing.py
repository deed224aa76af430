"""What every store does with the modes, ids and kinds of frames of a save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import (
    ExistsError,
    SchemaError,
    UsageError,
)
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.testing.comparing import Target

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", None, "Bob"], "age": [36.5, 41.0, None]})
EVERY_MODE = ("error", "append", "replace", "upsert", "skip")
LEVELS = ("none", "count", "checksum", "full")
FRAMES = {
    "polars": pl.from_pandas,
    "lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "table": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "batch": lambda frame: pa.RecordBatch.from_pandas(frame, preserve_index=False),
    "reader": lambda frame: pa.Table.from_pandas(frame, preserve_index=False).to_reader(2),
    "relation": lambda frame: duckdb.connect().from_arrow(pa.Table.from_pandas(frame)),
    "records": lambda frame: frame.astype(object).where(frame.notna(), None).to_dict("records"),
}


def rows(target: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table as tuples, in the order of the first column."""
    held = dk.load(target, as_="arrow").to_pylist()
    return sorted(tuple(row.values()) for row in held)


class Modes:
    """``error``, ``append``, ``replace``; ``upsert`` and ``skip`` are in ``keys``."""

    def test_a_second_save_is_refused_and_names_the_modes(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        with pytest.raises(ExistsError, match=r"people.*\(3 rows\).*'replace', 'append'"):
            dk.save(PEOPLE.head(1), target("people"))
        assert_same(dk.load(target("people")), PEOPLE)

    @pytest.mark.parametrize("mode", EVERY_MODE)
    def test_every_mode_makes_a_table_that_is_not_there(self, target: Target, mode: Any) -> None:
        saved = dk.save(PEOPLE, target("people"), mode=mode, key="id")
        assert (saved.rows, saved.inserted) == (3, 3)
        assert_same(dk.load(target("people")), PEOPLE)

    def test_append_adds_rows_at_the_end(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        more = pd.DataFrame({"id": [4, 0], "name": ["Cy", ""], "age": [1.0, float("inf")]})
        saved = dk.save(more, target("people"), mode="append")
        assert (saved.rows, saved.inserted) == (2, 2)
        assert_same(dk.load(target("people")), pd.concat([PEOPLE, more], ignore_index=True))

    def test_append_takes_columns_in_any_order(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        dk.save(PEOPLE[["age", "id", "name"]], target("people"), mode="append")
        assert_same(dk.load(target("people")), pd.concat([PEOPLE, PEOPLE], ignore_index=True))

    def test_append_of_no_rows_changes_nothing(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        assert dk.save(PEOPLE.head(0), target("people"), mode="append").rows == 0
        assert_same(dk.load(target("people")), PEOPLE)

    def test_append_of_a_filtered_frame_ignores_its_index(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        dk.save(PEOPLE[PEOPLE["id"] > 1], target("people"), mode="append")
        expected = pd.concat([PEOPLE, PEOPLE.iloc[1:]], ignore_index=True)
        assert_same(dk.load(target("people")), expected)

    def test_append_names_every_disagreement_and_writes_nothing(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        other = pd.DataFrame({"id": ["x"], "agee": [1.0], "name": ["y"]})
        with pytest.raises(SchemaError) as caught:
            dk.save(other, target("people"), mode="append")
        for part in ("column 'id' is text here and int64", "'agee' is not in", "'age' of the tab"):
            assert part in str(caught.value)
        assert_same(dk.load(target("people")), PEOPLE)

    def test_replace_may_change_all_columns(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"), key="id")
        other = pd.DataFrame({"other": pd.Categorical(["x", "y"])})
        saved = dk.save(other, target("people"), mode="replace")
        assert (saved.rows, saved.inserted) == (2, 2)
        assert_same(dk.load(target("people")), other)

    def test_unknown_mode_is_refused(self, target: Target) -> None:
        with pytest.raises(
            UsageError, match=r"mode='apend' is not possible. Did you mean 'append'"
        ):
            dk.save(PEOPLE, target("people"), mode="apend")
        assert not dk.exists(target("people"))

    def test_no_columns_are_refused(self, target: Target) -> None:
        with pytest.raises(SchemaError, match="no columns"):
            dk.save(pd.DataFrame(), target("people"))
        assert not dk.exists(target("people"))

    @pytest.mark.parametrize("verify", LEVELS)
    def test_every_level_of_verification(self, target: Target, verify: Any) -> None:
        for mode in ("replace", "append", "upsert"):
            frame = PEOPLE.assign(id=[7, 8, 9]) if mode == "append" else PEOPLE
            key = "id" if mode == "upsert" else None
            dk.save(frame, target("people"), mode=mode, key=key, verify=verify)
        assert dk.count(target("people")) == 6

    @pytest.mark.parametrize("kind", FRAMES)
    def test_every_kind_of_frame(self, target: Target, kind: str) -> None:
        saved = dk.save(FRAMES[kind](PEOPLE), target("people"))
        assert saved.rows == 3
        assert rows(target("people")) == [(1, "Ada", 36.5), (2, None, 41.0), (3, "Bob", None)]

    def test_a_long_stream(self, target: Target) -> None:
        def batches() -> Iterator[pa.RecordBatch]:
            for first in range(0, 200_000, 10_000):
                yield pa.record_batch({"n": pa.array(range(first, first + 10_000))})

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), batches())
        assert dk.save(reader, target("long")).rows == 200_000
        assert dk.load(target("long"))["n"].tolist() == list(range(200_000))

    def test_what_a_save_tells(self, target: Target) -> None:
        saved = dk.save(PEOPLE, target("people"))
        assert saved.target == target("people")
        assert saved.run_id
        assert saved.seconds > 0
        assert str(saved).startswith(f"{saved.target}: 3 rows inserted in ")


class Runs:
    """The same id twice writes once."""

    def test_a_repeated_append_adds_nothing(self, target: Target) -> None:
        first = dk.save(PEOPLE, target("once"), mode="append", run_id="r1")
        again = dk.save(PEOPLE, target("once"), mode="append", run_id="r1")
        assert (again.inserted, again.run_id) == (first.inserted, "r1")
        dk.save(PEOPLE, target("once"), mode="append", run_id="r2")
        assert dk.count(target("once")) == 6

    def test_the_id_is_looked_up_before_the_mode(self, target: Target) -> None:
        dk.save(PEOPLE, target("once"), run_id="r1")
        assert dk.save(PEOPLE, target("once"), run_id="r1").inserted == 3
        assert dk.save(PEOPLE, target("once"), run_id="r1", mode="upsert", key="id").updated == 0

    def test_the_id_survives_later_writes_and_ends_with_the_table(self, target: Target) -> None:
        dk.save(PEOPLE, target("once"), mode="append", run_id="r1")
        dk.save(PEOPLE.head(1), target("once"), mode="replace")
        dk.save(PEOPLE, target("once"), mode="append", run_id="r1")
        assert dk.count(target("once")) == 1
        dk.drop(target("once"))
        dk.save(PEOPLE, target("once"), mode="append", run_id="r1")
        assert dk.count(target("once")) == 3

    def test_an_id_holds_for_one_target(self, target: Target) -> None:
        for name in ("one", "other"):
            dk.save(PEOPLE, target(name), mode="append", run_id="r1")
            assert dk.count(target(name)) == 3

    def test_a_refused_write_does_not_use_up_its_id(self, target: Target) -> None:
        dk.save(PEOPLE, target("once"))
        with pytest.raises(SchemaError):
            dk.save(PEOPLE[["id"]], target("once"), mode="append", run_id="r1")
        assert dk.save(PEOPLE, target("once"), mode="append", run_id="r1").inserted == 3
        assert dk.count(target("once")) == 6


class Removing:
    """``delete``, ``drop``, ``exists``, ``copy``."""

    def test_delete_removes_the_rows_for_which_it_is_true(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        assert dk.delete(target("people"), dk.col("age") > 40) == 1
        assert rows(target("people")) == [(1, "Ada", 36.5), (3, "Bob", None)]

    def test_delete_of_nothing(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        assert dk.delete(target("people"), "id > 100") == 0
        assert_same(dk.load(target("people")), PEOPLE)

    def test_delete_of_everything_keeps_the_table(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"), key="id")
        assert dk.delete(target("people"), "true") == 3
        held = dk.load(target("people"))
        assert held.empty
        assert held.dtypes.to_dict() == PEOPLE.dtypes.to_dict()
        dk.save(PEOPLE, target("people"), mode="append")
        assert_same(dk.load(target("people")), PEOPLE)

    def test_delete_needs_a_predicate(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        with pytest.raises(UsageError, match=r"dk\.drop.*where='true'"):
            dk.delete(target("people"), None)
        assert dk.count(target("people")) == 3

    def test_drop(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        assert dk.exists(target("people"))
        dk.drop(target("people"))
        assert not dk.exists(target("people"))
        with pytest.raises(dk.errors.TableNotFoundError, match="no table named"):
            dk.drop(target("people"))
        dk.drop(target("people"), missing_ok=True)

    def test_a_dropped_table_leaves_no_descriptor_behind(self, target: Target) -> None:
        dk.save(PEOPLE.set_index("id"), target("people"), key="id")
        dk.drop(target("people"))
        dk.save(PEOPLE, target("people"))
        assert_same(dk.load(target("people")), PEOPLE)

    def test_copy_keeps_dtypes(self, target: Target) -> None:
        frame = PEOPLE.assign(grade=pd.Categorical(["b", "a", "b"], ordered=True))
        dk.save(frame, target("people"))
        assert dk.copy(target("people"), target("copied")).rows == 3
        assert_same(dk.load(target("copied")), frame)

    def test_copy_of_a_part(self, target: Target) -> None:
        dk.save(PEOPLE, target("people"))
        dk.copy(target("people"), target("copied"), columns=["name", "id"], where="id > 1")
        assert_same(
            dk.load(target("copied")), PEOPLE[["name", "id"]].iloc[1:].reset_index(drop=True)
        )


class WritingTests(Modes, Runs, Removing):
    """Everything about writing."""
