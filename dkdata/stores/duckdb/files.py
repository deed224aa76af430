"""DuckDB files, attached for as long as somebody in this process uses them.

DuckDB locks a whole file for a process that writes it. So a file is attached for the length of
one call. The threads of this process share one attachment, which is read-only until one of them
writes; another process waits until it is given back.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
import uuid
import warnings
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from dkdata import engine
from dkdata.commit import sync
from dkdata.dialects.fragment import quote, text
from dkdata.errors import DeadlineError, DkWarning, StoreError, UsageError
from dkdata.pinning import Pins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAIT_SECONDS = 60.0
_OWN_PROCESS_SECONDS = 5.0
_LONG_HELD_SECONDS = 0.5
_GIVE_WAY_SECONDS = {True: 0.03, False: 0.5}
_STEP_SECONDS = 0.03
_LOCKED = "Could not set lock on file"
_OPEN_HERE = "Unique file handle conflict"
_HOLDER = re.compile(r"\(PID (\d+)\)")


@dataclass
class _File:
    """What this process has of one file; every field is guarded by ``_changed``."""

    path: str
    alias: str | None = None
    writable: bool = False
    since: float = 0.0  # in use without a pause, but for moments
    until: float = 0.0
    changing: bool = False
    holders: Counter[int] = field(default_factory=Counter)
    writer: int | None = None
    writes: int = 0
    waiting_writers: int = 0
    waiting: int = 0
    pins: Pins[Any] = field(default_factory=Pins)


_changed = threading.Condition(threading.RLock())
_files: dict[str, _File] = {}


@contextmanager
def reading(path: Path, deadline: float) -> Iterator[str]:
    """Attach a file, which has to be there, and give the name that queries have for it."""
    with _held(_entry(path), deadline, write=False) as alias:
        yield alias


@contextmanager
def writing(path: Path, deadline: float) -> Iterator[str]:
    """Attach a file to write, alone among the writers; a new one is made where there is none.

    May be entered again by the thread that is in it.
    """
    create(path)
    entry, thread = _entry(path), threading.get_ident()
    if entry.writer != thread and entry.holders[thread]:
        message = (
            f"{entry.path!r} is being read by the code that now writes to it."
            " Finish reading first: close the source, or read it into memory."
        )
        raise UsageError(message)
    with _writer(entry, thread, deadline), _held(entry, deadline, write=True) as alias:
        yield alias


def pins(path: Path) -> Pins[Any]:
    """Return what this thread knows of the tables of a file, through whatever store it writes."""
    return _entry(path).pins


def create(path: Path) -> None:
    """Make an empty database, and its folder, unless there is something of that name.

    It gets its name when it is complete: a process that is killed while DuckDB lays out a new
    file would leave one that nobody can open.
    """
    try:
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.new"))
    except (OSError, duckdb.Error) as error:
        message = f"cannot make the DuckDB file {str(path)!r}: {_plain(error)}."
        raise StoreError(message) from error


def _create(path: Path, made: Path) -> None:
    connection = engine.connection()
    try:
        connection.execute(f"ATTACH {text(str(made))} AS {quote(made.name)}")
        connection.execute(f"DETACH {quote(made.name)}")
        # Somebody else may have been faster. Where there are no hard links, ATTACH makes the file.
        with suppress(OSError):
            os.link(made, path)
        sync(path.parent)
    finally:
        connection.execute(f"DETACH DATABASE IF EXISTS {quote(made.name)}")
        made.unlink(missing_ok=True)


def _entry(path: Path) -> _File:
    real = os.path.realpath(path)
    with _changed:
        return _files.setdefault(real, _File(real))


@contextmanager
def _writer(entry: _File, thread: int, deadline: float) -> Iterator[None]:
    """Be the one thread that writes to the file; again, if it is that already."""
    with _changed:
        entry.waiting_writers += 1
        try:
            _wait(lambda: entry.writer in (None, thread), entry, deadline)
            entry.writer = thread
            entry.writes += 1
        finally:
            entry.waiting_writers -= 1
            _changed.notify_all()
    try:
        yield
    finally:
        with _changed:
            entry.writes -= 1
            if not entry.writes:
                entry.writer = None
            _changed.notify_all()


@contextmanager
def _held(entry: _File, deadline: float, *, write: bool) -> Iterator[str]:
    """Hold the attachment, made when there is none; given back by the last to leave."""
    thread = threading.get_ident()
    alias = _acquire(entry, thread, deadline, write=write)
    try:
        yield alias
    finally:
        _release(entry, thread)


def _acquire(entry: _File, thread: int, deadline: float, *, write: bool) -> str:
    def is_ready() -> bool:
        if entry.changing:
            return False
        if entry.holders[thread] or entry.alias is None:
            return True
        return entry.writable if write else _takes_reader(entry, arrived)

    with _changed:
        arrived = time.monotonic()
        entry.waiting_writers += write
        try:
            _wait(is_ready, entry, deadline)
        finally:
            entry.waiting_writers -= write
        if entry.alias is not None:
            entry.holders[thread] += 1
            return entry.alias
        entry.changing = True
    try:
        alias = _attach(entry.path, deadline, write=write)
    except BaseException:
        _settle(entry, None, thread)
        raise
    now = time.monotonic()
    entry.writable = write
    entry.since = entry.since if now - entry.until < _STEP_SECONDS / 2 else now
    _settle(entry, alias, thread)
    return alias


def _takes_reader(entry: _File, arrived: float) -> bool:
    """Whether one more reader may join: not before a writer that waits for the readers to go.

    A file that is in use without a pause would lock other processes out. So a reader who finds it
    so waits a moment for it to end; a short one where a write may be what takes long.
    """
    if entry.waiting_writers and not entry.writable:
        return False
    now = time.monotonic()
    patience = _GIVE_WAY_SECONDS[entry.writable]
    return now - entry.since < _LONG_HELD_SECONDS or now - arrived > patience


def _settle(entry: _File, alias: str | None, thread: int) -> None:
    with _changed:
        entry.alias, entry.changing = alias, False
        if alias is not None:
            entry.holders[thread] += 1
        _changed.notify_all()


def _release(entry: _File, thread: int) -> None:
    with _changed:
        entry.holders[thread] -= 1
        entry.holders += Counter()
        if entry.holders:
            _changed.notify_all()
            return
        alias, entry.alias, entry.changing = entry.alias, None, True
        gives_way = entry.waiting and time.monotonic() - entry.since > _LONG_HELD_SECONDS
    try:
        _detach(entry.path, str(alias))
        entry.until = time.monotonic()
        if gives_way:
            time.sleep(_STEP_SECONDS)
    finally:
        _settle(entry, None, thread)


def _wait(is_ready: Callable[[], bool], entry: _File, deadline: float) -> None:
    """Wait for other threads of this process, in short steps so that age is noticed."""
    entry.waiting += 1
    try:
        while not is_ready():
            if time.monotonic() > deadline:
                message = (
                    f"{entry.path!r} is in use by another thread of this process, longer than the"
                    " time allowed. Let it finish, or raise timeout=."
                )
                raise DeadlineError(message)
            _changed.wait(_STEP_SECONDS)
    finally:
        entry.waiting -= 1


def _attach(path: str, deadline: float, *, write: bool) -> str:
    alias = f"dk_{uuid.uuid4().hex[:12]}"
    command = f"ATTACH {text(path)} AS {alias}{'' if write else ' (READ_ONLY)'}"
    started = time.monotonic()
    try:
        while True:
            try:
                engine.connection().execute(command)
            except duckdb.Error as error:
                _check_patience(path, error, started, deadline)
            else:
                return alias
            time.sleep(random.uniform(0.001, 0.015))  # noqa: S311 - spreads the attempts
    except BaseException:
        engine.connection().execute(f"DETACH DATABASE IF EXISTS {alias}")
        raise


def _check_patience(path: str, error: duckdb.Error, started: float, deadline: float) -> None:
    """Return if it makes sense to try again."""
    now = time.monotonic()
    if _OPEN_HERE in str(error):
        if now > min(deadline, started + _OWN_PROCESS_SECONDS):
            raise _open_here(path) from error
    elif _LOCKED not in str(error):
        raise _unusable(path, error) from error
    elif now > deadline:
        raise _locked(path, error, now - started) from error


def _detach(path: str, alias: str) -> None:
    connection = engine.connection()
    try:
        connection.execute(f"DETACH {alias}")
    except duckdb.IOException as error:
        message = (
            f"{path!r}: what was saved is safe in {path + '.wal'!r}, but could not be moved into"
            f" the file: {_plain(error)}. Make room; the next save moves it."
        )
        warnings.warn(message, DkWarning, stacklevel=2)
    finally:
        connection.execute(f"DETACH DATABASE IF EXISTS {alias}")


def _plain(error: BaseException) -> str:
    """Return the driver's reason, without its class and its further advice."""
    reason = str(error).rpartition("Original error: ")[2].splitlines()[0].strip()
    return reason.partition("Error: ")[2].rstrip(".!") or reason.rstrip(".!")


def _open_here(path: str) -> StoreError:
    return StoreError(
        f"{path!r} is open in this process through another DuckDB connection."
        " Close that connection, or save to another file.",
    )


def _locked(path: str, error: duckdb.Error, waited: float) -> DeadlineError:
    found = _HOLDER.search(str(error))
    holder = f"process {found[1]}{_command(found[1])}" if found else "another process"
    return DeadlineError(
        f"{path!r} is in use by {holder}; waited {waited:.1f} s. Let it finish, or end it"
        " (in a notebook: shut its kernel down, or close its DuckDB connection), or raise"
        " timeout=.",
    )


def _command(pid: str) -> str:
    """Return what a process runs, as far as the system tells: no arguments, they may be secret."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    program, *arguments = words
    shown = [Path(program).name]
    match arguments:
        case ["-m", module, *_]:
            shown += ["-m", module]
        case [script, *_] if script and not script.startswith("-"):
            shown += [Path(script).name]
    return f" ({' '.join(shown)})" if program else ""


def _unusable(path: str, error: duckdb.Error) -> StoreError | UsageError:
    if Path(path).is_dir():
        return UsageError(f"{path!r} is a folder, not a DuckDB file. Give the path of a file.")
    if "not a valid DuckDB database" in str(error):
        return StoreError(
            f"{path!r} is not a DuckDB database. It was left as it is. Give another path.",
        )
    return StoreError(f"cannot open the DuckDB file {path!r}: {_plain(error)}.")


def _before_fork() -> None:
    """Keep attachments out of the child, where DuckDB would believe that they are its own."""
    _changed.acquire()
    thread = threading.get_ident()
    patience = time.monotonic() + _OWN_PROCESS_SECONDS
    while time.monotonic() < patience and any(
        entry.changing or set(entry.holders) - {thread} for entry in _files.values()
    ):
        _changed.wait(_STEP_SECONDS)


def _after_fork_in_parent() -> None:
    _changed.release()


def _after_fork_in_child() -> None:
    global _changed  # noqa: PLW0603 - a lock does not survive a fork
    _changed = threading.Condition(threading.RLock())
    _files.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
