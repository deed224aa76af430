"""Rows of a table with a key, written document by document: what is there is found by its id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.errors import ConflictError
from dkdata.query import WriteMode
from dkdata.stores.elasticsearch import encoding, mapping, reading, sending
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.query import Write
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part

_ASKED = 10_000  # ids of one search, which returns no more documents
_EXAMPLES = 5


@dataclass(frozen=True)
class Place:
    """Where the document of an id is: its index, and the number of its row there."""

    index: str
    number: int


def places(client: Client, held: Held, ids: pa.Array) -> dict[str, Place]:
    """Return where documents are, by their ids; those that are not there are left out."""
    found = dict[str, Place]()
    path = path_of(",".join(part.index for part in held.parts), "_search")
    for start in range(0, len(ids), _ASKED):
        asked = ids.slice(start, _ASKED).to_pylist()
        body = {"query": {"ids": {"values": asked}}, "size": len(asked), "_source": [ROW]}
        answer = client.ask(
            "POST", path, body, filter_path="hits.hits._index,hits.hits._id,hits.hits._source",
            allow_partial_search_results="false",
        )  # fmt: skip
        for hit in answer.get("hits", {}).get("hits", ()):
            found[hit["_id"]] = Place(hit["_index"], hit["_source"][ROW])
    return found


def check_free(client: Client, held: Held, rows: pa.Table) -> None:
    """Refuse rows whose keys the table has already.

    Raises
    ------
    ConflictError
        It has some.
    """
    ids = encoding.ids_of(rows, held.key)
    taken = places(client, held, ids)
    if not taken:
        return
    at = [n for n, one in enumerate(ids.to_pylist()) if one in taken][:_EXAMPLES]
    shown = rows.select(list(held.key)).take(pa.array(at)).to_pylist()
    values = [next(iter(row.values())) if len(row) == 1 else tuple(row.values()) for row in shown]
    raise ConflictError.taken(held.table, held.key, values)


def write(client: Client, held: Held, rows: pa.Table, mode: Write) -> Mapping[str, int]:
    """Write rows into the documents of their keys, and make those that are not there.

    Returns
    -------
    dict
        How many were ``inserted``, ``updated`` and ``skipped``, and how many ``bytes`` were sent.
    """
    known = places(client, held, ids := encoding.ids_of(rows, held.key))
    found = [known.get(one) for one in ids.to_pylist()]
    is_upsert = mode.mode is WriteMode.UPSERT
    sent = 0
    if is_upsert:
        for part in held.parts:
            own = [n for n, place in enumerate(found) if place and place.index == part.index]
            numbers = [place.number for place in found if place and place.index == part.index]
            sent += _sent(client, held, part, rows.take(pa.array(own, pa.int64())), numbers)
    new = [n for n, place in enumerate(found) if place is None]
    if new:
        first = reading.end(client, held.newest)
        numbers = list(range(first, first + len(new)))
        sent += _sent(client, held, held.newest, rows.take(pa.array(new, pa.int64())), numbers)
    word = "updated" if is_upsert else "skipped"
    return {"inserted": len(new), word: len(found) - len(new), "bytes": sent}


def _sent(client: Client, held: Held, part: Part, rows: pa.Table, numbers: list[int]) -> int:
    if not rows.num_rows:
        return 0
    number = reading.free_name(held.schema)
    numbered = rows.append_column(number, pa.array(numbers, pa.int64()))
    bodies = encoding.changes(numbered, number, part.fields, held.key)
    sent = sending.send(client, part.index, bodies, held.table)
    client.ask("POST", path_of(part.index, "_refresh"))
    return sent


def noted(client: Client, part: Part, rows: pa.Table) -> Part:
    """Let a part know the columns of rows, before they are written to it; return it."""
    note = replace(part.note, schema=rows.schema)
    unsearched = part.unsearched | mapping.unsearched(rows)
    known = replace(part, note=note, unsearched=unsearched)
    if not known.schema.equals(part.schema, check_metadata=True) or unsearched != part.unsearched:
        client.ask("PUT", path_of(part.index, "_mapping"), {"_meta": known.meta()})
    return known


def remember(client: Client, part: Part, run_id: str, counts: Mapping[str, int]) -> None:
    """Keep what a write did, so that it is not done again."""
    done = part.with_run(run_id, counts)
    client.ask("PUT", path_of(part.index, "_mapping"), {"_meta": done.meta()})
