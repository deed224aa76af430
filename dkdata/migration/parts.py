"""A stream of rows in parts, each of which is written by one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WHOLE_BYTES: Final = 4 << 30
"""What is not longer is written at once: that is faster, and again it takes a minute or so."""
_COMMIT_BYTES: Final = 1 << 30
"""So much of what is longer is written at a time, and need not be written again."""
_SLOWER: Final = 16
"""By so much less is written at a time to stores that write each row by itself."""


def rows_at_a_time(total: int, first: pa.RecordBatch | None, *, by_row: bool) -> int | None:
    """Return how many rows make a commit; ``None`` is all of them.

    Parameters
    ----------
    total
        How many there are.
    first
        Some of them, which tell how long rows are.
    by_row
        Whether the store writes each row by itself.

    Examples
    --------
    >>> batch = pa.record_batch({"a": list(range(1_000))})
    >>> [rows_at_a_time(count, batch, by_row=False) for count in (1_000_000, 1_000_000_000)]
    [None, 134217728]
    """
    if first is None or not first.num_rows:
        return None
    row_bytes = max(1.0, first.nbytes / first.num_rows)
    times = _SLOWER if by_row else 1
    if total * row_bytes * times <= _WHOLE_BYTES:
        return None
    return max(1, int(_COMMIT_BYTES / times / row_bytes))


@dataclass(eq=False)
class Parts:
    """The parts of a stream; each is read to its end before the next one is asked for.

    Parameters
    ----------
    size
        Rows of each but the last; ``None`` makes one part of all.

    Examples
    --------
    >>> rows = pa.table({"a": [1, 2, 3]})
    >>> [part.read_all().num_rows for part in Parts(rows.schema, rows.to_batches(), 2)]
    [2, 1]
    """

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    size: int | None = None
    _waiting: list[pa.RecordBatch] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with the first row."""
        self._rest = iter(self.batches)

    def first(self) -> pa.RecordBatch | None:
        """Return the batch that comes next, ``None`` if there is none; it still comes."""
        while not self._waiting:
            batch = next(self._rest, None)
            if batch is None:
                return None
            if batch.num_rows:
                self._waiting.append(batch)
        return self._waiting[0]

    def __iter__(self) -> Iterator[pa.RecordBatchReader]:
        """Yield the parts; one without rows if there are none at all."""
        yield pa.RecordBatchReader.from_batches(self.schema, self._one())
        while self.first() is not None:
            yield pa.RecordBatchReader.from_batches(self.schema, self._one())

    def _one(self) -> Iterator[pa.RecordBatch]:
        left = self.size
        while left is None or left:
            batch = self.first()
            if batch is None:
                return
            self._waiting.clear()
            if left is not None:
                if batch.num_rows > left:
                    self._waiting.append(batch.slice(left))
                    batch = batch.slice(0, left)
                left -= batch.num_rows
            yield batch
