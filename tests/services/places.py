"""Folders of the servers, which also the unprivileged user reaches under which they run."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


_TEMPORARY = Path("/var/tmp")  # noqa: S108 - the folder in it is checked


class UnavailableError(Exception):
    """A server that is not there and cannot be started here; says what to do."""


def user() -> dict[str, Any]:
    """Return how to start a process as the user that servers run as: they refuse root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = names.get("postgres") or names["nobody"]
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


def home() -> Path:
    """Return the folder for all servers: in the user's cache, else for temporary files."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - without an error where there is no home
    own = f"dkdata-services-{os.geteuid()}"
    choices = [Path(cache) / "dkdata" / "services", _TEMPORARY / own]
    choices.append(Path(tempfile.gettempdir()) / own)
    for folder in choices:
        if _is_private(folder):
            return folder
    tried = ", ".join(map(str, choices))
    message = f"no folder for test servers can be written to: tried {tried}. Set XDG_CACHE_HOME."
    raise UnavailableError(message)


def _is_private(folder: Path) -> bool:
    """Make the folder if need be; say whether only we write into it and the servers reach it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        folder.chmod(0o711)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and reaches(folder)


def reaches(path: Path) -> bool:
    """Return whether the servers' user gets to the path and may enter or run it."""
    return not subprocess.run(["test", "-x", path], check=False, cwd="/", **user()).returncode


def own(folder: Path, mode: int = 0o700) -> Path:
    """Make a folder that belongs to the servers' user."""
    folder.mkdir(parents=True)
    folder.chmod(mode)
    give(folder)
    return folder


def give(path: Path | str) -> None:
    """Let a file or folder belong to the servers' user."""
    if who := user():
        os.chown(path, who["user"], who["group"])


def show(folder: Path) -> None:
    """Let everybody read a folder and all that is in it."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o555 if mode & 0o100 else mode | 0o444)


def within_reach(programs: Path, folder: Path) -> Path:
    """Return the folder of programs, or a copy where the servers' user does not get to it.

    What a wheel bundles lies beside its package, and is found from there.
    """
    if reaches(programs / "initdb"):
        return programs
    copy = folder / "programs"
    package, above = programs.parent.parent, programs.parents[2]
    for part in (programs.parent, above / f"{package.name}.libs"):
        if part.exists():
            shutil.copytree(part, copy / part.relative_to(above), symlinks=True)
    show(copy)
    return copy / programs.relative_to(above)


@contextmanager
def locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[IO[str]]:
    """Hold a lock on a file, which ends with the process at the latest."""
    with path.open("a") as file:
        fcntl.flock(file, how)
        yield file
