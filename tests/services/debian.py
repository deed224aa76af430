"""Debian's packages, on a machine where we may install them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def can_install() -> bool:
    """Return whether we are root on a machine that has ``apt-get``."""
    return not os.geteuid() and shutil.which("apt-get") is not None


@contextmanager
def installing(what: str) -> Iterator[Callable[..., None]]:
    """Give what installs packages by their names; one process at a time does.

    Raises
    ------
    UnavailableError
        ``apt-get`` fails; says how.
    """
    program = shutil.which("apt-get") or "apt-get"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def apt(*arguments: str) -> None:
        command = ["apt-get", "--quiet", "--yes", *arguments]
        subprocess.run(command, check=True, env=environment, capture_output=True, text=True)

    def install(*packages: str) -> None:
        apt("install", "--no-install-recommends", *packages)

    with Path(program).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            apt("update")
            yield install
        except subprocess.CalledProcessError as error:
            last = " ".join(error.stderr.split()[-40:])
            message = f"{what} could not be installed by apt-get: {last}"
            raise UnavailableError(message) from error
