"""Streams of rows that take their time."""

from __future__ import annotations

import time

import pyarrow as pa

from dkdata import engine
from dkdata.stores.memory import MemoryStore


def slow_rows(batches=30, seconds=0.02, on_batch=lambda _: None):
    """Return a stream of batches of 1,000 rows; before each, ``on_batch`` is called."""

    def rows():
        for number in range(batches):
            on_batch(number)
            time.sleep(seconds)
            yield pa.record_batch({"n": pa.array(range(1_000 * number, 1_000 * (number + 1)))})

    return pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), rows())


class SlowStore(MemoryStore):
    """A store of one table, which takes its time to read it."""

    def _schema(self, _):
        return slow_rows().schema

    def _read(self, _, query):
        rows = slow_rows()
        return rows if query.is_whole_table else engine.read_rows(rows, query)

    @property
    def identity(self):
        """Another than that of the memory."""
        return "slow"
