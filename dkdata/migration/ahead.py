"""Rows that one thread reads while another writes those before."""

from __future__ import annotations

import threading
from collections import deque
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from dkdata import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_AHEAD_BYTES: Final = 32 << 20
_SLICE_BYTES: Final = 8 << 20
_GRACE_SECONDS: Final = 5.0


@dataclass(eq=False)
class Ahead:
    """The batches of a stream, of which a thread has read a bounded number of bytes ahead.

    Parameters
    ----------
    rows
        Read by the thread only.
    error
        What was raised while they were read: what writes them may make another one of it.
    """

    rows: pa.RecordBatchReader
    error: BaseException | None = None
    _batches: deque[pa.RecordBatch] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _bytes: int = 0
    _has_all: bool = False
    _is_closed: bool = False
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start to read."""
        context = copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._read,), name="dkdata-migration", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop to read; a server that hangs is not waited for for long."""
        with self._changed:
            self._is_closed = True
            self._batches.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_GRACE_SECONDS)

    def _read(self) -> None:
        batches = iter(self.rows)
        try:
            with engine.interruptible():
                for batch in batches:
                    if not all(map(self._put, _slices(batch))):
                        break
        except BaseException as error:  # noqa: BLE001 - raised where the rows are wanted
            self.error = error
        finally:
            del batches
            with self._changed:
                self._has_all = True
                self._changed.notify_all()

    def _put(self, batch: pa.RecordBatch) -> bool:
        """Hand over a batch once there is room; false where nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._bytes < _AHEAD_BYTES)
            if self._is_closed:
                return False
            self._batches.append(batch)
            self._bytes += batch.nbytes
            self._changed.notify_all()
            return True

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, each once; raise what was raised while they were read."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._batches or self._has_all)
                if not self._batches:
                    break
                batch = self._batches.popleft()
                self._bytes -= batch.nbytes
                self._changed.notify_all()
            yield batch
        if self.error is not None:
            raise self.error


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield a large batch in parts, and an empty one not at all."""
    step = max(1, batch.num_rows * _SLICE_BYTES // max(batch.nbytes, _SLICE_BYTES))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)
