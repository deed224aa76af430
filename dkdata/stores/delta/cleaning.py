"""What is of no table, or of no version that is kept, and can go."""

from __future__ import annotations

import re
import time
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from dkdata.stores.delta.log import driver_table
from dkdata.stores.delta.place import OURS, explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.stores.delta.log import Snapshot
    from dkdata.stores.delta.place import Found, Place

_WRITE = re.compile(rf".*-([0-9a-f]{{16}}-[0-9a-f]+){re.escape(OURS)}", re.DOTALL)
_NANOSECONDS = 10**9
_MILLISECONDS = 1000


def leftovers(snapshot: Snapshot, older_than: float) -> dict[str, Callable[[], object]]:
    """Return what can go of a table, in words, with what removes each.

    Parameters
    ----------
    older_than
        Seconds for which a save that did not end has written nothing.
    """
    place, name = snapshot.place, snapshot.place.name
    found: dict[str, Callable[[], object]] = {}
    files = [file for files in _begun(snapshot, older_than) for file in files]
    if files:
        told = f"{_counted(files)} of saves of {name!r} that did not end"
        found[told] = partial(place.remove, [file.path for file in files])
    with explained(place, "cannot be read"):
        old = driver_table(place, snapshot.version).vacuum(dry_run=True)
    if old:
        told = f"{len(old):,} files of versions of {name!r} that are older than it keeps"
        found[told] = partial(_vacuum, place)
    return found


def leftovers_of_none(place: Place, older_than: float) -> dict[str, Callable[[], object]]:
    """Return what saves left that were to make a table, and did not end."""
    every = place.files()
    files = [file for files in _dead(every, older_than).values() for file in files]
    if not files or len(files) < len(every):
        return {}
    told = f"{_counted(files)} of saves of {place.name!r} that did not end"
    return {told: partial(place.remove, [file.path for file in files])}


def _counted(files: list[Found]) -> str:
    return f"{len(files):,} files ({sum(file.size for file in files):,} bytes)"


def _vacuum(place: Place) -> None:
    newest = place.newest()
    if newest is not None:
        with explained(place, "cannot be written"):
            driver_table(place, newest[0]).vacuum(dry_run=False)


def _begun(snapshot: Snapshot, older_than: float) -> Iterator[list[Found]]:
    """Yield the files of each save that is in no commit.

    What was begun before the first commit that is left in the log may be of a version that others
    still read: it goes with the old versions.
    """
    held = {file.path for file in snapshot.files}
    dead = _dead([file for file in snapshot.place.files() if file.path not in held], older_than)
    if not dead:
        return
    commits = snapshot.history()
    notes = [told["dkdata"] for told in commits if isinstance(told.get("dkdata"), dict)]
    made = {note.get("write") for note in notes}
    first = min((told.get("timestamp", 0) for told in commits), default=0)
    for write_id, files in dead.items():
        if write_id not in made and _begin(write_id) * _MILLISECONDS >= first:
            yield files


def _dead(files: list[Found], older_than: float) -> dict[str, list[Found]]:
    """Return the files of each save that has written nothing for so long."""
    ours = [(found[1], file) for file in files if (found := _WRITE.fullmatch(file.path))]
    ours.sort(key=lambda one: one[0])
    latest = time.time() - older_than
    grouped = {
        write_id: [file for _, file in group]
        for write_id, group in groupby(ours, key=lambda one: one[0])
    }
    return {
        write_id: found
        for write_id, found in grouped.items()
        if max(file.modified for file in found) <= latest
    }


def _begin(write_id: str) -> float:
    """Return when a write began, in seconds since 1970."""
    return int(write_id.partition("-")[0], 16) / _NANOSECONDS
