"""Where the rows that were validated are, so that some of them can be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata import frames, spilling
from dkdata.errors import ConflictError
from dkdata.frames.reasoned import LISTS, reasoned, reasoned_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

CHUNK: Final = 1 << 19
"""Rows of a table that are held at a time, at most."""
CHUNK_BYTES: Final = 32 << 20
"""Bytes of them, at most, unless a single batch has more."""


@runtime_checkable
class Scannable(Protocol):
    """A table that can be read more than once, whole or some of its columns."""

    def count(self) -> int:
        """Return the number of rows."""
        ...

    def select(self, *columns: Hashable) -> Self:
        """Keep those columns, in that order."""
        ...

    def with_index(self) -> Self:
        """Return the table with the index columns that a projection left out."""
        ...

    def limit(self, n: int | None, offset: int = 0) -> Self:
        """Keep ``n`` rows after the first ``offset``."""
        ...

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as a stream of Arrow batches with canonical types."""
        ...

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas frame with the saved dtypes and index."""
        ...


class Held(Protocol):
    """The rows that were validated."""

    def __len__(self) -> int: ...

    def take(
        self, positions: np.ndarray[Any, Any], texts: Sequence[list[str]] | None = None
    ) -> Any:  # noqa: ANN401 - the kind of frame that went in
        """Return some rows, with the column of reasons if texts are given."""
        ...


@dataclass(frozen=True, eq=False)
class InMemory:
    """A frame, as pandas or as Arrow rows of another kind of frame."""

    frame: Any
    kind: str

    def __len__(self) -> int:
        return self.frame.num_rows if isinstance(self.frame, pa.Table) else len(self.frame)

    def take(
        self, positions: np.ndarray[Any, Any], texts: Sequence[list[str]] | None = None
    ) -> Any:  # noqa: ANN401 - the kind of frame that went in
        """Return some rows as the kind of frame that went in."""
        if self.kind == "pandas":
            rows = self.frame.iloc[positions]
            return rows if texts is None else reasoned(rows, texts)
        rows = self.frame.take(pa.array(positions))
        if texts is not None:
            rows = reasoned_rows(rows, pa.array(texts, LISTS))
        return frames.from_arrow(rows, self.kind, filtered=True)


def changed() -> ConflictError:
    """Return what is raised about a table that is not the one that was validated."""
    message = "the table was changed since it was validated. Validate it again."
    return ConflictError(message)


@dataclass(frozen=True, eq=False)
class Stored:
    """A table too large to be held, which is read again for its rows."""

    table: Scannable
    rows: int

    def __len__(self) -> int:
        return self.rows

    def take(
        self, positions: np.ndarray[Any, Any], texts: Sequence[list[str]] | None = None
    ) -> pd.DataFrame:
        """Return some rows as a pandas frame.

        Raises
        ------
        ConflictError
            The table has another number of rows than when it was validated.
        """
        if self.table.count() != self.rows:
            raise changed()
        parts = [
            chunk.iloc[_within(positions, offset, len(chunk))]
            for offset, chunk in chunks(self.table)
        ]
        rows = joined(parts)
        return rows if texts is None else reasoned(rows, texts)


def _within(positions: np.ndarray[Any, Any], offset: int, rows: int) -> np.ndarray[Any, Any]:
    """Return those of the ordered positions that are in a chunk, counted from its first row."""
    first, last = np.searchsorted(positions, (offset, offset + rows))
    return positions[first:last] - offset


def chunks(table: Scannable) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield the rows of a table in pandas frames, each with the place of its first row.

    The index of each is that of its rows in the whole table. An empty table is one empty frame.
    """
    offset = 0
    reader = table.reader()
    start, step = 0, 1
    for batch in spilling.rebatched(reader, CHUNK, CHUNK_BYTES):
        frame = frames.from_arrow(pa.Table.from_batches([batch]), "pandas")
        if isinstance(frame.index, pd.RangeIndex):
            if not offset:
                start, step = frame.index.start, frame.index.step
            first = start + step * offset
            index = pd.RangeIndex(first, first + step * len(frame), step, name=frame.index.name)
            frame = frame.set_axis(index)
        yield offset, frame
        offset += len(frame)
    if not offset:
        yield 0, frames.from_arrow(reader.schema.empty_table(), "pandas")


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return frames of the same columns as one; empty ones do not change dtypes."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled) if filled else parts[0]


@dataclass(frozen=True)
class Queried:
    """The rows that rules ask with SQL.

    Parameters
    ----------
    frame
        Gives the rows as any frame or stream, as often as it is called.
    count
        Gives the number of rows, or of those that meet a canonical condition.
    """

    frame: Callable[[], Any]
    count: Callable[[Mapping[str, Any] | None], int]
