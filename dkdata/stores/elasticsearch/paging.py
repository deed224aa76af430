"""The documents of an index in the order of their numbers, several pages of them at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.parallel import at_once
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dkdata.stores.elasticsearch.client import Client

KEPT_ALIVE = "5m"
_WORKERS = 3
_FIRST_ROWS = 1000
_MOST_ROWS = 10_000  # that one search returns
_BYTES = 8 << 20  # of an answer, about
_STEPS = 5_000  # in which it is counted where the documents are that are wanted
_END = b"]}}"


@dataclass(frozen=True)
class Search:
    """Searches of one moment of an index.

    Parameters
    ----------
    point
        The id of the moment.
    taken
        What a search says of the values that are wanted.
    where
        Which documents; ``None``: all.
    """

    client: Client
    index: str
    point: str
    taken: Mapping[str, Any]
    where: Mapping[str, Any] | None

    def pages(self) -> Iterator[bytes]:
        """Yield the hits of the documents, one a line."""
        first = self._hits(self._query({"gte": 0}), _FIRST_ROWS)
        yield first
        count = first.count(b"\n")
        if count < _FIRST_ROWS:
            return
        last = _last(first)
        size = max(1, min(_BYTES * count // len(first), _MOST_ROWS - 1))

        def page(rows: range) -> bytes:
            return self._all_hits(rows, size + 1, last)

        each = size * len(first) // count
        yield from at_once(page, self._ranges(last[0], size), lambda _: each, _WORKERS)

    def _ranges(self, start: int, size: int) -> Iterable[range]:
        """Return ranges of numbers in which there are about as many documents."""
        end = end_of(self.client, pit=self._pit)
        if self.where is None:
            return _divided(range(start, end), size)
        step = max(1, (end - start) // _STEPS)
        counting = {"histogram": {"field": ROW, "interval": step, "min_doc_count": 1}}
        body = {
            "size": 0,
            "query": self._query({"gte": start}),
            "aggs": {"at": counting},
            "pit": self._pit,
        }
        found = self.client.ask("POST", path_of("_search"), body)["aggregations"]["at"]["buckets"]
        counts = {int(bucket["key"]): int(bucket["doc_count"]) for bucket in found}
        return gathered(counts, step, size)

    def _all_hits(self, rows: range, size: int, after: list[int]) -> bytes:
        """Return the hits of a range behind one: as a rule, by one search.

        No number should be there twice; where writers have met, there may be more of them.
        """
        query = self._query({"gte": rows.start, "lt": rows.stop})
        pages = [self._hits(query, size, after)]
        while pages[-1].count(b"\n") == size:
            pages.append(self._hits(query, size, _last(pages[-1])))
        return b"".join(pages)

    def _hits(self, query: Mapping[str, Any], size: int, after: list[int] | None = None) -> bytes:
        body = {
            "size": size,
            "query": query,
            "sort": [ROW],
            "pit": self._pit,
            "track_total_hits": False,
            **({"search_after": after} if after else {}),
            **self.taken,
        }
        # By a ``filter_path``, the server would read each document, and write it anew.
        answer = self.client.raw(
            "POST", path_of("_search"), json.dumps(body).encode(),
            allow_partial_search_results="false",
        )  # fmt: skip
        return _lines(answer, self.index)

    def _query(self, rows: Mapping[str, int]) -> Mapping[str, Any]:
        among = {"range": {ROW: rows}}
        return {"bool": {"filter": [self.where, among]}} if self.where else among

    @property
    def _pit(self) -> dict[str, str]:
        return {"id": self.point, "keep_alive": KEPT_ALIVE}


def end_of(client: Client, *index: str, **more: Mapping[str, Any]) -> int:
    """Return the number that comes after those of all rows."""
    body = {"size": 0, "aggs": {"row": {"max": {"field": ROW}}}, **more}
    found = client.ask("POST", path_of(*index, "_search"), body)["aggregations"]["row"]["value"]
    return 0 if found is None else int(found) + 1


def gathered(counts: Mapping[int, int], step: int, size: int) -> Iterator[range]:
    """Yield ranges of numbers, each with about as many documents as one answer has.

    Parameters
    ----------
    counts
        How many there are in the ``step`` numbers from each, in the order of these.

    Examples
    --------
    >>> list(gathered({0: 2, 10: 3, 50: 9, 60: 1}, step=10, size=5))
    [range(0, 20), range(50, 55), range(55, 60), range(60, 70)]
    """
    held, filled = range(0), 0
    for start, count in counts.items():
        own = range(start, start + step)
        if filled and filled + count <= size:
            held, filled = range(held.start, own.stop), filled + count
            continue
        if filled:
            yield held
        held, filled = (own, count) if count <= size else (range(0), 0)
        if count > size:
            yield from _divided(own, size)
    if filled:
        yield held


def _divided(rows: range, size: int) -> Iterator[range]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _last(lines: bytes) -> list[int]:
    """Return what the last of some hits is sorted by: its number, and its place in the index."""
    found: list[int] = json.loads(lines[lines.rfind(b"\n", 0, -1) + 1 :])["sort"]
    return found


def _lines(answer: bytes, index: str) -> bytes:
    """Return the hits of an answer, one a line.

    To read them as JSON, and to write them as such again, takes longer than all the rest. Each
    begins with the name of the index, which nobody knew before it was made; in a text, its quotes
    would be escaped.
    """
    each = f'{{"_index":"{index}",'.encode()
    begin, text = answer.find(each), answer.rstrip()
    if begin < 0 and b'"hits":[]' in answer:
        return b""
    if begin < 0 or not text.endswith(_END):
        message = f"{index!r}: the answer of the server is not understood: {answer[:200]!r}"
        raise StoreError(message)
    hits = text[begin : -len(_END)]
    if b"\n" in hits or b"\r" in hits:  # in JSON, a line ends between values only
        hits = hits.replace(b"\n", b" ").replace(b"\r", b" ")
    return hits.replace(b"," + each, b"\n" + each) + b"\n"
