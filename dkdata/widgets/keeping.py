"""Suites that an explorer saves, and those that it can be compared with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dkdata.validation.saved import numbered, saving
from dkdata.validation.saved.names import split

if TYPE_CHECKING:
    from dkdata.validation import Suite

_SUFFIX = ".json"


@dataclass(frozen=True)
class Kept:
    """Where a suite was saved: by name and version in the workspace, or in a file."""

    path: Path
    name: str = ""
    version: int = 0
    told: str = ""

    def __str__(self) -> str:
        return self.told

    def to_dict(self) -> dict[str, Any]:
        """Return what a page is told."""
        by_name = {"name": self.name, "version": self.version} if self.version else {}
        return {**by_name, "path": str(self.path)}


def keep(suite: Suite, target: str | Path | None) -> Kept:
    """Save a suite: under its own name, another one, or in a file.

    Parameters
    ----------
    target
        A name, or a path that ends in ``.json``.
    """
    if isinstance(target, Path) or str(target).endswith(_SUFFIX):
        path = Path(str(target))
        suite.dump(path)
        return Kept(path, told=f"suite {suite.name!r} was saved: {path}")
    saved = suite.save(target)
    return Kept(saved.path, saved.name, saved.version, str(saved))


def held(given: object) -> dict[str, Any]:
    """Return what a page is told of a suite that a name or a path says, nothing of any other."""
    match given:
        case os.PathLike():
            return Kept(Path(given)).to_dict()
        case str() if given.endswith(_SUFFIX):
            return Kept(Path(given)).to_dict()
        case str():
            name, version = split(given)
            folder = saving.folder() / name
            for number in numbered.numbers(folder):  # the configuration has none
                if version in {None, number}:
                    return Kept(numbered.path_of(folder, number), name, number).to_dict()
    return {}


def versions(name: str) -> list[str]:
    """Return the saved versions of a suite by name, the newest first: ``people@2``."""
    return [f"{name}@{number}" for number in numbered.numbers(saving.folder() / name)]
