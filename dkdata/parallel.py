"""Work on many things in several threads, whose results come in the order of the things."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")
WORKERS = 16
_AHEAD = 8  # things under way, or done and not taken, for each worker
_MOST_BYTES = 64 << 20


def at_once(
    work: Callable[[T], R],
    items: Iterable[T],
    size: Callable[[T], int] = lambda _: 0,
    workers: int = WORKERS,
) -> Iterator[R]:
    """Yield what ``work`` makes of each item, in their order; many are under way at once.

    Parameters
    ----------
    size
        How many bytes an item, or what is made of it, takes: what is under way has a limit of them.

    Examples
    --------
    >>> list(at_once(str.upper, ["a", "b"]))
    ['A', 'B']
    """
    pool = ThreadPoolExecutor(workers, "dkdata-at-once")
    running: deque[tuple[Future[R], int]] = deque()
    held = 0
    try:
        for item in items:
            length = size(item)
            while running and (len(running) >= _AHEAD * workers or held + length > _MOST_BYTES):
                future, done = running.popleft()
                yield future.result()
                held -= done
            running.append((pool.submit(copy_context().run, partial(work, item)), length))
            held += length
        while running:
            yield running.popleft()[0].result()
    except BaseException as error:
        # An interrupt does not wait for a server that hangs.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()
