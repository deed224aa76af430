"""The documents behind a name, of one moment, as the server has them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.failures import RefusedError
from dkdata.stores.elasticsearch.foreign import hints
from dkdata.stores.elasticsearch.paging import of_moment, point_in_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.foreign.index import Foreign

_FIRST_ROWS = 1000
_MOST_ROWS = 10_000  # that one search returns
_BYTES = 8 << 20  # of an answer, about
_TOLD = "hits.total.value,hits.hits._source,hits.hits.sort"
_BEGIN = re.compile(rb'\{"hits":\{(?:"total":\{"value":\d+\},)?"hits":\[\{"_source":')
_BETWEEN = re.compile(rb',"sort":\[\d+\]\}(?:,\{"_source":|\]\}\}\s*$)')
_PLACE = re.compile(rb'"sort":\[(\d+)\]\}\]\}\}\s*$')
_TAIL = 100  # bytes, within which the place of the last document is
_TOTAL = re.compile(rb'\{"hits":\{"total":\{"value":(\d+)\}')
_WITH_VECTORS = {"exclude_vectors": False}
_UNKNOWN = 400


@dataclass
class Documents:
    """The documents of one moment, page by page; each search goes on where the last ended.

    Parameters
    ----------
    count
        How many there were so far.
    """

    client: Client
    table: str
    point: str
    options: Mapping[str, Any]
    count: int = 0
    is_done: bool = False
    _total: int = 0
    _after: int | None = None
    _size: int = _FIRST_ROWS

    def pages(self, wanted: list[str] | None = None) -> Iterator[bytes]:
        """Yield the further documents, one a line.

        Parameters
        ----------
        wanted
            The fields to return; all by default.
        """
        while not self.is_done:
            yield self._page(wanted)

    def _page(self, wanted: list[str] | None) -> bytes:
        body: dict[str, Any] = {
            "size": self._size,
            "sort": ["_shard_doc"],
            **of_moment(self.point),
            "track_total_hits": self._after is None,
            "_source": {**self.options, **({} if wanted is None else {"includes": wanted})} or True,
        }
        if self._after is not None:
            body["search_after"] = [self._after]
        answer = self.client.raw(
            "POST", path_of("_search"), json.dumps(body).encode(),
            filter_path=_TOLD, allow_partial_search_results="false",
        )  # fmt: skip
        if (total := _TOTAL.match(answer)) is not None:
            self._total = int(total[1])
        count = min(self._size, self._total - self.count)
        lines, self._after = _cut(answer, count, self.table)
        self.count += count
        self.is_done = self.count >= self._total
        self._size = min(max(_BYTES * count // max(1, len(lines)), 1), _MOST_ROWS)
        return lines


def _cut(answer: bytes, count: int, table: str) -> tuple[bytes, int | None]:
    """Return the documents of an answer, each a line, and the place of the last one.

    To read them as JSON and write them again would take longer than all the rest. That is done
    where they look like answers themselves, so that there seem to be more than there are.
    """
    if not count:
        return b"", None
    if b"\n" in answer or b"\r" in answer:  # in JSON, a line ends between values only
        answer = answer.replace(b"\n", b" ").replace(b"\r", b" ")
    begin, place = _BEGIN.match(answer), _PLACE.search(answer, max(0, len(answer) - _TAIL))
    if begin and place:
        text, found = _BETWEEN.subn(b"\n", answer[begin.end() :])
        if found == count:
            return text, int(place[1])
    try:
        hits = json.loads(answer)["hits"]["hits"]
        lines = [json.dumps(hit["_source"]).encode() + b"\n" for hit in hits]
        last = int(hits[-1]["sort"][0])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        message = f"{table!r}: the answer of the server is not understood: {answer[:200]!r}"
        raise StoreError(message) from error
    if len(lines) != count:
        message = (
            f"{table!r}: the server returned {len(lines):,} of {count:,} documents. Try again."
        )
        raise StoreError(message)
    return b"".join(lines), last


@contextmanager
def opened(client: Client, foreign: Foreign) -> Iterator[Documents]:
    """Give the documents of this moment, whatever is written meanwhile."""
    options = _with_vectors(client, foreign) if hints.has_vectors(foreign.hints) else {}
    with point_in_time(client, foreign.name) as point:
        yield Documents(client, foreign.table, point, options)


def _with_vectors(client: Client, foreign: Foreign) -> Mapping[str, Any]:
    """Return what keeps newer servers from leaving vectors out; older ones do not know it.

    Who has rights for some indices only is not told how new a server is.
    """
    try:
        body = {"size": 0, "_source": _WITH_VECTORS}
        client.ask("POST", path_of(foreign.name, "_search"), body, filter_path="took")
    except RefusedError as error:
        if error.status != _UNKNOWN:
            raise
        return {}
    return _WITH_VECTORS
