"""One version of a file, held open, and errors that name the file."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pyarrow as pa

from dkdata.errors import DkError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANDLES = Path("/proc/self/fd")
_REASONS = {
    errno.EACCES: "permission denied. Ask for access, or choose another folder.",
    errno.EPERM: "permission denied. Ask for access, or choose another folder.",
    errno.EROFS: "the disk is read-only. Choose another folder.",
    errno.ENOSPC: "no space left on the disk; nothing was changed. Free some, or choose another.",
    errno.EDQUOT: "the disk quota is used up; nothing was changed. Free some, or choose another.",
    errno.ENAMETOOLONG: "the name is too long for the disk. Choose a shorter one.",
    errno.ENOTDIR: "a part of the path is a file, not a folder.",
    errno.EISDIR: "it is a folder, not a file. Choose another name, or remove the folder.",
}
# What DuckDB puts before its messages.
_CLASS = re.compile(r"^(?:[A-Z]\w+ )+Error: ")
# How polars tells the number of a system's error.
_NUMBER = re.compile(r"\(os error (\d+)\)")
_READING = (pa.ArrowException, duckdb.Error, pl.exceptions.PolarsError, EOFError, ValueError)


@dataclass(frozen=True)
class Snapshot:
    """A file as it was when it was opened, whatever takes its place meanwhile.

    Parameters
    ----------
    place
        What to open to read this version.
    size, modified
        In bytes; in nanoseconds since 1970.
    is_private
        Whether nobody else can write to it: it may be mapped into memory.
    """

    path: Path
    place: str
    size: int
    modified: int
    inode: int
    is_private: bool = False

    @property
    def is_current(self) -> bool:
        """Whether the path still leads to this version."""
        try:
            return self.path.stat().st_ino == self.inode
        except OSError:
            return False


@contextmanager
def snapshot(path: Path, *, is_private: bool = False) -> Iterator[Snapshot]:
    """Hold a file open; ``FileNotFoundError`` when there is none."""
    with explained(path, "cannot be read"):
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, "folder", str(path))
        if not stat.S_ISREG(kind):
            message = f"{str(path)!r}: is no regular file. Copy its content into one."
            raise StoreError(message)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(handle)
        place = str(_HANDLES / str(handle)) if _HANDLES.is_dir() else str(path)
        size, modified = found.st_size, found.st_mtime_ns
        yield Snapshot(path, place, size, modified, found.st_ino, is_private)
    finally:
        os.close(handle)


@contextmanager
def explained(path: Path, what: str, place: str | None = None) -> Iterator[None]:
    """Turn the errors of the system and of the drivers into ones that name the file.

    ``FileNotFoundError`` of the file itself passes: its meaning depends on who asks.
    """
    try:
        yield
    except (DkError, FileNotFoundError):
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or _reason(error, path, place)
        message = f"{str(path)!r} {what}: {reason}"
        raise StoreError(message) from error
    except _READING as error:
        message = f"{str(path)!r} {what}: {_reason(error, path, place)}"
        raise StoreError(message) from error


def _reason(error: BaseException, path: Path, place: str | None) -> str:
    """Return the first lines of a driver's message, with the path in place of the handle."""
    text = str(error) or type(error).__name__
    text = text.replace(place, str(path)) if place else text
    if no_space(text):
        return _REASONS[errno.ENOSPC]
    if (number := _NUMBER.search(text)) and int(number[1]) in _REASONS:
        return _REASONS[int(number[1])]
    text = _CLASS.sub("", text.partition(" Try setting")[0])
    return " ".join(text.split())[:500]


def no_space(text: str) -> bool:
    """Return whether a driver's message says that the disk is full."""
    return "No space left" in text or "os error 28" in text
