"""The rows of a long stream, on disk, as a table that is validated and then written."""

from __future__ import annotations

import sys
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import frames, spilling
from dkdata.frames import envelope

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import pandas as pd


class _File:
    """A temporary Arrow file, which is removed when nothing refers to this any more."""

    def __init__(self, opened: Any) -> None:  # noqa: ANN401 - a temporary file
        self.path: str = opened.name
        weakref.finalize(self, opened.close)

    def count(self) -> int:
        """Return the number of rows, of which none is read."""
        with pa.memory_map(self.path) as mapped, pa.ipc.open_file(mapped) as file:
            return sum(file.get_batch(n).num_rows for n in range(file.num_record_batches))

    def batches(self, names: list[str], whole: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield some columns of the rows, without what the file has of others."""
        places = [whole.get_field_index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=places)
        with pa.OSFile(self.path) as handle, pa.ipc.open_file(handle, options=options) as file:
            for number in range(file.num_record_batches):
                batch = file.get_batch(number).select(names)
                yield batch if len(names) == len(whole) else _copied(batch)


def _copied(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch in memory of its own: one of a file keeps all that it was read with."""
    return pa.ipc.read_record_batch(batch.serialize(), batch.schema)


@dataclass(frozen=True, eq=False)
class Spilled:
    """Rows that wait in a temporary file; what ``validate`` reads in chunks.

    Parameters
    ----------
    whole
        The schema of all columns.
    every
        How many rows there are in the file.
    names
        The columns that were chosen; ``None`` is all.
    page
        How many rows are left out, and how many follow at most.
    """

    whole: pa.Schema
    every: int
    _file: _File
    names: tuple[str, ...] | None = None
    page: tuple[int, int] = (0, sys.maxsize)

    @property
    def schema(self) -> pa.Schema:
        """The schema of the chosen columns."""
        return self.whole if self.names is None else envelope.project(self.whole, self.names)

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        offset, most = self.page
        return max(0, min(self.every - offset, most))

    def count(self) -> int:
        """Return the number of rows."""
        return self.num_rows

    def select(self, *columns: Hashable) -> Spilled:
        """Keep those columns, in that order."""
        return replace(self, names=tuple(envelope.resolved(columns, self.schema)))

    def with_index(self) -> Spilled:
        """Return the rows with the index columns that a projection left out."""
        if self.names is None:
            return self
        names = dict.fromkeys((*self.names, *envelope.index_names(self.whole)))
        return replace(self, names=tuple(names))

    def limit(self, n: int | None, offset: int = 0) -> Spilled:
        """Keep ``n`` rows after the first ``offset``."""
        left = max(0, self.page[1] - offset)
        return replace(self, page=(self.page[0] + offset, left if n is None else min(n, left)))

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as a stream, which can be had again."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        offset, left = self.page
        for batch in self._file.batches(self.schema.names, self.whole):
            kept = batch.slice(offset, left)
            offset, left = max(0, offset - batch.num_rows), left - kept.num_rows
            yield kept
            if not left:
                return

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas frame with the dtypes and the index of their frame."""
        made: pd.DataFrame = frames.from_arrow(self.with_index().reader(), "pandas")
        return made


def spilled(rows: pa.RecordBatchReader) -> pa.Table | Spilled:
    """Read a stream to its end, and return its rows; on disk where they are many."""
    held, file = spilling.drained(rows, together=True)
    if file is None:
        return pa.Table.from_batches(held, rows.schema)
    made = _File(file)
    return Spilled(rows.schema, made.count(), made)
