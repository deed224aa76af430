"""A table as others' appends have left it, by their commits alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from dkdata.stores.delta.log import DataFile
from dkdata.stores.delta.place import explained

if TYPE_CHECKING:
    from dkdata.stores.delta.log import Snapshot

_MOST = 20  # commits that are read one by one


def followed(snapshot: Snapshot) -> Snapshot | None:
    """Return the version of a table that is the newest now, where the others only added rows.

    It knows no bounds of the files that they added, so it is no version to keep. Whoever opened the
    log anew instead would, among several writers, come too late again and again.

    Returns
    -------
    Snapshot or None
        ``None`` where that takes more than their commits: open the log.
    """
    place = snapshot.place
    with explained(place, "cannot be read"):
        marks = place.marks(snapshot.version)
        newest = max(marks, default=snapshot.version)
        is_same = marks.get(snapshot.version) == snapshot.identity
        if not is_same or snapshot.partition_by or newest - snapshot.version > _MOST:
            return None
        added: list[DataFile] = []
        runs = dict(snapshot.runs)
        for version in range(snapshot.version + 1, newest + 1):
            for line in (place.read_commit(version) or b"{}").splitlines():
                match json.loads(line):
                    case {"commitInfo": _}:
                        continue
                    case {"add": told} if not told.get("deletionVector"):
                        added.append(_file(told))
                    case {"txn": {"appId": str(name), "version": int(number)}}:
                        runs[name] = number
                    case _:
                        return None
    files = sorted([*snapshot.files, *added], key=lambda file: file.order)
    return replace(
        snapshot, version=newest, identity=marks[newest], files=tuple(files), runs=runs,
        is_whole=False,
    )  # fmt: skip


def _file(told: dict[str, Any]) -> DataFile:
    rows = json.loads(told.get("stats") or "{}").get("numRecords")
    path, size, moment = told["path"], told["size"], told["modificationTime"]
    return DataFile(unquote(path), path, rows, size, moment)
