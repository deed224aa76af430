"""Objects of records that are of no table, as what made or removed it did not end."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from dkdata.parallel import at_once
from dkdata.stores.delta.place import LOG
from dkdata.stores.s3.objects.fetching import RUN
from dkdata.stores.s3.objects.naming import DEFINITION, id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.stores.s3.files import Entry
    from dkdata.stores.s3.objects.table import Place

_DEAD_AFTER = 86_400.0  # seconds: a save of very many records may take hours
_FOLDER = re.compile(r"(?:[0-9a-f]{16}-[0-9a-f]+/)?")


def leftovers(place: Place, name: str, older_than: float | None) -> dict[str, Callable[[], object]]:
    """Return what can go of a table, in words, with what removes each.

    Parameters
    ----------
    older_than
        Seconds for which a save that did not end has written nothing; by default a day.
    """
    found = place.definition()
    definition = None if found is None else found[0]
    latest = time.time() - (_DEAD_AFTER if older_than is None else older_than)
    folders: dict[str, list[Entry]] = {}
    for entry in place.files.entries(place.bucket, place.prefix):
        folder, slash, _ = entry.key.removeprefix(place.prefix).rpartition("/")
        folders.setdefault(folder + slash, []).append(entry)
    if f"{LOG}/" in folders:
        return {}
    current = definition.folder if definition is not None and definition.is_ready else None
    dead = [
        entry.key
        for folder, entries in folders.items()
        if _FOLDER.fullmatch(folder) and folder != current
        and max(entry.modified for entry in entries) <= latest
        for entry in entries
        if id_of(entry.key.rpartition("/")[2]) is not None
    ]  # fmt: skip
    keys = [key for key, is_ours in at_once(partial(_is_ours, place), dead) if is_ours]
    is_begun = definition is not None and current is None
    keys += [
        entry.key
        for entry in folders.get("", ())
        if is_begun and entry.key == place.prefix + DEFINITION and entry.modified <= latest
    ]
    if not keys:
        return {}
    told = f"{len(keys):,} objects of {name!r} that are of no table"
    return {told: partial(place.delete, keys)}


def _is_ours(place: Place, key: str) -> tuple[str, bool]:
    """Whether a save wrote an object: another may have lain there before the table was made."""
    found = place.client.head(key)
    return key, found is not None and RUN in found.about
