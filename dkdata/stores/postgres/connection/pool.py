"""Connections of this process, kept for reuse."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dkdata.attending import attended
from dkdata.stores.postgres.connection import refusals
from dkdata.stores.postgres.connection.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812

    from dkdata.stores.postgres.connection.parameters import Parameters

_IDLE = 2


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
        doing, outcome
            What messages call the call, and say of what it would have changed.
        deadline
            Moment of ``time.monotonic()`` after which its calls end; ``None`` without one.
        reads
            Whether it only reads, and sees one state of the database all the time.
        """
        session = self._take(deadline)
        session.deadline, session.doing, session.outcome = deadline, doing, outcome
        session.has_ledger = False
        try:
            session.begin(reads=reads)
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


def _connected(parameters: Parameters, deadline: float | None, *, is_known: bool) -> Session:
    import psycopg2  # noqa: PLC0415 - on use

    def connect() -> Connection:
        return psycopg2.connect(**parameters.keywords(deadline))

    with refusals.translated(parameters, is_known=is_known):
        made = attended(connect, lambda: None, f"the connection to {parameters.place}", deadline)
    return Session(made, parameters)


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
