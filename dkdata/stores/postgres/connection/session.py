"""One connection to a PostgreSQL server, of which every call can be ended."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from dkdata.attending import Work, attended
from dkdata.errors import DkError
from dkdata.stores.postgres.connection import failures
from dkdata.stores.postgres.connection.settings import beginning
from dkdata.stores.postgres.connection.streams import Outgoing, arriving, in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from dkdata.stores.postgres.connection.parameters import Parameters

T = TypeVar("T")
Values: TypeAlias = "Sequence[Any] | Mapping[str, Any]"
_READ_BYTES = 1 << 18
_ROLLBACK_SECONDS = 1.0
# A server that waits until more can be sent hears of no end, only of a reset.
_AT_ONCE = struct.pack("ii", 1, 0)  # on, and for no seconds


@dataclass
class Session:
    """One connection; used by one thread at a time.

    Parameters
    ----------
    connection
        In a transaction from the first statement on.
    deadline
        Moment of ``time.monotonic()`` at which its calls end, or ``None``.
    doing, outcome
        What messages call the call for which it is used, and what they say of the data.
    is_sending
        Whether rows are being sent, so that nothing else can be done.
    reads
        Whether its transaction only reads.
    has_ledger
        Whether the role can write what is kept beside tables (``ledger``).
    """

    connection: Connection
    parameters: Parameters
    deadline: float | None = None
    doing: str = "the connection"
    outcome: str = ""
    is_usable: bool = True
    is_sending: bool = False
    reads: bool = False
    has_ledger: bool = False
    _driver: threading.Lock = field(default_factory=threading.Lock)

    @property
    def role(self) -> str:
        """The role that is connected."""
        return self.connection.info.user

    def begin(self, *, reads: bool = False) -> None:
        """Begin a transaction; one that ``reads`` sees one state of the database all the time."""
        self.reads = reads
        self.run(beginning(self.parameters, reads=reads))

    def run(self, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; none where it gives none.

        Where there are values, even none, ``%%`` in it is one ``%``.

        Raises
        ------
        DkError
            What the server says to it, by its meaning (``failures``).
        TransientError
            It may work when the whole transaction is tried again.
        DeadlineError
            It had not ended at the deadline; the connection is of no use any more.
        """

        def work(cursor: Cursor) -> list[tuple[Any, ...]]:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

        return self._attended(work)

    def count_changed(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""

        def work(cursor: Cursor) -> int:
            cursor.execute(sql, values)
            return cursor.rowcount

        return self._attended(work)

    def first(self, sql: str, values: Values | None = None) -> tuple[Any, ...] | None:
        """Run a statement and return its first row."""
        rows = self.run(sql, values)
        return rows[0] if rows else None

    def one(self, sql: str, values: Values | None = None) -> tuple[Any, ...]:
        """Run a statement that gives exactly one row, and return it."""
        (row,) = self.run(sql, values)
        return row

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within if that fails; the transaction can go on."""
        self.run("SAVEPOINT dk")
        try:
            yield
        except DkError:
            if self.is_usable:
                self.run("ROLLBACK TO SAVEPOINT dk; RELEASE SAVEPOINT dk")
            raise
        self.run("RELEASE SAVEPOINT dk")

    def mogrified(self, sql: str, values: Values) -> str:
        """Return a statement with its values as the driver writes them; ``%%`` is one ``%``."""
        with closing(self.connection.cursor()) as cursor:
            return cursor.mogrify(sql, values).decode()

    def copy_in(self, sql: str, chunks: Iterable[Any]) -> int:
        """Send the bytes of a ``COPY … FROM STDIN``, and return how many rows arrived.

        The chunks are made in the thread that calls, while the ones before are sent in another.
        What making them raises undoes the ``COPY``, and is raised; else as ``run``.
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
        self.is_sending = True
        try:
            for chunk in chunks:
                work.wait(lambda left, chunk=chunk: feed.put(chunk, left), self.deadline)  # type: ignore[misc]
                if feed.is_closed:
                    break
            feed.end()
        except BaseException:
            stop()
            raise
        finally:
            self.is_sending = False
        with failures.translated(self):
            return work.result(self.deadline)

    def copy_out(self, sql: str) -> Generator[bytes]:
        """Yield what a ``COPY … TO STDOUT`` sends, in blocks of whole rows.

        A stream that is left before its end leaves the connection of no use.
        """

        def receive(put: Callable[[bytes], object]) -> None:
            def copy(cursor: Cursor) -> None:
                with in_blocks(put) as file:
                    cursor.copy_expert(sql, file)

            self._with_cursor(copy)

        with failures.translated(self):
            yield from arriving(receive, self.abort, self.doing, self.deadline)

    def commit(self) -> None:
        """Commit what the transaction did.

        Raises
        ------
        LostError, DeadlineError
            The answer did not come: whether it was done is not known.
        ConflictError
            It was not done: a rule that is checked at the end is broken.
        """
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

        By closing the line, which the server notices soon (``settings``). Asking it to cancel
        would be another connection, for whose answer the driver stops all threads of Python.
        """
        self.is_usable = False
        with suppress(OSError, _interface_error()):
            line = socket.socket(fileno=os.dup(self.connection.fileno()))
            with closing(line):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                line.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Close the connection once nothing runs on it, without waiting for that.

        While it copies, the driver does not guard its memory against being closed: it would crash.
        """
        self.is_usable = False
        threading.Thread(target=self._close, daemon=True).start()

    def _close(self) -> None:
        with self._driver, suppress(Exception):  # it is of no use any more
            self.connection.close()

    def _attended(self, work: Callable[[Cursor], T]) -> T:
        with failures.translated(self):
            return self._started(work, self.abort).result(self.deadline)

    def _started(self, work: Callable[[Cursor], T], stop: Callable[[], None]) -> Work[T]:
        return Work(lambda: self._with_cursor(work), stop, self.doing, self.outcome).start()

    def _with_cursor(self, work: Callable[[Cursor], T]) -> T:
        with self._driver, closing(self.connection.cursor()) as cursor:
            return work(cursor)


def _interface_error() -> type[Exception]:
    import psycopg2  # noqa: PLC0415 - on use

    return psycopg2.InterfaceError
