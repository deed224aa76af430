"""Work that blocks in a driver, attended so that an interrupt or a deadline ends it."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from dkdata import ongoing
from dkdata.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_GRACE_SECONDS = 0.6
_STEP_SECONDS = 0.1
_IDLE_SECONDS = 1.0


class _Worker:
    """A thread that makes one call after another, until there are none for a while.

    A thread for each call would take longer than most statements that it waits for. One that hangs
    does not keep the process alive. What a call keeps in the thread is there for the next.
    """

    def __init__(self, first: Callable[[], None]) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._calls.put(first)
        threading.Thread(target=self._work, name="dkdata driver", daemon=True).start()

    @staticmethod
    def start(call: Callable[[], None]) -> None:
        """Let a thread that waits for work make a call, else a new one; it must not raise."""
        try:
            worker = _idle.pop()
        except IndexError:
            _Worker(call)
        else:
            worker._calls.put(call)  # noqa: SLF001 - of this class

    def _work(self) -> None:
        while call := self._next():
            call()
            del call  # what it holds
            _idle.append(self)

    def _next(self) -> Callable[[], None] | None:
        while True:
            try:
                return self._calls.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                try:
                    _idle.remove(self)
                except ValueError:  # a call is about to come
                    continue
                return None


_idle: deque[_Worker] = deque()

if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_idle.clear)


@dataclass
class Work(Generic[T]):
    """Something that runs in another thread.

    Parameters
    ----------
    stop
        Makes what blocks end with an error, soon; called from the thread that waits.
    doing, outcome
        What messages call it: "the save of 'orders'"; and say of what it would have changed.
    """

    run: Callable[[], T]
    stop: Callable[[], object]
    doing: str
    outcome: str = ""
    _done: threading.Event = field(default_factory=threading.Event)
    _result: list[T] = field(default_factory=list)
    _error: BaseException | None = None

    def start(self) -> Work[T]:
        """Start to run."""
        _Worker.start(partial(copy_context().run, self._run))
        return self

    def _run(self) -> None:
        try:
            self._result.append(self.run())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self._error = error
        finally:
            self._done.set()

    def result(self, deadline: float | None = None) -> T:
        """Wait for the end and return the result, or raise what was raised.

        Raises
        ------
        DeadlineError
            It had not ended at ``deadline``, a moment of ``time.monotonic()``.
        """
        self.wait(self._done.wait, deadline)
        if self._error is not None:
            raise self._error
        return self._result[0]

    def wait(self, until: Callable[[float], bool], deadline: float | None) -> None:
        """Call ``until`` with a few seconds again and again, until it gives true.

        Any exception meanwhile, an interrupt or a cancellation above all, stops the work.
        """
        try:
            while not until(_step(deadline)):
                ongoing.check()
                if deadline is not None and time.monotonic() >= deadline:
                    message = f"the time allowed ran out during {self.doing}."
                    message += f" {self.outcome}Raise timeout=."
                    raise DeadlineError(message)  # noqa: TRY301 - ended like every other
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        """Stop the work, and give it a moment to leave nothing half-done."""
        self.stop()
        self._done.wait(_GRACE_SECONDS)


def _step(deadline: float | None) -> float:
    """Return how long to wait at a time.

    A long wait for a lock may not be interrupted: polars lets such calls go on after a signal.
    """
    left = _STEP_SECONDS if deadline is None else deadline - time.monotonic()
    return max(0.0, min(_STEP_SECONDS, left))


def attended(
    run: Callable[[], T],
    stop: Callable[[], object],
    doing: str,
    deadline: float | None = None,
    outcome: str = "",
) -> T:
    """Return what ``run`` returns; it ends early, by ``stop``, at an interrupt or the deadline.

    Raises
    ------
    DeadlineError
        It had not ended at ``deadline``, a moment of ``time.monotonic()``.

    Examples
    --------
    >>> attended(lambda: 2 + 2, lambda: None, "the sum")
    4
    """
    return Work(run, stop, doing, outcome).start().result(deadline)
