"""Work that blocks ends at a deadline, at an interrupt, and otherwise with its result."""

from __future__ import annotations

import contextvars
import os
import threading
import time

import pytest

from dkdata.attending import Work, attended
from dkdata.errors import DeadlineError


def _blocking():
    """Return work that lasts until it is stopped, and what stops it."""
    stopped = threading.Event()
    return (lambda: stopped.wait(30)), stopped


def test_the_result_is_that_of_the_work():
    assert attended(lambda: 7, lambda: None, "the sum") == 7


def test_what_the_work_raises_is_raised():
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        attended(fail, lambda: None, "the sum")


def test_the_work_sees_the_context_of_who_waits():
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(5)
    assert attended(variable.get, lambda: None, "the look") == 5


def test_the_deadline_stops_the_work():
    work, stopped = _blocking()
    started = time.monotonic()
    with pytest.raises(DeadlineError, match="the time allowed ran out during the long wait"):
        attended(work, stopped.set, "the long wait", started + 0.1)
    assert stopped.is_set()


def test_work_that_cannot_be_stopped_does_not_hold_up_who_waits():
    release = threading.Event()
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        attended(lambda: release.wait(30), lambda: None, "the hang", started + 0.1)
    assert not release.is_set()
    release.set()


def test_an_interrupt_stops_the_work():
    work, stopped = _blocking()

    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Work(work, stopped.set, "the wait").start().wait(interrupted, None)
    assert stopped.is_set()


def test_calls_one_after_another_need_no_further_threads():
    def thread():
        return attended(threading.get_ident, lambda: None, "the look")

    assert len({thread() for _ in range(50)}) <= 2  # one is done before it is free again
    assert thread() != threading.get_ident()


def test_work_within_work_has_a_thread_of_its_own():
    def within():
        return threading.get_ident(), attended(threading.get_ident, lambda: None, "the inner")

    outer, inner = attended(within, lambda: None, "the outer")
    assert outer != inner


def test_a_forked_process_works_by_threads_of_its_own():
    attended(lambda: None, lambda: None, "the first")
    child = os.fork()
    if not child:
        os._exit(attended(lambda: 7, lambda: None, "the sum", time.monotonic() + 5))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_threads_without_work_end():
    known = set(threading.enumerate())
    ready = threading.Barrier(5)

    def meet():
        attended(ready.wait, ready.abort, "the meeting", time.monotonic() + 10)

    waiting = [threading.Thread(target=meet) for _ in range(5)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    until = time.monotonic() + 20
    while set(threading.enumerate()) - known and time.monotonic() < until:
        time.sleep(0.05)
    assert set(threading.enumerate()) <= known
