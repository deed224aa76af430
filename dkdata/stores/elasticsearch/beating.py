"""Signs that a save lives, in the mapping of the index that it fills."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from dkdata.errors import DkError
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.definition import META

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Part

ALIVE = "alive"
"""How many seconds after the index was made its save lived, by the clock of the save."""
EVERY_SECONDS = 20.0


@contextmanager
def beating(client: Client, part: Part) -> Iterator[None]:
    """Note now and then, until the end of the block, that a new index is being filled."""
    started, ended = time.monotonic(), threading.Event()

    def beat() -> None:
        while not ended.wait(EVERY_SECONDS):
            meta = part.meta()
            meta[META][ALIVE] = int(time.monotonic() - started)
            body: dict[str, Any] = {"_meta": meta}
            with suppress(DkError):  # the save finds out for itself
                client.ask("PUT", path_of(part.index, "_mapping"), body)

    thread = threading.Thread(target=copy_context().run, args=(beat,), daemon=True)
    thread.start()
    try:
        yield
        ended.set()
        thread.join()  # the mapping is written again
    finally:  # who was interrupted does not wait for a server that hangs
        ended.set()
