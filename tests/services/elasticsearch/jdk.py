"""The Java that Elasticsearch runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.services import places
from tests.services.places import UnavailableError

_OLDEST = 21
# The server asks for these by their names; a runtime (JRE) lacks some.
_MODULES = {
    "jdk.attach",
    "jdk.incubator.vector",
    "jdk.jdi",
    "jdk.jlink",
    "jdk.management.agent",
    "jdk.net",
}
_SYSTEM = Path("/usr/lib/jvm")


def found() -> Path:
    """Return the home of the first JDK that will do, and that the servers' user reaches."""
    for home in _homes():
        if _will_do(home):
            return home
    message = (
        f"there is no JDK {_OLDEST} or later with {', '.join(sorted(_MODULES))} by ES_JAVA_HOME or "
        f"JAVA_HOME, on the PATH or in {_SYSTEM}. Install a whole one (a JRE is not enough), or "
        "name its folder in ES_JAVA_HOME"
    )
    raise UnavailableError(message)


def _homes() -> list[Path]:
    told = map(os.environ.get, ("ES_JAVA_HOME", "JAVA_HOME"))
    homes = [Path(home) for home in told if home]
    if java := shutil.which("java"):
        homes.append(Path(java).resolve().parent.parent)
    return [*homes, *sorted(_SYSTEM.glob("*"), reverse=True)]


def _will_do(home: Path) -> bool:
    java = home / "bin" / "java"
    if not places.reaches(java):
        return False
    ask = [str(java), "--list-modules"]
    told = subprocess.run(ask, check=False, capture_output=True, text=True, timeout=60).stdout
    modules = dict(re.findall(r"^([\w.]+)@(\d+)", told, re.MULTILINE))
    return int(modules.get("java.base", 0)) >= _OLDEST and modules.keys() >= _MODULES
