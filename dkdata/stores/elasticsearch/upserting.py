"""Rows of a table with a key, written document by document: what is there is found by its id.

Others may add indices to the table meanwhile, or replace it. An append looks for keys that are
there once more after its commit, and a write looks for new indices after its documents: of two that
meet, one sees the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata.errors import ConflictError
from dkdata.query import WriteMode
from dkdata.stores.elasticsearch import (
    encoding,
    lookup,
    mapping,
    noting,
    reading,
    saving,
    sending,
)
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import suppress_gone
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.elasticsearch.paging import end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dkdata.query import Write
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part
    from dkdata.stores.elasticsearch.encoding import Body

_FOUND = 10_000  # documents that one search returns
_ASKED = _FOUND // 2  # ids: two writers who met may have made a document each
_ATTEMPTS = 10
_EXAMPLES = 5


def places(client: Client, held: Held, ids: list[str]) -> dict[str, dict[str, int]]:
    """Return the numbers of rows by index, by the ids of documents that are there.

    Raises
    ------
    UsageError
        Others wrote one of these.
    """
    found = dict[str, dict[str, int]]()
    starts = range(0, len(ids), _ASKED)
    for indices, start in product(held.indices(), starts):
        query = {"ids": {"values": ids[start : start + _ASKED]}}
        answer = client.ask(
            "POST", path_of(indices, "_search"), {"query": query, "size": _FOUND, "_source": [ROW]},
            filter_path="hits.hits._index,hits.hits._id,hits.hits._source",
            allow_partial_search_results="false",
        )  # fmt: skip
        for hit in answer.get("hits", {}).get("hits", ()):
            number = hit.get("_source", {}).get(ROW)
            if number is None:
                raise lookup.alteration(held)
            found.setdefault(hit["_id"], {})[hit["_index"]] = number
    return found


def check_free(client: Client, held: Held, rows: pa.Table) -> None:
    """Refuse rows whose keys the table has already.

    Raises
    ------
    ConflictError
        It has some.
    """
    ids = encoding.ids_of(rows, held.key).to_pylist()
    taken = places(client, held, ids)
    if not taken:
        return
    at = [n for n, one in enumerate(ids) if one in taken][:_EXAMPLES]
    shown = rows.select(list(held.key)).take(pa.array(at)).to_pylist()
    values = [next(iter(row.values())) if len(row) == 1 else tuple(row.values()) for row in shown]
    raise ConflictError.taken(held.table, held.key, values)


def write(
    client: Client, held: Held, rows: pa.Table, mode: Write, look: Callable[[], Held | None]
) -> Mapping[str, int]:
    """Write rows into the documents of their keys, and make those that are not there.

    Parameters
    ----------
    look
        Returns the table as it is now.

    Returns
    -------
    dict
        How many were ``inserted``, ``updated`` and ``skipped``, and how many ``bytes`` were sent.

    Raises
    ------
    ConflictError
        Others change the table faster than this can be written, or have put another in its place.
    """
    ids, made, sent = encoding.ids_of(rows, held.key).to_pylist(), set[str](), 0
    for _ in range(_ATTEMPTS):
        placed = None
        with suppress_gone():
            known = replace(held, parts=tuple(_noted(client, part, rows) for part in held.parts))
            placing = _Placing(client, known, rows, mode.mode, ids)
            found = places(client, known, ids)
            made.update(one for one in ids if one not in found)
            sent += placing.put(found)
            placed = known
        now = look()
        saving.remove_remade(client, held, now)
        if now is None or now.schema.types != held.schema.types or now.key != held.key:
            break
        if placed and not now.is_in_place_of(held):
            word = "updated" if mode.mode is WriteMode.UPSERT else "skipped"
            counts = {"inserted": len(made), word: len(ids) - len(made), "bytes": sent}
            if mode.skipped:
                mode.skipped([n for n, one in enumerate(ids) if one not in made])
            if mode.repeatable:
                noting.note(client, placed.newest, placed.newest.with_run(mode.run_id, counts))
            return counts
        held = now
    message = (
        f"somebody else replaced {held.table!r} at the same time: whether it has these rows is not"
        " known. Look at it, and try again: a row is written once."
    )
    raise ConflictError(message)


def _noted(client: Client, part: Part, rows: pa.Table) -> Part:
    """Let a part know the columns of rows before they are written to it."""
    known = replace(part, note=replace(part.note, schema=rows.schema))
    return noting.note(client, part, known.with_unsearched(mapping.unsearched(rows)))


@dataclass(frozen=True)
class _Placing:
    """Rows on their way to their documents, in the indices that a table has."""

    client: Client
    held: Held
    rows: pa.Table
    mode: WriteMode
    ids: list[str]

    def put(self, found: Mapping[str, Mapping[str, int]]) -> int:
        """Write the rows; return how many bytes they were."""
        sent, left = 0, dict(found)
        for part in reversed(self.held.parts):
            own = {n: found[one][part.index] for n, one in enumerate(self.ids)
                   if part.index in found.get(one, ())}  # fmt: skip
            kept = {n: number for n, number in own.items() if self.ids[n] in left}
            self._remove(part, own.keys() - kept.keys())
            if self.mode is WriteMode.UPSERT:
                sent += self._write(part, kept, "index")
            for n in kept:
                del left[self.ids[n]]
        new = [n for n, one in enumerate(self.ids) if one not in found]
        if new:
            end = end_of(self.client, self.held.newest.index)
            action = "index" if self.mode is WriteMode.UPSERT else "create"
            numbers = dict(zip(new, range(end, end + len(new)), strict=True))
            sent += self._write(self.held.newest, numbers, action)
        return sent

    def _write(self, part: Part, numbers: Mapping[int, int], action: str) -> int:
        """Write rows to an index, under numbers that they have there."""
        extra = encoding.Extra(reading.free_name(self.held.schema))
        given = pa.array(numbers.values(), pa.int64())
        own = self._taken(numbers).append_column(extra.number, given)
        return self._sent(part, encoding.changes(own, extra, part, action), len(numbers))

    def _remove(self, part: Part, at: Iterable[int]) -> None:
        """Remove rows from an index that are in a newer one, too."""
        extra = encoding.Extra(reading.free_name(self.held.schema))
        taken = self._taken(list(at))
        own = taken.append_column(extra.number, pa.nulls(taken.num_rows, pa.int64()))
        self._sent(part, encoding.removals(own, extra, self.held.key), taken.num_rows)

    def _taken(self, at: Iterable[int]) -> pa.Table:
        return self.rows.take(pa.array(list(at), pa.int64()))

    def _sent(self, part: Part, bodies: Iterable[Body], count: int) -> int:
        if not count:
            return 0
        sent = sending.send(self.client, part.index, bodies, self.held.table)
        self.client.ask("POST", path_of(part.index, "_refresh"))
        return sent
