"""One write into one table of PostgreSQL: the statements of its transaction."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.dialects.fragment import quote, quoted
from dkdata.errors import DkError, UsageError
from dkdata.frames.envelope import key_of
from dkdata.physical import convert_rows
from dkdata.query import Write, WriteMode
from dkdata.stores.postgres.connection.pool import pool_of
from dkdata.stores.postgres.reading import querying
from dkdata.stores.postgres.tables import definition, fitting, ledger, locking, names
from dkdata.stores.postgres.tables.held import OWN_SCHEMA, Held, Kind
from dkdata.stores.postgres.writing import merging, replacing, staging
from dkdata.stores.postgres.writing.misfits import naming_misfits
from dkdata.stores.postgres.writing.widening import widened

if TYPE_CHECKING:
    from dkdata.commit import Tally
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.types import Rows

_PART_ROWS = 100_000  # of a table, after which progress is told
_QUICK_BYTES = 1 << 20  # which a commit brings to the disk without a delay


@dataclass(frozen=True)
class Saving:
    """One write, inside a transaction that its caller commits.

    Parameters
    ----------
    held
        The table that is there, or ``None``.
    target
        Where it is, or will be.
    """

    session: Session
    held: Held | None
    target: Held
    write: Write
    tally: Tally

    def save(self, rows: Rows) -> dict[str, int]:
        """Write the rows and check that they arrived.

        Returns
        -------
        dict
            How many rows were ``inserted``, ``updated`` and ``skipped``, and how many ``bytes``
            were sent.

        Raises
        ------
        SchemaError
            PostgreSQL, or the table, cannot hold a value; with its column and row.
        ConflictError
            A key is taken, or a rule of the table broken.
        UsageError
            The table cannot be replaced.
        TransientError
            Somebody else changed the table meanwhile.
        """
        if self.held is None or self.write.mode is WriteMode.REPLACE:
            return self._replace(rows)
        staged, sent = self._staged(rows)
        self.write.before_commit()
        return self._recorded(sent, **self._merge(self.held, staged, rows.schema))

    def _replace(self, rows: Rows) -> dict[str, int]:
        session, old = self.session, self.held
        replacement = replacing.chosen(session, old, rows.schema) if old else None
        if replacement and replacement.schema is not None:
            return self._refill(replacement.held, convert_rows(rows, replacement.schema))
        made = replace(
            self.target, name=f"dk_{uuid.uuid4().hex}", columns=definition.columns_of(rows.schema),
            note_text=None, kind=Kind.TABLE,
        )  # fmt: skip
        before, after = replacement.belongings.storage if replacement else ("", "")
        session.run(
            f"CREATE {before}TABLE {made.sql} ({definition.columns_sql(rows.schema)}){after}"
        )
        sent = self._send(made, rows, "FREEZE")
        self._check(made, rows.schema)
        self._add_key(made, _held_names(key_of(rows.schema), rows.schema))
        if replacement:
            replacing.carry_over(session, replacement, made)
        self.write.before_commit()
        counts = self._recorded(sent, inserted=self.tally.rows)
        if sent > _QUICK_BYTES:
            _flush(session)
        replacing.swap(session, replacement, made, self.target)
        # Only now that the table is locked, as all do: who did it before could wait in a circle.
        self._describe(replace(self.target, kind=Kind.TABLE), rows.schema)
        return counts

    def _refill(self, held: Held, rows: Rows) -> dict[str, int]:
        """Give a table that stays other rows."""
        staged, sent = self._staged(rows)
        self.write.before_commit()
        self.tally.check_count(held.title, replacing.refill(self.session, held, staged))
        counts = self._recorded(sent, inserted=self.tally.rows)
        if fitting.is_lasting(rows.schema, held):
            self._describe(held, rows.schema)
        return counts

    def _describe(self, held: Held, schema: pa.Schema) -> None:
        if held.is_owned:
            ledger.describe(self.session, held, definition.note_of(schema))

    def _add_key(self, made: Held, key: list[str]) -> None:
        if key:
            name = quote(names.shortened(made.name, "_pkey"))
            added = f"ADD CONSTRAINT {name} PRIMARY KEY ({quoted(key)})"
            self.session.run(f"ALTER TABLE {made.sql} {added}")

    def _recorded(
        self, sent: int, inserted: int, updated: int = 0, skipped: int = 0
    ) -> dict[str, int]:
        """Return what the write did, which is remembered with it."""
        counts = {"inserted": inserted, "updated": updated, "skipped": skipped, "bytes": sent}
        if self.session.has_ledger:
            ledger.record(
                self.session, self.target, self.write.run_id, counts,
                is_named=self.write.repeatable,
            )  # fmt: skip
        elif self.write.repeatable:
            message = (
                f"run_id={self.write.run_id!r} cannot be kept: role {self.session.role!r} may"
                f" neither make schema {OWN_SCHEMA!r} nor write to its tables. Nothing was"
                " written. Leave run_id= out, or have an administrator run:"
                f" {ledger.grant(self.session)}."
            )
            raise UsageError(message)
        return counts

    def _send(self, to: Held, rows: Rows, *options: str) -> int:
        """Send rows into an empty table, tallied on their way; return how many bytes."""
        parts = rows.to_reader(_PART_ROWS) if isinstance(rows, pa.Table) else rows
        watched = self.tally.watch(parts, self.write.progress)
        return staging.send(self.session, to, watched, *options)

    def _check(self, made: Held, schema: pa.Schema) -> None:
        """Compare what is in the table with what was sent."""
        (count,) = self.session.one(f"SELECT count(*) FROM {made.sql}")
        self.tally.check(
            self.target.title, int(count), lambda: querying.rows_of(self.session, made, schema)
        )

    def _staged(self, rows: Rows) -> tuple[Held, int]:
        """Send the rows into a table that only this transaction sees; return how many bytes."""
        made = staging.temporary(self.session, rows.schema)
        sent = self._send(made, rows)
        self._check(made, rows.schema)
        return made, sent

    def _merge(self, held: Held, staged: Held, schema: pa.Schema) -> dict[str, int]:
        session, key = self.session, _held_names(self.write.key, schema)
        has_parts = held.kind == Kind.PARTITIONED  # whose rows do not tell whether they are new
        is_unique = not key or (not has_parts and merging.is_unique(session, held, key))
        is_described = not held.is_ours or definition.note_of(schema) == held.note_text
        is_shared = is_unique and is_described  # two that describe a table undo each other's words
        locking.lock(session, held, locking.ROWS if is_shared else locking.WRITERS)
        held = locking.check_unchanged(session, held)
        held = widened(session, held, schema)
        if held.is_ours and definition.note_of(schema) != held.note_text:
            self._describe(held, schema)
        if not (is_unique or has_parts) and held.is_ours and held.is_owned:
            merging.keep_unique(session, held, key)
            is_unique = True
        inserted = updated = skipped = 0
        with naming_misfits(session, held, staged):
            match self.write.mode:
                case WriteMode.APPEND:
                    inserted = merging.append(session, held, staged, key)
                case WriteMode.SKIP:
                    inserted = merging.skip(session, held, staged, key, is_unique=is_unique)
                    skipped = self.tally.rows - inserted
                case _:
                    inserted, updated = merging.upsert(
                        session, held, staged, key, is_unique=is_unique
                    )
        counts = {"inserted": inserted, "updated": updated, "skipped": skipped}
        self.tally.check_count(self.target.title, sum(counts.values()))
        return counts


def _held_names(columns: tuple[str, ...], schema: pa.Schema) -> list[str]:
    held = names.column_names(schema.names)
    return [held[name] for name in columns]


def _flush(session: Session) -> None:
    """Bring to the disk what a transaction has written, so that its commit takes a moment only.

    The commit of another one does that, and nobody waits for its locks.
    """
    pool = pool_of(session.parameters)
    # Where there is no other connection, or no right to this, the commit takes longer.
    with suppress(DkError), pool.session("a flush", session.deadline) as other:
        other.run("SELECT pg_logical_emit_message(true, 'dkdata', '')")
        other.commit()
