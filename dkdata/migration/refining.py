"""The rows of a source on their way: transformed, judged by a suite, counted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata import spilling
from dkdata.change.transforms import Transform
from dkdata.errors import DkWarning, ValidationError, listing
from dkdata.gate.judged import Judged
from dkdata.gate.spilled import spilled
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.change.transforms.running import Running
    from dkdata.migration.refused import Refused

_BLOCK_ROWS: Final = 131_072
_BLOCK_BYTES: Final = 16 << 20


def rejecting(transform: Transform) -> Transform:
    """Return a transform that refuses single rows, where it would have ended with an error."""
    if transform.on_error != "raise":
        return transform
    made = Transform(on_error="reject")
    return made.with_steps(*transform.steps)


@dataclass(eq=False)
class Refining:
    """What is done with the rows of a source before they are written.

    Parameters
    ----------
    transform
        What makes other rows of them, if anything.
    suite
        What the rows have to meet, if anything.
    read, left_out
        How many rows came so far, and how many of them a filter left out.
    """

    refused: Refused
    target: str
    transform: Transform | None = None
    suite: Any = None
    read: int = 0
    left_out: int = 0

    def rows(self, source: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Return the rows that are to be written, as a stream that counts."""
        if self.transform is None:
            rows = pa.RecordBatchReader.from_batches(source.schema, self._counted(source))
        else:
            rows = self._transformed(source, self.transform.on(source.schema))
        return rows if self.suite is None else batches_of(self._judged(rows))

    def _counted(self, source: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        for batch in source:
            self.read += batch.num_rows
            yield batch

    def _transformed(self, source: pa.RecordBatchReader, running: Running) -> pa.RecordBatchReader:
        blocks = spilling.rebatched(source, _BLOCK_ROWS, _BLOCK_BYTES)
        none = source.schema.empty_table().to_batches()
        first = next(blocks, None)
        made = self._block(running, [first] if first is not None else none, source.schema)

        def batches() -> Iterator[pa.RecordBatch]:
            yield from made.to_batches()
            for block in blocks:
                yield from self._block(running, [block], source.schema).to_batches()

        return pa.RecordBatchReader.from_batches(made.schema, batches())

    def _block(self, running: Running, given: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
        rows = pa.Table.from_batches(given, schema)
        made = running.block(rows)
        self.read += rows.num_rows
        self.left_out += rows.num_rows - made.kept - made.rejected.num_rows
        self.refused.add(made.rejected)
        return made.rows

    def _judged(self, rows: pa.RecordBatchReader) -> Any:  # noqa: ANN401 - rows
        """Return the rows that the suite lets pass: it has seen all of them then."""
        held = spilled(rows)
        judged = Judged.by(self.suite, held, held)
        whole = [one.expectation for one in judged.without_rows]
        if whole or (judged.broken and self.refused.raises):
            raise ValidationError.migration(self.target, judged.result, whole)
        mild = [one for one in judged.result.failures if one.expectation.severity == "warning"]
        if mild:
            told = listing(one.expectation for one in mild)
            message = f"the rows that are migrated to {self.target!r} do not meet: {told}."
            warnings.warn(message, DkWarning, stacklevel=2)
        if not judged.broken:
            return judged.rows
        self.refused.add(judged.rejected)
        return judged.valid()
