"""Chunks of bytes for a driver that reads a file, made by a thread while earlier ones are sent."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from dkdata.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Chunks: TypeAlias = Generator[bytes | memoryview, None, None]

_AHEAD = 3


@dataclass(frozen=True)
class Feed:
    """A file to read from: ``read(n)`` gives at most ``n`` bytes, and none at the end."""

    read: Callable[[int], bytes]


@contextmanager
def feeding(chunks: Chunks) -> Iterator[Feed]:
    """Give a file of the chunks, which a thread makes ahead.

    Leaving stops the thread and closes ``chunks``. What their maker raises, and an interrupt during
    a call of ``read``, is raised at the end in place of the driver's error about that call, which
    tells the server no more than that the rows ended early.

    Examples
    --------
    >>> with feeding(chunk for chunk in (b"abc", b"de")) as feed:
    ...     feed.read(2), feed.read(2), feed.read(2), feed.read(2)
    (b'ab', b'c', b'de', b'')
    """
    raised: list[BaseException] = []
    with closing(_reading(chunks, raised)) as reading:
        next(reading)
        try:
            # A generator is entered where it was left, inside its `try`: so it meets an interrupt
            # that came while the driver was busy, which would miss one at the start of a method.
            yield Feed(reading.send)
        except BaseException:
            if raised:
                raise raised[0]  # noqa: B904 - the driver's error stays its context
            raise


def _reading(chunks: Chunks, raised: list[BaseException]) -> Generator[bytes, int, None]:
    """Answer each size that is sent with so many bytes."""
    try:
        with closing(_ahead(chunks)) as made:
            size = yield b""
            for chunk in made:
                left = memoryview(chunk)
                while left:
                    piece, left = bytes(left[:size]), left[size:]
                    size = yield piece
            while True:
                size = yield b""
    except GeneratorExit:
        raise
    except BaseException as error:
        raised.append(error)
        message = "the rows ended early."
        raise StoreError(message) from error


def _ahead(chunks: Chunks) -> Chunks:
    """Return the chunks, made by a thread while the ones before are used."""
    made: SimpleQueue[bytes | memoryview | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(_AHEAD)
    stopped = threading.Event()

    def make() -> None:
        end: BaseException | None = None
        try:
            with closing(chunks):
                for chunk in chunks:
                    made.put(chunk)
                    room.acquire()
                    if stopped.is_set():
                        break
        except BaseException as error:  # noqa: BLE001 - raised where the chunks are used
            end = error
        made.put(end)

    thread = threading.Thread(target=make, name="dkdata-encoding")
    thread.start()
    try:
        while (chunk := made.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk
            room.release()
    finally:
        stopped.set()
        room.release()
        thread.join()
