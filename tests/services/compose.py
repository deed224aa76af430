"""The servers of ``compose.yaml``, where a container engine answers."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.services.places import UnavailableError

_FILE = Path(__file__).parent.parent.parent / "compose.yaml"
_ENGINES = ("docker", "podman")


@dataclass(frozen=True)
class Composed:
    """A server of the file: its name there, its port, and its URL, to be completed."""

    name: str
    port: int
    url: str


def engine() -> str | None:
    """Return the engine that answers and has compose."""
    for name in filter(shutil.which, _ENGINES):
        if all(_answers(name, *ask) for ask in (("info",), ("compose", "version"))):
            return name
    return None


def _answers(*command: str) -> bool:
    try:
        return not subprocess.run(command, check=False, capture_output=True, timeout=5).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _compose(engine: str, *arguments: str) -> str:
    command = [engine, "compose", "--file", str(_FILE), *arguments]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=200)
    except subprocess.CalledProcessError as error:
        message = f"{' '.join(command)} failed: {error.stderr.strip()[-500:]}"
        raise UnavailableError(message) from error
    except subprocess.TimeoutExpired as error:
        message = f"{' '.join(command)} has not ended within {error.timeout} s"
        raise UnavailableError(message) from error
    return done.stdout.strip()


def up(engine: str, service: Composed) -> str:
    """Start a server and return its URL."""
    _compose(engine, "up", "--detach", "--wait", service.name)
    if found := url(engine, service):
        return found
    message = f"{engine} compose has started {service.name!r}, which has no port"
    raise UnavailableError(message)


def url(engine: str, service: Composed) -> str | None:
    """Return the URL of a server that runs."""
    try:
        address = _compose(engine, "port", service.name, str(service.port))
    except UnavailableError:
        return None
    password = os.environ.get("DKDATA_TEST_PASSWORD", "dkdata-test")
    return service.url.format(password=password, address=address) if address else None


def down(engine: str, service: Composed) -> None:
    """Stop a server and remove its data."""
    _compose(engine, "rm", "--stop", "--force", "--volumes", service.name)
