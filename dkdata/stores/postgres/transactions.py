"""Transactions of one database: joined by what a thread calls meanwhile, tried again, committed."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata import engine
from dkdata.errors import DeadlineError, DkError, StoreError
from dkdata.retrying import TransientError, retried
from dkdata.stores.postgres.connection.failures import LostError
from dkdata.stores.postgres.connection.pool import pool_of
from dkdata.stores.postgres.tables import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from dkdata.stores.postgres.connection.parameters import Parameters
    from dkdata.stores.postgres.connection.session import Session

    T = TypeVar("T")

_NOTHING = "Nothing was changed. "
_UNKNOWN = "whether it was done is not known: the answer to the commit did not come"
_ASKING_SECONDS = 0.7


@dataclass
class _Joined:
    """A transaction that writes, of which further calls of the thread are a part.

    Parameters
    ----------
    written
        The write that it makes.
    """

    session: Session
    process: int
    written: ledger.Place | None = None


class _Thread(threading.local):
    joined: _Joined | None = None


class Transactions:
    """The transactions of one database, each of one thread.

    What a thread asks for while it is in one that writes is a part of that one.

    Parameters
    ----------
    parameters
        How to connect.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._thread = _Thread()

    def _current(self) -> Session | None:
        """Return the session of the transaction that a call of this thread is a part of.

        While rows are sent, what makes them may call too, but by another connection; so may a
        process that it forks.
        """
        joined = self._thread.joined
        if joined is None or joined.session.is_sending or joined.process != os.getpid():
            return None
        return joined.session

    @property
    def is_within(self) -> bool:
        """Whether this thread is in a transaction that writes."""
        return self._current() is not None

    def close(self) -> None:
        """Close the connections that nobody uses."""
        pool_of(self.parameters).close()

    @contextmanager
    def reading(self, doing: str) -> Iterator[Session]:
        """Lend a connection in whose transaction one state of the database is seen."""
        if session := self._current():
            yield session
            return
        pool = pool_of(self.parameters)
        with pool.session(doing, engine.current_deadline(), reads=True) as session:
            yield session

    @contextmanager
    def writing(self, doing: str, deadline: float | None) -> Iterator[Session]:
        """Lend a connection whose transaction is committed at the end, or changes nothing.

        Raises
        ------
        LostError
            The answer to the commit did not come; its ``doubtful`` says what it was about.
        StoreError, DeadlineError
            The same, where that was not recorded, or there is no time left.
        """
        if within := self._current():
            yield within
            return
        outer = self._thread.joined
        with pool_of(self.parameters).session(doing, deadline, _NOTHING) as session:
            session.has_ledger = _has_ledger(session)
            joined = self._thread.joined = _Joined(session, os.getpid())
            try:
                yield session
            except KeyboardInterrupt as interrupt:
                message = f"{doing}: interrupted; nothing was changed."
                raise KeyboardInterrupt(message) from interrupt
            finally:
                self._thread.joined = outer
            self._commit(session, joined.written)

    def makes(self, place: ledger.Place) -> None:
        """Keep which write the transaction of this thread makes."""
        if self._thread.joined:
            self._thread.joined.written = place

    def _commit(self, session: Session, written: ledger.Place | None) -> None:
        """Commit; what is raised says truthfully what has become of it."""
        place = written if session.has_ledger else None
        session.outcome = ""
        try:
            session.commit()
        except LostError as error:
            error.doubtful = place
            if place is None:
                message = f"{error} {_doubt(place)}"
                raise StoreError(message) from error.error
            raise
        except DeadlineError as error:
            message = f"{error} {_doubt(place)}"
            raise DeadlineError(message) from error
        except KeyboardInterrupt as interrupt:
            message = f"{session.doing}: interrupted; {self._outcome(place)}."
            raise KeyboardInterrupt(message) from interrupt

    def _outcome(self, place: ledger.Place | None) -> str:
        """Return what has become of a commit that was interrupted."""
        if place is None:
            return _UNKNOWN
        try:
            limit = time.monotonic() + _ASKING_SECONDS
            found = self._remembered(place, "the look at the save", limit)
        except DkError:
            return _UNKNOWN
        return "nothing was changed" if found is None else "it was saved already"

    def retried(self, work: Callable[[], T], deadline: float | None = None) -> T:
        """Return what ``work`` returns, tried again; not within a transaction, which is undone."""
        if self.is_within:
            return work()
        return retried(lambda _: work(), deadline or engine.current_deadline())

    def looked(self, doing: str, work: Callable[[Session], T]) -> T:
        """Return what ``work`` finds in one state of the database, tried again.

        Raises what ``work`` raises; in the place of a ``TransientError``, what that stands for.
        """

        def attempt() -> T:
            with self.reading(doing) as session:
                return work(session)

        return self.retried(attempt)

    def changed(self, doing: str, work: Callable[[Session], T]) -> T:
        """Return what a change returns, made in a transaction that is tried again.

        Raises what ``work`` and ``writing`` raise; in the place of a ``TransientError``, what that
        stands for.
        """
        deadline = engine.current_deadline()

        def attempt() -> T:
            with self.writing(doing, deadline) as session:
                return work(session)

        return self.retried(attempt, deadline)

    def settled(
        self, error: TransientError, doing: str, deadline: float | None
    ) -> dict[str, Any] | None:
        """Return what was remembered of a write whose commit was not answered, if it was done.

        Raises
        ------
        StoreError
            That cannot be found out.
        """
        if error.doubtful is None:
            return None
        try:
            return retried(lambda _: self._remembered(error.doubtful, doing, deadline), deadline)
        except DkError as unknown:
            message = f"{error} {_doubt(error.doubtful)}"
            raise StoreError(message) from unknown

    def _remembered(
        self, place: ledger.Place, doing: str, deadline: float | None
    ) -> dict[str, Any] | None:
        with pool_of(self.parameters).session(doing, deadline) as session:
            return ledger.settled(session, place)


def _has_ledger(session: Session) -> bool:
    """Whether a write can be recorded, in tables that the first one makes before it begins."""
    if ledger.is_writable(session):
        return True
    if not ledger.may_make(session):
        return False
    ledger.make(session)
    session.commit()
    session.begin()
    return ledger.is_writable(session)


def _doubt(place: ledger.Place | None) -> str:
    again = f" Or repeat the save under run_id={place[2]!r}: it writes once." if place else ""
    return f"{_UNKNOWN}. Look at it.{again}"
