"""Servers that one test has for itself, and may kill, fill and reconfigure."""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services import cluster, places
from tests.services.cluster import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


class OwnServer:
    """A server of one test: the superuser's URLs, and the path of its socket."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.url = server.url
        self.socket_url = server.socket_url
        self.socket = server.socket
        self._note()

    def _note(self) -> None:
        """Write down which process it is, for whoever finds it without its test."""
        note = Path(self._server.folder).parent / "server.json"
        note.touch(mode=0o600)
        note.write_text(json.dumps(asdict(self._server)))

    def kill(self) -> None:
        """End it as a loss of power does (the machine's memory excepted)."""
        cluster.kill(self._server)

    def restart(self) -> None:
        """Start it again, on the same port with the same data, after `kill`."""
        self._server = cluster.restart(self._server)
        self._note()

    def stop(self) -> None:
        """Stop it and remove its data."""
        cluster.stop(self._server)


@contextmanager
def started(programs: Path, **settings: str | int) -> Iterator[OwnServer]:
    """Start a server with these settings; stop it at the end."""
    sweep()
    folder = places.home() / f"own-{secrets.token_hex(4)}"
    folder.mkdir()
    folder.chmod(0o711)
    with places.locked(folder / "lock"):
        try:
            server = OwnServer(cluster.create(folder / "server", programs, **settings))
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
                cluster.stop(Server(**json.loads((folder / "server.json").read_text())))
        except BlockingIOError:
            continue  # its test runs
        except (FileNotFoundError, ValueError, TypeError):
            pass  # its test was killed before the server ran
        shutil.rmtree(folder, ignore_errors=True)
