"""Bad input that every store refuses, with nothing written and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ColumnNotFoundError, DeadlineError, SchemaError, UsageError
from dkdata.frames.envelope import descriptor_of
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.testing.comparing import Target

PLAIN = pd.DataFrame({"a": [1, 2]})


class _FailingError(Exception):
    """Raised in the middle of a stream."""


def _stream_that_fails() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, 300_000, 10_000):
            if first > 200_000:
                raise _FailingError(first)
            yield pa.record_batch({"a": pa.array(range(first, first + 10_000))})

    return pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())


class RefusingTests:
    """A clear error, and the table as it was."""

    @pytest.mark.parametrize("mode", ["replace", "append"])
    def test_a_stream_that_fails_changes_nothing(self, target: Target, mode: Any) -> None:
        dk.save(PLAIN, target("kept"))
        with pytest.raises((_FailingError, dk.errors.DkError)):
            dk.save(_stream_that_fails(), target("kept"), mode=mode)
        assert_same(dk.load(target("kept")), PLAIN)

    def test_a_stream_that_fails_makes_no_table(self, target: Target) -> None:
        with pytest.raises((_FailingError, dk.errors.DkError)):
            dk.save(_stream_that_fails(), target("none"))
        assert not dk.exists(target("none"))

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (["x", "\ud800"], r"column 'v', row 1: .* lone surrogate"),
            ([object(), 1], r"column 'v', row 0: .*object"),
        ],
        ids=["surrogate", "object"],
    )
    def test_a_value_that_cannot_be_kept_is_named(
        self,
        target: Target,
        values: list[Any],
        message: str,
    ) -> None:
        dk.save(PLAIN, target("kept"))
        bad = pd.DataFrame({"v": pd.Series(values, dtype=object)})
        with pytest.raises(SchemaError, match=message):
            dk.save(bad, target("kept"), mode="replace")
        assert_same(dk.load(target("kept")), PLAIN)

    def test_values_are_kept_as_near_as_can_be_where_that_is_allowed(self, target: Target) -> None:
        inexact = pd.DataFrame(
            {
                "text": pd.Series(["a\ud800", "b", None], dtype=object),
                "mixed": [slice(2), 1, None],
                "wide": np.array([1, 2.5, np.nan], "longdouble"),
                "exact": [1, 2, 3],
            }
        )
        dk.save(inexact, target("near"), lossy="allow")
        expected = pd.DataFrame(
            {
                "text": pd.Series(["a\ufffd", "b", None], dtype=object),
                "mixed": pd.Series(["slice(None, 2, None)", 1, None], dtype=object),
                "wide": [1, 2.5, np.nan],
                "exact": [1, 2, 3],
            }
        )
        assert_same(dk.load(target("near")), expected)
        kept = descriptor_of(dk.table(target("near")).schema)
        assert kept is not None
        assert [column.dtype.get("lossy") for column in kept.columns] == [True, True, True, None]

    def test_what_is_no_frame(self, target: Target) -> None:
        for given in (7, "text", {"a": 1}, [1, 2], None):
            with pytest.raises(UsageError, match="is not a frame"):
                dk.save(given, target("none"))
        assert not dk.exists(target("none"))

    @pytest.mark.parametrize(
        ("argument", "value"),
        [("verify", "all"), ("lossy", "yes"), ("timeout", "soon"), ("timeout", True)],
    )
    def test_wrong_arguments_are_refused(self, target: Target, argument: str, value: Any) -> None:
        with pytest.raises(UsageError, match=f"{argument}={value!r} is not"):
            dk.save(PLAIN, target("none"), **{argument: value})
        assert not dk.exists(target("none"))

    def test_unknown_options_are_refused(self, target: Target) -> None:
        with pytest.raises(UsageError, match="no_such"):
            dk.save(PLAIN, target("none"), options={"no_such": 1})
        assert not dk.exists(target("none"))

    def test_partitions_are_made_or_refused(self, target: Target) -> None:
        store = dk.table(target("parts")).location.store
        if "partition_by" in store.own_arguments:
            with pytest.raises(ColumnNotFoundError, match="no column 'b'"):
                dk.save(PLAIN, target("parts"), partition_by="b")
            return
        with pytest.raises(UsageError, match=r"partition_by=\['a'\].*for Delta folders"):
            dk.save(PLAIN, target("parts"), partition_by="a")
        assert not dk.exists(target("parts"))

    @pytest.mark.parametrize("rows", [0, -1, True, 2.5, "many"])
    def test_impossible_batches_are_refused(self, target: Target, rows: Any) -> None:
        with pytest.raises(UsageError, match=f"batch_rows={rows!r} is not possible"):
            dk.save(PLAIN, target("none"), batch_rows=rows)
        assert not dk.exists(target("none"))

    def test_no_time_at_all(self, target: Target) -> None:
        dk.save(PLAIN, target("kept"))
        with pytest.raises(DeadlineError):
            dk.save(_slow_stream(), target("kept"), mode="replace", timeout=0.3)
        assert_same(dk.load(target("kept")), PLAIN)


def _slow_stream() -> pa.RecordBatchReader:
    import time  # noqa: PLC0415 - to be slow is the point

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, 2_000_000, 10_000):
            time.sleep(0.01)
            yield pa.record_batch({"a": pa.array(range(first, first + 10_000))})

    return pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
