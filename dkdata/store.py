"""The one interface that every backend implements."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from dkdata import commit, engine, fitting, spilling
from dkdata.capabilities import SupportsSource
from dkdata.errors import ConflictError, ExistsError, TableNotFoundError, UsageError
from dkdata.frames import envelope
from dkdata.frames.polars_frames import PolarsRows
from dkdata.port import Port
from dkdata.query import Query, SaveResult, Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dkdata.alteration import Alteration, Remade
    from dkdata.predicate import Predicate
    from dkdata.types import Rows

    Change = Callable[[pa.Table], Mapping[Hashable, Any] | None]

_ATTEMPTS = 10
_OWNERS = {
    "format": "files",
    "options": "files and for Elasticsearch",
    "partition_by": "Delta folders",
    "layout": "buckets",
}


class Store(Port):
    """Tables that can be read and written; a context manager that closes itself.

    A backend implements the methods of ``Port``.
    """

    def told(self) -> str:
        """Return what answers, in a few words; raise where nothing does."""
        return f"{len(self.tables()):,} tables"

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return what interrupted saves left behind, in words, with what removes each.

        Parameters
        ----------
        older_than
            Seconds for which nobody has touched it; by default as long as no running save would.
        """
        del older_than
        return {}

    def trial(self, table: str, folder: Path) -> tuple[Store, str] | None:
        """Return a store in an empty folder, and a table there that is kept as this one would be.

        Returns ``None`` where that takes a server, or memory only: see ``kept_bytes``.
        """
        del table, folder
        return None

    def kept_bytes(self, rows: pa.Table) -> int:
        """Return how many bytes rows would take, where ``trial`` cannot find that out."""
        return int(rows.nbytes)

    def close(self) -> None:
        """Give back what the store holds; a second call does nothing."""

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the store."""
        self.close()

    def schema(self, table: str) -> pa.Schema:
        """Return the canonical Arrow schema of a table."""
        return self._schema(table)

    def exists(self, table: str) -> bool:
        """Return whether there is a table of that name."""
        try:
            self._schema(table)
        except TableNotFoundError:
            return False
        return True

    def read(self, table: str, query: Query | None = None) -> pa.RecordBatchReader:
        """Return the rows that ``query`` asks for, as a stream of Arrow batches."""
        return self._read(table, query or Query())

    def explain(self, table: str, query: Query) -> str:
        """Return what answers a query: the backend, and DuckDB for what is left."""
        if not isinstance(self, SupportsSource):
            return f"store {self.name!r} answers: {query}"
        connection = engine.connection()
        with self.source(connection, table) as source:
            return engine.explain(connection, source, query)

    def count(self, table: str, where: Predicate | None = None) -> int:
        """Return the number of rows for which ``where`` is true."""
        counted = self._read(table, Query(where=where, aggregate=commit.COUNT))
        return int(counted.read_all().column(0)[0].as_py())

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a table: wholly or not at all.

        Raises
        ------
        ExistsError
            The table is there and the mode is ``"error"``.
        UsageError
            The mode needs a key, and none is given nor kept with the table, or the store knows
            nothing of an argument.
        SchemaError
            The rows do not fit the table, or their key is null or repeated.
        ConflictError
            A key of appended rows is taken, or somebody else wrote at the same time.
        """
        self._check_write(table, write)
        started = time.monotonic()
        commit.remaining(write.deadline, f"the save of {table!r}")
        with ExitStack() as stack:
            with commit.untouched(table):
                stack.enter_context(self._exclusive(table, write.deadline))
                earlier = self._repeated(table, write)
                if earlier is not None:
                    return earlier
                existing = self._existing(table, write)
            result = self._written(table, existing, rows, write)
        return replace(result, run_id=write.run_id, seconds=time.monotonic() - started)

    def foresee(self, table: str, write: Write) -> SaveResult | None:
        """Refuse a write, as far as that takes no rows; with an id that was written, its result.

        Raises
        ------
        ExistsError, UsageError
            As ``write`` does.
        """
        self._check_write(table, write)
        earlier = self._repeated(table, write)
        if earlier is None:
            self._existing(table, write)
        return earlier

    def _check_write(self, table: str, write: Write) -> None:
        self.check_arguments(table, **{name: getattr(write, name) for name in _OWNERS})

    def _repeated(self, table: str, write: Write) -> SaveResult | None:
        """Return the result of an earlier write, if this one repeats it."""
        earlier = self._find_run(table, write.run_id) if write.repeatable else None
        return None if earlier is None else replace(earlier, repeated=True)

    def _existing(self, table: str, write: Write) -> pa.Schema | None:
        """Return the schema of a table that is there and that the mode lets change."""
        existing = self._schema(table) if self.exists(table) else None
        if existing is not None and write.mode is WriteMode.ERROR:
            raise ExistsError.table(table, self.name, self.count(table))
        commit.require_key(existing, write)
        return existing

    def beside(self, table: str, ending: str) -> str:
        """Return the name of a table that belongs to another."""
        return table + ending

    def writing_beside(self, table: str, deadline: float | None) -> AbstractContextManager[object]:
        """Let a thread write a table and others beside it, without waiting in a circle."""
        del table, deadline
        return nullcontext()

    def _written(
        self, table: str, existing: pa.Schema | None, rows: Rows | PolarsRows, write: Write
    ) -> SaveResult:
        if isinstance(rows, PolarsRows):
            is_new = existing is None or write.mode is WriteMode.REPLACE
            result = self._write_polars(table, rows, write) if is_new and not write.key else None
            if result is not None:
                return result
            rows = rows.to_arrow()
        timely = commit.until(write.deadline, spilling.in_batches(rows, write.batch_rows))
        with ExitStack() as stack:
            with commit.untouched(table):
                preparing = commit.prepared(self, table, existing, timely, write)
                ready, plan = stack.enter_context(preparing)
            return self._write(table, ready, plan)

    def store_of(self, table: str, file_format: str | None, options: Mapping[str, Any]) -> Store:
        """Return the store that keeps a table, in a format that ``check_arguments`` let pass."""
        del table, file_format, options
        return self

    def holder_of(self, table: str) -> Store:
        """Return the store that keeps a table in the layout that it was made with."""
        del table
        return self

    def check_arguments(self, table: str, **given: object) -> None:
        """Refuse those of ``own_arguments`` of all stores that mean nothing here."""
        for name, value in given.items():
            if value and name not in self.own_arguments:
                shown = list(value) if isinstance(value, tuple) else value
                message = (
                    f"{name}={shown!r} means nothing to table {table!r} of store {self.name!r}: it"
                    f" is for {_OWNERS[name]}. Leave it out, or choose another target."
                )
                raise UsageError(message)

    def delete(self, table: str, where: Predicate) -> int:
        """Delete the rows for which ``where`` is true and return how many there were."""
        return self._delete(table, where)

    def update(self, table: str, values: Mapping[Hashable, Any], where: Predicate) -> int:
        """Give columns of the rows for which ``where`` is true new values; return how many rows.

        Raises
        ------
        SchemaError
            A column cannot hold its value exactly.
        UsageError
            A column belongs to the key.
        """
        self._schema(table)  # raises where there is no table, before anything is made to write to

        def update() -> int:
            with self._exclusive(table, None):
                return self._changed_to(table, values, where)

        return self._widened(table, update)

    def _changed_to(
        self, table: str, values: Mapping[Hashable, Any], where: Predicate, *, is_met: bool = False
    ) -> int:
        """Change the rows for which ``where`` is true, of a table that is held.

        Parameters
        ----------
        is_met
            Whether it is known that there are such rows.

        Raises
        ------
        TooNarrowError
            Columns that had no values so far are to get some.
        """
        existing = self._schema_for(table, values)
        wider = fitting.filled(values, existing)
        row = fitting.row_for(table, values, wider)
        if wider is existing:
            return self._update(table, row, where)
        if is_met or self.count(table, where):
            raise fitting.TooNarrowError(wider)
        return 0

    def _widened(self, table: str, change: Callable[[], int]) -> int:
        """Return what a change returns, for which columns get the types of its values before."""
        for _ in range(_ATTEMPTS):
            try:
                return change()
            except fitting.TooNarrowError as needed:
                write = Write(mode=WriteMode.APPEND, run_id=commit.new_run_id())
                self.write(table, needed.schema.empty_table(), write)
        message = f"{table!r} is replaced faster than it can be changed. Try again."
        raise ConflictError(message)

    def amend(self, table: str, where: Predicate, change: Change) -> int:
        """Change the rows for which ``where`` is true, or delete them, as they are found.

        Nobody else changes them between the look at them and their change.

        Parameters
        ----------
        change
            Returns new values of columns for the rows that it is given, or ``None``: they are to
            go. What it raises is raised, and nothing is changed. It is not called without rows, and
            again where others changed the rows meanwhile.
        """
        self._schema(table)

        def amend() -> int:
            with self._exclusive(table, engine.current_deadline()):
                self._hold_rows(table)
                rows = self._read(table, Query(where=where)).read_all()
                if not rows.num_rows:
                    return 0
                values = change(rows)
                if values is None:
                    return self._delete(table, where)
                return self._changed_to(table, values, where, is_met=True)

        return self._widened(table, amend)

    def remake(
        self,
        table: str,
        change: Callable[[pa.Table], Remade],
        alter: Callable[[pa.Schema], Alteration | None] = lambda _: None,
    ) -> None:
        """Give a table the rows that a function makes of all that it has.

        Nobody else changes the table meanwhile, and readers see it as it was until it is done.
        What the functions raise is raised, and nothing is changed.

        Parameters
        ----------
        change
            Gets the rows, whose schema has the descriptor of the table, and returns those that it
            is to have.
        alter
            Gets the schema, and returns what comes to the same without touching rows, if there is
            such: the backend may do that instead.
        """
        with ExitStack() as stack:
            with commit.untouched(table):
                stack.enter_context(self._exclusive(table, engine.current_deadline()))
                self._hold_rows(table)
                existing = self._schema(table)
                alteration = alter(existing)
                if alteration is not None and self._alter(table, alteration):
                    return
                held = stack.enter_context(spilling.rereadable(self._read(table, Query())))
                remade = change(held)
                write = Write(
                    mode=WriteMode.REPLACE,
                    key=envelope.key_of(remade.rows.schema),
                    run_id=commit.new_run_id(),
                    deadline=engine.current_deadline(),
                    before_commit=remade.before_commit,
                )
                preparing = commit.prepared(self, table, existing, remade.rows, write)
                ready, plan = stack.enter_context(preparing)
            self._remake(table, replace(remade, rows=ready), plan)

    def rename(self, table: str, new: str) -> None:
        """Give a table another name.

        Raises
        ------
        ExistsError
            There is a table of that name.
        """
        self._schema(table)
        if table == new:
            message = f"{table!r} has that name already."
            raise UsageError(message)
        with self.writing_beside(table, None), self._exclusive(table, None):
            if self.exists(new):
                raise ExistsError.rename(table, new, self.name)
            self._rename(table, new)

    @property
    def identity(self) -> Hashable:
        """What tells the store from all that show other tables."""
        return type(self), self.name

    def drop(self, table: str) -> None:
        """Remove a table."""
        self._drop(table)
