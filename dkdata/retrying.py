"""Trying again what failed for a reason that passes, under one deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from dkdata.errors import DeadlineError, DkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

T = TypeVar("T")
ATTEMPTS = 12  # about nine seconds: a server is back by then
_FIRST_SECONDS = 0.05
_LONGEST_SECONDS = 3.0
_MOST_SECONDS = 180.0  # of all attempts, where each waits long for a server that hangs


class TransientError(DkError):
    """Something failed that may work when it is tried again; ``error`` says what, to the caller.

    Only between a store and ``retried``, which raises ``error`` when it gives up.

    Parameters
    ----------
    what
        What happened, without what follows from it; by default all that ``error`` says.

    Attributes
    ----------
    doubtful
        What may have been carried out all the same, because the answer did not come.
    """

    doubtful: Any = None

    def __init__(self, error: DkError, what: str = "") -> None:
        super().__init__(str(error))
        self.error = error
        self.what = what or str(error)


def retried(work: Callable[[int], T], deadline: float | None = None, attempts: int = ATTEMPTS) -> T:
    """Return what ``work`` returns, called again after a ``TransientError``.

    The pauses grow, and are drawn at random below their bound, so that many clients of a server
    that comes back do not come at once.

    Parameters
    ----------
    work
        Gets the number of earlier attempts.
    deadline
        Moment of ``time.monotonic()`` after which no attempt is begun; by default in three minutes.

    Raises
    ------
    DkError
        The ``error`` of the last attempt; a ``DeadlineError`` of its own has a note that says why
        the attempt before it failed.

    Examples
    --------
    >>> retried(lambda number: f"after {number} failures")
    'after 0 failures'
    """
    from tenacity import (  # noqa: PLC0415 - loads on use
        Retrying,
        retry_if_exception_type,
        wait_random_exponential,
    )

    pause = wait_random_exponential(multiplier=_FIRST_SECONDS, max=_LONGEST_SECONDS)

    end = time.monotonic() + _MOST_SECONDS if deadline is None else deadline

    def is_over(state: RetryCallState) -> bool:
        is_late = time.monotonic() + state.upcoming_sleep >= end
        return is_late or state.attempt_number >= attempts

    number, failure = -1, ""

    def attempt() -> T:
        nonlocal number, failure
        number += 1
        try:
            return work(number)
        except TransientError as transient:
            failure = str(transient.error)
            raise
        except DeadlineError as error:
            if failure:
                error.add_note(f"The attempt before it failed: {failure}")
            raise

    policy = Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=pause,
        stop=is_over,
        reraise=True,
    )
    try:
        return policy(attempt)
    except TransientError as transient:
        raise transient.error from (transient.__cause__ or transient.error.__cause__)
