"""Processes, told apart by their id and the time at which they began."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.services.waiting import wait_until

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def began(pid: int) -> str | None:
    """Return when a process began, ``None`` where there is none or it waits to be reaped.

    An id is given to another process in time, after a restart of the machine soon; the two
    together never are.
    """
    if not Path("/proc/self/stat").exists():
        return _began_elsewhere(pid)
    try:
        state, *others = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    return None if state in "ZX" else f"{others[18]} {boot}".strip()


def _began_elsewhere(pid: int) -> str | None:
    ask = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(ask, check=False, capture_output=True, text=True, timeout=10).stdout
    state, _, start = told.strip().partition(" ")
    return None if not state or state.startswith("Z") else start.strip()


def lives(pid: int, since: str) -> bool:
    """Return whether the process that began then still runs."""
    return began(pid) == since


def waits_for_end(pid: int, since: str, seconds: float) -> bool:
    """Return whether the process ends within that time."""
    with suppress(TimeoutError):
        return wait_until(lambda: not lives(pid, since), f"process {pid} still runs", seconds)
    return False


def end(pid: int, since: str, *signals: signal.Signals, seconds: float = 20) -> None:
    """End a process by the first of these signals that it obeys, and wait until it has ended."""
    for sent in signals:
        if lives(pid, since):
            with suppress(ProcessLookupError):
                os.kill(pid, sent)
        if waits_for_end(pid, since, seconds):
            return
    message = f"process {pid} does not end"
    raise TimeoutError(message)


def working_in(folder: Path) -> list[tuple[int, str]]:
    """Return the processes, each with its beginning, whose working folder is that one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is another user's
            pid = int(entry.parent.name)
            if entry.readlink() == folder and (since := began(pid)):
                found.append((pid, since))
    return found
