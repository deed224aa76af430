"""Writers of one file wait for each other; readers never wait."""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dkdata.commit import remaining
from dkdata.stores.file.snapshot import explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

_SHORTEST, _LONGEST = 0.001, 0.05


class _Locked(threading.local):
    """The folders that this thread has locked, each for the file that it makes there."""

    def __init__(self) -> None:
        self.folders: dict[tuple[int, int], Path] = {}


_locked = _Locked()


@contextmanager
def exclusive(path: Path, deadline: float | None) -> Iterator[None]:
    """Keep other writers of ``path`` away, in this process and in others.

    The lock is an advisory one of the system on the file itself, or on its folder where there
    is no file yet: nothing is left behind, and it ends with its process. A writer that waited
    for a file that has been replaced since waits again, for the new one. A thread that makes a
    file may make others in the same folder meanwhile.
    """
    if fcntl is None:  # pragma: no cover
        yield
        return
    pause, handle = _SHORTEST, _try(path)
    while handle is None:
        left = remaining(deadline, f"another writer of {str(path)!r}")
        time.sleep(pause if left is None else min(pause, left))
        pause, handle = min(pause * 1.5, _LONGEST), _try(path)
    try:
        with _noted(handle, path):
            yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


@contextmanager
def _noted(handle: int, path: Path) -> Iterator[None]:
    """Let the thread know which folder it has locked, if it is one."""
    held = os.fstat(handle)
    identity = (held.st_dev, held.st_ino)
    if not stat.S_ISDIR(held.st_mode) or identity in _locked.folders:
        yield
        return
    _locked.folders[identity] = path
    try:
        yield
    finally:
        del _locked.folders[identity]


def _is_ours(handle: int, path: Path) -> bool:
    """Whether it is of a folder that this thread has locked to make another file."""
    held = os.fstat(handle)
    return _locked.folders.get((held.st_dev, held.st_ino), path) != path


def _try(path: Path) -> int | None:
    """Return a locked handle of the file or its folder, or nothing when somebody else has it."""
    with explained(path, "cannot be written"):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            handle = os.open(path.parent, os.O_RDONLY)
    if _is_ours(handle, path):
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if _leads_to(path, handle):
        return handle
    os.close(handle)
    return None


def _leads_to(path: Path, handle: int) -> bool:
    """Return whether the handle is still that of the file, or of the folder without the file."""
    held = os.fstat(handle)
    try:
        found = path.stat()
    except FileNotFoundError:
        found = path.parent.stat()
    return os.path.samestat(held, found)
