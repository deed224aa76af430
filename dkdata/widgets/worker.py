"""One thread that does all the work of an explorer, the most urgent first."""

from __future__ import annotations

import atexit
import contextvars
import heapq
import itertools
import logging
import threading
import time
import weakref
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from dkdata import engine

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

_log = logging.getLogger(__name__)
_IDLE_SECONDS: Final = 60.0
_END_SECONDS: Final = 2.0
_STEP_SECONDS: Final = 0.02
_open: weakref.WeakSet[Worker] = weakref.WeakSet()


def _end() -> None:
    """End the threads before the interpreter ends, which would complain of open connections."""
    for worker in list(_open):
        worker.close()
        worker.join(_END_SECONDS)


atexit.register(_end)


class Urgency(IntEnum):
    """How urgent work is; what has a smaller number is done first."""

    EDIT = 0
    PAGE = 1
    VIEW = 2
    DETAIL = 3
    FIGURES = 4
    RULES = 5
    DEAR_RULES = 6
    SUGGESTIONS = 7
    LAST = 8


@dataclass(order=True)
class Job:
    """Something to do.

    Parameters
    ----------
    urgency
        What is more urgent is done first, and stops what can be.
    lane
        Of jobs of one lane, only the last is wanted; ``""`` is a lane in which all are.
    run
        Gets the one connection of the thread to DuckDB, if it has one.
    yields
        Whether it is stopped for a more urgent job, and then begun anew.
    """

    urgency: Urgency
    number: int = field(init=False, default=0)
    lane: str = field(compare=False)
    run: Callable[[Any], object] = field(compare=False)
    yields: bool = field(compare=False, default=False)


class Worker:
    """A queue and the thread that empties it, which may own a connection to DuckDB.

    Any thread may put jobs. The thread ends when it has been idle for a minute, and is started
    again by the next job.

    Parameters
    ----------
    ended
        Called in the thread with the lane of a job that ended, and what it raised.
    connects
        Whether its jobs need a connection; without one they get ``None``. What is open when the
        interpreter ends in the middle of a job makes DuckDB complain.
    """

    def __init__(
        self, ended: Callable[[str, Exception | None], object], *, connects: bool = True
    ) -> None:
        self._ended = ended
        self._connects = connects
        self._changed = threading.Condition()
        self._queue: list[Job] = []
        self._numbers = itertools.count()
        self._current: Job | None = None
        self._is_stopped = False
        self._is_closed = False
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._thread: threading.Thread | None = None
        # Kernels look there for the cell that a message belongs to; new threads have it empty.
        self._context = contextvars.copy_context()
        _open.add(self)

    def put(self, job: Job) -> None:
        """Have a job done, in place of a waiting one of its lane."""
        with self._changed:
            if self._is_closed:
                return
            job.number = next(self._numbers)
            if job.lane:
                self._drop(job.lane)
            heapq.heappush(self._queue, job)
            self._make_way(job)
            if self._thread is None:
                run = self._context.copy().run
                self._thread = threading.Thread(
                    target=run, args=(self._work,), name="dkdata", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def drop(self, lane: str) -> None:
        """Forget the job that waits in a lane."""
        with self._changed:
            self._drop(lane)
            self._changed.notify_all()

    def _drop(self, lane: str) -> None:
        kept = [job for job in self._queue if job.lane != lane]
        if len(kept) < len(self._queue):
            self._queue = kept
            heapq.heapify(self._queue)

    def _make_way(self, job: Job) -> None:
        """Stop what runs if the new job replaces it or is more urgent."""
        running = self._current
        if running is None or self._is_stopped:
            return
        is_replaced = bool(job.lane) and job.lane == running.lane
        is_after = running.yields and job.urgency < running.urgency
        if not (is_replaced or is_after):
            return
        if not is_replaced:
            heapq.heappush(self._queue, running)
        self._is_stopped = True
        threading.Thread(target=self._interrupt, args=(running,), daemon=True).start()

    def _interrupt(self, job: Job) -> None:
        """Interrupt DuckDB until a job has ended: between two queries, that is in vain."""
        with self._changed:
            # The same job may be begun anew, which nobody wants to be stopped.
            while self._is_stopped and self._current is job and self._connection is not None:
                self._connection.interrupt()
                self._changed.wait(_STEP_SECONDS)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to do."""
        with self._changed:
            return not self._queue and self._current is None

    @property
    def is_here(self) -> bool:
        """Whether this code runs in its thread."""
        return self._thread is threading.current_thread()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; return whether that is so."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._queue or self._current is not None:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                # A wait without a limit could not be interrupted by the user.
                self._changed.wait(1.0 if left is None else min(left, 1.0))
        return True

    def close(self) -> None:
        """Stop what runs, and do nothing any more."""
        with self._changed:
            self._is_closed = self._is_stopped = True
            self._queue.clear()
            if self._current is not None:
                threading.Thread(target=self._interrupt, args=(self._current,), daemon=True).start()
            self._changed.notify_all()

    def join(self, timeout: float) -> None:
        """Wait for the thread to end."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _next(self) -> Job | None:
        """Return the most urgent job; ``None`` if there was none for long."""
        with self._changed:
            self._current = None
            self._changed.notify_all()
            if not self._queue and not self._is_closed:
                self._changed.wait(_IDLE_SECONDS)
            if not self._queue:
                self._thread = self._connection = None
                return None
            self._is_stopped = False
            self._current = heapq.heappop(self._queue)
            return self._current

    def _work(self) -> None:
        self._connection = connection = engine.connection() if self._connects else None
        try:
            while (job := self._next()) is not None:
                self._do(job, connection)
        finally:
            if connection is not None:
                connection.close()

    def _do(self, job: Job, connection: duckdb.DuckDBPyConnection | None) -> None:
        error: Exception | None = None
        try:
            job.run(connection)
        except Exception as raised:  # noqa: BLE001 - told to whoever waits for the job
            error = raised
        if error is not None and self._is_stopped:
            return
        try:
            self._ended(job.lane, error)
        except Exception:  # noqa: BLE001 - of any kind
            # What a user's own observer of a trait raises, whom nothing else would tell.
            _log.exception("an observer of the explorer failed")
