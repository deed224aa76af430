"""What fails for a reason that passes is tried again, under one deadline."""

from __future__ import annotations

import time

import pytest

from dkdata.errors import DeadlineError, StoreError
from dkdata.retrying import ATTEMPTS, TransientError, retried


def _failing(times):
    """Return work that fails so many times, and the numbers of its attempts."""
    seen = []

    def work(number):
        seen.append(number)
        if number < times:
            raise TransientError(StoreError(f"failure {number}"))
        return "done"

    return work, seen


def test_it_is_tried_until_it_works():
    work, seen = _failing(3)
    assert retried(work) == "done"
    assert seen == [0, 1, 2, 3]


def test_at_the_end_the_last_error_is_raised_as_the_caller_knows_it():
    work, seen = _failing(100)
    with pytest.raises(StoreError, match=f"^failure {ATTEMPTS - 1}$"):
        retried(work)
    assert len(seen) == ATTEMPTS


def test_other_errors_are_not_tried_again():
    seen = []

    def work(number):
        seen.append(number)
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        retried(work)
    assert seen == [0]


def test_no_attempt_begins_after_the_deadline():
    work, seen = _failing(100)
    with pytest.raises(StoreError, match="failure 0"):
        retried(work, deadline=time.monotonic())
    assert seen == [0]


def test_a_time_that_runs_out_is_told_with_the_failure_before_it():
    def work(number):
        raise DeadlineError("too late") if number else TransientError(StoreError("not let in"))

    with pytest.raises(DeadlineError, match=r"(?s)^too late.*before it failed: not let in$"):
        retried(work)


def test_the_cause_is_that_of_the_driver():
    driver = OSError("the line broke")

    def work(_):
        raise TransientError(StoreError("lost")) from driver

    with pytest.raises(StoreError, match="lost") as caught:
        retried(work, attempts=1)
    assert caught.value.__cause__ is driver
