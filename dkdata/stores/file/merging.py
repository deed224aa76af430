"""What a file holds after a write: new rows alone, or together with the old ones."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit
from dkdata.physical import convert_rows
from dkdata.query import SaveResult, Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.stores.file.formats import Contents
    from dkdata.types import Rows


@dataclass
class Counts:
    """What a write does, in rows; those that are inserted are counted as they pass.

    Parameters
    ----------
    at_once
        How many are written without being counted as they pass.
    """

    inserted: int = 0
    updated: int = 0
    skipped: int = 0
    at_once: int = 0

    @classmethod
    def of(cls, rows: int) -> Counts:
        """Return those of new rows that are written all at once."""
        return cls(inserted=rows, at_once=rows)

    @property
    def kept(self) -> dict[str, int]:
        """What is remembered of a write that has an id."""
        return {"inserted": self.inserted, "updated": self.updated, "skipped": self.skipped}

    def to_result(self, table: str, size: int | None = None) -> SaveResult:
        """Return the counts with the size of the file in bytes."""
        return SaveResult(
            table,
            inserted=self.inserted,
            updated=self.updated,
            skipped=self.skipped,
            bytes=size,
        )


@contextmanager
def merged(old: Contents | None, rows: Rows, write: Write) -> Iterator[tuple[Rows, Counts]]:
    """Give all rows that the file is to hold, in canonical types, and how they come about."""
    counts = Counts.of(rows.num_rows) if isinstance(rows, pa.Table) else Counts()
    if old is None or write.mode is WriteMode.REPLACE:
        yield _counted(rows, counts, write.progress), counts
    elif write.mode is WriteMode.APPEND:
        before = convert_rows(old.read(), rows.schema)
        new = _counted(rows, counts, write.progress)
        yield commit.joined(rows.schema, before, new), counts
    else:
        with _by_key(old, rows, write, counts) as together:
            yield together, counts


def _counted(rows: Rows, counts: Counts, progress: Callable[[int], None] | None) -> Rows:
    if isinstance(rows, pa.Table):
        return rows

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            counts.inserted += batch.num_rows
            if progress:
                progress(batch.num_rows)
            yield batch

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


@contextmanager
def _by_key(old: Contents, rows: Rows, write: Write, counts: Counts) -> Iterator[Rows]:
    """Give the rows of an upsert or a skip, joined by DuckDB: both sides in the same types."""
    schema = rows.schema
    with commit.merged(lambda: convert_rows(old.read(), schema), rows, write) as (together, taken):
        counts.inserted -= taken
        if write.mode is WriteMode.UPSERT:
            counts.updated = taken
        else:
            counts.skipped = taken
        yield together
