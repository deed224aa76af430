"""Delta tables in buckets."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from os.path import commonprefix
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from dkdata import engine
from dkdata.commit import remaining
from dkdata.errors import UsageError
from dkdata.retrying import retried
from dkdata.stores.delta.place import (
    COMMIT,
    LOG,
    OURS,
    Found,
    Place,
    Root,
    explained,
    require_content,
    write_parquet,
)
from dkdata.stores.s3.conditional import PROBE, Conditional
from dkdata.stores.s3.failures import TakenError, driver_explained, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    from dkdata.stores.s3.access import Access
    from dkdata.stores.s3.files import Files

T = TypeVar("T")
_FIRST = f"{0:020d}.json"
_CHECKPOINT = ".checkpoint."
_UNOPENABLE = re.compile(r"%[0-9A-Fa-f]{2}")
_FOOTER_BYTES = 16 << 10
_LARGE_BYTES = 32 << 20
_READERS = 4
_LONGEST_KEY = 700  # of 1,024 bytes, for the paths of its files


class Prefix(Place):
    """The objects of a table: those whose keys begin with a prefix."""

    answers_surely = False

    def __init__(
        self, access: Access, bucket: str, prefix: str, name: str, lock: Path | None = None
    ) -> None:
        super().__init__(f"s3://{bucket}/{prefix}", name)
        self._access, self._bucket, self._prefix = access, bucket, f"{prefix}/"
        self._lock = lock

    @property
    def _files(self) -> Files:
        files: Files = self._access.files
        return files

    @property
    def _conditional(self) -> Conditional:
        return Conditional(self._files, self._bucket, self._lock)

    @property
    def driver_uri(self) -> str:
        """The same as a URL, in which some characters are signs."""
        return f"s3://{self._bucket}/{quote(self._prefix.rstrip('/'))}"

    @property
    def storage_options(self) -> dict[str, str]:
        """What the driver needs to get there, now."""
        return self._access.storage_options

    def driven(self, work: Callable[[], T]) -> T:
        """Return what a call of the driver gives: by itself it does not ask again for a body."""
        deadline = engine.current_deadline()

        def attempt(_: int) -> T:
            remaining(deadline, self.uri)
            with driver_explained(self.uri, deadline):
                return work()

        return retried(attempt, deadline)

    def reason(self, text: str) -> str:
        """Return what an error of the driver means, by the server's code in it."""
        return meaning(text)

    def newest(self) -> tuple[int, Hashable] | None:
        """Return the newest version of the table, and the mark of its object.

        There is a table where a log begins, or has what stands for its beginning.
        """
        found: dict[int, str] = {}
        is_table = False
        log = f"{self._prefix}{LOG}/"
        for entry in self._files.entries(self._bucket, f"{log}0"):
            name = entry.key.removeprefix(log)
            is_table |= name == _FIRST or _CHECKPOINT in name
            if commit := COMMIT.fullmatch(name):
                require_content(self, name, entry.size)
                found[int(commit[1])] = entry.etag
        return max(found.items()) if is_table and found else None

    def marks(self, since: int) -> dict[int, Hashable]:
        """Return the marks of the objects of commits, of a version and all after it."""
        found: dict[int, Hashable] = {}
        log = f"{self._prefix}{LOG}/"
        for entry in self._files.entries(self._bucket, f"{log}0"):
            commit = COMMIT.fullmatch(entry.key.removeprefix(log))
            if commit and int(commit[1]) >= since:
                found[int(commit[1])] = entry.etag
        return found

    def _commits(self, version: int) -> dict[int, str]:
        """Return the marks of the commits of that version and the next, as far as they are there.

        A list from a key on would be shorter, but not every server compares keys as they are; so
        it is one of what both numbers begin with, or two where that would be of very many.
        """
        log = f"{self._prefix}{LOG}/"
        numbers = [f"{version:020d}", f"{version + 1:020d}"]
        alike = commonprefix(numbers)  # noqa: RUF071 - of texts, which are no paths
        found = {}
        for beginning in [alike] if len(alike) == len(numbers[0]) - 1 else numbers:
            for entry in self._files.entries(self._bucket, log + beginning):
                if commit := COMMIT.fullmatch(entry.key.removeprefix(log)):
                    found[int(commit[1])] = entry.etag
        return found

    def is_latest(self, version: int, identity: Hashable) -> bool:
        """Whether the commit of a version is there, and none after it."""
        found = self._commits(version)
        return found.get(version) == identity and version + 1 not in found

    def files(self) -> list[Found]:
        """Return all objects, sorted by their keys."""
        entries = self._files.entries(self._bucket, self._prefix)
        return [
            Found(entry.key.removeprefix(self._prefix), entry.size, entry.modified, entry.etag)
            for entry in entries
        ]

    def location(self, file: Found) -> str:
        """Return where DuckDB finds an object."""
        bucket, key = self._bucket, self._prefix + file.path
        if "://" in file.path:
            bucket, _, key = file.path.partition("://")[2].partition("/")
        return self._files.location(bucket, key, file)

    def open(self, file: Found) -> pq.ParquetFile:
        """Fetch a Parquet object."""
        workers = _READERS if file.size > _LARGE_BYTES else 1
        content = self._files.read(self._bucket, self._prefix + file.path, workers=workers)
        return pq.ParquetFile(pa.BufferReader(content))

    def footer(self, file: Found) -> pq.FileMetaData:
        """Fetch the end of a Parquet object."""
        key, tail = self._prefix + file.path, b""
        length = _FOOTER_BYTES
        while len(tail) < min(length, file.size):
            tail = self._files.read(self._bucket, key, max(0, file.size - length), file.size)
            length = int.from_bytes(tail[-8:-4], "little") + 8  # as the format ends
        return pq.read_metadata(pa.BufferReader(tail))

    def put(self, path: str, table: pa.Table) -> tuple[pq.FileMetaData, int]:
        """Write a Parquet object."""
        target = io.BytesIO()
        with explained(self, "cannot be written"):
            write_parquet(target, table)
            content = target.getvalue()
            self._files.write(self._bucket, self._prefix + path, content)
            return pq.read_metadata(pa.BufferReader(content)), len(content)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete objects."""
        self._files.delete(self._bucket, [self._prefix + path for path in paths])

    @contextmanager
    def made(self, *, is_new: bool) -> Iterator[None]:
        """Refuse a prefix with objects of others: a bucket needs nothing made."""
        self._conditional.require(self._prefix)
        if is_new:
            self._refuse_others()
        yield

    def _refuse_others(self) -> None:
        # Somebody else may make the table just now: their log, and what tells them of the server,
        # is none of the others.
        paths = (path for file in self.files() if not (path := file.path).startswith(PROBE))
        others = (path for path in paths if not path.endswith(OURS) and LOG not in path.split("/"))
        if first := next(others, None):
            message = (
                f"{self.uri!r} holds other objects ({first!r}) and is no table. They were left as"
                " they are. Choose another name."
            )
            raise UsageError(message)

    def _commit(self, version: int) -> str:
        return f"{self._prefix}{LOG}/{version:020d}.json"

    def add_commit(self, version: int, content: bytes, after: Hashable | None) -> Hashable | None:
        """Make the object of a commit, which only the first can do."""
        key = self._commit(version)
        try:
            self._conditional.create(key, content)
        except TakenError:
            # An attempt whose answer was lost may have made it.
            if self.read_commit(version) != content:
                return None
        found = self._commits(max(version - 1, 0))
        if after is not None and found.get(version - 1) != after:
            self._files.delete(self._bucket, [key])
            return None
        return found.get(version)

    def read_commit(self, version: int) -> bytes | None:
        """Return the object of a commit."""
        try:
            return self._files.read(self._bucket, self._commit(version))
        except FileNotFoundError:
            return None

    def rename(self, new: Self) -> None:
        """Copy the table on the server, then delete it here.

        There is a table as soon as the last object of its log that it needs is there, with all
        that it had; an interruption leaves no table there before, and both afterwards.
        """
        keys = [entry.key for entry in self._files.entries(self._bucket, self._prefix)]
        for key in sorted(keys, key=self._last_needed):
            self._files.copy(self._bucket, key, new._prefix + key.removeprefix(self._prefix))
        self.drop()

    def _last_needed(self, key: str) -> tuple[int, str]:
        """Return what sorts the objects of a table so that those that make it one come last."""
        name = key.removeprefix(f"{self._prefix}{LOG}/")
        if name == key:
            return 0, key
        is_needed = name == _FIRST or _CHECKPOINT in name
        return 2 if is_needed else 1, name

    def drop(self) -> None:
        """Delete the log from its beginning, without which there is no table, then the rest.

        That ends when nothing is left: a commit that comes in between goes, too, and one that
        comes later finds out by itself.
        """
        while keys := [entry.key for entry in self._files.entries(self._bucket, self._prefix)]:
            log = [key for key in keys if key.startswith(f"{self._prefix}{LOG}/")]
            self._files.delete(self._bucket, log)
            self._files.delete(self._bucket, [key for key in keys if key not in set(log)])


class PrefixOfTables(Root):
    """A prefix in a bucket, below which are tables."""

    def __init__(self, access: Access, bucket: str, prefix: str, lock: Path | None = None) -> None:
        super().__init__(f"s3://{bucket}/{prefix}")
        self._access, self.bucket, self.prefix, self._lock = access, bucket, prefix, lock

    @property
    def files(self) -> Files:
        """What makes the requests."""
        files: Files = self._access.files
        return files

    @property
    def conditional(self) -> Conditional:
        """What writes objects that have to be as they were found."""
        return Conditional(self.files, self.bucket, self._lock)

    @property
    def identity(self) -> Hashable:
        """The server, the bucket and the prefix."""
        return self._access, self.bucket, self.prefix

    def places(self) -> list[Place]:
        """Return the prefixes at which tables may be, sorted."""
        names = sorted(self.files.folders(self.bucket, self.prefix))
        return [self._at(name) for name in names if self._problem(name) is None]

    def holds(self, table: str) -> bool:
        """Whether there are objects below that very name."""
        return bool(self.files.first(self.bucket, f"{self.prefix}{table}/", 1))

    def place(self, table: str) -> Prefix:
        """Return the prefix of a table."""
        if problem := self._problem(table):
            raise UsageError(problem)
        return self._at(table)

    def _at(self, table: str) -> Prefix:
        return Prefix(self._access, self.bucket, self.prefix + table, table, self._lock)

    def _problem(self, table: str) -> str | None:
        """Return why no table can have a name."""
        if table in ("", ".", "..") or "/" in table or any(ord(c) < ord(" ") for c in table):
            return f"{table!r} is not the name of a table in {self.shown!r}. Give its name."
        if found := _UNOPENABLE.search(self.prefix + table):
            return (
                f"{self.shown + table!r}: Delta tables cannot be at a key that holds {found[0]!r}."
                " Choose another name."
            )
        if len((self.prefix + table).encode()) > _LONGEST_KEY:
            return f"{table!r} is too long for the name of a table. Choose a shorter one."
        return None
