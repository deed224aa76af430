"""Work that blocks ends at a deadline, at an interrupt, and otherwise with its result."""

from __future__ import annotations

import contextvars
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
