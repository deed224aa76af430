"""The rows of a save, divided by what a suite says of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata import frames
from dkdata.frames import envelope
from dkdata.frames.reasoned import LISTS, reasoned_rows
from dkdata.gate.spilled import Spilled
from dkdata.lazy import Table
from dkdata.types import batches_of
from dkdata.validation.answering import running
from dkdata.validation.answering.held import InMemory
from dkdata.validation.results.reasons import Reasons, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.types import Rows
    from dkdata.validation import Result
    from dkdata.validation.results.outcome import Outcome


@dataclass(frozen=True, eq=False)
class Judged:
    """The rows of a save, and what a suite says of them.

    Parameters
    ----------
    frame
        As it was given.
    held
        Its canonical rows, which can be read again.
    """

    frame: Any
    held: pa.Table | Spilled
    result: Result

    @classmethod
    def by(cls, suite: Any, frame: Any, held: pa.Table | Spilled) -> Judged:  # noqa: ANN401
        """Return the rows of a frame with what a suite says of them."""
        if isinstance(held, Spilled):
            return cls(frame, held, running.scanned(held, suite))
        given = frame if isinstance(frame, pd.DataFrame) else held
        return cls(frame, held, running.validate(given, suite))

    @property
    def rows(self) -> Rows:
        """All rows."""
        return self.held.reader() if isinstance(self.held, Spilled) else self.held

    @cached_property
    def broken(self) -> list[Outcome]:
        """What became of the critical rules that are not met, in the order of the suite."""
        failed = [one for one in self.result.failures if one.expectation.severity == "critical"]
        return sorted(failed, key=lambda outcome: outcome.number)

    @property
    def without_rows(self) -> list[Outcome]:
        """Those of them that no single rows break, or of which these are not known."""
        return [one for one in self.broken if one.positions is None or not len(one.positions)]

    @cached_property
    def reasons(self) -> Reasons:
        """The rows that are rejected, each with the rules that it breaks."""
        texts = self.result.suite.texts
        broken = [reason for one in self.broken for reason in one.reasons(texts[one.number])]
        return reasons(broken, self.held.num_rows)

    def valid(self) -> Rows:
        """Return the rows that are not rejected."""
        return _filtered(self.rows, self.reasons.positions, chosen=False)

    @cached_property
    def rejected(self) -> pa.Table:
        """The rows that are rejected, with the column of reasons."""
        rows = self.held.schema.empty_table()
        if len(self.reasons.positions):  # otherwise there is no need to read them
            rows = batches_of(_filtered(self.rows, self.reasons.positions, chosen=True)).read_all()
        texts = pa.array(list(map(list, self.reasons.texts)), LISTS)
        return reasoned_rows(rows, texts.take(pa.array(self.reasons.kinds)))

    def shown(self) -> Any:  # noqa: ANN401 - the kind of the frame
        """Return the rejected rows as the frame was given; of pandas with their own labels."""
        if isinstance(self.frame, Table):
            return frames.from_arrow(self.rejected, "pandas")
        kind = frames.kind_of(self.frame)
        if kind != "pandas":
            return frames.from_arrow(self.rejected, "polars" if kind == "lazy" else kind)
        is_pandas = isinstance(self.frame, pd.DataFrame)
        whole = self.frame if is_pandas else frames.from_arrow(self.rows, "pandas")
        return InMemory(whole, kind).take(self.reasons.positions, self.reasons.lists())


def _filtered(rows: Rows, positions: np.ndarray[Any, Any], *, chosen: bool) -> Rows:
    """Return the rows at some positions, or the others, numbered anew where they had no labels."""
    schema = envelope.renumbered(rows.schema)
    if isinstance(rows, pa.Table):
        kept = rows.filter(_mask(positions, 0, len(rows), chosen=chosen))
        return kept.replace_schema_metadata(schema.metadata)

    def batches() -> Iterator[pa.RecordBatch]:
        offset = 0
        for batch in rows:
            kept = batch.filter(_mask(positions, offset, len(batch), chosen=chosen))
            offset += len(batch)
            if len(kept):
                yield kept

    return pa.RecordBatchReader.from_batches(schema, batches())


def _mask(positions: np.ndarray[Any, Any], offset: int, rows: int, *, chosen: bool) -> pa.Array:
    """Return which of the rows from ``offset`` on are at the ordered positions, or are not."""
    first, last = np.searchsorted(positions, (offset, offset + rows))
    mask = np.full(rows, not chosen)
    mask[positions[first:last] - offset] = chosen
    return pa.array(mask)
