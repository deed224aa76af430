"""Waiting for what comes about in another thread, process or server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], T], what: str, seconds: float = 20) -> T:
    """Wait until a condition gives something true, and return that.

    Parameters
    ----------
    what
        What does not come about, where it does not: ``"no session waits for a lock"``.

    Raises
    ------
    TimeoutError
        It is not true after so many seconds.

    Examples
    --------
    >>> wait_until([3, 0].pop, "nothing is left")
    3
    """
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            message = f"{what}, after {seconds} seconds"
            raise TimeoutError(message)
        time.sleep(_PAUSE_SECONDS)
    return found
