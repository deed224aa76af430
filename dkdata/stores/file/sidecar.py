"""The file ``<name>.dk.json`` beside a text file: descriptors of it, found by its content."""

from __future__ import annotations

import json
import os
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.commit import new_run_id, sync
from dkdata.stores.file.note import Note
from dkdata.stores.file.replacing import replacement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from dkdata.stores.file.snapshot import Snapshot

SUFFIX = ".dk.json"
_VERSION = 1
_BLOCK = 1 << 20
_KEPT = 2
_SYNCED_BYTES = 8 << 20
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True)
class Content:
    """What tells one content of a file from another.

    The CRC of the whole file is computed while it is written. A file whose size and time of
    modification are those of the save needs no second look; a copy (other time, same content)
    does, and so is told from an edit of the same size.
    """

    size: int
    crc: int
    modified: int


@contextmanager
def following(path: Path) -> Iterator[Future[int]]:
    """Give the CRC of a file that is written inside, read and brought to the disk meanwhile."""
    path.touch()
    is_whole = threading.Event()
    with ThreadPoolExecutor(1, "dkdata-file") as pool:
        crc = pool.submit(_crc, str(path), is_whole)
        try:
            yield crc
        finally:
            is_whole.set()


def _crc(place: str, is_whole: threading.Event | None = None) -> int:
    """Return the CRC of a file, which may grow until it ``is_whole``."""
    value, unsynced, block = 0, 0, bytearray(_BLOCK)
    view = memoryview(block)
    with open(place, "rb", buffering=0) as file:  # noqa: PTH123 - a handle, not only paths
        while True:
            is_last = is_whole is None or is_whole.is_set()
            if size := file.readinto(block):
                value = zlib.crc32(view[:size], value)
                unsynced += size
            elif is_whole is None or is_last:
                return value
            else:
                is_whole.wait(_PAUSE_SECONDS)
            if is_whole is not None and unsynced >= _SYNCED_BYTES:
                os.fsync(file.fileno())
                unsynced = 0


def place_of(path: Path) -> Path:
    """Return the path of the file beside ``path`` that describes it."""
    return path.with_name(path.name + SUFFIX)


def find(file: Snapshot) -> tuple[Note | None, bool]:
    """Return what is known about the file, and whether that was said of this very content."""
    entries = _entries(place_of(file.path))
    crc = None
    for entry in entries:
        if entry["size"] != file.size:
            continue
        if entry["modified"] != file.modified:
            crc = _crc(file.place) if crc is None else crc
            if entry["crc"] != crc:
                continue
        return Note.from_json(entry["note"]), True
    return (Note.from_json(entries[0]["note"]) if entries else None), False


def record(path: Path, written: Content, note: Note, current: int | None, run_id: str) -> None:
    """Write down what is known of the content that is about to become that of ``path``.

    What is known of the content that is there now (of ``current`` bytes) is kept beside it: the
    process may die before the content is replaced.
    """
    place = place_of(path)
    kept = [entry for entry in _entries(place) if entry["size"] == current][:_KEPT]
    entry = {
        "size": written.size,
        "crc": written.crc,
        "modified": written.modified,
        "note": note.to_json(),
    }
    with replacement(place, run_id) as (temporary, commit):
        text = json.dumps({"dkdata": _VERSION, "entries": [entry, *kept]}, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")
        sync(temporary)
        commit()


def copy(path: Path, new: Path) -> None:
    """Describe the file under the name that it is about to get."""
    place = place_of(path)
    if not place.exists():
        forget(new)
        return
    with replacement(place_of(new), new_run_id()) as (temporary, commit):
        temporary.write_bytes(place.read_bytes())
        sync(temporary)
        commit()


def forget(path: Path) -> None:
    """Remove the description of a file."""
    place_of(path).unlink(missing_ok=True)


def _entries(place: Path) -> list[dict[str, Any]]:
    """Return the descriptions, the newest first; none where there is no such file, or damage."""
    try:
        held = json.loads(place.read_text(encoding="utf-8"))
        entries = held["entries"] if held["dkdata"] == _VERSION else []
        wanted = {"size", "crc", "modified", "note"}
        return [e for e in entries if wanted <= e.keys() and isinstance(e["note"], dict)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
