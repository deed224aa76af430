"""Tables of a PostgreSQL database."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa

from dkdata.commit import Tally
from dkdata.errors import DeadlineError, DkError, TableNotFoundError
from dkdata.frames.polars_frames import PolarsRows
from dkdata.pinning import Pins
from dkdata.query import Query, SaveResult, WriteMode
from dkdata.retrying import TransientError, retried
from dkdata.store import Store
from dkdata.stores.postgres.reading import querying, viewing
from dkdata.stores.postgres.reading.decoding import MisfitError
from dkdata.stores.postgres.tables import fitting, ledger, locking, lookup, sizes
from dkdata.stores.postgres.tables.held import Held
from dkdata.stores.postgres.transactions import Transactions
from dkdata.stores.postgres.writing import altering, changing
from dkdata.stores.postgres.writing.saving import Saving

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from typing import TypeVar

    from dkdata.alteration import Alteration, Remade
    from dkdata.predicate import Predicate
    from dkdata.query import Write
    from dkdata.questions import View
    from dkdata.store import Change
    from dkdata.stores.postgres.connection.options import PostgresOptions
    from dkdata.stores.postgres.connection.parameters import Parameters
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.types import Rows

    T = TypeVar("T")


class _Stream:
    """Rows that can be read once, and whether that has begun."""

    def __init__(self, rows: pa.RecordBatchReader) -> None:
        self.is_begun = False
        self.rows = pa.RecordBatchReader.from_batches(rows.schema, self._batches(rows))

    def _batches(self, rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        for batch in rows:
            self.is_begun = True
            yield batch


def _once_only(error: TransientError) -> DkError:
    return type(error.error)(
        f"{error.what} Nothing was written. The rows are a stream, which cannot be read again:"
        " repeat the save with a new one."
    )


class PostgresStore(Store):
    """The tables and views of one PostgreSQL database.

    Connections are opened on use, shared by all stores with the same parameters, and kept for
    the next call. Every write is one transaction.

    Parameters
    ----------
    parameters
        How to connect.
    name
        What messages call the store.
    """

    checks_keys: ClassVar[bool] = True
    options_model = "dkdata.stores.postgres.connection.options:PostgresOptions"

    @classmethod
    def _from_options(cls, options: PostgresOptions, name: str) -> Self:
        return cls(options.parameters(), **cls._named(name))

    def __init__(self, parameters: Parameters, name: str = "postgres") -> None:
        super().__init__(name)
        self._database = Transactions(parameters)
        self._pins: Pins[tuple[Session, Held | None]] = Pins()

    @property
    def identity(self) -> Hashable:
        """The server, the database and the role."""
        return self._database.parameters

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._database.close()

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see the table that is found now.

        What changes it checks, under a lock, that it is still as it was found.
        """
        with (
            self._database.writing(f"the save of {table!r}", deadline) as session,
            self._pins.pinned(table, (session, lookup.find(session, table))),
        ):
            yield

    def told(self) -> str:
        """Return the server's version, the database, and whether it is read-only."""

        def work(session: Session) -> str:
            version, is_standby = session.one(
                "SELECT current_setting('server_version'), pg_is_in_recovery()"
            )
            kind = ", a standby" if is_standby else ""
            return f"PostgreSQL {version} at {session.parameters.place}{kind}"

        return self._database.looked("the look at the server", work)

    def kept_bytes(self, rows: pa.Table) -> int:
        """Return how many bytes the pages of a table of these rows would have."""
        return sizes.heap_bytes(rows)

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return what is kept about tables that are gone; a save itself leaves nothing behind."""
        del older_than
        gone = self._database.looked("the look at what is left over", ledger.orphans)
        return {
            f"what was kept about table {schema}.{name}, which is gone": partial(
                self._forget, schema, name
            )
            for schema, name in gone
        }

    def _forget(self, schema: str, name: str) -> None:
        self._database.changed(
            "the removal of what is left over", lambda at: ledger.forget(at, Held(schema, name))
        )

    def tables(self) -> list[str]:
        """Return the names of the tables and views, sorted; ``schema.name`` outside the path."""
        return self._database.looked("the list of tables", lookup.listed)

    def exists(self, table: str) -> bool:
        """Return whether there is a table or a view of that name."""
        looking = f"the look at {table!r}"
        return self._database.looked(looking, lambda at: self._find(at, table)) is not None

    def _find(self, session: Session, table: str) -> Held | None:
        owner, held = self._pins.found.get(table, (None, None))
        # While rows are sent, what makes them looks by another connection.
        return held if owner is session else lookup.find(session, table)

    def _found(self, session: Session, table: str) -> Held:
        held = self._find(session, table)
        if held is None:
            raise TableNotFoundError(table, self.name, lookup.listed(session))
        return held

    def _seen(self, doing: str, table: str, work: Callable[[Session, Held], T]) -> T:
        """Return what ``work`` finds of a table; again, where that was replaced meanwhile."""

        def attempt(session: Session) -> T:
            held = self._found(session, table)
            try:
                found = work(session, held)
            except (TransientError, DeadlineError):
                raise
            except DkError:
                if not self._database.is_within:
                    with self._database.reading(doing) as now:
                        locking.check_still_there(now, held)
                raise
            if session.is_usable:
                locking.check_in_place(session, held)
            else:  # by a stream that was left before its end
                with self._database.reading(doing) as now:
                    locking.check_in_place(now, held)
            return found

        return self._database.looked(doing, attempt)

    def _schema(self, table: str) -> pa.Schema:
        return self._seen(f"the look at {table!r}", table, querying.schema_of)

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        changed = set[str]()

        def work(session: Session, held: Held) -> pa.RecordBatchReader:
            return querying.read(session, held, query, changed)

        while True:
            try:
                return self._seen(f"the read of {table!r}", table, work)
            except MisfitError as misfit:  # the first one leaves the session of no use
                if misfit.column in changed or self._database.is_within:
                    raise
                changed.add(misfit.column)

    def look(self, table: str, query: Query, work: Callable[[View | None], T]) -> T:
        """Return what ``work`` makes of one state of the rows that a query asks for.

        It gets ``None`` where PostgreSQL does not answer exactly, and is called again where the
        connection is lost.
        """

        def viewed(session: Session, held: Held) -> T:
            return work(viewing.view_of(session, held, query))

        return self._seen(f"the look at {table!r}", table, viewed)

    def explain(self, table: str, query: Query) -> str:
        """Return what PostgreSQL answers, its plan of it, and what is left to DuckDB."""

        def explained(session: Session, held: Held) -> str:
            return querying.explain(session, held, query)

        return self._seen(f"the look at {table!r}", table, explained)

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        def work(session: Session) -> dict[str, Any] | None:
            held = self._find(session, table)
            return ledger.find_run(session, held, run_id) if held else None

        found = self._database.looked(f"the look at {table!r}", work)
        return SaveResult(table, run_id=run_id, **found) if found else None

    def update(self, table: str, values: Mapping[Hashable, Any], where: Predicate) -> int:
        """Give columns of the rows for which ``where`` is true new values; return how many rows.

        Raises as ``Store.update`` does.
        """
        return self._database.retried(partial(super().update, table, values, where))

    def amend(self, table: str, where: Predicate, change: Change) -> int:
        """Change the rows for which ``where`` is true, as they are found; see ``Store.amend``."""
        return self._database.retried(partial(super().amend, table, where, change))

    def _hold_rows(self, table: str) -> None:
        with self._database.writing(f"the change of {table!r}", None) as session:
            held = self._found(session, table)
            held.check_writable()
            locking.lock(session, held, locking.WRITERS)
            locking.check_unchanged(session, held)

    def rename(self, table: str, new: str) -> None:
        """Give a table another name in its schema.

        Raises as ``Store.rename`` does.
        """
        self._database.retried(partial(super().rename, table, new))

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all, and once, whatever the connection does.

        Raises as ``Store.write`` does.
        """
        if self._database.is_within:
            return super().write(table, rows, write)
        stream = _Stream(rows) if isinstance(rows, pa.RecordBatchReader) else None
        started = time.monotonic()

        def work(number: int) -> SaveResult:
            given = rows if stream is None else stream.rows
            try:
                result = super(PostgresStore, self).write(table, given, write)
            except TransientError as error:
                settled = self._database.settled(error, f"the save of {table!r}", write.deadline)
                if settled is not None:
                    told = SaveResult(table, run_id=write.run_id, **settled)
                    return replace(told, retries=number + 1, seconds=time.monotonic() - started)
                if stream is not None and stream.is_begun:
                    raise _once_only(error) from error.error
                raise
            return replace(result, retries=number)

        return retried(work, write.deadline)

    def _written(
        self, table: str, existing: pa.Schema | None, rows: Rows | PolarsRows, write: Write
    ) -> SaveResult:
        if isinstance(rows, PolarsRows):
            rows = rows.to_arrow()
        if existing is not None and write.mode is not WriteMode.REPLACE:
            given = dict(zip(rows.schema.names, rows.schema.types, strict=True))
            existing = self._taken(table, existing, given)
        return super()._written(table, existing, rows, write)

    def _schema_for(self, table: str, values: Mapping[Hashable, Any]) -> pa.Schema:
        existing = self._schema(table)
        given = dict.fromkeys(existing.names, pa.null())
        for name, value in values.items():
            if isinstance(value, Decimal) and name in given:
                given[str(name)] = pa.scalar(value).type
        return self._taken(table, existing, given)

    def _taken(
        self, table: str, existing: pa.Schema, given: Mapping[str, pa.DataType]
    ) -> pa.Schema:
        with self._database.reading(f"the look at {table!r}") as session:
            return fitting.taken(self._found(session, table), existing, given)

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        with self._database.writing(f"the save of {table!r}", write.deadline) as session:
            held = lookup.find(session, table)  # as it is now that the rows are at hand
            if held and write.makes:
                raise locking.changed_meanwhile(held)
            if held:
                held.check_writable()
            target = held or lookup.place_for_new(session, table)
            if held is None:  # what is kept is about one that somebody else dropped
                ledger.forget(session, target)
            counts: dict[str, Any] = Saving(session, held, target, write, Tally(write.verify)).save(
                rows
            )
            self._database.makes((target.schema, target.name, write.run_id))
            self._pins.forget()
        return SaveResult(table, **counts)

    def _delete(self, table: str, where: Predicate) -> int:
        return self._changed(table, f"the deletion from {table!r}", partial(changing.delete, where))

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        return self._changed(
            table, f"the update of {table!r}", partial(changing.update, where, row)
        )

    def _rename(self, table: str, new: str) -> None:
        def work(session: Session, held: Held) -> None:
            changing.rename(session, held, lookup.place_for_new(session, new))

        self._changed(table, f"the renaming of {table!r}", work)

    def remake(
        self,
        table: str,
        change: Callable[[pa.Table], Remade],
        alter: Callable[[pa.Schema], Alteration | None] = lambda _: None,
    ) -> None:
        """Give a table other rows or other columns; see ``Store.remake``."""
        self._database.retried(partial(super().remake, table, change, alter))

    def _alter(self, table: str, alteration: Alteration) -> bool:
        def work(session: Session, held: Held) -> bool:
            return altering.altered(session, held, alteration)

        return self._changed(table, f"the change of {table!r}", work)

    def _drop(self, table: str) -> None:
        self._changed(table, f"the drop of {table!r}", changing.drop)

    def _changed(self, table: str, doing: str, change: Callable[[Session, Held], T]) -> T:
        """Return what a change of a table returns, made in a transaction."""

        def work(session: Session) -> T:
            held = self._found(session, table)
            self._pins.forget()
            with locking.noticing_changes(held):
                return change(session, held)

        return self._database.changed(doing, work)

    def _existing(self, table: str, write: Write) -> pa.Schema | None:
        try:
            return super()._existing(table, write)
        except TableNotFoundError as gone:  # since it was seen to be there
            if self._database.is_within:
                raise TransientError(gone) from gone
            raise
