"""What starts of servers have in common."""

from __future__ import annotations

import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.services import places, processes
from tests.services.places import UnavailableError
from tests.services.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES = 15
_FRAME = ("\tat ", "\t\tat ")  # of a stack in Java, which has many more
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Started:
    """A server whose process was started here.

    Parameters
    ----------
    since
        When the process began.
    """

    pid: int = 0
    since: str = ""

    @property
    def lives(self) -> bool:
        """Whether the very process that was started still runs."""
        return processes.lives(self.pid, self.since)


def run(command: list[str], log: Path | None = None, **options: Any) -> None:
    """Run one of a server's programs, to its end, as the user that servers run as.

    Parameters
    ----------
    log
        Where the server says more than the program does.
    options
        Of ``subprocess.run``.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
            **places.user(),
        )
    except subprocess.TimeoutExpired as error:
        message = f"{name} has not ended within {error.timeout} s"
        raise UnavailableError(message) from error
    if done.returncode:
        told = done.stdout + (_content(log) if log else "")
        message = f"{name} failed with status {done.returncode}:\n{_last(told)}"
        raise UnavailableError(message)


def wait_until_ready(
    name: str, server: Started, log: Path, is_ready: Callable[[], bool], seconds: float
) -> None:
    """Wait until a server is ready; end one that is not in time."""

    def is_ready_yet() -> bool:
        if not server.lives:
            message = f"{name} has ended:\n{_last(_content(log))}"
            raise UnavailableError(message)
        return is_ready()

    try:
        wait_until(is_ready_yet, f"{name} does not answer", seconds)
    except TimeoutError as error:
        processes.end(server.pid, server.since, signal.SIGKILL)
        message = f"{error}; see {log}"
        raise UnavailableError(message) from error


def answers(url: str, headers: dict[str, str] | None = None) -> bool:
    """Return whether a server of this machine answers a request with success."""
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - of this machine
    try:
        with _DIRECT.open(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _content(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def _last(told: str) -> str:
    lines = [line for line in told.splitlines() if not line.startswith(_FRAME)]
    return "\n".join(lines[-_LINES:])
