"""Blocking calls in threads, awaited; a cancelled one ends as by Ctrl-C, and is rolled back."""

from __future__ import annotations

import asyncio
import functools
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from dkdata import ongoing
from dkdata.ongoing import Ongoing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE: Final = 32
"""Calls that run at a time; more of them wait, in order."""
_ASKING_SECONDS: Final = 0.1
"""Between two attempts to end a call: what it does at the moment may not listen."""


_STOPPED: Final = "INTERRUPT Error"
"""What errors of DuckDB begin with that come of a cancel."""


class _InterruptedError(Exception):
    """A call was ended; a ``KeyboardInterrupt`` that came out of a future would end the loop."""


_depth: ContextVar[int] = ContextVar("depth", default=0)


@functools.cache
def _threads(depth: int) -> ThreadPoolExecutor:
    """Return the threads of calls that are made within so many others, none of which they need."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"dkdata-aio-{depth}")


if hasattr(os, "register_at_fork"):  # a child has none of the threads
    os.register_at_fork(after_in_child=_threads.cache_clear)


async def awaited(call: Callable[[], T], work: Ongoing) -> T:
    """Return what a blocking call returns, made in a thread as a part of work.

    If the task that waits is cancelled, so is the work: ``CancelledError`` is raised once the call
    has ended and nothing of it is left, or it had been done already, which the message says.
    """
    submitted = _threads(_depth.get()).submit(copy_context().run, _run, work, call)
    done = asyncio.wrap_future(submitted)
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        if submitted.cancel():
            raise
        outcome = await _ended(done, work)
        raise asyncio.CancelledError(outcome) from None


def begun(title: str) -> Ongoing:
    """Return work that is not shown itself, so that what it consists of is."""
    return Ongoing(title, is_shown=False)


def _run(work: Ongoing, call: Callable[[], T]) -> T:
    work.adopt()
    _depth.set(_depth.get() + 1)
    try:
        with ongoing.within(work):
            return call()
    except KeyboardInterrupt as interrupt:
        raise _InterruptedError(*interrupt.args) from interrupt


async def _ended(done: Awaitable[object], work: Ongoing) -> str:
    """Wait until a call that is cancelled has ended, and return how it did."""
    waiting = asyncio.ensure_future(done)
    while not waiting.done():
        work.cancel()
        with suppress(asyncio.CancelledError):  # once is enough
            await asyncio.wait({waiting}, timeout=_ASKING_SECONDS)
    error = waiting.exception()
    if error is None:
        return f"{work.title}: it was done already."
    told = "" if _is_of_engine(error) else str(error)
    return told or _interrupted(work.title)


def _is_of_engine(error: BaseException) -> bool:
    """Whether an error is that of a query which DuckDB stopped: it says nothing of a cancel."""
    at: BaseException | None = error
    while at is not None and not str(at).startswith(_STOPPED):
        at = at.__cause__ or at.__context__
    return at is not None and not isinstance(error, _InterruptedError)


def _interrupted(title: str) -> str:
    return f"{title}: interrupted."


def mirrored(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return a coroutine function that does what a blocking one does."""

    @functools.wraps(function)
    async def coroutine(*args: P.args, **kwargs: P.kwargs) -> T:
        call = functools.partial(function, *args, **kwargs)
        return await awaited(call, begun(function.__name__))

    return coroutine


async def iterated(start: Callable[[], Iterator[T]], title: str, most: int) -> AsyncIterator[T]:
    """Yield what a blocking iterator gives, of which ``most`` are fetched at a time in threads."""
    work, wanted = begun(title), 1
    items = await awaited(start, work)
    try:
        while found := await awaited(functools.partial(_some, items, wanted), work):
            for item in found:
                yield item
            wanted = min(most, wanted * 4)  # the first one soon, many with little waiting
    except asyncio.CancelledError:  # some of it was done already, but not all
        raise asyncio.CancelledError(_interrupted(title)) from None
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            await awaited(close, begun(title))


def _some(items: Iterator[T], count: int) -> list[T]:
    return list(islice(items, count))
