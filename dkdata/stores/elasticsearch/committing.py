"""The one request by which a new index becomes a part of a table, or takes its place.

Until then it has an alias that marks it, which that request removes. Who removes the mark before
makes sure that the request fails, whenever it comes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dkdata import engine
from dkdata.errors import ConflictError, DkError, StoreError
from dkdata.stores.elasticsearch import lookup
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.naming import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held

SECONDS_TO_ASK = 5.0  # what has become of a save that failed
# A table that others made meanwhile, two newest indices; what has gone: an index, an alias, a mark.
_CONFLICTING = (400, 500, ABSENT)


def appending(held: Held, index: str) -> list[dict[str, Any]]:
    """Return what adds an index to a table.

    Of the indices of an alias, one at most is written to through it, and the server heeds that: of
    two writers who saw the same newest one, the second is refused.
    """
    newest = held.newest.index
    older = {"index": newest, "alias": held.alias, "is_write_index": False}
    return [_removed(held.alias, newest), {"add": older}, *_finished(held.alias, index)]


def replacing(held: Held | None, alias: str, index: str) -> list[dict[str, Any]]:
    """Return what puts an index in the place of a table, or makes one of it."""
    return [*_gone(held, alias), *_finished(alias, index)]


def _gone(held: Held | None, alias: str) -> list[dict[str, Any]]:
    return [_removed(alias, part.index) for part in (held.parts if held else ())]


def _removed(alias: str, index: str) -> dict[str, Any]:
    return {"remove": {"index": index, "alias": alias, "must_exist": True}}


def _finished(alias: str, index: str) -> list[dict[str, Any]]:
    added = {"index": index, "alias": alias, "is_write_index": True}
    return [_removed(mark_of(index), index), {"add": added}]


def rename(client: Client, held: Held, alias: str) -> None:
    """Let the indices of a table be found under another name."""
    actions = _gone(held, held.alias)
    for part in held.parts:
        is_newest = part is held.newest
        actions.append({"add": {"index": part.index, "alias": alias, "is_write_index": is_newest}})
    commit(client, held.table, alias, held.newest.index, actions)


def drop(client: Client, held: Held) -> None:
    """Let a table be found no more: all of its parts at once.

    Raises
    ------
    ConflictError
        Somebody else wrote to the table meanwhile.
    """
    try:
        client.ask("POST", path_of("_aliases"), {"actions": _gone(held, held.alias)})
    except RefusedError as error:
        if error.status != ABSENT:
            raise
        found = client.ask("GET", path_of("_alias"))
        if any(held.alias in about["aliases"] for about in found.values()):
            raise conflict(held.table) from error


class DoubtfulError(StoreError):
    """Whether a save was done is not known."""


def commit(
    client: Client, table: str, alias: str, index: str, actions: Iterable[dict[str, Any]]
) -> None:
    """Do it; all of it or nothing.

    Raises
    ------
    ConflictError
        Somebody else wrote to the table meanwhile.
    DoubtfulError
        The answer did not come.
    """
    try:
        client.ask("POST", path_of("_aliases"), {"actions": list(actions)})
    except DkError as error:
        try:
            with engine.time_limit(time.monotonic() + SECONDS_TO_ASK):
                is_done = settled(client, alias, index)  # an earlier answer may be lost
        except DkError:
            raise doubtful(table, error) from error
        if is_done:
            return
        if isinstance(error, RefusedError) and error.status in _CONFLICTING:
            raise conflict(table) from error
        raise


def settled(client: Client, alias: str, index: str) -> bool:
    """Return whether an index is a part of a table; where it is not, it never will be."""
    withdraw(client, index)
    return alias in lookup.aliases_of(client, index)


def mark(client: Client, index: str) -> None:
    """Let an index that was withdrawn become a part of a table after all."""
    added = {"index": index, "alias": mark_of(index), "is_hidden": True}
    client.ask("POST", path_of("_aliases"), {"actions": [{"add": added}]})


def withdraw(client: Client, index: str) -> bool:
    """Keep a marked index from becoming a part of a table; return whether it was marked."""
    try:
        client.ask("POST", path_of("_aliases"), {"actions": [_removed(mark_of(index), index)]})
    except RefusedError as error:
        if error.status == ABSENT:
            return False
        raise
    return True


def doubtful(table: str, error: DkError) -> DoubtfulError:
    """Return the error that tells of a save of which nobody knows how it ended."""
    message = (
        f"{table!r}: whether it was saved is not known: the answer to the commit did not come"
        f" ({error}). Look at it, or repeat the save under its run_id=: it writes once."
    )
    return DoubtfulError(message)


def conflict(table: str) -> ConflictError:
    """Return the error of whoever finds another table than it has seen."""
    message = (
        f"somebody else wrote to {table!r} at the same time. Nothing was written. Look at it, and"
        " try again."
    )
    return ConflictError(message)
