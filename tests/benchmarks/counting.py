"""A proxy that counts what a client asks a server, and the bytes that pass."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.buckets import Bucket

_REQUEST = re.compile(rb"(GET|PUT|HEAD|POST|DELETE) (/\S*) HTTP/1\.1\r\n")
_LONGEST_LINE = 4096
_PIECE = 1 << 18


@dataclass(frozen=True)
class Traffic:
    """Requests by kind, and the bytes each way, heads of requests and answers among them."""

    requests: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        """The number of all requests."""
        return self.requests.total()

    @property
    def kinds(self) -> str:
        """The requests in words."""
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.requests.items()))


class CountingProxy(ThreadingTCPServer):
    """Hands everything on to a server, unchanged."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, server: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.server = server
        self._lock = threading.Lock()
        self._seen = Traffic()

    @property
    def endpoint(self) -> str:
        """The address, for clients."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def took(self) -> Traffic:
        """Return what has passed since it was asked last."""
        with self._lock:
            seen, self._seen = self._seen, Traffic()
        return seen

    def count(self, kinds: list[str], sent: int = 0, received: int = 0) -> None:
        """Add to what has passed."""
        with self._lock:
            old = self._seen
            self._seen = Traffic(
                old.requests + Counter(kinds), old.sent + sent, old.received + received
            )


class _Connection(BaseRequestHandler):
    """One connection of a client, and the one to the server that is made for it."""

    server: CountingProxy
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection(self.server.server) as upstream:
            answers = threading.Thread(target=self._answers, args=(upstream,), daemon=True)
            answers.start()
            seen = b""
            with suppress(OSError):
                while data := self.request.recv(_PIECE):
                    seen, kinds = _asked(seen + data)
                    self.server.count(kinds, sent=len(data))
                    upstream.sendall(data)
            with suppress(OSError):
                upstream.shutdown(socket.SHUT_WR)
            answers.join()

    def _answers(self, upstream: socket.socket) -> None:
        with suppress(OSError):
            while data := upstream.recv(_PIECE):
                self.server.count([], received=len(data))
                self.request.sendall(data)
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)


def _asked(data: bytes) -> tuple[bytes, list[str]]:
    """Return the kinds of requests that begin in bytes, and what may be the head of another."""
    found = list(_REQUEST.finditer(data))
    rest = data[found[-1].end() :] if found else data
    return rest[-_LONGEST_LINE:], [_kind(*match.groups()) for match in found]


def _kind(method: bytes, path: bytes) -> str:
    """Return what a request is called.

    Examples
    --------
    >>> _kind(b"GET", b"/bucket?list-type=2&prefix=a")
    'LIST'
    """
    return "LIST" if b"list-type=2" in path else method.decode()


@contextmanager
def counted(bucket: Bucket) -> Iterator[tuple[CountingProxy, Bucket]]:
    """Give a proxy, and the bucket as it is reached through that."""
    with counting(bucket.endpoint) as proxy:
        yield proxy, replace(bucket, endpoint=proxy.endpoint)


@contextmanager
def counting(url: str) -> Iterator[CountingProxy]:
    """Give a proxy of the server that a URL leads to."""
    parts = urlsplit(url)
    with CountingProxy((str(parts.hostname), parts.port or 80)) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            serving.join()
