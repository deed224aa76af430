"""A proxy between a client and its server that brings about faults of the network."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, assert_never

from dkdata.errors import UsageError
from dkdata.testing.faults import BlackHole, Cut, Delay, Direction, DropReply, Fault, Refuse, Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from types import TracebackType

_PIECE = 65_536  # bytes
_CONNECTING = 10  # seconds
_NO_FAREWELL = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Link:
    """One connection of a client, and the one to the server that was made for it."""

    client: socket.socket
    server: socket.socket
    watches: dict[Fault, Watch] = field(default_factory=dict)
    delays: list[Delay] = field(default_factory=list)
    loses_all: bool = False
    loses_reply: bool = False

    def ends(self, direction: Direction) -> tuple[socket.socket, socket.socket]:
        """Return from where to where bytes go."""
        if direction == "request":
            return self.client, self.server
        return self.server, self.client

    def cut(self) -> None:
        """Break it; what waits for either side wakes up."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class _Verdict:
    """What becomes of bytes that have been read."""

    passed: bytes
    seconds: float = 0.0
    cuts: bool = False


class FaultProxy:
    """A server on this machine that hands everything on to another, and fails as it is told.

    It is a context manager: it listens from the beginning of the block, and at its end all its
    connections are broken, its sockets closed and its threads gone.

    Parameters
    ----------
    server
        Host and port of the real server, or the path of its Unix socket.
    *faults
        What goes wrong from the beginning; see `inject`.

    Examples
    --------
    >>> import socketserver
    >>> class Echo(socketserver.BaseRequestHandler):
    ...     def handle(self):
    ...         while data := self.request.recv(1024):
    ...             self.request.sendall(data)
    >>> server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
    >>> thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    >>> thread.start()
    >>> cut = Cut(after=4, direction="reply")
    >>> with FaultProxy(server.server_address, cut) as proxy:
    ...     for _ in range(2):
    ...         with socket.create_connection(proxy.address) as client:
    ...             client.sendall(b"database")
    ...             client.recv(1024)
    ...     proxy.fired(cut), proxy.connections
    b'data'
    b'database'
    (1, 2)
    >>> server.shutdown(); server.server_close(); thread.join()
    """

    def __init__(self, server: tuple[str, int] | str | PathLike[str], *faults: Fault) -> None:
        self._server = server if isinstance(server, tuple) else str(Path(server))
        self._lock = threading.Lock()
        self._fired: dict[Fault, int] = {}
        self._links: set[_Link] = set()
        self._threads: list[threading.Thread] = []
        self._connections = self._unreachable = 0
        self._listener: socket.socket | None = None
        self._closing = threading.Event()
        self.inject(*faults)

    def __enter__(self) -> Self:
        self._closing.clear()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept, self._listener)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        with suppress(OSError):  # wakes the thread that accepts
            socket.create_connection(self.address, timeout=_CONNECTING).close()
        while any(thread.is_alive() for thread in self._threads):
            with self._lock:
                links = tuple(self._links)
            for link in links:
                link.cut()
            for thread in self._threads:
                thread.join(0.02)
        self._listener = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where the proxy listens."""
        if not self._listener:
            message = "this proxy does not listen. Use it in a with block."
            raise UsageError(message)
        host, port = self._listener.getsockname()
        return host, port

    @property
    def connections(self) -> int:
        """How many connections clients have made, those that were refused among them."""
        return self._connections

    @property
    def unreachable(self) -> int:
        """How many of them were reset because the real server could not be reached."""
        return self._unreachable

    def inject(self, *faults: Fault) -> None:
        """Let these faults, and no others, happen from now on.

        Connections that exist are concerned too: their bytes are counted and searched from here
        on. What a fault has done to a connection is not undone.

        Parameters
        ----------
        *faults
            Values of `Cut`, `BlackHole`, `DropReply`, `Delay` and `Refuse`; none: all is well.

        Raises
        ------
        UsageError
            If one of them is something else.

        Examples
        --------
        >>> proxy = FaultProxy(("127.0.0.1", 5432))
        >>> proxy.inject(Delay(seconds=0.1), DropReply(after=b"COMMIT"))
        """
        for fault in faults:
            if not isinstance(fault, Fault):
                message = f"{fault!r} is no fault. Give Cut, BlackHole, DropReply, Delay or Refuse."
                raise UsageError(message)
        with self._lock:
            self._fired = dict.fromkeys(faults, 0)
            for link in self._links:
                link.watches.clear()
                link.delays.clear()

    def fired(self, fault: Fault) -> int:
        """Return on how many connections a fault has happened since it was injected.

        Raises
        ------
        UsageError
            If it is not among those that were injected last.

        Examples
        --------
        >>> FaultProxy(("127.0.0.1", 5432), Refuse()).fired(Refuse())
        0
        """
        with self._lock:
            if fault in self._fired:
                return self._fired[fault]
            injected = ", ".join(map(repr, self._fired)) or "none"
        message = f"{fault!r} was not injected. There are: {injected}."
        raise UsageError(message)

    def _start(self, work: Callable[..., None], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name="dkdata-fault-proxy")
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            thread.start()
            self._threads.append(thread)
        return thread

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                client, _ = listener.accept()
                if self._closing.is_set():
                    client.close()
                    return
                with self._lock:
                    self._connections += 1
                    refusals = (fault for fault in self._fired if isinstance(fault, Refuse))
                    is_refused = any(self._takes(fault) for fault in refusals)
                if is_refused:
                    _reset(client)
                else:
                    self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        """Carry one connection until it ends."""
        try:
            server = self._connected()
        except OSError:
            with self._lock:
                self._unreachable += 1
            _reset(client)
            return
        link = _Link(client, server)
        with client, server:
            with self._lock:
                self._links.add(link)
            replies = self._start(self._carry, link, "reply")
            self._carry(link, "request")
            replies.join()
            with self._lock:
                self._links.remove(link)

    def _connected(self) -> socket.socket:
        if isinstance(self._server, tuple):
            server = socket.create_connection(self._server, timeout=_CONNECTING)
            server.settimeout(None)
            return server
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._server)
        except OSError:
            server.close()
            raise
        return server

    def _carry(self, link: _Link, direction: Direction) -> None:
        """Hand on what goes in one direction, until that ends or breaks."""
        source, sink = link.ends(direction)
        with suppress(OSError):
            while data := source.recv(_PIECE):
                with self._lock:
                    verdict = self._judge(link, direction, data)
                if verdict.seconds:
                    self._closing.wait(verdict.seconds)
                sink.sendall(verdict.passed)
                if verdict.cuts:
                    break
            else:
                if not link.loses_all:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if direction == "reply":  # the client does not hear of it
                    return
        link.cut()

    def _judge(self, link: _Link, direction: Direction, data: bytes) -> _Verdict:
        """Decide about bytes; the lock is held."""
        if link.loses_all:
            return _Verdict(b"")
        if link.loses_reply and direction == "reply":
            return _Verdict(b"", cuts=True)
        for fault in self._fired:
            if isinstance(fault, Refuse) or fault.direction != direction:
                continue
            end = link.watches.setdefault(fault, Watch(fault.after)).end(data)
            if end is None or not self._takes(fault):
                continue
            match fault:
                case Cut():
                    return _Verdict(data[:end], cuts=True)
                case BlackHole():
                    link.loses_all = True
                    return _Verdict(data[:end])
                case DropReply():
                    link.loses_reply = True
                case Delay():
                    link.delays.append(fault)
                case _:
                    assert_never(fault)
        held = sum(delay.seconds for delay in link.delays if delay.direction == direction)
        return _Verdict(data, held)

    def _takes(self, fault: Fault) -> bool:
        """Count a fault that happens now, unless it has happened often enough."""
        if fault.times is not None and self._fired[fault] >= fault.times:
            return False
        self._fired[fault] += 1
        return True


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_FAREWELL)
    client.close()
