"""Tables found on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.definition import Held, Part
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.naming import is_mark, is_of_a_table, table_of

if TYPE_CHECKING:
    from dkdata.stores.elasticsearch.client import Client

_ABOUT = "*.mappings._meta,*.mappings.properties.*.meta,*.aliases"


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


def find(client: Client, table: str, alias: str) -> Held | None:
    """Return a table, if it is there."""
    try:
        found: dict[str, Any] = client.ask("GET", path_of(alias), filter_path=_ABOUT)
    except RefusedError as error:
        if error.status == ABSENT:
            return None
        raise
    parts = (Part.found(index, about.get("mappings", {})) for index, about in found.items())
    own = sorted((part for part in parts if part), key=lambda part: part.ordinal)
    return Held(table, alias, tuple(own)) if found else None
