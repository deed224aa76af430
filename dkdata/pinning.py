"""What a thread knows of tables while one of its calls lasts, however they change meanwhile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


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
    """

    def __init__(self) -> None:
        self.found: dict[str, T] = {}

    @contextmanager
    def pinned(self, name: str, found: T) -> Iterator[None]:
        """Let what this thread does inside see a table as it was found."""
        outer, self.found = self.found, {**self.found, name: found}
        try:
            yield
        finally:
            self.found = outer
