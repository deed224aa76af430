"""Bytes on their way to and from a driver that blocks, in a thread of its own, as it moves them."""

from __future__ import annotations

import io
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNKS_AHEAD = 3
_BLOCKS_AHEAD = 2
_BLOCK_BYTES = 4 << 20


class Outgoing:
    """Chunks from the thread that makes them to the one that sends them."""

    def __init__(self) -> None:
        self._chunks: deque[Any] = deque()
        self._changed = threading.Condition()
        self._rest = memoryview(b"")
        self._has_failed = False
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

    def fail(self) -> None:
        """Let the sender end with an error: there will be no more chunks."""
        with self._changed:
            self._has_failed = True
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing is sent any more."""
        with self._changed:
            self.is_closed = True
            self._chunks.clear()
            self._changed.notify_all()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end; the driver reads it like a file."""
        while not self._rest:
            with self._changed:
                self._changed.wait_for(lambda: self._has_failed or self._chunks)
                if self._has_failed:
                    message = "the rows ended too early"
                    raise OSError(message)
                chunk = self._chunks.popleft()
                self._changed.notify_all()
            if chunk is None:
                return b""
            self._rest = memoryview(chunk).cast("B")
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


class Incoming:
    """Blocks of whole rows from the thread that receives them to the one that takes them."""

    def __init__(self) -> None:
        self._blocks: deque[bytes | None] = deque()
        self._changed = threading.Condition()
        self._is_stopped = False

    @contextmanager
    def writer(self) -> Iterator[io.BufferedIOBase]:
        """Give the driver a file to write to, which ends the blocks when it is left."""
        try:
            with io.BufferedWriter(_Blocks(self._put), _BLOCK_BYTES) as writer:
                yield writer
        finally:
            with self._changed:
                self._blocks.append(None)
                self._changed.notify_all()

    def _put(self, block: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or len(self._blocks) < _BLOCKS_AHEAD)
            if not self._is_stopped:
                self._blocks.append(block)
                self._changed.notify_all()

    def wait(self, seconds: float | None) -> bool:
        """Wait for a block, or the end; false if neither came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._blocks), seconds)

    def take(self) -> bytes | None:
        """Return the block that has come, or ``None`` at the end."""
        with self._changed:
            block = self._blocks.popleft()
            self._changed.notify_all()
            return block

    def stop(self) -> None:
        """Throw away what still comes."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()


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
