"""Ports for servers of tests."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

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
