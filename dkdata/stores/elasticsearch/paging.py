"""The documents of an index in the order of their numbers, several pages of them at once."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.parallel import at_once
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import ABSENT, RefusedError
from dkdata.stores.elasticsearch.naming import ROW, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dkdata.stores.elasticsearch.client import Client

_KEPT_ALIVE = "5m"
_WORKERS = 3
_FIRST_ROWS = 1000
_MOST_ROWS = 10_000  # that one search returns
_BYTES = 8 << 20  # of an answer, about
_STEPS = 5_000  # in which it is counted where the documents are that are wanted
_VERSION = re.compile(b'"%b":[0-9]+,"%b":[0-9]+' % tuple(name.encode() for name in VERSION))
_SOURCE, _SORT, _END = b',"_source":', b',"sort":[', b"]}}"


@dataclass(frozen=True)
class Page:
    """What a search found.

    Parameters
    ----------
    lines
        The documents as they were sent, one a line.
    last
        What the last is sorted by: its number, and its place in the index.
    """

    lines: bytes
    rows: int
    last: list[int]


@dataclass(frozen=True)
class Search:
    """Searches of one moment of an index.

    Parameters
    ----------
    point
        The id of the moment; without one, a single search sees its own.
    fields
        Those that are wanted of the documents, and ``VERSION``; without any, all are.
    where
        Which documents; ``None``: all.
    """

    client: Client
    index: str
    point: str | None
    fields: Sequence[str]
    where: Mapping[str, Any] | None

    def all_at_once(self) -> bytes | None:
        """Return the documents, one a line, if they are so few that one search returns them."""
        found = self._page(self._query({"gte": 0}), _FIRST_ROWS)
        return found.lines if found.rows < _FIRST_ROWS else None

    def pages(self, limit: int | None = None) -> Iterator[bytes]:
        """Yield the documents, one a line.

        Parameters
        ----------
        limit
            How many are enough, the first ones; more may come.
        """
        first = self._page(self._query({"gte": 0}), _FIRST_ROWS)
        yield first.lines
        if first.rows < _FIRST_ROWS or (limit is not None and limit <= _FIRST_ROWS):
            return
        each = len(first.lines) // first.rows
        size = max(1, min(_BYTES // each, _MOST_ROWS - 1))

        def found(rows: range) -> bytes:
            return self._found(rows, size + 1, first)

        ranges = self._ranges(first.last[0], size)
        yield from at_once(found, ranges, lambda _: size * each, _WORKERS)

    def _ranges(self, start: int, size: int) -> Iterable[range]:
        """Return ranges of numbers in which there are about as many documents."""
        end = end_of(self.client, **self._moment)
        if self.where is None:
            return _divided(range(start, end), size)
        step = max(1, (end - start) // _STEPS)
        counting = {"histogram": {"field": ROW, "interval": step, "min_doc_count": 1}}
        body = {
            "size": 0,
            "query": self._query({"gte": start}),
            "aggs": {"at": counting},
            **self._moment,
        }
        found = self.client.ask("POST", path_of("_search"), body)["aggregations"]["at"]["buckets"]
        counts = {int(bucket["key"]): int(bucket["doc_count"]) for bucket in found}
        return gathered(counts, step, size)

    def _found(self, rows: range, size: int, after: Page) -> bytes:
        """Return the documents of a range behind a page: as a rule, by one search.

        No number should be there twice; where writers have met, there may be more of them.
        """
        query = self._query({"gte": rows.start, "lt": rows.stop})
        pages = [self._page(query, size, after)]
        while pages[-1].rows == size:
            pages.append(self._page(query, size, pages[-1]))
        return b"".join(page.lines for page in pages)

    def _page(self, query: Mapping[str, Any], size: int, after: Page | None = None) -> Page:
        body = {
            "size": size,
            "query": query,
            "sort": [ROW],
            **self._moment,
            "track_total_hits": False,
            "_source": [name for name in self.fields if name not in VERSION] or True,
            "seq_no_primary_term": self._is_versioned,
            **({"search_after": after.last} if after else {}),
        }
        # By a ``filter_path``, the server would read each document, and write it anew.
        path = path_of("_search") if self.point else path_of(self.index, "_search")
        answer = self.client.raw(
            "POST", path, json.dumps(body).encode(),
            allow_partial_search_results="false",
        )  # fmt: skip
        return _read(answer, self.index, is_versioned=self._is_versioned)

    def _query(self, rows: Mapping[str, int]) -> Mapping[str, Any]:
        among = {"range": {ROW: rows}}
        return {"bool": {"filter": [self.where, among]}} if self.where else among

    @property
    def _moment(self) -> Mapping[str, Any]:
        return of_moment(self.point) if self.point else {}

    @property
    def _is_versioned(self) -> bool:
        return VERSION[0] in self.fields


@contextmanager
def point_in_time(client: Client, indices: str) -> Iterator[str]:
    """Give the id of a moment of some indices, whatever is written to them meanwhile."""
    point = client.ask("POST", path_of(indices, "_pit"), keep_alive=_KEPT_ALIVE)["id"]
    try:
        yield point
    finally:
        try:
            client.ask("DELETE", path_of("_pit"), {"id": point})
        except RefusedError as error:
            if error.status != ABSENT:  # it goes with its index, where that is replaced
                raise


def of_moment(point: str) -> dict[str, Mapping[str, str]]:
    """Return what lets a search see that moment, and keeps it."""
    return {"pit": {"id": point, "keep_alive": _KEPT_ALIVE}}


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


def _read(answer: bytes, index: str, *, is_versioned: bool) -> Page:
    """Return what an answer has, without reading the documents.

    To read them as JSON, and to write them as such again, takes longer than all the rest. Each hit
    begins with the name of the index, which nobody knew before it was made; in a text, quotes are
    escaped.
    """
    each = f'{{"_index":"{index}",'.encode()
    begin, text = answer.find(each), answer.rstrip()
    if begin < 0 and b'"hits":[]' in answer:
        return Page(b"", 0, [])
    if begin < 0 or not text.endswith(_END):
        message = f"{index!r}: the answer of the server is not understood: {answer[:200]!r}"
        raise StoreError(message)
    found = text[begin : -len(_END)]
    if b"\n" in found or b"\r" in found:  # in JSON, a line ends between values only
        found = found.replace(b"\n", b" ").replace(b"\r", b" ")
    hits = found.split(b"," + each)
    lines = [hit[hit.index(_SOURCE) + len(_SOURCE) : hit.rindex(_SORT)] for hit in hits]
    if is_versioned:
        lines = [_with_version(hit, line) for hit, line in zip(hits, lines, strict=True)]
    last: list[int] = json.loads(hits[-1][hits[-1].rindex(_SORT) + len(_SORT) - 1 : -1])
    return Page(b"\n".join([*lines, b""]), len(lines), last)


def _with_version(hit: bytes, document: bytes) -> bytes:
    version = _VERSION.search(hit)
    assert version  # noqa: S101 - it was asked for
    return b"{" + version[0] + b"," + document[1:]
