"""A save during which somebody else writes the same table."""

from __future__ import annotations

import pyarrow as pa

import dkdata as dk


def save_overtaken(rows, target, mode, overtake):
    """Save an Arrow table as a stream that calls ``overtake`` before its first row."""

    def batches():
        overtake()
        yield from rows.to_batches()

    reader = pa.RecordBatchReader.from_batches(rows.schema, batches())
    dk.save(reader, target, mode=mode, progress=False)
