"""The versions of ipykernel that notebooks are tested with.

Which thread runs the handler of a widget's message differs between them: 7.0.1, which Binder's base
has, runs it on a subshell, later ones on the thread that sent last.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.services import places
from tests.services.places import UnavailableError

CURRENT = "ipykernel"
OLDER = "ipykernel-7.0.1"
KERNELS = (CURRENT, OLDER)
_ROOT = Path(__file__).parent.parent.parent
_WHEELS = Path(__file__).parent / f"{OLDER}.txt"


def specification(name: str, *, install: bool) -> dict[str, Any]:
    """Return the kernel as Jupyter wants it described; it imports this copy of dkdata."""
    paths = [str(_ROOT)]
    if name == OLDER:
        paths.insert(0, str(_older(install=install)))
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return {
        "argv": command,
        "env": {"PYTHONPATH": ":".join(paths)},
        "display_name": name,
        "language": "python",
        "metadata": {"debugger": True},
    }


def _older(*, install: bool) -> Path:
    """Return the folder of the older ipykernel, which comes before that of the environment."""
    folder = places.home() / OLDER
    with places.locked(places.home() / f"{OLDER}.lock"):
        if not folder.exists():
            if not install:
                message = f"{OLDER} is not in {folder}: set DKDATA_TEST_REQUIRE=all to fetch it"
                raise UnavailableError(message)
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    options = ["--target", str(part), "--requirement", str(_WHEELS)]
    done = subprocess.run([*fetch, *options], check=False, capture_output=True, text=True)
    if done.returncode:
        last = " ".join(done.stderr.split()[-40:])
        message = f"{OLDER} could not be installed by pip: {last}"
        raise UnavailableError(message)
    part.rename(folder)
