"""Backends by name: where the class of each is, imported on use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from dkdata.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.store import Store

BACKENDS = {
    "delta": "dkdata.stores.delta:DeltaStore",
    "duckdb": "dkdata.stores.duckdb:DuckDBStore",
    "file": "dkdata.stores.file:FileStore",
    "memory": "dkdata.stores.memory:MemoryStore",
}


def store_class(backend: str) -> Callable[..., Store]:
    """Return the class of a backend.

    Examples
    --------
    >>> store_class("memory").__name__
    'MemoryStore'
    """
    if backend not in BACKENDS:
        raise UsageError.choice("backend", backend, BACKENDS)
    module, _, name = BACKENDS[backend].partition(":")
    return cast("Callable[..., Store]", getattr(import_module(module), name))
