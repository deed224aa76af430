"""Servers of notebooks: each a process group of its own, which ends with its test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.services.places import UnavailableError
from tests.services.ports import free_port
from tests.services.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_START_SECONDS, _STOP_SECONDS = 60, 10
_ATTEMPTS = 3  # another process may take the port before the server does
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def started(
    command: Callable[[int], list[str]], ready: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[str]:
    """Start a server on a free port, and give its URL once it answers at the path ``ready``."""
    for attempt in range(_ATTEMPTS):
        port = free_port()
        process = _process(command(port), folder, environment)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(
                lambda: process.poll() is not None or _answers(url + ready),  # noqa: B023
                f"{command(port)[:3]} does not answer",
                _START_SECONDS,
            )
            if process.poll() is None:
                yield url
                return
        finally:
            _stop(process)
        if attempt == _ATTEMPTS - 1:
            last = (folder / "server.log").read_text(errors="replace")[-1500:]
            message = f"{command(port)[:3]} has ended with status {process.returncode}:\n{last}"
            raise UnavailableError(message)


def _process(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start it so that it also ends where the test is killed, if the machine has ``setpriv``."""
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            [*bound, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url, timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, and whatever it has started and left."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
