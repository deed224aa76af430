"""Suites saved in the workspace by name and version, and found there or in the configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dkdata.configuration import config, workspace
from dkdata.errors import (
    ExistsError,
    ExpectationNotFoundError,
    NotFoundError,
    StoreError,
    UsageError,
)
from dkdata.validation import json_files, reading
from dkdata.validation.saved import numbered
from dkdata.validation.saved.names import check, split
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class SavedSuite:
    """Where a suite was saved.

    Parameters
    ----------
    is_new
        Whether this save made the version; otherwise it held the same suite already.

    Examples
    --------
    >>> print(SavedSuite("people", 2, Path(".dkdata/suites/people/2.json")))
    suite 'people' was saved as version 2: .dkdata/suites/people/2.json
    """

    name: str
    version: int
    path: Path
    is_new: bool = True

    def __str__(self) -> str:
        """Return one line."""
        here = Path.cwd()
        place = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        version = f"version {self.version}"
        done = (
            f"was saved as {version}" if self.is_new else f"is {version} already, nothing to save"
        )
        return f"suite {self.name!r} {done}: {place}"

    def _repr_html_(self) -> str:
        return f"<div class='dk-save'>✓ {escape(str(self))}</div>"


def folder() -> Path:
    """Return the folder of all saved suites: each has one of its name in it."""
    return workspace().absolute() / "suites"


def names() -> list[str]:
    """Return the names of saved suites, sorted."""
    home = folder()
    found = [path.name for path in home.iterdir()] if home.is_dir() else []
    return sorted(name for name in found if numbered.numbers(home / name))


def save(suite: Suite, name: str) -> SavedSuite:
    """Save a suite as a new version of a name, unless the newest holds the same."""
    check(name, names())
    if name in config().names("suites"):
        raise ExistsError.suite(name)
    held = suite.to_dict() | {"name": name}
    Suite.from_dict(held)  # what cannot be read again is not saved
    place = folder() / name
    newest = next(iter(numbered.numbers(place)), None)
    if newest is not None and _is_same(numbered.path_of(place, newest), held):
        return SavedSuite(name, newest, numbered.path_of(place, newest), is_new=False)
    try:
        version = numbered.add(place, json_files.text(held))
    except OSError as error:
        message = f"cannot save suite {name!r} in {str(place)!r}: {error.strerror}."
        raise StoreError(message) from error
    return SavedSuite(name, version, numbered.path_of(place, version))


def _is_same(path: Path, held: Mapping[str, Any]) -> bool:
    """Whether a file holds a suite; 1, 1.0 and true are told apart."""
    try:
        found = reading.read_json(path)
    except (NotFoundError, UsageError):
        return False
    one, other = (json.dumps(each, sort_keys=True) for each in (found, held))
    return one == other


def named(text: str) -> Suite:
    """Return the suite of a name (``people``) or of one of its versions (``people@2``).

    Raises
    ------
    ExpectationNotFoundError
        There is no such suite, or no such version.
    UsageError
        The workspace and the configuration have one of that name, so that it says neither.
    """
    name, version = split(text)
    settings, saved = config(), names()
    configured = settings.names("suites")
    if text in configured and name in saved:
        newest = numbered.numbers(folder() / name)[0]
        saying = f", or write '{name}@{newest}' for the saved one" if version is None else ""
        message = (
            f"suite {text!r} is saved in the workspace, and the configuration has one of that name"
            f" too. Rename one of them{saying}."
        )
        raise UsageError(message)
    if text in configured:
        return settings.get_instance("suites", text)
    if name not in saved:
        if name in configured:
            message = f"suite {name!r} is in the configuration, which has no versions of it."
            raise ExpectationNotFoundError(message)
        raise ExpectationNotFoundError.suite(name, sorted({*saved, *configured}))
    return Suite.load(_version(name, version))


def _version(name: str, version: int | None) -> Path:
    """Return the path of a version of a saved suite, of the newest without a number."""
    place = folder() / name
    known = numbered.numbers(place)
    if version is not None and version not in known:
        raise ExpectationNotFoundError.version(name, version, known)
    return numbered.path_of(place, known[0] if version is None else version)
