"""Which suites there are by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata.configuration import config
from dkdata.errors import DkError
from dkdata.validation.saved import numbered, saving
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Listed:
    """One suite of the workspace or of the configuration.

    Parameters
    ----------
    version, saved
        Its newest version, and when that was saved (UTC); the configuration has neither.
    expectations
        How many; ``None`` where it cannot be read, with the ``error``.
    path
        Of its file, if it has one.
    """

    name: str
    version: int | None
    expectations: int | None
    saved: dt.datetime | None
    where: str
    path: str | None
    error: DkError | None = None


def listed() -> list[Listed]:
    """Return all suites, sorted by name."""
    found = [*map(_saved, saving.names()), *map(_configured, config().names("suites"))]
    return sorted(found, key=lambda one: (one.name, one.where))


def _saved(name: str) -> Listed:
    place = saving.folder() / name
    version = numbered.numbers(place)[0]
    path = numbered.path_of(place, version)
    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    size, error = _size(lambda: Suite.load(path))
    return Listed(name, version, size, written, "workspace", str(path), error)


def _configured(name: str) -> Listed:
    settings = config()
    size, error = _size(lambda: settings.get_instance("suites", name))
    file = None if error else settings.entry("suites", name).path
    return Listed(name, None, size, None, "configuration", str(file) if file else None, error)


def _size(read: Callable[[], Suite]) -> tuple[int | None, DkError | None]:
    """Return how many expectations a suite has, or why it cannot be read."""
    try:
        return len(read()), None
    except DkError as error:
        return None, error
