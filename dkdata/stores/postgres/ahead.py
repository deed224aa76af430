"""Work of a thread that is a few items ahead of who takes them."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Item = TypeVar("Item")
_AHEAD = 2
_PAUSE, _PATIENCE = 0.1, 5.0  # seconds: to notice an interrupt, for cancelled work to end


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class Ahead(Generic[Item]):
    """Items that a thread makes.

    Parameters
    ----------
    make
        Gives each item to the function that it gets, which waits while too many are there.
    cancel
        Makes ``make`` end soon; it may wait for long itself.
    leave
        Makes ``make`` end where that did not help.
    """

    def __init__(
        self,
        make: Callable[[Callable[[Item], None]], None],
        cancel: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self._make, self._cancel, self._leave = make, cancel, leave
        self._queue: queue.Queue[Item | _End] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._run, name="dkdata-postgres", daemon=True)
        self._is_stopped = self._has_ended = False

    def items(self) -> Generator[Item]:
        """Yield the items, once, then raise what ended the work; stop it in any case."""
        self._thread.start()
        try:
            while not isinstance(item := self._taken(), _End):
                yield item
            self._has_ended = True
            if item.error:
                raise item.error
        finally:
            self._stop()

    def _run(self) -> None:
        error = None
        try:
            self._make(self._put)
        except BaseException as caught:  # noqa: BLE001 - raised by who takes the items
            error = caught
        self._put(_End(error))

    def _put(self, item: Item | _End) -> None:
        if not self._is_stopped:
            self._queue.put(item)

    def _taken(self) -> Item | _End:
        """Wait for what comes next, with pauses in which an interrupt is noticed."""
        while True:
            with suppress(queue.Empty):
                return self._queue.get(timeout=_PAUSE)

    def _stop(self) -> None:
        """End the work and the thread; items that are still made are thrown away."""
        self._is_stopped = True
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        if self._has_ended:
            self._thread.join()
            return
        canceller = threading.Thread(target=self._cancel, daemon=True)
        canceller.start()
        self._thread.join(_PATIENCE)
        canceller.join(_PATIENCE)  # else it might cancel what is asked next
        if self._thread.is_alive() or canceller.is_alive():
            self._leave()
            self._thread.join(_PATIENCE)
