"""Connections to PostgreSQL servers, kept for reuse; every call on one can be ended."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dkdata.attending import Work, attended
from dkdata.errors import DkError
from dkdata.stores.postgres import failures
from dkdata.stores.postgres.columns import SETTINGS
from dkdata.stores.postgres.streams import Outgoing, arriving, in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from dkdata.stores.postgres.parameters import Parameters

T = TypeVar("T")
Values: TypeAlias = "Sequence[Any] | Mapping[str, Any]"
_READ_BYTES = 1 << 18
_IDLE = 2
_ROLLBACK_SECONDS = 1.0
# How often a server looks whether its client is still there, while it works or waits for a lock;
# since version 14, and not on Windows.
_NOTICING = """
    CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL
        AND version() !~* 'windows|msvc|visual c|mingw'
    THEN set_config('client_connection_check_interval', '200ms', true) END
"""


@dataclass
class Session:
    """One connection; used by one thread at a time.

    Parameters
    ----------
    connection
        In a transaction from the first statement on.
    doing, outcome
        What messages call the call for which it is used, and what they say of the data.
    has_ledger
        Whether the role can write what is kept beside tables (``ledger``).
    written
        The place and the id of the write that the next commit makes.
    """

    connection: Connection
    parameters: Parameters
    deadline: float | None = None
    doing: str = "the connection"
    outcome: str = ""
    is_usable: bool = True
    has_ledger: bool = False
    written: tuple[str, str, str] | None = None

    @property
    def role(self) -> str:
        """The role that is connected."""
        return self.connection.info.user

    def run(self, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; none where it gives none.

        Where there are values, even none, ``%%`` in it is one ``%``.
        """

        def work(cursor: Cursor) -> list[tuple[Any, ...]]:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

        return self._attended(work)

    def changed(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""

        def work(cursor: Cursor) -> int:
            cursor.execute(sql, values)
            return cursor.rowcount

        return self._attended(work)

    def first(self, sql: str, values: Values | None = None) -> tuple[Any, ...] | None:
        """Run a statement and return its first row."""
        rows = self.run(sql, values)
        return rows[0] if rows else None

    def mogrified(self, sql: str, values: Values) -> str:
        """Return a statement with its values as the driver writes them; ``%%`` is one ``%``."""
        with closing(self.connection.cursor()) as cursor:
            return cursor.mogrify(sql, values).decode()

    def copy_in(self, sql: str, chunks: Iterable[Any]) -> int:
        """Send the bytes of a ``COPY … FROM STDIN``, and return how many rows arrived.

        The chunks are made in the thread that calls, while the ones before are sent in another.
        """
        feed = Outgoing()

        def send(cursor: Cursor) -> int:
            try:
                cursor.copy_expert(sql, feed, _READ_BYTES)
            finally:
                feed.close()
            return cursor.rowcount

        def stop() -> None:
            self.abort()  # first: the end of what is read must not look like that of the rows
            feed.close()

        work = self._started(send, stop)
        try:
            for chunk in chain(chunks, [None]):
                work.wait(lambda left, chunk=chunk: feed.put(chunk, left), self.deadline)  # type: ignore[misc]
                if feed.is_closed:
                    break
        except BaseException:
            stop()
            raise
        with failures.translated(self):
            return work.result(self.deadline)

    def copy_out(self, sql: str) -> Generator[bytes]:
        """Yield what a ``COPY … TO STDOUT`` sends, in blocks of whole rows.

        A stream that is left before its end leaves the connection of no use.
        """

        def receive(put: Callable[[bytes], None]) -> None:
            def copy(cursor: Cursor) -> None:
                with in_blocks(put) as file:
                    cursor.copy_expert(sql, file)

            self._with_cursor(copy)

        with failures.translated(self):
            yield from arriving(receive, self.abort, self.doing, self.deadline)

    def commit(self) -> None:
        """Commit; what is raised says whether that is known."""
        self._attended(lambda _: self.connection.commit())

    def rollback(self) -> None:
        """Undo what the transaction did; a broken connection has undone it already."""
        if not self.is_usable or self.connection.closed:
            return
        try:
            limit = time.monotonic() + _ROLLBACK_SECONDS
            attended(self.connection.rollback, self.abort, "the rollback", limit)
        except Exception:  # noqa: BLE001 - the server undoes what a lost connection did
            self.discard()

    def abort(self) -> None:
        """End whatever runs on the connection, which is of no use afterwards.

        By closing the line, which the server notices soon (``_NOTICING``). Asking it to cancel
        would be another connection, for whose answer the driver stops all threads of Python.
        """
        self.is_usable = False
        with suppress(OSError, _interface_error()):
            line = socket.socket(fileno=os.dup(self.connection.fileno()))
            with closing(line):
                line.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Close the connection, without waiting for what may still run on it."""
        self.is_usable = False
        threading.Thread(target=self._close, daemon=True).start()

    def _close(self) -> None:
        with suppress(Exception):  # it is of no use any more
            self.connection.close()

    def _attended(self, work: Callable[[Cursor], T]) -> T:
        with failures.translated(self):
            return self._started(work, self.abort).result(self.deadline)

    def _started(self, work: Callable[[Cursor], T], stop: Callable[[], None]) -> Work[T]:
        return Work(lambda: self._with_cursor(work), stop, self.doing, self.outcome).start()

    def _with_cursor(self, work: Callable[[Cursor], T]) -> T:
        with closing(self.connection.cursor()) as cursor:
            return work(cursor)


def _interface_error() -> type[Exception]:
    import psycopg2  # noqa: PLC0415 - on use

    return psycopg2.InterfaceError


@dataclass
class Pool:
    """The connections that this process has with the same parameters."""

    parameters: Parameters
    has_connected: bool = False
    _idle: list[Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def session(
        self, doing: str, deadline: float | None, outcome: str = "", *, reads: bool = False
    ) -> Iterator[Session]:
        """Lend a connection in a transaction; what is not committed is undone at the end.

        Parameters
        ----------
        reads
            Whether it only reads, and sees one state of the database all the time.
        """
        session = self._take(deadline)
        session.deadline, session.doing, session.outcome = deadline, doing, outcome
        session.written, session.has_ledger = None, False
        try:
            session.run(_beginning(self.parameters, reads=reads))
            yield session
        finally:
            session.rollback()
            self._give_back(session)

    def _take(self, deadline: float | None) -> Session:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        session = _connected(self.parameters, deadline, is_known=self.has_connected)
        self.has_connected = True
        return session

    def _give_back(self, session: Session) -> None:
        with self._lock:
            if session.is_usable and not session.connection.closed and len(self._idle) < _IDLE:
                self._idle.append(session)
                return
        session.discard()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.discard()


_pools: dict[Parameters, Pool] = {}
_guard = threading.Lock()


def pool_of(parameters: Parameters) -> Pool:
    """Return the connections of this process with these parameters."""
    with _guard:
        return _pools.setdefault(parameters, Pool(parameters))


def flush(session: Session) -> None:
    """Bring to the disk what a transaction has written, so that its commit takes a moment only.

    The commit of another one does that, and nobody waits for its locks.
    """
    with (
        suppress(DkError),
        pool_of(session.parameters).session("a flush", session.deadline) as other,
    ):
        other.run("SELECT pg_logical_emit_message(true, 'dkdata', '')")
        other.commit()


def _connected(parameters: Parameters, deadline: float | None, *, is_known: bool) -> Session:
    import psycopg2  # noqa: PLC0415 - on use

    def connect() -> Connection:
        return psycopg2.connect(**parameters.keywords(deadline))

    with failures.of_connecting(parameters, is_known=is_known):
        made = attended(connect, lambda: None, f"the connection to {parameters.place}", deadline)
    return Session(made, parameters)


def _beginning(parameters: Parameters, *, reads: bool) -> str:
    """Return the first statements of a transaction.

    The settings are of the transaction, not of the session: that may be shared, by a pooler
    between here and the server, with others whose settings are theirs.
    """
    from psycopg2.extensions import QuotedString  # noqa: PLC0415 - on use

    wanted = {**SETTINGS, **parameters.settings}
    calls = [
        f"set_config('{name}', {QuotedString(value).getquoted().decode()}, true)"
        for name, value in wanted.items()
    ]
    if reads:
        kind = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
    else:
        kind = "SET TRANSACTION READ ONLY; " if parameters.is_read_only else ""
    return f"{kind}SELECT {', '.join([*calls, _NOTICING])}"


def _forget() -> None:
    """Leave the connections of a forked process to its parent, whose they are."""
    global _guard  # noqa: PLW0603 - a lock does not survive a fork
    _guard = threading.Lock()
    for pool in _pools.values():
        _inherited.extend(pool._idle)  # noqa: SLF001 - of this module
    _pools.clear()


_inherited: list[Session] = []  # never closed in the child: that would end them for the parent

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
