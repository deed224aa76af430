"""Some rows that stand for all: runs of neighbours, spread over a frame or a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.types import Rows

# Neighbours are alike, which makes files small: a run is as long as a row group of our files.
_RUN_ROWS = 122_880
_RUN_BYTES = 32 << 20
_RUNS = 4
_FIRST_ROWS = 1000


@dataclass(frozen=True)
class Sample:
    """Rows to measure.

    Parameters
    ----------
    rows
        As they are saved.
    total_rows, total_bytes
        How many there are in all, and how large they are in memory.
    whole
        All rows, where they are in memory anyway.
    """

    rows: pa.Table
    total_rows: int
    total_bytes: int
    whole: pa.Table | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing was left out, so that what is measured is exact."""
        return self.rows.num_rows == self.total_rows

    def scaled(self, size: float) -> int:
        """Return for all rows what was measured of these.

        Examples
        --------
        >>> Sample(pa.table({"a": [1, 2]}), total_rows=3, total_bytes=24).scaled(10)
        15
        """
        return (
            round(size * self.total_rows / self.rows.num_rows) if self.total_rows else round(size)
        )


def sample_of(rows: Rows) -> Sample:
    """Return a sample of rows; a stream is read to its end, in bounded memory."""
    if isinstance(rows, pa.Table):
        size = rows.nbytes
        chosen = _spread(rows.num_rows, size, rows.slice)
        return Sample(chosen, rows.num_rows, size, rows)
    return _of_stream(rows)


def sample_of_table(count: int, read: Callable[[int, int], pa.Table]) -> Sample:
    """Return a sample of the rows of a table that is read for it in a few places.

    Parameters
    ----------
    read
        Returns rows: after how many, and how many.
    """
    first = read(0, _FIRST_ROWS)
    if first.num_rows >= count:
        return Sample(first, first.num_rows, first.nbytes)
    chosen = _spread(count, first.nbytes * count // _FIRST_ROWS, read)
    return Sample(chosen, count, chosen.nbytes * count // max(chosen.num_rows, 1))


def _spread(count: int, size: int, read: Callable[[int, int], pa.Table]) -> pa.Table:
    """Return runs from the beginning to the end, or everything where that is not more."""
    run = _run_rows(count, size)
    if count <= _RUNS * run:
        return read(0, count)
    starts = [number * (count - run) // (_RUNS - 1) for number in range(_RUNS)]
    return pa.concat_tables([read(start, run) for start in starts])


def _run_rows(count: int, size: int) -> int:
    """Return how many rows make a run, where so many have that size."""
    return _RUN_ROWS if size <= 0 else max(1, min(_RUN_ROWS, count * _RUN_BYTES // size))


def _of_stream(rows: pa.RecordBatchReader) -> Sample:
    """Keep a few runs, ever farther apart, of a stream whose end is not known."""
    kept: list[pa.Table] = []
    apart, count, size = 1, 0, 0
    for number, run in enumerate(_runs(rows)):
        count, size = count + run.num_rows, size + run.nbytes
        if number % apart == 0:
            kept.append(run)
        if len(kept) > _RUNS:
            kept, apart = kept[::2], 2 * apart
    chosen = pa.concat_tables(kept) if kept else rows.schema.empty_table()
    return Sample(chosen, count, size)


def _runs(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    count = size = 0
    for batch in _pieces(rows):
        held.append(batch)
        count, size = count + batch.num_rows, size + batch.nbytes
        if count >= _RUN_ROWS or size >= _RUN_BYTES:
            yield pa.Table.from_batches(held)
            held, count, size = [], 0, 0
    if count:
        yield pa.Table.from_batches(held)


def _pieces(rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a stream; a large one in several."""
    for batch in rows:
        most = _run_rows(batch.num_rows, batch.nbytes)
        for start in range(0, batch.num_rows, most):
            yield batch.slice(start, most)
