"""A migration from its first row to its report."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dkdata import commit, instance
from dkdata.errors import ExistsError, MigrationError, SchemaError, TableNotFoundError
from dkdata.gate.aside import Aside
from dkdata.migration import journal as journals
from dkdata.migration.ahead import Ahead
from dkdata.migration.earlier import Counts, Earlier, named
from dkdata.migration.parts import Parts, rows_at_a_time
from dkdata.migration.refining import Refining, rejecting
from dkdata.migration.refused import Refused, as_texts, shown
from dkdata.migration.renewing import Renewing
from dkdata.migration.report import MigrationReport, types_of
from dkdata.migration.sending import Sending
from dkdata.query import Write, WriteMode

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.migration.journal import Journal
    from dkdata.migration.plan import Plan
    from dkdata.ongoing import Ongoing


def migrated(plan: Plan, work: Ongoing) -> MigrationReport:
    """Carry out a migration, or go on with one that was interrupted.

    Raises as ``dk.migrate`` does.
    """
    with journals.opened(plan.folder, plan.name, plan.told) as journal:
        return _Moving(plan, journal, work).moved()


@dataclass(eq=False)
class _Moving:
    """One call that migrates.

    Parameters
    ----------
    journal
        What is left of earlier calls, and is for later ones.
    """

    plan: Plan
    journal: Journal
    work: Ongoing
    started: float = field(default_factory=time.monotonic)

    @property
    def earlier(self) -> Earlier:
        """What is there of the migration."""
        return Earlier(self.plan, self.journal)

    def moved(self) -> MigrationReport:
        """Return the report, once everything is there."""
        self._look_back()
        if self.journal.plan is not None and (counts := self.earlier.finished()) is not None:
            return self._finished(counts)
        if self.journal.plan is None and (counts := named(self.plan)) is not None:
            return self._finished(counts)
        schema, count = self.plan.source.schema, self.plan.source.count()
        self.work.count("rows", count)
        state = self.plan.source_state(schema, count)
        self._look_at_source(state)
        existing = self._existing()
        with ExitStack() as stack:
            refined = self._refining()
            given = instance.frugally(len(schema), self.plan.source.reader, sorts=False)
            rows = refined.rows(given)
            key = self.plan.key_for(rows.schema, existing)
            mode = self.plan.mode(key, existing)
            ahead = stack.enter_context(Ahead(rows))
            parts = Parts(rows.schema, ahead)
            if self.journal.plan is None:
                self._begin(state, self._size(mode, count, parts), is_new=existing is None)
            parts.size = self.earlier.size
            sending = Sending(
                self.earlier, refined, ahead, self.work, rows.schema, key, mode,
                self._renewing(key, rows.schema),
            )  # fmt: skip
            try:
                sending.send(parts)
            except BaseException as error:
                self._stopped(error)
                raise
            return self._ended(sending, rows.schema)

    def _look_back(self) -> None:
        """Forget what an earlier call has left, if it is not to be used."""
        if self.journal.plan is not None and not self.plan.resume:
            self.earlier.remove()
            self.journal.clear()

    def _look_at_source(self, state: dict[str, Any]) -> None:
        """Go on with the source only that an earlier call had, if that has written anything.

        If it has not, its run is taken up all the same: its first commit may be on its way.
        """
        if self.journal.plan is None:
            return
        try:
            self.plan.check_same(self.journal.plan, state)
        except MigrationError:
            if self.earlier.has_begun:
                raise
            self.journal.clear()

    def _existing(self) -> pa.Schema | None:
        """Return the schema of a target that was there before the migration."""
        target, is_new = self.plan.target, self.journal.plan is not None and self.earlier.is_new
        try:
            existing = target.store.schema(target.table)
        except TableNotFoundError:
            return None
        if is_new:
            raise ExistsError.migration(target.label, target.store.count(target.table))
        return existing

    def _refining(self) -> Refining:
        plan = self.plan
        refused = Refused(plan.target.label, plan.on_error)
        transform = plan.transform
        if transform is not None and not refused.raises:
            transform = rejecting(transform)
        return Refining(refused, plan.target.label, transform, plan.suite)

    def _renewing(self, key: tuple[str, ...], rows: pa.Schema) -> Renewing | None:
        if self.plan.ids == "preserve":
            return None
        held = self.earlier.held
        return Renewing.of(key, rows, held["run"], held["began"])

    def _begin(self, state: dict[str, Any], size: int | None, *, is_new: bool) -> None:
        """Have the disk know what is migrated, before anything is."""
        plan = self.plan
        self.journal.add({
            "run": plan.run_id or commit.new_run_id(), "asked": plan.asked, "source": state,
            "began": time.time(), "new": is_new, "size": size,
        })  # fmt: skip

    def _size(self, mode: WriteMode, count: int, parts: Parts) -> int | None:
        """Return how many rows are written at a time."""
        store = self.plan.target.store
        if store.rewrites or self.plan.is_dry or mode is WriteMode.APPEND:
            return None
        return self.plan.batch_rows or rows_at_a_time(
            count, parts.first(), by_row=store.writes_by_row
        )

    def _ended(self, sending: Sending, schema: pa.Schema) -> MigrationReport:
        """Give the target its name, and leave nothing behind but the rows."""
        refining, earlier = sending.refining, self.earlier
        skipped, failed = refining.left_out + sending.skipped, refining.refused.count
        counts: Counts = {
            "read": refining.read,
            "written": refining.read - skipped - failed,
            "skipped": skipped,
            "failed": failed,
        }
        rejected = refining.refused.together(schema)
        if earlier.is_staged:
            self.journal.keep(rejected)
            self.journal.add({"finished": counts})
            earlier.name_target()
        types = types_of(self.plan.source.schema, sending.sent_schema)
        return self._reported(counts, rejected, sending.resumed_from, types)

    def _finished(self, counts: Counts) -> MigrationReport:
        """Return the report of an earlier call that died after it had written everything."""
        written = self.plan.target.store.schema(self.plan.target.table)
        kept = self.journal.kept()
        if kept is None:
            kept = Refused(self.plan.target.label, "skip").together(written)
        types = types_of(self.plan.source.schema, written)
        return self._reported(counts, kept, counts["read"], types)

    def _reported(
        self, counts: Counts, rejected: pa.Table, resumed_from: int | None, types: pa.Table
    ) -> MigrationReport:
        plan = self.plan
        run_id = plan.run_id or self.earlier.held["run"]
        if plan.on_error == "quarantine" and rejected.num_rows and not plan.is_dry:
            _put_aside(plan, rejected, Write(WriteMode.APPEND, run_id=run_id))
        self.journal.end()
        return MigrationReport(
            source=plan.source.location.label,
            target=plan.target.label,
            **counts,
            rejected=shown(rejected),
            seconds=time.monotonic() - self.started,
            verified=plan.verify != "none",
            resumed_from=resumed_from,
            run_id=run_id,
            types=shown(types),
            is_dry=plan.is_dry,
        )

    def _stopped(self, error: BaseException) -> None:
        """Leave nothing behind where nothing was written, else say how to go on."""
        parts = list(self.earlier.parts)
        if not parts:
            self.journal.end()
        elif self.earlier.size is not None:
            error.add_note(
                f"{self.plan.told}: parts of it are written. The same call goes on from there; with"
                " resume=False it starts from the beginning."
            )


def _put_aside(plan: Plan, rejected: pa.Table, write: Write) -> None:
    """Have the refused rows in the table beside the target, once."""
    try:
        Aside.of(plan.target, rejected, write).put()
    except SchemaError:  # it does not take them there either
        Aside.of(plan.target, as_texts(rejected), write).put()
