"""What a thread knows of tables while one of its calls lasts, however they change meanwhile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
_FORGOTTEN = object()


class Pins(threading.local, Generic[T]):
    """The tables that calls of this thread see as they were found first.

    Calls may lie within each other: the rows that are written can come from a stream that writes.

    Examples
    --------
    >>> pins = Pins[str]()
    >>> with pins.pinned("orders", "version 1"):
    ...     with pins.pinned("orders", "version 2"):
    ...         inner = pins.found["orders"]
    ...     inner, pins.found["orders"]
    ('version 2', 'version 1')
    >>> "orders" in pins.found
    False
    >>> with pins.pinned("orders", "version 1"):
    ...     with pins.pinned("orders", "version 2"):
    ...         pins.forget()
    ...     "orders" in pins.found
    False
    """

    def __init__(self) -> None:
        self.found: dict[str, T] = {}

    @contextmanager
    def pinned(self, name: str, found: T) -> Iterator[None]:
        """Let what this thread does inside see a table as it was found."""
        before = {name: self.found[name]} if name in self.found else {}
        self.found[name] = found
        try:
            yield
        finally:
            if self.found.pop(name, _FORGOTTEN) is not _FORGOTTEN:
                self.found |= before

    def forget(self) -> None:
        """Let no table be seen any more as it was found: this thread has changed one."""
        self.found.clear()
