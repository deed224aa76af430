"""A proxy before a server that lets requests fail, chosen by their kind and number."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECONDS = 60
# What is between two neighbours only, or what the answer here has anew.
_NOT_HANDED_ON = ("connection", "expect", "keep-alive", "transfer-encoding")


@dataclass(frozen=True)
class Answer:
    """What the proxy says in place of the server, which does not hear of the request.

    Parameters
    ----------
    kind
        The type of its content.
    """

    status: int
    code: str
    kind: str = "application/xml"


class Break(Enum):
    """How a connection ends."""

    BEFORE = auto()  # the server does not hear of the request
    AFTER = auto()  # it has done what was asked, and its answer is lost
    WITHIN = auto()  # half of its answer arrives
    NEVER = auto()  # nothing happens any more


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and with which requests.

    Parameters
    ----------
    kind
        See ``kind_of``; ``None``: all.
    number
        The first of those requests, counted from 1 since the fault was injected.
    times
        How many of them; ``None``: all that follow.
    """

    what: Answer | Break
    kind: str | None = None
    number: int = 1
    times: int | None = 1

    def meets(self, counts: Mapping[str | None, int]) -> bool:
        """Whether it meets the latest of so many requests."""
        after = counts[self.kind] - self.number
        return after >= 0 and (self.times is None or after < self.times)


def kind_of(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return what a request is about: the kinds that fail in different ways.

    Examples
    --------
    >>> kind_of("GET", "/bucket?list-type=2&prefix=a", {}), kind_of("PUT", "/bucket/a", {})
    ('list', 'put')
    """
    parts = urlsplit(path)
    asked = parse_qs(parts.query, keep_blank_values=True)
    match method:
        case "GET" if "list-type" in asked:
            return "list"
        case "POST" if "delete" in asked:
            return "delete"
        case "PUT" if "x-amz-copy-source" in {name.lower() for name in headers}:
            return "copy"
        case "PUT" if "/_delta_log/" in parts.path and parts.path.endswith(".json"):
            return "commit"
    return method.lower()


class ScriptedProxy:
    """Hands requests on to a server, as they are signed, and fails as it is told.

    It is a context manager: it listens from the beginning of the block; at its end all of its
    connections are broken and its threads gone.

    Parameters
    ----------
    endpoint
        That of the server.

    Parameters
    ----------
    forgotten
        Headers, in small letters, of which the server never hears: as if it did not know them. Only
        where it does not check signatures.
    kinds
        Returns what a request is about; by default one to an S3 server.

    Attributes
    ----------
    asked
        The kinds of the requests since faults were injected, in their order.
    """

    def __init__(
        self,
        endpoint: str,
        forgotten: tuple[str, ...] = (),
        kinds: Callable[[str, str, Mapping[str, str]], str] = kind_of,
    ) -> None:
        parts = urlsplit(endpoint)
        self.forgotten, self.kinds = forgotten, kinds
        self.server = (parts.hostname or "", parts.port or 80)
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._counts: Counter[str | None] = Counter()
        self._faults: tuple[Fault, ...] = ()
        self._lock = threading.Lock()
        self._met = 0

    def __enter__(self) -> Self:
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.proxy = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self._listener.shutdown()
        self._listener.break_all()
        self._listener.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        """The address, for clients."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def inject(self, *faults: Fault) -> None:
        """Let these faults, and no others, happen from now on."""
        with self._lock:
            self._faults, self._met = faults, 0
            self._counts.clear()
            self.asked = []

    @property
    def met(self) -> int:
        """How many requests have failed since then."""
        return self._met

    def judge(self, kind: str) -> Answer | Break | None:
        """Return what goes wrong with the request that has come now."""
        with self._lock:
            self.asked.append(kind)
            self._counts.update([kind, None])
            met = (
                one.what
                for one in self._faults
                if one.kind in (kind, None) and one.meets(self._counts)
            )
            found = next(met, None)
            self._met += found is not None
        return found


class _Listener(ThreadingHTTPServer):
    """The socket of a proxy, and the connections that were made to it."""

    proxy: ScriptedProxy
    daemon_threads = False

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._connections: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        found, address = super().get_request()
        self._connections.add(found)
        return found, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def break_all(self) -> None:
        """Wake all threads that wait for a request."""
        for one in list(self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients go away when they are told to, and servers are killed."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.server.proxy
        match proxy.judge(proxy.kinds(self.command, self.path, dict(self.headers))):
            case Answer() as answer:
                self._refuse(answer)
            case Break.BEFORE:
                self._end()
            case Break.NEVER:
                proxy.closing.wait()
                self._end()
            case Break.AFTER:
                self._asked(body)
                self._end()
            case Break.WITHIN:
                self._send(*self._asked(body), part=0.5)
                self._end()
            case None:
                self._send(*self._asked(body))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve  # noqa: N815

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the status, the headers and the body of the server's answer."""
        connection = HTTPConnection(*self.server.proxy.server, timeout=_SECONDS)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            left_out = (*_NOT_HANDED_ON, *self.server.proxy.forgotten)
            for name, value in self.headers.items():
                if name.lower() not in left_out:
                    connection.putheader(name, value)
            connection.endheaders(body)
            found = connection.getresponse()
            return found.status, found.getheaders(), found.read()
        finally:
            connection.close()

    def _refuse(self, answer: Answer) -> None:
        told = f"<Error><Code>{answer.code}</Code><Message>as scripted</Message></Error>"
        body = b"" if self.command == "HEAD" else told.encode()
        self._send(answer.status, [("Content-Type", answer.kind)], body)

    def _send(
        self, status: int, headers: list[tuple[str, str]], body: bytes, part: float = 1.0
    ) -> None:
        """Answer; of the body no more than a part."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_HANDED_ON:
                self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: int(len(body) * part)])

    def _end(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
