"""Bytes on their way to and from a driver that blocks, in a thread of its own, as it moves them."""

from __future__ import annotations

import io
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dkdata.attending import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")
_CHUNKS_AHEAD = 3
_ITEMS_AHEAD = 2
_BLOCK_BYTES = 4 << 20


class _Handover(Generic[T]):
    """Items from one thread to another, which may be a few ahead."""

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._has_all = False
        self.is_closed = False

    def put(self, item: T, seconds: float | None = None) -> bool:
        """Hand over an item; false if there was no room in time."""

        def has_room() -> bool:
            return self.is_closed or len(self._items) < self._ahead

        with self._changed:
            if not self._changed.wait_for(has_room, seconds):
                return False
            if not self.is_closed:
                self._items.append(item)
                self._changed.notify_all()
            return True

    def end(self) -> None:
        """Let no other items be expected."""
        with self._changed:
            self._has_all = True
            self._changed.notify_all()

    def close(self) -> None:
        """Throw away what is there and what still comes: nothing more is taken."""
        with self._changed:
            self.is_closed = True
            self._items.clear()
            self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for an item, or the end; false if neither came in time."""

        def is_decided() -> bool:
            return bool(self._items) or self._has_all or self.is_closed

        with self._changed:
            return self._changed.wait_for(is_decided, seconds)

    def take(self) -> list[T]:
        """Wait, and return the next item as the only one of a list, which is empty at the end."""
        with self._changed:
            self.wait()
            found = [self._items.popleft()] if self._items else []
            self._changed.notify_all()
            return found


class Outgoing(_Handover[Any]):
    """Chunks from the thread that makes them to the driver, which reads them like a file."""

    def __init__(self) -> None:
        super().__init__(_CHUNKS_AHEAD)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        while not self._rest:
            found = self.take()
            if not found:
                return b""
            self._rest = memoryview(found[0]).cast("B")
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


def arriving(
    make: Callable[[Callable[[T], object]], object],
    stop: Callable[[], object],
    doing: str,
    deadline: float | None,
    first: float | None = None,
) -> Generator[T]:
    """Yield what ``make`` puts, a little ahead of who takes it, in a thread of its own.

    Parameters
    ----------
    make
        Gets what it is to call with each item; what it raises is raised at the end.
    stop
        Makes it end soon, where the items are left before their end, or the deadline passes.
    deadline, first
        Moments of ``time.monotonic()`` at which to give up: in all, and on the first item. ``None``
        means no limit, or none of its own.

    Examples
    --------
    >>> list(arriving(lambda put: [put(n) for n in (1, 2)], lambda: None, "the count", None))
    [1, 2]
    """
    items = _Handover[T](_ITEMS_AHEAD)

    def run() -> None:
        try:
            make(items.put)
        finally:
            items.end()

    def halt() -> None:
        items.close()
        stop()

    work = Work(run, halt, doing).start()
    until = deadline if first is None else first
    try:
        while True:
            work.wait(items.wait, until)
            found = items.take()
            if not found:
                break
            yield found[0]
            until = deadline
    except BaseException:
        halt()
        raise
    work.result(deadline)


def in_blocks(put: Callable[[bytes], object]) -> io.BufferedIOBase:
    """Return a file for a driver that writes row by row: what is put are blocks of whole rows."""
    return io.BufferedWriter(_Blocks(put), _BLOCK_BYTES)


class _Blocks(io.RawIOBase):
    """Hands on what a buffer holds when no other row fits in.

    The driver writes each row by itself, and a buffered writer, which costs no Python for each,
    never splits what is written to it: so each block is of whole rows.
    """

    def __init__(self, put: Callable[[bytes], object]) -> None:
        super().__init__()
        self._put = put

    def writable(self) -> bool:
        return True

    def write(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
        self._put(bytes(buffer))
        return len(buffer)
