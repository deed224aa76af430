"""Ports for servers of tests."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_PORTS = range(
    20_000, 32_000
)  # below those that outgoing connections take: a restart finds its own


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens now."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def on_free_port(start: Callable[[int], T]) -> T:
    """Return what ``start`` makes on a free port; another process may take that first."""
    for last in (False, False, True):
        try:
            return start(free_port())
        except UnavailableError:
            if last:
                raise
    raise AssertionError
