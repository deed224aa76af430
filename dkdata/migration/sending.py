"""The rows of a migration on their way into the target, each part by one commit."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, spilling
from dkdata.errors import ConflictError, ExistsError, MigrationError, StoreError
from dkdata.migration import refusals
from dkdata.migration.rehearsing import rehearsed
from dkdata.query import SaveResult, Write, WriteMode

if TYPE_CHECKING:
    from dkdata.migration.ahead import Ahead
    from dkdata.migration.earlier import Earlier
    from dkdata.migration.parts import Parts
    from dkdata.migration.refining import Refining
    from dkdata.migration.renewing import Renewing
    from dkdata.ongoing import Ongoing
    from dkdata.types import Rows


@dataclass(eq=False)
class Sending:
    """What is sent, and what the target says of it.

    Parameters
    ----------
    schema
        Of the rows that are sent.
    key, mode
        How the rows come into a table that is there.
    skipped
        How many rows were sent whose key the target had already.
    resumed_from
        How many an earlier call had written.
    """

    earlier: Earlier
    refining: Refining
    ahead: Ahead
    work: Ongoing
    schema: pa.Schema
    key: tuple[str, ...]
    mode: WriteMode
    renewing: Renewing | None = None
    skipped: int = 0
    resumed_from: int | None = None

    @property
    def sent_schema(self) -> pa.Schema:
        """The schema of the rows as the target gets them."""
        return self.schema if self.renewing is None else self.renewing.schema

    def send(self, parts: Parts) -> None:
        """Write all parts that are not there yet."""
        goes_on = self.earlier.has_begun
        for number, rows in enumerate(parts):
            part = _Part(self, number, commit.Tally("none" if parts.size is None else "checksum"))
            watched = part.tally.watch(rows)
            done = self.earlier.done(number) if goes_on else None
            goes_on = done is not None
            if done is None:
                done = part.written(watched)
            else:
                part.passed(watched)
                self.resumed_from = (self.resumed_from or 0) + part.tally.rows
            self.skipped += done.skipped


@dataclass(eq=False)
class _Part:
    """The rows of one commit.

    Parameters
    ----------
    refused
        Places of the rows that the target refuses, and why.
    """

    sending: Sending
    number: int
    tally: commit.Tally
    refused: dict[int, str] = field(default_factory=dict)
    _held: pa.Table | None = None
    _is_noted: bool = False

    def passed(self, rows: pa.RecordBatchReader) -> None:
        """Read rows that are written already, and make sure that they are the same."""
        earlier, refining = self.sending.earlier, self.sending.refining
        told = earlier.part(self.number) or {}
        self.refused = {int(place): reason for place, reason in told.get("refused", {}).items()}
        first = 0
        for batch in rows:
            self.sending.work.advance(batch.num_rows)
            here = range(first, first + batch.num_rows)
            refused = {n - first: why for n, why in self.refused.items() if n in here}
            refining.refused.add_some(pa.Table.from_batches([batch], rows.schema), refused)
            first += batch.num_rows
        if self.sending.renewing is not None:
            self.sending.renewing.passed(self.tally.rows)
        if told and told["sums"] != self.tally.sums:
            wrong = [f"the rows of part {self.number + 1} are not those that were written"]
            raise MigrationError.changed(earlier.plan.told, wrong)

    def written(self, rows: Rows) -> SaveResult:
        """Write the rows; what the target refuses of them is put aside, where that is allowed."""
        sending, earlier = self.sending, self.sending.earlier
        with ExitStack() as stack:
            if sending.renewing is not None:
                rows = sending.renewing.renewed(rows)
            if sending.refining.refused.raises:
                saved = self._put(rows)
                for _ in rows if isinstance(rows, pa.RecordBatchReader) else ():
                    pass  # it was written before, and the reply was lost
            else:
                self._held = stack.enter_context(spilling.rereadable(rows))
                saved = refusals.written(self._held, self._put, self.refused, sending.key)
                sending.refining.refused.add_some(self._held, self.refused)
            if not (self._is_noted or saved.repeated or earlier.plan.is_dry):
                self._note()  # the store has no moment before its commit
        self._check(saved)
        return saved

    def _check(self, saved: SaveResult) -> None:
        sent = self.tally.rows - len(self.refused)
        arrived = saved.inserted + saved.updated + saved.skipped
        if arrived != sent:
            told = self.sending.earlier.plan.told
            message = f"{told}: {sent:,} rows were sent, and {arrived:,} arrived."
            raise StoreError(message)

    def _put(self, rows: Rows) -> SaveResult:
        """Write rows by one commit."""
        sending, earlier = self.sending, self.sending.earlier
        is_later = earlier.is_staged and self.number
        write = Write(
            WriteMode.APPEND if is_later else sending.mode,
            key=sending.key,
            run_id=earlier.run_id(self.number),
            repeatable=earlier.is_repeatable,
            verify=earlier.plan.verify,
            progress=sending.work.advance,
            before_commit=self._note,
        )
        try:
            if earlier.plan.is_dry:
                return rehearsed(earlier.store, earlier.table, rows, write)
            with earlier.store.writing_beside(earlier.table, None):
                return earlier.store.write(earlier.table, rows, write)
        except ExistsError as error:
            if not earlier.is_staged:
                raise
            raise ConflictError.staging(earlier.table, earlier.plan.told) from error
        except Exception as error:
            read_wrong = sending.ahead.error
            if read_wrong is not None and error is not read_wrong:
                raise read_wrong from error
            raise

    def _note(self) -> None:
        """Have the disk know what is about to count."""
        sending, refining, earlier = self.sending, self.sending.refining, self.sending.earlier
        self._is_noted = True
        if earlier.size is None:
            kept = refining.refused.copy()
            if self._held is not None:
                kept.add_some(self._held, self.refused)
            earlier.journal.keep(kept.together(sending.schema))
        earlier.journal.add({
            "part": self.number,
            "sums": self.tally.sums,
            "sent": self.tally.rows - len(self.refused),
            "refused": {str(place): reason for place, reason in self.refused.items()},
            "read": refining.read,
            "left_out": refining.left_out,
            "failed": refining.refused.count + len(self.refused),
        })  # fmt: skip
        if sending.renewing is not None:
            sending.renewing.put(earlier.plan.target, earlier.run_id(self.number))
