"""Stores that are open, each of which is opened once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dkdata.store import Store


@dataclass(eq=False)
class OpenStores:
    """Stores by a key; the threads of a process share them.

    Examples
    --------
    >>> from dkdata.stores.memory import MemoryStore
    >>> stores = OpenStores()
    >>> stores.get("memory", MemoryStore) is stores.get("memory", MemoryStore)
    True
    """

    _stores: dict[Hashable, Store] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def get(self, key: Hashable, opening: Callable[[], Store]) -> Store:
        """Return the store of a key, which ``opening`` gives the first time."""
        with self._lock:
            if key not in self._stores:
                self._stores[key] = opening()
            return self._stores[key]

    def close(self) -> None:
        """Close all stores; the next ``get`` opens a new one."""
        with self._lock:
            stores = list(self._stores.values())
            self._stores.clear()
        for store in stores:
            store.close()
