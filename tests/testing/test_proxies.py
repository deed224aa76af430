"""A proxy passes everything on, but for the faults that it is given, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dkdata.errors import UsageError
from dkdata.testing import BlackHole, Cut, Delay, DropReply, FaultProxy, Refuse
from tests.services.waiting import wait_until


class _Echo(socketserver.BaseRequestHandler):
    def handle(self):
        with suppress(ConnectionError):
            while data := self.request.recv(65_536):
                self.server.received += data
                self.request.sendall(data.upper())


class _Server(socketserver.ThreadingTCPServer):
    received = b""


class _SocketServer(socketserver.ThreadingUnixStreamServer):
    received = b""


@contextmanager
def _running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server():
    with _running(_Server(("127.0.0.1", 0), _Echo)) as server:
        yield server


@contextmanager
def _client(proxy):
    with socket.create_connection(proxy.address, timeout=10) as client:
        yield client


def _all(client):
    """Return what comes until the connection ends or breaks."""
    told = b""
    with suppress(ConnectionError):
        while data := client.recv(65_536):
            told += data
    return told


def _asked(proxy, *pieces):
    """Return what a new connection gets for these pieces, each sent after the one before it."""
    with _client(proxy) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            for piece in pieces:
                client.sendall(piece)
                time.sleep(0.02)
            client.shutdown(socket.SHUT_WR)
        return _all(client)


def test_passes_everything_on_in_both_directions(server):
    sent = os.urandom(3_000_000)
    with FaultProxy(server.server_address) as proxy, _client(proxy) as client:
        sender = threading.Thread(target=client.sendall, args=(sent,))
        sender.start()
        told = b""
        while len(told) < len(sent):
            told += client.recv(65_536)
        sender.join()
    assert told == sent.upper()
    assert server.received == sent


def test_tells_each_side_when_the_other_has_ended(server):
    with FaultProxy(server.server_address) as proxy:
        assert _asked(proxy, b"one", b"two") == b"ONETWO"


def test_stands_before_a_unix_socket(tmp_path):
    path = tmp_path / "s"
    with _running(_SocketServer(str(path), _Echo)), FaultProxy(path) as proxy:
        assert _asked(proxy, b"one") == b"ONE"


@pytest.mark.parametrize("after", [0, 1, 3, 6])
def test_cuts_after_so_many_bytes_of_the_reply(server, after):
    cut = Cut(after=after, direction="reply")
    with FaultProxy(server.server_address, cut) as proxy:
        assert _asked(proxy, b"one", b"two", b"three") == b"ONETWO"[:after]
        assert proxy.fired(cut) == 1
        assert _asked(proxy, b"one", b"two") == b"ONETWO"


@pytest.mark.parametrize("after", [0, 1, 3, 6])
def test_cuts_after_so_many_bytes_of_the_request(server, after):
    with FaultProxy(server.server_address, Cut(after=after)) as proxy:
        _asked(proxy, b"one", b"two", b"three")
        assert proxy.fired(Cut(after=after)) == 1
    wait_until(lambda: len(server.received) >= after, "the server has not read all of it")
    assert server.received == b"onetwo"[:after]


@pytest.mark.parametrize(
    "pieces",
    [(b"xxCOMMITyy",), (b"xxCOM", b"MITyy"), tuple(bytes([byte]) for byte in b"xxCOMMITyy")],
)
def test_finds_text_however_it_is_split(server, pieces):
    with FaultProxy(server.server_address, Cut(after=b"COMMIT")) as proxy:
        _asked(proxy, *pieces)
        assert proxy.fired(Cut(after=b"COMMIT")) == 1
    wait_until(
        lambda: len(server.received) >= len(b"xxCOMMIT"), "the server has not read all of it"
    )
    assert server.received == b"xxCOMMIT"


def test_text_that_almost_comes_is_not_found(server):
    with FaultProxy(server.server_address, Cut(after=b"aab")) as proxy:
        assert _asked(proxy, b"a", b"a", b"xa", b"b") == b"AAXAB"
        assert _asked(proxy, b"a", b"a", b"a", b"b", b"more")[:3] in (b"", b"A", b"AA", b"AAA")
        assert proxy.fired(Cut(after=b"aab")) == 1
    assert server.received == b"aaxabaaab"


def test_drops_the_reply_to_a_request_that_has_arrived(server):
    fault = DropReply(after=b"commit")
    with FaultProxy(server.server_address, fault) as proxy:
        assert _asked(proxy, b"begin;", b"commit;") == b"BEGIN;"
        assert proxy.fired(fault) == 1
        assert _asked(proxy, b"begin;", b"commit;") == b"BEGIN;COMMIT;"
    assert server.received == b"begin;commit;" * 2


def test_happens_on_as_many_connections_as_it_is_given(server):
    fault = DropReply(after=b"x", times=2)
    with FaultProxy(server.server_address, fault) as proxy:
        assert [_asked(proxy, b"x") for _ in range(4)] == [b"", b"", b"X", b"X"]
        assert (proxy.fired(fault), proxy.connections) == (2, 4)


def test_happens_always_without_a_number(server):
    with FaultProxy(server.server_address, Cut(times=None)) as proxy:
        assert [_asked(proxy, b"x") for _ in range(3)] == [b"", b"", b""]
        assert proxy.fired(Cut(times=None)) == 3


@pytest.mark.parametrize("direction", ["request", "reply"])
def test_delays_every_piece_from_its_moment_on(server, direction):
    delay = Delay(seconds=0.2, after=4, direction=direction)
    with FaultProxy(server.server_address, delay) as proxy, _client(proxy) as client:
        taken = []
        for _ in range(3):
            began = time.monotonic()
            client.sendall(b"abc")
            assert client.recv(10) == b"ABC"
            taken.append(time.monotonic() - began)
        assert proxy.fired(delay) == 1
    assert [seconds >= 0.2 for seconds in taken] == [False, True, True]


@pytest.mark.parametrize(("after", "arrived"), [(0, b""), (2, b"on"), (b"tw", b"onetw")])
def test_a_black_hole_keeps_the_connection_and_loses_the_rest(server, after, arrived):
    hole = BlackHole(after=after)
    with FaultProxy(server.server_address, hole) as proxy, _client(proxy) as client:
        for piece in (b"one", b"two", b"three"):
            client.sendall(piece)
            time.sleep(0.02)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            _all(client)
        assert proxy.fired(hole) == 1
    assert server.received == arrived


def test_a_black_hole_of_replies_takes_the_request(server):
    hole = BlackHole(direction="reply")
    with FaultProxy(server.server_address, hole) as proxy, _client(proxy) as client:
        client.sendall(b"one")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(10)
    assert server.received == b"one"


def test_refuses_connections(server):
    with FaultProxy(server.server_address, Refuse(times=2)) as proxy:
        for _ in range(2):
            with pytest.raises(ConnectionResetError), _client(proxy) as client:
                client.recv(10)
        assert _asked(proxy, b"one") == b"ONE"
        assert (proxy.fired(Refuse(times=2)), proxy.connections) == (2, 3)


def _port_of_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()


@pytest.mark.parametrize("gone", [_port_of_nobody(), "no-such-socket"])
def test_resets_connections_to_a_server_that_is_gone(gone):
    with FaultProxy(gone) as proxy:
        with pytest.raises(ConnectionResetError), _client(proxy) as client:
            client.recv(10)
        assert (proxy.connections, proxy.unreachable) == (1, 1)


def test_faults_change_while_connections_last(server):
    with FaultProxy(server.server_address) as proxy, _client(proxy) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"ONE"
        proxy.inject(Cut(after=2, direction="reply"))
        client.sendall(b"two")
        assert _all(client) == b"TW"
        proxy.inject()
        assert _asked(proxy, b"three") == b"THREE"


def test_a_fault_that_is_injected_again_happens_again(server):
    with FaultProxy(server.server_address, Cut()) as proxy:
        assert _asked(proxy, b"x") == b""
        proxy.inject(Cut())
        assert proxy.fired(Cut()) == 0
        assert _asked(proxy, b"x") == b""
        assert proxy.fired(Cut()) == 1


def test_several_faults_happen_together(server):
    faults = Delay(seconds=0.1), Cut(after=3, direction="reply")
    with FaultProxy(server.server_address, *faults) as proxy:
        began = time.monotonic()
        assert _asked(proxy, b"abcdef") == b"ABC"
        assert time.monotonic() - began >= 0.1
        assert [proxy.fired(fault) for fault in faults] == [1, 1]


def _held():
    """Return the open files and the threads of this process."""
    return {path.name for path in Path("/dev/fd").iterdir()}, set(threading.enumerate())


@pytest.mark.parametrize(
    "fault", [(), (Cut(),), (BlackHole(),), (DropReply(),), (Delay(seconds=60),), (Refuse(),)]
)
def test_leaves_no_socket_and_no_thread(server, fault):
    clients = []
    before = _held()
    with FaultProxy(server.server_address, *fault) as proxy:
        for _ in range(5):
            clients.append(socket.socket())
            with suppress(ConnectionError):
                clients[-1].connect(proxy.address)
                clients[-1].sendall(b"x")
        wait_until(lambda: proxy.connections == 5, "a client is not connected")
        began = time.monotonic()
    assert time.monotonic() - began < 5
    for client in clients:
        client.close()
    wait_until(lambda: _held() == before, "a socket or a thread is left")


def test_ends_while_nobody_reads(server):
    with FaultProxy(server.server_address) as proxy, _client(proxy) as client:
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.sendall(bytes(100_000_000))


def test_listens_only_within_its_block(server):
    proxy = FaultProxy(server.server_address)
    for _ in range(2):
        with pytest.raises(UsageError, match="this proxy does not listen"):
            assert proxy.address
        with proxy:
            address = proxy.address
            assert _asked(proxy, b"one") == b"ONE"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Cut(after=-1), "after=-1 never comes. Give 0 or more bytes, or text as bytes."),
        (lambda: Cut(after=b""), "after=b'' never comes. Give 0 or more bytes, or text as bytes."),
        (
            lambda: DropReply(after="COMMIT"),
            "after='COMMIT' is neither a number of bytes nor text as bytes.",
        ),
        (lambda: Cut(times=0), "times=0 is not possible. Give 1 or more, or None for every"),
        (lambda: Refuse(times=1.5), "times=1.5 is not possible."),
        (lambda: Delay(seconds=-1), "seconds=-1 is not possible. Give 0 or more."),
        (lambda: Cut(direction="up"), "direction='up' is not possible."),
        (lambda: FaultProxy(("h", 1), "cut"), "'cut' is no fault. Give Cut, BlackHole,"),
        (lambda: FaultProxy(("h", 1)).fired(Refuse()), "was not injected. There are: none."),
    ],
)
def test_says_what_is_wrong(wrong, message):
    with pytest.raises(UsageError) as raised:
        wrong()
    assert message in str(raised.value)


def test_needs_no_driver():
    code = "import dkdata.testing.proxies, sys; print('psycopg2' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"
