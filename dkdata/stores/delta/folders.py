"""Delta tables in folders of this machine."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from dkdata.commit import new_run_id, sync
from dkdata.errors import StoreError, UsageError
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

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

_LONGEST_NAME = 255
_UNOPENABLE = re.compile(r"\\|%[0-9A-Fa-f]{2}|[\x00-\x1f\x7f]")

_REASONS = (
    ("No space left", "os error 28", "no space left on the disk; nothing was changed. Free some."),
    ("Read-only", "os error 30", "the disk is read-only. Choose another folder."),
    ("ermission denied", "permission denied. Ask for access, or choose another folder."),
)


class Folder(Place):
    """The folder of a table."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), path.name)
        self.path = path

    @property
    def _log(self) -> Path:
        return self.path / LOG

    def _commit(self, version: int) -> Path:
        return self._log / f"{version:020d}.json"

    def reason(self, text: str) -> str:
        """Return what an error means: what disks often lack, in words and with a remedy."""
        return next((told[-1] for told in _REASONS if any(word in text for word in told)), text)

    def newest(self) -> tuple[int, Hashable] | None:
        """Return the newest version of the table, and what tells its commit from others."""
        try:
            names = [path.name for path in self._log.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return None
        versions = [int(found[1]) for name in names if (found := COMMIT.fullmatch(name))]
        identity = self._identity(max(versions)) if versions else None
        if identity is None:
            return None
        require_content(self, self._commit(max(versions)).name, identity[2])
        return max(versions), identity

    def marks(self, since: int) -> dict[int, Hashable]:
        """Return what tells the commits from others, of a version and all after it."""
        found: dict[int, Hashable] = {}
        while (mark := self._identity(since + len(found))) is not None:
            found[since + len(found)] = mark
        return found

    def _identity(self, version: int) -> tuple[int, int, int] | None:
        """Return what tells the file of a commit from another of its name."""
        try:
            found = self._commit(version).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def is_latest(self, version: int, identity: Hashable) -> bool:
        """Whether the commit of a version is there, and none after it."""
        found = self._identity(version)
        return found is not None and found == identity and not self._commit(version + 1).exists()

    def files(self) -> list[Found]:
        """Return all files, sorted by their paths."""
        paths = sorted(path for path in self.path.rglob("*") if path.is_file())
        return [
            Found(path.relative_to(self.path).as_posix(), told.st_size, told.st_mtime)
            for path, told in ((path, path.stat()) for path in paths)
        ]

    def _path(self, path: str) -> Path:
        return self.path / path.removeprefix("file://")

    def location(self, file: Found) -> str:
        """Return where a file is."""
        return str(self._path(file.path))

    def open(self, file: Found) -> pq.ParquetFile:
        """Open a Parquet file."""
        return pq.ParquetFile(self._path(file.path), pre_buffer=False)

    def footer(self, file: Found) -> pq.FileMetaData:
        """Return what a Parquet file says of itself."""
        return pq.read_metadata(self._path(file.path))

    def put(self, path: str, table: pa.Table) -> tuple[pq.FileMetaData, int]:
        """Write a Parquet file onto the disk."""
        file = self.path / path
        try:
            with explained(self, "cannot be written"):
                file.parent.mkdir(parents=True, exist_ok=True)
                write_parquet(str(file), table)
                sync(file)
                return pq.read_metadata(file), file.stat().st_size
        except FileNotFoundError as error:
            message = f"the folder {self.uri!r} went away while it was written to."
            raise StoreError(message) from error

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files, and the folders below this one that are empty then."""
        for path in paths:
            file = self.path / path
            if not file.parent.is_dir():
                continue
            if file.exists():  # a disk that is read-only refuses to remove also what is not there
                file.unlink(missing_ok=True)
            for folder in file.parents[: path.count("/")]:
                _remove_empty(folder)

    @contextmanager
    def made(self, *, is_new: bool) -> Iterator[None]:
        """Make the folder, and remove it again if nothing gets into it."""
        missing = [path for path in (self.path, *self.path.parents) if not path.exists()]
        if is_new:
            self._refuse_others()
        try:
            self._make()
            yield
        except BaseException:
            for path in (self._log, *missing):
                _remove_empty(path)
            raise

    def _make(self) -> None:
        try:
            with explained(self, "cannot be written"):
                self.path.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:
            message = f"the folder {self.uri!r} cannot be made: {error.strerror}."
            raise StoreError(message) from error

    def _refuse_others(self) -> None:
        if not self.path.is_dir() or self._log.is_dir():
            return
        # Somebody else may make the table just now: their log is none of the others.
        others = [
            Path(file.path).name
            for file in self.files()
            if not file.path.endswith(OURS) and LOG not in file.path.split("/")
        ]
        if others:
            message = (
                f"the folder {self.uri!r} holds other files ({others[0]!r}) and is no table. It"
                " was left as it is. Choose a new or an empty folder."
            )
            raise UsageError(message)

    def add_commit(self, version: int, content: bytes, after: Hashable | None) -> Hashable | None:
        """Write a commit, and give it its name, which only the first can do."""
        staged, commit = self._log / f".{new_run_id()}.dk.tmp", self._commit(version)
        with explained(self, "could not be written"):
            try:
                self._log.mkdir(exist_ok=True)
                staged.write_bytes(content)
                sync(staged)
                os.link(staged, commit)
            except (FileExistsError, FileNotFoundError):  # of the commit; of the folder
                return None
            finally:
                staged.unlink(missing_ok=True)
            if after is not None and self._identity(version - 1) != after:
                commit.unlink()
                return None
            for folder in (self._log, self.path):
                sync(folder)
        return self._identity(version)

    def read_commit(self, version: int) -> bytes | None:
        """Return the commit of a version."""
        try:
            with explained(self, "cannot be read"):
                return self._commit(version).read_bytes()
        except FileNotFoundError:
            return None

    def rename(self, new: Self) -> None:
        """Give the folder another name."""
        with explained(self, "cannot be renamed"):
            self.path.rename(new.path)
            sync(self.path.parent)

    def drop(self) -> None:
        """Remove the folder: out of the way at once, then file by file."""
        away = self.path.with_name(f".{new_run_id()}.dk.tmp")
        with explained(self, "cannot be dropped"):
            self.path.rename(away)
            shutil.rmtree(away)


def _remove_empty(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        with suppress(OSError):  # somebody may put a file there just now
            path.rmdir()


class FolderOfTables(Root):
    """A folder whose folders are tables."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path

    @property
    def identity(self) -> Path:
        """The folder, wherever it is called from."""
        return self.path.resolve()

    def places(self) -> list[Place]:
        """Return the folders in which tables may be, sorted."""
        try:
            paths = sorted(path for path in self.path.absolute().iterdir() if path.is_dir())
            return [Folder(path) for path in paths if not _UNOPENABLE.search(str(path))]
        except FileNotFoundError:
            return []
        except OSError as error:
            message = f"{self.shown!r} cannot be listed: {error.strerror}."
            raise StoreError(message) from error

    def holds(self, table: str) -> bool:
        """Whether there is a folder of that name."""
        return (self.path / table).is_dir()

    def place(self, table: str) -> Folder:
        """Return the folder of a table."""
        if Path(table).name != table or table in ("", ".", ".."):
            message = f"{table!r} is not the name of a folder in {self.shown!r}. Give its name."
            raise UsageError(message)
        if len(os.fsencode(table)) > _LONGEST_NAME:
            message = f"{table!r} is too long for the name of a folder. Choose a shorter one."
            raise UsageError(message)
        path = (self.path / table).absolute()
        if found := _UNOPENABLE.search(str(path)):
            message = (
                f"{str(path)!r}: Delta tables cannot be in a folder whose path holds {found[0]!r}."
                " Choose another name."
            )
            raise UsageError(message)
        if path.is_file():
            message = (
                f"{str(path)!r} is a file, and no suffix means a Delta table, which is a folder."
                " Choose another name, or give the format of the file."
            )
            raise UsageError(message)
        return Folder(path)
