"""The rows of a source on their way: transformed, judged by a suite, counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from dkdata import fitting
from dkdata.errors import ValidationError
from dkdata.frames.widening import widen
from dkdata.gate.judged import Judged
from dkdata.gate.spilled import spilled
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.migration.refused import Refused


class Block(Protocol):
    """What a transform makes of some rows."""

    @property
    def rows(self) -> pa.Table:
        """The rows as they are now."""
        ...

    @property
    def rejected(self) -> pa.Table:
        """Those that it cannot convert, with the column of reasons."""
        ...

    @property
    def kept(self) -> int:
        """Of how many rows there is something in ``rows``."""
        ...


class Running(Protocol):
    """A transform of rows of one schema."""

    def block(self, table: pa.Table) -> Block:
        """Return what becomes of some rows."""
        ...


@dataclass(eq=False)
class Refining:
    """What is done with the rows of a source before they are written.

    Parameters
    ----------
    running
        The transform, if there is one.
    suite
        What the rows have to meet, if anything.
    read, left_out
        How many rows came so far, and how many of them a filter left out.
    made
        How many rows there are more than came, where a transform makes several of one.
    """

    refused: Refused
    target: str
    running: Running | None = None
    suite: Any = None
    read: int = 0
    left_out: int = 0
    made: int = 0
    _schema: pa.Schema | None = field(default=None)

    def rows(self, source: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Return the rows that are to be written, as a stream that counts."""
        if self.running is None:
            schema, batches = source.schema, self._counted(source)
        else:
            schema = self.running.block(source.schema.empty_table()).rows.schema
            batches = self._transformed(source, schema)
        rows = pa.RecordBatchReader.from_batches(schema, batches)
        return rows if self.suite is None else batches_of(self._judged(rows))

    def _counted(self, source: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        for batch in source:
            self.read += batch.num_rows
            yield batch

    def _transformed(
        self, source: pa.RecordBatchReader, schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        assert self.running is not None  # noqa: S101 - asked before
        for batch in source:
            made = self.running.block(pa.Table.from_batches([batch], source.schema))
            self.read += batch.num_rows
            self.left_out += batch.num_rows - made.kept - made.rejected.num_rows
            self.made += made.rows.num_rows - made.kept
            self.refused.add(made.rejected)
            yield from self._fitted(made.rows, schema).to_batches()

    def _fitted(self, rows: pa.Table, schema: pa.Schema) -> pa.Table:
        """Return rows in the types of the first ones, where a function gave other ones."""
        if rows.schema.equals(schema, check_metadata=True):
            return rows
        _, disagreements = widen(schema, rows.schema)
        if disagreements or rows.schema.types != schema.types:
            return batches_of(fitting.fitted(rows, schema, self.target)).read_all()
        return rows.replace_schema_metadata(schema.metadata)

    def _judged(self, rows: pa.RecordBatchReader) -> Any:  # noqa: ANN401 - rows
        """Return the rows that the suite lets pass: it has seen all of them then."""
        held = spilled(rows)
        judged = Judged.by(self.suite, held, held)
        whole = [one.expectation for one in judged.without_rows]
        if whole or (judged.broken and self.refused.raises):
            raise ValidationError.migration(self.target, judged.result, whole)
        if not judged.broken:
            return judged.rows
        self.refused.add(judged.rejected)
        return judged.valid()
