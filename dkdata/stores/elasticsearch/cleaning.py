"""Indices that are of no table, as the save that made or replaced them did not end."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import is_of_a_table
from dkdata.stores.elasticsearch.saving import remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.stores.elasticsearch.client import Client

_DEAD_AFTER = 86_400.0  # seconds: a save of very many rows may take hours
_MILLISECONDS = 1000


def leftovers(
    client: Client, prefix: str, older_than: float | None
) -> dict[str, Callable[[], object]]:
    """Return the indices that can go, in words, with what removes each.

    Parameters
    ----------
    older_than
        Seconds since an index was made of which no save has made a part of a table; by default a
        day.
    """
    found: dict[str, Any] = client.ask(
        "GET", path_of(f"{prefix}*"), expand_wildcards="open,closed,hidden",
        filter_path="*.aliases,*.settings.index.creation_date",
    )  # fmt: skip
    latest = time.time() - (_DEAD_AFTER if older_than is None else older_than)
    dead = [
        index
        for index, about in found.items()
        if is_of_a_table(index) and not about.get("aliases") and _made(about) <= latest
    ]
    return {
        f"index {index}, which is of no table": partial(remove, client, [index]) for index in dead
    }


def _made(about: dict[str, Any]) -> float:
    """Return when an index was made, in seconds since 1970."""
    return int(about["settings"]["index"]["creation_date"]) / _MILLISECONDS
