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


class Outgoing:
    """Chunks from the thread that makes them to the one that sends them."""

    def __init__(self) -> None:
        self._chunks: deque[Any] = deque()
        self._changed = threading.Condition()
        self._rest = memoryview(b"")
        self.is_closed = False

    def put(self, chunk: Any, seconds: float | None = None) -> bool:  # noqa: ANN401 - a buffer
        """Hand over a chunk, ``None`` being the end; false if there was no room in time."""

        def has_room() -> bool:
            return self.is_closed or len(self._chunks) < _CHUNKS_AHEAD

        with self._changed:
            if not self._changed.wait_for(has_room, seconds):
                return False
            self._chunks.append(chunk)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """Let nothing be sent any more: what is read has come to its end."""
        with self._changed:
            self.is_closed = True
            self._chunks.clear()
            self._changed.notify_all()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end; the driver reads it like a file."""
        while not self._rest:
            with self._changed:
                self._changed.wait_for(lambda: self.is_closed or self._chunks)
                if self.is_closed:
                    return b""
                chunk = self._chunks.popleft()
                self._changed.notify_all()
            if chunk is None:
                return b""
            self._rest = memoryview(chunk).cast("B")
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


def arriving(
    make: Callable[[Callable[[T], None]], object],
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
    first
        A deadline of the first item, before that of all.

    Examples
    --------
    >>> list(arriving(lambda put: [put(n) for n in (1, 2)], lambda: None, "the count", None))
    [1, 2]
    """
    items = _Items[T]()

    def run() -> None:
        try:
            make(items.put)
        finally:
            items.end()

    def halt() -> None:
        items.refuse()
        stop()

    work = Work(run, halt, doing).start()
    until = deadline if first is None else first
    try:
        while True:
            work.wait(items.wait, until)
            if items.has_ended:
                break
            yield items.take()
            until = deadline
    except BaseException:
        halt()
        raise
    work.result(deadline)


class _Items(Generic[T]):
    """Items from the thread that puts them to the one that takes them."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._is_refused = self._is_complete = False

    def put(self, item: T) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_refused or len(self._items) < _ITEMS_AHEAD)
            if not self._is_refused:
                self._items.append(item)
                self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._is_complete = True
            self._changed.notify_all()

    def refuse(self) -> None:
        """Throw away what still comes."""
        with self._changed:
            self._is_refused = True
            self._changed.notify_all()

    @property
    def has_ended(self) -> bool:
        with self._changed:
            return self._is_complete and not self._items

    def wait(self, seconds: float) -> bool:
        """Wait for an item, or the end; false if neither came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._items) or self._is_complete, seconds)

    def take(self) -> T:
        with self._changed:
            item = self._items.popleft()
            self._changed.notify_all()
            return item


def in_blocks(put: Callable[[bytes], None]) -> io.BufferedIOBase:
    """Return a file for a driver that writes row by row: what is put are blocks of whole rows."""
    return io.BufferedWriter(_Blocks(put), _BLOCK_BYTES)


class _Blocks(io.RawIOBase):
    """Hands on what a buffer holds when no other row fits in.

    The driver writes each row by itself, and a buffered writer, which costs no Python for each,
    never splits what is written to it: so each block is of whole rows.
    """

    def __init__(self, put: Callable[[bytes], None]) -> None:
        super().__init__()
        self._put = put

    def writable(self) -> bool:
        return True

    def write(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
        self._put(bytes(buffer))
        return len(buffer)
