"""Servers that one test has for itself, and may kill, fill and reconfigure."""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.services import places
from tests.services.harness import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.harness import Service


class OwnServer:
    """A server of one test: what is known of it, and the URL of whoever may do everything."""

    def __init__(self, service: Service, server: Any) -> None:
        self._service = service
        self.server = server
        self.url = server.url
        self._note()

    def _note(self) -> None:
        """Write down which process it is, for whoever finds it without its test."""
        note = Path(self.server.folder).parent / "server.json"
        note.touch(mode=0o600)
        told = {"service": self._service.name, "server": asdict(self.server)}
        note.write_text(json.dumps(told))

    def kill(self) -> None:
        """End it as a loss of power does (the machine's memory excepted)."""
        self._service.kill(self.server)

    def restart(self) -> None:
        """Start it again, on the same port with the same data, after `kill`."""
        self.server = self._service.restart(self.server)
        self._note()

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._service.stop(self.server)


@contextmanager
def started(service: Service, programs: Path, **settings: str | int) -> Iterator[OwnServer]:
    """Start a server with these settings; stop it at the end."""
    sweep()
    folder = places.home() / f"own-{secrets.token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o711)
    with places.locked(folder / "lock"):
        try:
            server = OwnServer(service, service.create(folder / "server", programs, **settings))
            try:
                yield server
            finally:
                server.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Stop the servers of tests that were killed."""
    for folder in places.home().glob("own-*"):
        try:
            with places.locked(folder / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                told = json.loads((folder / "server.json").read_text())
                service = SERVICES[told["service"]]
                service.stop(service.known(**told["server"]))
        except BlockingIOError:
            continue  # its test runs
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            pass  # its test was killed before the server ran
        shutil.rmtree(folder, ignore_errors=True)
