"""The one request by which a new index becomes a part of a table, or takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.errors import ConflictError, DkError, StoreError
from dkdata.stores.elasticsearch import lookup
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held


def appending(held: Held, index: str) -> list[dict[str, Any]]:
    """Return what adds an index to a table.

    Of the indices of an alias, one at most is written to through it, and the server heeds that: of
    two writers who saw the same newest one, the second is refused.
    """
    newest = {"index": held.newest.index, "alias": held.alias, "is_write_index": False}
    return [{"add": newest}, _added(held.alias, index)]


def replacing(held: Held | None, alias: str, index: str) -> list[dict[str, Any]]:
    """Return what puts an index in the place of a table, or makes one of it."""
    gone = [
        {"remove": {"index": part.index, "alias": alias, "must_exist": True}}
        for part in (held.parts if held else ())
    ]
    return [*gone, _added(alias, index)]


def _added(alias: str, index: str) -> dict[str, Any]:
    return {"add": {"index": index, "alias": alias, "is_write_index": True}}


def rename(client: Client, held: Held, alias: str) -> None:
    """Let the indices of a table be found under another name."""
    actions: list[dict[str, Any]] = replacing(held, held.alias, "")[:-1]
    for part in held.parts:
        is_newest = part is held.newest
        actions.append({"add": {"index": part.index, "alias": alias, "is_write_index": is_newest}})
    commit(client, held.table, alias, held.newest.index, actions)


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
        match _is_done(client, alias, index):  # the answer to an earlier attempt may be lost
            case True:
                return
            case None:
                raise doubtful(table, error) from error
            case False if isinstance(error, RefusedError):
                raise _conflict(table) from error
        raise


def _is_done(client: Client, alias: str, index: str) -> bool | None:
    try:
        return alias in lookup.aliases_of(client, index)
    except DkError:
        return None


def doubtful(table: str, error: DkError) -> DoubtfulError:
    """Return the error that tells of a save of which nobody knows how it ended."""
    message = (
        f"{table!r}: whether it was saved is not known: the answer to the commit did not come"
        f" ({error}). Look at it, or repeat the save under its run_id=: it writes once."
    )
    return DoubtfulError(message)


def _conflict(table: str) -> ConflictError:
    message = (
        f"somebody else wrote to {table!r} at the same time. Nothing was written. Look at it, and"
        " try again."
    )
    return ConflictError(message)
