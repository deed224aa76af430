"""The journal of a migration: what it moves and how far it is, on disk until it has ended."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import commit
from dkdata.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: there two of them are not told apart
    fcntl = None  # type: ignore[assignment]


def digest(value: object) -> str:
    """Return a short text that is the same for the same JSON values only.

    Examples
    --------
    >>> digest({"a": 1}) == digest({"a": 1}), digest({"a": 1}) == digest({"a": 2})
    (True, False)
    """
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(eq=False)
class Journal:
    """Lines of JSON that are on the disk before what they tell counts.

    The first line says what is migrated. A line that was cut short by a death says nothing.

    Parameters
    ----------
    lines
        Those that an earlier call has left, and those that were added.
    """

    path: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    _handle: int = -1

    @property
    def plan(self) -> dict[str, Any] | None:
        """What an earlier call has told that it migrates; ``None`` if there was none."""
        return self.lines[0] if self.lines else None

    def last(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the last line of that name tells, or ``None``."""
        return next((line[name] for line in reversed(self.lines) if name in line), None)

    def add(self, line: Mapping[str, Any]) -> None:
        """Write a line, and have it on the disk."""
        os.write(self._handle, json.dumps(line).encode() + b"\n")
        os.fsync(self._handle)
        self.lines.append(dict(line))

    def keep(self, rows: pa.Table) -> None:
        """Have rows on the disk, in place of those that were kept before."""
        if not rows.num_rows:
            return
        temporary = self._kept.with_suffix(".part")
        with pa.ipc.new_file(temporary, rows.schema) as file:
            file.write_table(rows)
        commit.sync(temporary)
        temporary.replace(self._kept)

    def kept(self) -> pa.Table | None:
        """Return the rows that were kept the last time."""
        if not self._kept.exists():
            return None
        with pa.ipc.open_file(self._kept) as file:
            return file.read_all()

    @property
    def _kept(self) -> Path:
        return self.path.with_suffix(".arrow")

    def clear(self) -> None:
        """Forget everything."""
        os.ftruncate(self._handle, 0)
        self.lines.clear()
        self._kept.unlink(missing_ok=True)

    def end(self) -> None:
        """Leave nothing behind."""
        self.path.unlink(missing_ok=True)  # as a whole: an empty one would tell of nothing
        self.clear()


@contextmanager
def opened(folder: Path, name: str, told: str) -> Iterator[Journal]:
    """Give the journal of that name, which nobody else has meanwhile.

    Parameters
    ----------
    told
        What messages call the migration.

    Raises
    ------
    ConflictError
        Somebody else has it: the same migration runs elsewhere.
    """
    path = folder / f"{name}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    handle = _locked(path, told)
    try:
        journal = Journal(path, _read(handle), handle)
        try:
            yield journal
        finally:
            if not journal.lines:
                journal.end()
                with suppress(OSError):  # others are in it
                    folder.rmdir()
    finally:
        os.close(handle)


def _locked(path: Path, told: str) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except FileNotFoundError:  # the last one to end has removed the folder
            path.parent.mkdir(parents=True, exist_ok=True)
            continue
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ConflictError.migration(told) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)


def _read(handle: int) -> list[dict[str, Any]]:
    """Return the lines, and remove a last one that was cut short."""
    with os.fdopen(os.dup(handle), "rb") as file:
        file.seek(0)
        text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        os.ftruncate(handle, len(whole))
    return [json.loads(line) for line in whole.splitlines()]
