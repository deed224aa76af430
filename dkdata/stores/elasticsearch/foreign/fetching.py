"""The documents behind a name, of one moment, as the server has them."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.foreign import hints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.foreign.index import Foreign

_FIRST_ROWS = 1000
_MOST_ROWS = 10_000  # that one search returns
_BYTES = 8 << 20  # of an answer, about
_KEPT_ALIVE = "5m"
_TOLD = "hits.hits._source,hits.hits.sort,hits.hits.matched_queries"
_BEGIN = b'{"hits":{"hits":[{"_source":'
_LEAVES_VECTORS_OUT = (9, 2)


@dataclass
class Documents:
    """The documents of one moment, page by page; each search goes on where the last one ended.

    Parameters
    ----------
    token
        What stands behind each document in an answer: nobody knows it before, so that documents
        are told apart without being parsed.
    count
        How many there were so far.
    """

    client: Client
    table: str
    point: str
    options: Mapping[str, Any]
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    count: int = 0
    is_done: bool = False
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
        body = {
            "size": self._size,
            "query": {"match_all": {"_name": self.token}},
            "sort": ["_shard_doc"],
            "pit": {"id": self.point, "keep_alive": _KEPT_ALIVE},
            "track_total_hits": False,
            "_source": {**self.options, **({} if wanted is None else {"includes": wanted})} or True,
        }
        if self._after is not None:
            body["search_after"] = [self._after]
        answer = self.client.raw(
            "POST", path_of("_search"), json.dumps(body).encode(),
            filter_path=_TOLD, allow_partial_search_results="false",
        )  # fmt: skip
        count, lines, self._after = self._cut(answer)
        self.count += count
        self.is_done = count < self._size
        self._size = min(max(_BYTES * count // max(1, len(lines)), 1), _MOST_ROWS)
        return lines

    def _cut(self, answer: bytes) -> tuple[int, bytes, int | None]:
        """Return how many documents an answer has, each a line, and the place of the last one."""
        token = self.token.encode()
        if token not in answer:
            return 0, b"", None
        if b"\n" in answer or b"\r" in answer:  # in JSON, a line ends between values only
            answer = answer.replace(b"\n", b" ").replace(b"\r", b" ")
        between = (
            rb',"sort":\[(\d+)\],"matched_queries":\["%s"\]\}(?:,\{"_source":|\]\}\}\s*$)' % token
        )
        text, count = re.subn(between, b"\n", answer.removeprefix(_BEGIN))
        places = re.findall(rb'"sort":\[(\d+)\]', answer[-200:])
        if not answer.startswith(_BEGIN) or token in text or not places:
            message = (
                f"{self.table!r}: the answer of the server is not understood, perhaps as an index"
                f" does not keep its documents: {answer[:200]!r}"
            )
            raise StoreError(message)
        return count, text, int(places[-1])


@contextmanager
def opened(client: Client, foreign: Foreign) -> Iterator[Documents]:
    """Give the documents of this moment, whatever is written meanwhile."""
    options = {}
    if hints.has_vectors(foreign.hints) and _version(client) >= _LEAVES_VECTORS_OUT:
        options["exclude_vectors"] = False
    point = client.ask("POST", path_of(foreign.name, "_pit"), keep_alive=_KEPT_ALIVE)["id"]
    try:
        yield Documents(client, foreign.table, point, options)
    finally:
        client.ask("DELETE", path_of("_pit"), {"id": point})


def _version(client: Client) -> tuple[int, ...]:
    return tuple(int(part) for part in client.require_server().split(".")[:2])
