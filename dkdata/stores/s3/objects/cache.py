"""Objects that were fetched, kept for the next time, by the marks that every change changes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dkdata.stores.s3.failures import UnchangedError

if TYPE_CHECKING:
    from dkdata.stores.s3.objects.client import Client, Fetched

_OVERHEAD = 500  # bytes of Python that an entry takes beside the object


@dataclass
class Cache:
    """Objects in memory, the one that was used longest ago dropped first.

    What is given is always as the server has it: a list tells the marks of its objects, and
    without one the server is asked whether the object is still the same.

    Parameters
    ----------
    most_bytes
        Room for objects; with none, nothing is kept.
    seconds
        For how long an object is kept.

    Attributes
    ----------
    hits, misses
        How often an object was at hand, and how often it was fetched.
    """

    most_bytes: int = 0
    seconds: float = 300.0
    hits: int = 0
    misses: int = 0
    _held: OrderedDict[tuple[str, str], tuple[float, Fetched]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, client: Client, key: str, etag: str | None) -> Fetched | None:
        """Return an object, if it is there.

        Parameters
        ----------
        etag
            The mark that a list has just told, or ``None``.
        """
        held = self._known((client.bucket, key)) if self.most_bytes else None
        if held is not None and held.etag == etag:
            return self._counted(held)
        try:
            found = client.get(key, held.etag if held is not None and etag is None else None)
        except UnchangedError:
            return self._counted(held)
        with self._lock:
            self.misses += 1
            if found is not None and self.most_bytes:
                self._keep((client.bucket, key), found)
        return found

    def __str__(self) -> str:
        """Return how often what was asked for was at hand."""
        asked = self.hits + self.misses
        if not self.most_bytes:
            return "nothing is kept (cache_bytes=0)"
        rate = f"{self.hits / asked:.0%}" if asked else "none"
        return f"{rate} of {asked:,} reads answered by the cache, {self._bytes / 1e6:.1f} MB"

    def _counted(self, held: Fetched | None) -> Fetched | None:
        with self._lock:
            self.hits += 1
        return held

    def _known(self, place: tuple[str, str]) -> Fetched | None:
        with self._lock:
            since, found = self._held.get(place, (0.0, None))
            if found is None:
                return None
            if time.monotonic() - since > self.seconds:
                self._drop(place)
                return None
            self._held.move_to_end(place)
            return found

    def _keep(self, place: tuple[str, str], found: Fetched) -> None:
        self._drop(place)
        self._held[place] = time.monotonic(), found
        self._bytes += len(found.body) + _OVERHEAD
        while self._bytes > self.most_bytes:
            self._drop(next(iter(self._held)))

    def _drop(self, place: tuple[str, str]) -> None:
        if place in self._held:
            _, found = self._held.pop(place)
            self._bytes -= len(found.body) + _OVERHEAD
