"""Indices that are of no table, as the save that made or replaced them did not end."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from dkdata.stores.elasticsearch.beating import ALIVE
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.committing import withdraw
from dkdata.stores.elasticsearch.definition import META
from dkdata.stores.elasticsearch.naming import is_mark, is_of_a_table
from dkdata.stores.elasticsearch.saving import remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.stores.elasticsearch.client import Client

_DEAD_AFTER = 60.0  # seconds: three times as long as a save says nothing
_MILLISECONDS = 1000


def leftovers(
    client: Client, prefix: str, older_than: float | None
) -> dict[str, Callable[[], object]]:
    """Return the indices that can go, in words, with what removes each.

    Parameters
    ----------
    older_than
        Seconds without a sign that the save lives which was to make a part of a table of an index;
        by default a minute.
    """
    found: dict[str, Any] = client.ask(
        "GET", path_of(f"{prefix}*"), expand_wildcards="open,closed,hidden",
        filter_path=f"*.aliases,*.settings.index.creation_date,*.mappings._meta.{META}.{ALIVE}",
    )  # fmt: skip
    latest = time.time() - (_DEAD_AFTER if older_than is None else older_than)
    return {
        f"index {index}, which is of no table": partial(_clear, client, index, bool(aliases))
        for index, about in found.items()
        if is_of_a_table(index)
        and all(map(is_mark, aliases := about.get("aliases", {})))
        and _lived(about) <= latest
    }


def _clear(client: Client, index: str, is_marked: bool) -> None:  # noqa: FBT001
    """Remove an index, unless a save has made it a part of a table after all."""
    if not is_marked or withdraw(client, index):
        remove(client, [index])


def _lived(about: dict[str, Any]) -> float:
    """Return when the save of an index lived for sure, in seconds since 1970."""
    made = int(about["settings"]["index"]["creation_date"]) / _MILLISECONDS
    noted = about.get("mappings", {}).get("_meta", {}).get(META, {}).get(ALIVE, 0)
    return made + float(noted)
