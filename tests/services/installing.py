"""Programs that are made on this machine, once, and kept beside the servers."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.services import places
from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SECONDS = 1500


def folder() -> Path:
    """Return the folder of all such programs."""
    found = places.home() / "programs"
    found.mkdir(exist_ok=True)
    found.chmod(0o755)
    return found


def require(name: str, *, install: bool) -> None:
    """Say that a program is missing, unless it may be installed."""
    if not install:
        message = f"{name} has not been installed here"
        raise UnavailableError(message)


def once(name: str, version: str, make: Callable[[Path], None], *, install: bool) -> Path:
    """Return the folder of a program; make it where it is not there or not whole."""
    made = folder() / f"{name}-{version}"
    with places.locked(folder() / f"{name}.lock"):
        if not (made / "whole").exists():
            require(name, install=install)
            shutil.rmtree(made, ignore_errors=True)
            make(made)
            (made / "whole").touch()
    return made


def run(
    command: list[str],
    what: str,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run a step of an installation, and return what it prints."""
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{what}: {command[0]} has not ended within {_SECONDS} s"
        raise UnavailableError(message) from error
    if done.returncode:
        last = " ".join((done.stdout + done.stderr).split()[-60:])
        message = f"{what}: {' '.join(command[:4])} failed: {last}"
        raise UnavailableError(message)
    return done.stdout
