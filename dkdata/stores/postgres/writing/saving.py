"""One write into one table of PostgreSQL: the statements of its transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from pyarrow import types as is_type

from dkdata import notes
from dkdata.commit import Tally
from dkdata.dialects.fragment import quote, quoted
from dkdata.errors import UsageError
from dkdata.frames.envelope import key_of
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.query import Write, WriteMode
from dkdata.stores.postgres.connection.pool import flush
from dkdata.stores.postgres.sending.encoding import encoded
from dkdata.stores.postgres.tables import definition, fitting, ledger, locking, names
from dkdata.stores.postgres.tables.held import OWN_SCHEMA, Held, Kind
from dkdata.stores.postgres.tables.types import postgres_type
from dkdata.stores.postgres.writing import merging, replacing
from dkdata.stores.postgres.writing.casting import naming_misfits
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.types import Rows

_QUICK_BYTES = 1 << 20  # which a commit brings to the disk without a delay


class Saving:
    """One write, inside a transaction that its caller commits.

    Parameters
    ----------
    held
        The table that is there, or ``None``.
    target
        Where it is, or will be.
    read
        Reads a whole table of the transaction again, in a schema.
    """

    def __init__(
        self,
        session: Session,
        held: Held | None,
        target: Held,
        write: Write,
        read: Callable[[Held, pa.Schema], Rows],
    ) -> None:
        self._session = session
        self._held = held
        self._target = target
        self._write = write
        self._read = read
        self._tally = Tally(write.verify)
        self.bytes = 0

    def save(self, rows: Rows) -> dict[str, int]:
        """Write the rows, check that they arrived, and return how many did what."""
        if self._held is None or self._write.mode is WriteMode.REPLACE:
            return self._replace(rows)
        staged = self._staged(rows)
        self._write.before_commit()
        counts = self._merge(self._held, staged, rows.schema)
        self._remember(counts)
        return counts

    def _replace(self, rows: Rows) -> dict[str, int]:
        session, old = self._session, self._held
        plan = replacing.plan(session, old, rows.schema) if old else None
        if plan and plan.schema is not None:
            return self._refill(plan.held, convert_rows(rows, plan.schema))
        made = replace(
            self._target, name=f"dk_{uuid.uuid4().hex}", columns=definition.columns_of(rows.schema),
            note_text=None, kind=Kind.TABLE,
        )  # fmt: skip
        before, after = plan.belongings.storage if plan else ("", "")
        session.run(
            f"CREATE {before}TABLE {made.sql} ({definition.columns_sql(rows.schema)}){after}"
        )
        self._send(made, rows, "FREEZE")
        self._check(made, rows.schema)
        self._add_key(made, _held_names(key_of(rows.schema), rows.schema))
        self._describe(replace(made, remark=old.remark if old else None), rows.schema)
        if plan:
            replacing.carry_over(session, plan, made)
        self._write.before_commit()
        counts = self._all_new()
        if self.bytes > _QUICK_BYTES:
            flush(self._session)
        replacing.swap(session, plan, made, self._target)
        return counts

    def _refill(self, held: Held, rows: Rows) -> dict[str, int]:
        """Give a table that stays other rows."""
        staged = self._staged(rows)
        self._write.before_commit()
        counts = self._all_new()
        self._tally.check_count(held.title, replacing.refill(self._session, held, staged))
        if fitting.is_lasting(rows.schema, held):
            self._describe(held, rows.schema)
        return counts

    def _all_new(self) -> dict[str, int]:
        counts = {"inserted": self._tally.rows, "updated": 0, "skipped": 0}
        self._remember(counts)
        return counts

    def _describe(self, held: Held, schema: pa.Schema) -> None:
        if held.is_owned:
            ledger.describe(self._session, held, self._target, definition.note_of(schema))

    def _add_key(self, made: Held, key: list[str]) -> None:
        if key:
            name = quote(names.shortened(made.name, "_pkey"))
            columns = quoted(key)
            self._session.run(
                f"ALTER TABLE {made.sql} ADD CONSTRAINT {name} PRIMARY KEY ({columns})"
            )

    def _remember(self, counts: dict[str, int]) -> None:
        if self._session.has_ledger:
            ledger.record(
                self._session, self._target, self._write.run_id, counts,
                is_named=self._write.repeatable,
            )  # fmt: skip
        elif self._write.repeatable:
            message = (
                f"run_id={self._write.run_id!r} cannot be kept: role {self._session.role!r} may"
                f" neither make schema {OWN_SCHEMA!r} nor write to its tables. Nothing was"
                " written. Leave run_id= out, or have an administrator run:"
                f" {ledger.grant(self._session)}."
            )
            raise UsageError(message)

    def _send(self, to: Held, rows: Rows, *options: str) -> None:
        """Send rows into an empty table, tallied on their way."""
        watched = self._tally.watch(rows, self._write.progress)
        self.bytes += send(self._session, to, watched, *options)

    def _check(self, made: Held, schema: pa.Schema) -> None:
        """Compare what is in the table with what was sent."""
        counted = self._session.first(f"SELECT count(*) FROM {made.sql}") or (0,)
        self._tally.check(self._target.title, int(counted[0]), lambda: self._read(made, schema))

    def _staged(self, rows: Rows) -> Held:
        """Send the rows into a table that only this transaction sees."""
        made = temporary(self._session, rows.schema)
        self._send(made, rows)
        self._check(made, rows.schema)
        return made

    def _merge(self, held: Held, staged: Held, schema: pa.Schema) -> dict[str, int]:
        session, key = self._session, _held_names(self._write.key, schema)
        has_parts = held.kind == Kind.PARTITIONED  # whose rows do not tell whether they are new
        is_unique = not key or (not has_parts and _is_unique(session, held, key))
        is_described = not held.is_ours or definition.note_of(schema) == held.note_text
        is_shared = is_unique and is_described  # two that describe a table undo each other's words
        locking.lock(session, held, locking.ROWS if is_shared else locking.WRITERS)
        held = locking.check_unchanged(session, held)
        held = self._fit(held, schema)
        if not (is_unique or has_parts) and held.is_ours and held.is_owned:
            named = names.shortened(held.name, "_key")
            place = f"{quote(held.schema)}.{quote(named)}"
            is_free = session.first("SELECT to_regclass(%s) IS NULL", (place,)) == (True,)
            named = quote(named) if is_free else ""  # the server chooses another
            columns = quoted(key)
            session.run(f"CREATE UNIQUE INDEX {named} ON {held.sql} ({columns})")
            is_unique = True
        inserted = updated = skipped = 0
        with naming_misfits(session, held, staged):
            match self._write.mode:
                case WriteMode.APPEND:
                    inserted = merging.append(session, held, staged, key)
                case WriteMode.SKIP:
                    inserted = merging.skip(session, held, staged, key, is_unique=is_unique)
                    skipped = self._tally.rows - inserted
                case _:
                    inserted, updated = merging.upsert(
                        session, held, staged, key, is_unique=is_unique
                    )
        counts = {"inserted": inserted, "updated": updated, "skipped": skipped}
        self._tally.check_count(self._target.title, sum(counts.values()))
        return counts

    def _fit(self, held: Held, schema: pa.Schema) -> Held:
        """Give a table of ours the types, and the descriptor, that it has from now on."""
        if not held.is_ours:
            return held
        staged = {column.name: column.type for column in definition.columns_of(schema)}
        saved = notes.saved_types(held.note)
        types = {c.name: saved[name] for name, c in held.by_name.items() if name in saved}
        columns = []
        for column in held.columns:
            wanted, own = staged.get(column.name, column.type), types.get(column.name)
            # A type that somebody else has given to the column stays.
            if own is not None and column.type == postgres_type(own) != wanted:
                using = f" USING NULL::{wanted}" if is_type.is_null(own) else ""
                change = f"ALTER COLUMN {quote(column.name)} TYPE {wanted}{using}"
                self._session.run(f"ALTER TABLE {held.sql} {change}")
                column = replace(column, type=wanted)  # noqa: PLW2901
            columns.append(column)
        if definition.note_of(schema) != held.note_text:
            self._describe(held, schema)
        return replace(held, columns=tuple(columns))


def temporary(session: Session, schema: pa.Schema) -> Held:
    """Make an empty table that only the transaction of a session sees."""
    made = Held("pg_temp", f"dk_{uuid.uuid4().hex}", columns=definition.columns_of(schema))
    columns = definition.columns_sql(schema)
    session.run(f"CREATE TEMPORARY TABLE {quote(made.name)} ({columns}) ON COMMIT DROP")
    return made


def send(session: Session, to: Held, rows: Rows, *options: str) -> int:
    """Send canonical rows into an empty table of their columns, and return how many bytes."""
    schema, sent = rows.schema, 0
    kept = physical_schema(schema, Carrier.POSTGRES).remove_metadata()
    held = names.column_names(schema.names)
    columns = quoted(held[name] for name in schema.names)
    told = ", ".join(["FORMAT BINARY", *options])

    def counted() -> Iterator[bytes | memoryview]:
        nonlocal sent
        for chunk in encoded(batches_of(convert_rows(rows, kept)), schema):
            sent += len(chunk)
            yield chunk

    session.copy_in(f"COPY {to.sql} ({columns}) FROM STDIN ({told})", counted())
    return sent


def _held_names(columns: tuple[str, ...], schema: pa.Schema) -> list[str]:
    held = names.column_names(schema.names)
    return [held[name] for name in columns]


def _is_unique(session: Session, held: Held, key: list[str]) -> bool:
    """Whether the database itself keeps the key unique."""
    sql = """
        SELECT 1 FROM pg_index i WHERE i.indrelid = %s AND i.indisunique AND i.indimmediate
            AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
            AND (SELECT array_agg(a.attname::text ORDER BY a.attname COLLATE "C")
                FROM pg_attribute a
                WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
                = %s::text[]
    """
    return session.first(sql, (held.oid, sorted(key))) is not None
