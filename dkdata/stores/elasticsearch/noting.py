"""What an index says of itself, when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dkdata.stores.elasticsearch import mapping
from dkdata.stores.elasticsearch.client import path_of

if TYPE_CHECKING:
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Part


def note(client: Client, before: Part, after: Part) -> Part:
    """Let a part be known as it is after a change; return it so.

    What cannot be found is noted before it is written: nobody looks for it in vain.
    """
    changed: dict[str, Any] = {} if after.meta() == before.meta() else {"_meta": after.meta()}
    unsearched = after.unsearched - before.unsearched
    if unsearched:
        changed |= mapping.unsearched_noted(after.schema, after.fields, unsearched)
    if changed:
        client.ask("PUT", path_of(after.index, "_mapping"), changed)
    return after
