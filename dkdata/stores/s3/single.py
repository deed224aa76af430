"""Single objects as tables: Parquet, CSV, TSV, JSON, JSON Lines, Arrow."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dkdata.errors import ConflictError, DkError, TableNotFoundError, UsageError
from dkdata.pinning import Pins
from dkdata.stores.file import FileStore, sidecar
from dkdata.stores.s3.failures import TakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from dkdata.query import SaveResult
    from dkdata.stores.s3.files import Entry, Files
    from dkdata.stores.s3.places import PrefixOfTables

_ATTEMPTS = 10
_LONGEST_KEY = 1024 - len(sidecar.SUFFIX)


@dataclass(frozen=True)
class _Copy:
    """A copy of an object, as it was, in a folder that only one call knows.

    Parameters
    ----------
    entry, beside
        The object, and the one that describes it, where they are there.
    """

    folder: Path
    entry: Entry | None
    beside: Entry | None


class S3Files(FileStore):
    """A prefix of a bucket whose objects are tables, named as the objects are.

    They are read and written as files are, on a copy: a read fetches the whole object, and a write
    puts the new one in its place, if nobody else has written it meanwhile.

    Parameters
    ----------
    root
        Where the objects are.
    format, options
        Of the objects, where their names do not say enough.
    """

    def __init__(
        self,
        root: PrefixOfTables,
        name: str,
        format: str | None = None,  # noqa: A002 - the public name of the argument
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(root.shown, name, format=format, options=options)
        self.root = root
        self._copies = Pins[_Copy]()

    def store_of(self, table: str, file_format: str | None, options: Mapping[str, Any]) -> S3Files:
        """Return the store of the same objects, read as another format or with more options."""
        del table
        every = {**self._options, **options}
        return S3Files(self.root, self.name, file_format or self._format, every)

    @property
    def identity(self) -> Hashable:
        """Where the objects are."""
        return S3Files, self.root.identity

    def leftovers(self, older_than: float | None) -> dict[str, Callable[[], object]]:
        """Return nothing: an object is there wholly or not at all."""
        del older_than
        return {}

    def tables(self) -> list[str]:
        """Return the names of the objects that are tables, sorted."""
        names = self._files.names(self.root.bucket, self.root.prefix)
        return sorted(table for name in names if (table := self._naming.table_of(name)))

    def exists(self, table: str) -> bool:
        """Return whether there is an object of that name."""
        self._chosen(table)
        pinned = self._copy(table)
        return (pinned.entry if pinned else self._entry(table)) is not None

    @property
    def _files(self) -> Files:
        return self.root.files

    def _key(self, table: str) -> str:
        key = self.root.prefix + self._naming.file_of(table)
        if len(key.encode()) > _LONGEST_KEY:
            message = f"{table!r} is too long for the name of an object. Choose a shorter one."
            raise UsageError(message)
        return key

    def _entry(self, table: str) -> Entry | None:
        return self._files.entry(self.root.bucket, self._key(table))

    def _copy(self, table: str) -> _Copy | None:
        return self._copies.found.get(table)

    def _place(self, table: str) -> Path:
        """Return the path of the copy that this call has of an object."""
        pinned = self._copy(table)
        return (pinned.folder if pinned else self.path) / self._naming.file_of(table)

    @contextmanager
    def _copied(self, table: str) -> Iterator[_Copy]:
        """Give a copy of an object and of what is known of it, if it is there."""
        with TemporaryDirectory(prefix="dkdata-") as folder, self._renaming(folder):
            path = Path(folder) / self._naming.file_of(table)
            for _ in range(_ATTEMPTS):
                entry, beside = self._entry(table), None
                if entry is None:
                    break
                with suppress(TakenError, FileNotFoundError):  # it changed while it was fetched
                    self._files.fetch(self.root.bucket, entry, path)
                    beside = self._fetched_beside(table, path)
                    if beside is None or self._entry(table) == entry:
                        break
            else:
                message = f"{table!r} changes faster than it can be read. Try again."
                raise ConflictError(message)
            yield _Copy(Path(folder), entry, beside)

    def _fetched_beside(self, table: str, path: Path) -> Entry | None:
        """Fetch the object that describes another; return it, if it is there."""
        found = self._files.entry(self.root.bucket, self._key(table) + sidecar.SUFFIX)
        if found is not None:
            self._files.fetch(self.root.bucket, found, sidecar.place_of(path))
        return found

    @contextmanager
    def _renaming(self, folder: str) -> Iterator[None]:
        """Say where the object is in errors that name its copy."""
        try:
            yield
        except DkError as error:
            given = (
                part.replace(f"{folder}/", self.root.shown) if isinstance(part, str) else part
                for part in error.args
            )
            error.args = tuple(given)
            raise

    @contextmanager
    def _found(self, table: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise TableNotFoundError(table, self.name, self.tables()) from error

    @contextmanager
    def _opened(self, table: str) -> Iterator[Any]:
        with ExitStack() as stack:
            copy = self._copy(table) or stack.enter_context(self._copied(table))
            with self._copies.pinned(table, copy) if self._copy(table) is None else nullcontext():
                opened = stack.enter_context(super()._opened(table))
            yield opened

    @contextmanager
    def _exclusive(self, table: str, deadline: float | None) -> Iterator[None]:
        """Let all steps of a write see one object; the last one finds out who came in between."""
        del deadline
        self._chosen(table)
        self.root.conditional.require(self.root.prefix)
        with self._copied(table) as copy, self._copies.pinned(table, copy):
            yield

    def writing_beside(self, table: str, deadline: float | None) -> AbstractContextManager[object]:
        """Do nothing: nobody waits for others."""
        del table, deadline
        return nullcontext()

    def _replace(self, table: str, *given: Any) -> SaveResult:  # noqa: ANN401 - handed on
        """Write a new copy, and let it take the place of the object."""
        saved = super()._replace(table, *given)
        self._upload(table)
        return saved

    def _upload(self, table: str) -> None:
        copy = self._copies.found[table]
        key, path, conditional = self._key(table), self._place(table), self.root.conditional
        beside = sidecar.place_of(path)
        try:
            if beside.exists():
                conditional.replace(key + sidecar.SUFFIX, beside, copy.beside)
            conditional.replace(key, path, copy.entry)
        except TakenError as error:
            message = (
                f"somebody else wrote {table!r} at the same time. Nothing was written. Try again."
            )
            raise ConflictError(message) from error

    def _drop(self, table: str) -> None:
        if self._entry(table) is None:
            raise TableNotFoundError(table, self.name, self.tables())
        key = self._key(table)
        self._files.delete(self.root.bucket, [key, key + sidecar.SUFFIX])

    def _rename(self, table: str, new: str) -> None:
        self._require_same_format(table, new)
        bucket, key, to = self.root.bucket, self._key(table), self._key(new)
        beside = self._files.entry(bucket, key + sidecar.SUFFIX)
        if beside is not None:
            self._files.copy(bucket, beside.key, to + sidecar.SUFFIX)
        self._files.copy(bucket, key, to)
        self._files.delete(bucket, [key, key + sidecar.SUFFIX])
