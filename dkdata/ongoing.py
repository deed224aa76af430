"""Work that goes on for long: how far it is, and whether somebody wants it to end."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from dkdata.types import Rows

_current: ContextVar[Ongoing | None] = ContextVar("ongoing", default=None)


@dataclass(eq=False)
class Ongoing:
    """Something that goes on in one thread; others look how far it is, and may cancel it.

    Parameters
    ----------
    title
        What goes on: "saving to orders".
    unit, total, done
        What is counted, how many there are (``None`` is unknown), and how many are done.
    outcome
        What is said of an interrupt now: "nothing was changed".
    line
        What is said in one line at its end.
    part_of
        Work that this is done for, if any.
    is_shown
        Whether what is done for it is shown by it, and not by itself.
    is_over
        Whether it has ended. It is set as the first thing then, before anything is called:
        an interrupt may come into every call.

    Examples
    --------
    >>> work = Ongoing("counting sheep", "sheep", total=3)
    >>> work.advance(2)
    >>> work.done, work.total
    (2, 3)
    """

    title: str
    unit: str = "rows"
    total: int | None = None
    done: int = 0
    outcome: str = ""
    line: str = ""
    started: float = field(default_factory=time.monotonic)
    part_of: Ongoing | None = field(default_factory=_current.get)
    _thread: threading.Thread = field(default_factory=threading.current_thread)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stops: list[Callable[[], object]] = field(default_factory=list)
    is_shown: bool = True
    is_over: bool = False
    _is_cancelled: bool = False

    @property
    def seconds(self) -> float:
        """How long it has gone on."""
        return time.monotonic() - self.started

    def adopt(self) -> None:
        """Go on in the thread that calls."""
        self._thread = threading.current_thread()

    def advance(self, count: int) -> None:
        """Count what was done since the last call."""
        self.check()
        self.done += count

    def count(self, unit: str, total: int | None = None) -> None:
        """Count something else from now on, from 0."""
        self.check()
        self.unit, self.total, self.done = unit, total, 0

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` if the work was cancelled and the thread gets no signals.

        That is so too if work was cancelled that this is a part of.
        """
        if self._is_cancelled and self._thread is not threading.main_thread():
            raise KeyboardInterrupt
        if self.part_of is not None:
            self.part_of.check()

    def cancel(self) -> None:
        """Let the work end as by Ctrl-C; called from any thread, and of no effect after its end.

        It can be called again: Python may lose an interrupt that comes while it cleans up.
        """
        with self._lock:
            if self.is_over:
                return
            self._is_cancelled = True
            if self._thread is threading.main_thread():
                _interrupt_main()
                return
            for stop in tuple(self._stops):
                stop()

    @contextmanager
    def stopped_by(self, stop: Callable[[], object]) -> Iterator[None]:
        """Have ``stop`` end what is done inside when the work is cancelled, or what it is for.

        It is called from another thread, and for a main thread not at all: that gets a signal.
        """
        with ExitStack() as stack:
            if self.part_of is not None:
                stack.enter_context(self.part_of.stopped_by(stop))
            self._stops.append(stop)
            try:
                yield
            finally:
                self._stops.remove(stop)

    def end(self) -> None:
        """Have it be over: once this returns, no cancel comes any more."""
        self.is_over = True
        with self._lock:  # a cancel that has begun has sent its signal
            pass


def _interrupt_main() -> None:
    """Do what Ctrl-C does, which wakes the main thread from what it waits for."""
    if hasattr(signal, "pthread_kill"):
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()


def current() -> Ongoing | None:
    """Return the work that the caller is a part of, if somebody watches it."""
    return _current.get()


@contextmanager
def within(work: Ongoing) -> Iterator[Ongoing]:
    """Make work the current one, of which all is a part that is done inside."""
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def advance(count: int) -> None:
    """Count for the current work, if there is one."""
    work = _current.get()
    if work is not None:
        work.advance(count)


def count(unit: str, total: int | None = None) -> None:
    """Have the current work count something else from now on, if there is one."""
    work = _current.get()
    if work is not None:
        work.count(unit, total)


def check() -> None:
    """Raise ``KeyboardInterrupt`` if the current work was cancelled."""
    work = _current.get()
    if work is not None:
        work.check()


def stopped_by(stop: Callable[[], object]) -> AbstractContextManager[None]:
    """Have ``stop`` end what is done inside when the current work is cancelled."""
    work = _current.get()
    return nullcontext() if work is None else work.stopped_by(stop)


def counted(rows: Rows) -> Rows:
    """Return the same rows; those of a stream are counted for the current work as they pass."""
    work = _current.get()
    if work is None or isinstance(rows, pa.Table):
        return rows

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in rows:
            work.advance(batch.num_rows)
            yield batch

    return pa.RecordBatchReader.from_batches(rows.schema, batches())
