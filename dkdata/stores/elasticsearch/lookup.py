"""Tables found on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.definition import Held, Part
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.foreign import Foreign
from dkdata.stores.elasticsearch.naming import (
    ROW,
    is_index_of,
    is_mark,
    is_of_a_table,
    is_pattern,
    owners,
    table_of,
)

if TYPE_CHECKING:
    from dkdata.errors import UsageError
    from dkdata.stores.elasticsearch.client import Client

_TOLD = "*.mappings,*.aliases,*.settings.index.verified_before_close"


def listed(client: Client, prefix: str) -> list[str]:
    """Return the names of the tables: aliases, and indices that are of none of dkdata's."""
    found: dict[str, Any] = client.ask("GET", path_of("_aliases"), expand_wildcards="open")
    aliases = {alias for about in found.values() for alias in about["aliases"]}
    plain = {index for index in found if not is_of_a_table(index) and not index.startswith(".")}
    every = (name for name in aliases | plain if not (name.startswith(".") or is_mark(name)))
    names = [name for name in every if name.startswith(prefix)]
    return sorted(table_of(name.removeprefix(prefix)) for name in names)


def aliases_of(client: Client, index: str) -> set[str]:
    """Return the aliases of an index, if it is there."""
    found = client.ask("GET", path_of(index, "_alias"), ignore_unavailable="true")
    return set(found.get(index, {}).get("aliases", {}))


def find(client: Client, table: str, name: str) -> Held | Foreign | None:
    """Return a table, or what dkdata did not make, if it is there."""
    try:
        found: dict[str, Any] = client.ask("GET", path_of(name), filter_path=_TOLD)
    except RefusedError as error:
        if error.status == ABSENT:
            return None
        raise
    if not found:
        return None
    parts = (
        Part.found(index, about.get("mappings", {}))
        for index, about in found.items()
        if is_of_a_table(index) and not is_pattern(table)
    )
    own = sorted((part for part in parts if part), key=lambda part: part.ordinal)
    if len(own) == len(found) and len({frozenset(part.schema.names) for part in own}) == 1:
        known = (owners(part.index, found[part.index].get("aliases", {})) for part in own)
        of = {alias for each in known for alias in each}
        if of == {name}:
            return Held(table, name, tuple(own))
        return Foreign(table, name, found, own[-1], tuple(sorted(of)))
    mine = [part for part in own if is_index_of(name, part.index)]
    return Foreign(table, name, found, mine[-1] if mine else None)


def altered(client: Client, held: Held) -> Foreign | None:
    """Return a table as one of others, where they added documents to it; else ``None``."""
    without_number = {"bool": {"must_not": [{"exists": {"field": ROW}}]}}
    body = {"query": without_number, "size": 0, "track_total_hits": 1}
    paths = (path_of(indices, "_search") for indices in held.indices())
    told = (client.ask("POST", path, body, filter_path="hits.total.value") for path in paths)
    if not any(found["hits"]["total"]["value"] for found in told):
        return None
    return _of_others(held)


def check_unaltered(client: Client, held: Held) -> None:
    """Refuse to change a table to which others added documents, of which dkdata finds none.

    Raises
    ------
    UsageError
        There are some.
    """
    if altered(client, held):
        raise alteration(held)


def alteration(held: Held) -> UsageError:
    """Return the error of whoever meets a document that others added to a table."""
    return _of_others(held).refusal()


def _of_others(held: Held) -> Foreign:
    return Foreign(held.table, held.alias, {part.index: {} for part in held.parts}, held.newest)
