"""Single files as tables: Parquet, CSV, TSV, JSON, JSON lines, Arrow."""

from __future__ import annotations

import errno
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dkdata import commit, engine, spilling
from dkdata.errors import ExistsError, TableNotFoundError, UsageError
from dkdata.frames.polars_frames import PolarsRows, restored
from dkdata.query import Query, SaveResult, Write, WriteMode
from dkdata.spilling import holding
from dkdata.store import Store
from dkdata.stores.file import merging, sidecar, writing
from dkdata.stores.file.formats import (
    Contents,
    Format,
    SupportsLazy,
    chosen,
)
from dkdata.stores.file.lock import exclusive
from dkdata.stores.file.naming import Naming
from dkdata.stores.file.note import Note
from dkdata.stores.file.replacing import leftovers, make_folder, replacement
from dkdata.stores.file.snapshot import Snapshot, explained, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from contextlib import AbstractContextManager

    import duckdb
    import polars as pl
    import pyarrow as pa

    from dkdata.alteration import Remade
    from dkdata.dialects.select import Source
    from dkdata.predicate import Predicate
    from dkdata.types import Rows

_ATTEMPTS = 50
_NAME_BYTES = 255


@dataclass(frozen=True)
class _Opened:
    """One version of a file, its rows and what is known about it."""

    file: Snapshot
    contents: Contents
    note: Note | None

    @property
    def runs(self) -> dict[str, Mapping[str, int]]:
        """The writes that have an id."""
        return dict(self.note.runs) if self.note else {}


class FileStore(Store):
    """A folder whose files are tables, named as the files are.

    Every write makes a whole new file beside the old one and lets it take its place: readers
    find the one or the other. Writers of one file wait for each other.

    Parameters
    ----------
    path
        The folder; the first write makes it.
    format
        Of the files, where their suffix does not say it.
    options
        Of the format, such as ``{"sep": ";"}``.
    suffix
        Of the files of tables whose names tell no format: with ``".parquet"``, the table
        ``orders`` is the file ``orders.parquet``.

    Raises
    ------
    UsageError
        The format is not known, or it has no such option.

    Examples
    --------
    >>> import tempfile, pyarrow as pa
    >>> from dkdata import Write
    >>> with FileStore(tempfile.mkdtemp()) as store:
    ...     _ = store.write("orders.csv", pa.table({"id": [1, 2]}), Write())
    ...     store.tables(), store.read("orders.csv").read_all()["id"].to_pylist()
    (['orders.csv'], [1, 2])
    """

    own_arguments = frozenset({"format", "options"})
    rewrites = True
    options_model = "dkdata.stores.file.options:FileOptions"

    def __init__(
        self,
        path: Path | str,
        name: str | None = None,
        *,
        format: str | None = None,  # noqa: A002 - the public name of the argument
        options: Mapping[str, Any] | None = None,
        suffix: str = "",
    ) -> None:
        self.path = Path(path).expanduser()
        super().__init__(name or str(path))
        self._format, self._options, self._naming = format, dict(options or {}), Naming(suffix)

    @classmethod
    def _from_options(cls, options: Any, name: str) -> Self:  # noqa: ANN401 - FileOptions
        return cls(options.path, name, suffix=f".{options.format}" if options.format else "")

    def store_of(
        self, table: str, file_format: str | None, options: Mapping[str, Any]
    ) -> FileStore:
        """Return the store of the same files, read as another format or with further options."""
        del table
        if file_format is None and not options:
            return self
        form, every = file_format or self._format, {**self._options, **options}
        suffix = self._naming.suffix
        return FileStore(self.path, self.name, format=form, options=every, suffix=suffix)

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return the temporary files of saves that died, with what removes each."""
        return {str(path): path.unlink for path in leftovers(self.path, older_than)}

    def tables(self) -> list[str]:
        """Return the names of the files that are tables, sorted."""
        try:
            with explained(self.path, "cannot be listed"):
                files = [path.name for path in self.path.iterdir() if path.is_file()]
        except FileNotFoundError:
            return []
        return sorted(table for name in files if (table := self._naming.table_of(name)))

    def exists(self, table: str) -> bool:
        """Return whether there is a file of that name."""
        self._chosen(table)
        try:
            with snapshot(self._place(table)):
                return True
        except FileNotFoundError:
            return False

    def count(self, table: str, where: Predicate | None = None) -> int:
        """Return the number of rows for which ``where`` is true."""
        if where is not None:
            return super().count(table, where)
        with self._opened(table) as opened:
            return opened.contents.count()

    @contextmanager
    def source(self, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Source]:
        """Make a file readable on ``connection`` for as long as the context lasts."""
        with self._opened(table) as opened, opened.contents.source(connection) as source:
            yield source

    def beside(self, table: str, ending: str) -> str:
        """Return the name of a file that belongs to another: of the same suffix."""
        return self._naming.beside(table, ending)

    def to_polars(self, table: str) -> pl.DataFrame | None:
        """Return a whole table as a polars frame, where polars reads such files by itself."""
        with self._opened(table) as opened:
            contents, file = opened.contents, opened.file
            rows = contents.lazy() if isinstance(contents, SupportsLazy) else None
            if rows is None:
                return None
            with explained(file.path, "cannot be read", file.place):
                return restored(rows, contents.schema)

    def write(self, table: str, rows: Rows | PolarsRows, write: Write) -> SaveResult:
        """Write rows into a file: wholly or not at all; see ``Store.write``."""
        if write.format is None and not write.options:
            return super().write(table, rows, write)
        store = self.store_of(table, write.format, write.options)
        return store.write(table, rows, replace(write, format=None, options={}))

    def _schema(self, table: str) -> pa.Schema:
        with self._opened(table) as opened:
            return opened.contents.schema

    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        with ExitStack() as stack:
            contents = stack.enter_context(self._opened(table)).contents
            if query.is_whole_table:
                rows = contents.read()
            else:
                connection = engine.connection()
                rows = engine.read(
                    connection, stack.enter_context(contents.source(connection)), query
                )
            return holding(rows, stack.pop_all())

    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        with ExitStack() as stack:
            with commit.untouched(table):
                if write.repeatable:
                    rows = stack.enter_context(spilling.rereadable(rows))
                old = stack.enter_context(self._opened(table)) if self.exists(table) else None
                kept = old if write.mode is not WriteMode.REPLACE else None
                contents = kept.contents if kept else None
                merged, counts = stack.enter_context(merging.merged(contents, rows, write))
            runs = old.runs if old else {}
            note = Note(merged.schema, runs)
            return self._replace(table, merged, note, write, counts, kept)

    def _write_polars(self, table: str, rows: PolarsRows, write: Write) -> SaveResult | None:
        if write.repeatable or write.verify not in ("none", "count"):
            return None
        with ExitStack() as stack:
            old = stack.enter_context(self._opened(table)) if self.exists(table) else None
            runs = old.runs if old else {}
            counts = merging.Counts.of(rows.frame.height)
            return self._replace(table, rows, Note(rows.schema, runs), write, counts, None)

    def trial(self, table: str, folder: Path) -> tuple[Store, str]:
        """Return the store of another folder, of the same formats."""
        form, every, suffix = self._format, self._options, self._naming.suffix
        return FileStore(folder, format=form, options=every, suffix=suffix), table

    def _replace(  # noqa: PLR0913, PLR0917 - all that a write is about
        self,
        table: str,
        rows: Rows | PolarsRows,
        note: Note,
        write: Write,
        counts: merging.Counts,
        kept: _Opened | None,
    ) -> SaveResult:
        """Write a whole file, check it, and let it take the place of the old one."""
        path, form = self._place(table), self._chosen(table)
        if kept is not None and kept.note is not None and not self._options:
            form = form.like(kept.note.options)
        tally = commit.Tally(write.verify)
        if write.repeatable:
            note = replace(note, runs=note.with_run(write.run_id, counts.kept))
        note = replace(note, options=form.kept_options)
        with replacement(path, write.run_id or commit.new_run_id()) as (temporary, finish):
            crc = writing.written(form, temporary, rows, note, tally)
            with snapshot(temporary, is_private=True) as file:
                again = form.open(file, note, trusted=True)
                tally.check(table, writing.secured(file, again), again.read)
            if crc is not None:
                content = sidecar.Content(file.size, crc, file.modified)
                current = path.stat().st_size if path.exists() else None
                sidecar.record(path, content, note, current, write.run_id)
            commit.remaining(write.deadline, f"the save of {table!r}")
            if write.progress and counts.at_once:
                write.progress(counts.at_once)
            write.before_commit()
            finish()
        return counts.to_result(table, file.size)

    def delete(self, table: str, where: Predicate) -> int:
        """Delete the rows for which ``where`` is true and return how many there were."""
        with self._exclusive(table, None):
            return super().delete(table, where)

    def _delete(self, table: str, where: Predicate) -> int:
        return self._rewrite(table, where, engine.without)

    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        def updated(
            connection: duckdb.DuckDBPyConnection, source: Source, where: Predicate
        ) -> pa.RecordBatchReader:
            return engine.updated(connection, source, row, where)

        return self._rewrite(table, where, updated)

    def _rewrite(
        self,
        table: str,
        where: Predicate,
        changed: Callable[[duckdb.DuckDBPyConnection, Source, Predicate], Rows],
    ) -> int:
        """Write the rows that a change of those for which ``where`` is true leaves; count them."""
        write = Write(mode=WriteMode.REPLACE, run_id=commit.new_run_id())
        with self._opened(table) as opened:
            connection = engine.connection()
            with opened.contents.source(connection) as source:
                matching = engine.count(connection, source, where)
                if matching:
                    rows = changed(connection, source, where)
                    note = Note(opened.contents.schema, opened.runs)
                    self._replace(table, rows, note, write, merging.Counts(), opened)
        return matching

    def _remake(self, table: str, remade: Remade, write: Write) -> None:
        with self._opened(table) as opened:
            note = Note(remade.rows.schema, opened.runs)
            self._replace(table, remade.rows, note, write, merging.Counts(), opened)

    def _drop(self, table: str) -> None:
        path = self._place(table)
        with self._exclusive(table, None), self._found(table), explained(path, "cannot be removed"):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "folder", str(path))
            path.unlink()
            sidecar.forget(path)
            commit.sync(path.parent)

    def _require_same_format(self, table: str, new: str) -> None:
        if self._chosen(table) != self._chosen(new):
            message = (
                f"{table!r} cannot become {new!r}: a rename leaves the format. Use dk.copy, then"
                " dk.drop."
            )
            raise UsageError(message)

    def _rename(self, table: str, new: str) -> None:
        self._require_same_format(table, new)
        path, place = self._place(table), self._place(new)
        with self._exclusive(new, None), explained(place, "cannot be written"):
            if self.exists(new):
                raise ExistsError.rename(table, new, self.name)
            sidecar.copy(path, place)
            path.rename(place)
            sidecar.forget(path)
            commit.sync(path.parent)

    @property
    def identity(self) -> Hashable:
        """The folder, whose files are the tables."""
        return FileStore, self.path.resolve()

    def writing_beside(self, table: str, deadline: float | None) -> AbstractContextManager[object]:
        """Keep others out of the folder: whoever writes two files there locks it first."""
        path = self._place(table)
        make_folder(path)
        return exclusive(path.parent, deadline)

    def _exclusive(self, table: str, deadline: float | None) -> AbstractContextManager[object]:
        path = self._place(table)
        self._chosen(table)
        make_folder(path)
        return exclusive(path, deadline)

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        if not self.exists(table):
            return None
        with self._opened(table) as opened:
            counts = opened.runs.get(run_id)
        if counts is None:
            return None
        return replace(merging.Counts(**counts).to_result(table), run_id=run_id)

    def _place(self, table: str) -> Path:
        """Return the path of a table's file."""
        return self.path / self._naming.file_of(table)

    def _chosen(self, table: str) -> Format:
        return chosen(self._place(table).name, self._format, self._options)

    @contextmanager
    def _found(self, table: str) -> Iterator[None]:
        """Name the table where there is no file."""
        try:
            yield
        except FileNotFoundError as error:
            hint = f" The file would be {str(self._place(table).absolute())!r}."
            raise TableNotFoundError(table, self.name, self.tables(), hint=hint) from error

    @contextmanager
    def _opened(self, table: str) -> Iterator[_Opened]:
        """Hold one version of a file open, together with what is known of that version."""
        path, form = self._place(table), self._chosen(table)
        with ExitStack() as stack:
            with self._found(table):
                for _ in range(_ATTEMPTS):
                    file = stack.enter_context(snapshot(path))
                    note, trusted = (
                        (form.note(file), True) if form.embeds_note else sidecar.find(file)
                    )
                    if trusted or file.is_current:
                        break
                contents = form.open(file, note, trusted=trusted)
            yield _Opened(file, contents, note)
