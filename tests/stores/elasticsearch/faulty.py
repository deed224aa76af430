"""Tables on a server that is reached through a proxy, and what is done to them while it fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import dkdata as dk
from tests.services.s3.scripted import Answer, Break, ScriptedProxy
from tests.stores import faulty
from tests.stores.faulty import BEFORE, MORE, Reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.services.elasticsearch.indices import Indices

JOBS = {name: job for name, job in faulty.JOBS.items() if name != "optimize"}
# What passes, and is tried again.
PASSING = {
    "too many": Answer(429, "es_rejected_execution_exception"),
    "unavailable": Answer(503, "unavailable_shards_exception"),
    "gateway": Answer(502, "Bad Gateway", "text/html"),
    "not heard": Break.BEFORE,
    "answer lost": Break.AFTER,
    "answer cut": Break.WITHIN,
}


def kind_of(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return what a request is about.

    Examples
    --------
    >>> kind_of("POST", "/people/_bulk?filter_path=errors", {}), kind_of("PUT", "/people", {})
    ('POST _bulk', 'PUT index')
    """
    del headers
    last = urlsplit(path).path.rpartition("/")[2]
    return f"{method} {last if last.startswith('_') else 'index'}"


class Cluster(Reached):
    """A server with two ways to it: ``slow`` through a proxy, ``search`` around it."""

    through, around = "slow", "search"

    def __init__(self, made: Indices, proxy: ScriptedProxy) -> None:
        super().__init__(proxy)
        user = made.url.rpartition("@")[0]
        through = f"{user}@{urlsplit(proxy.endpoint).netloc}"
        slow = {**made.options, "hosts": through}
        dk.configure({"stores": {"search": made.options, "slow": slow}})
        self._made = list[str]()

    def put(self) -> str:
        """Put a table of the rows ``ALL`` there, of two indices, and return its name."""
        self._drop()
        self._made.append(name := self.name())
        dk.save(BEFORE, f"search.{name}", key="id", progress=False)
        dk.save(MORE, f"search.{name}", mode="append", progress=False)
        return name

    def _drop(self) -> None:
        """Drop the tables of earlier jobs: a server has only so many indices."""
        while self._made:
            name = self._made.pop()
            for place in (name, f"{name}x"):
                dk.drop(f"search.{place}", missing_ok=True)


@contextmanager
def reached_through(made: Indices) -> Iterator[Cluster]:
    """Give a server behind a proxy."""
    endpoint = f"http://{made.url.rpartition('@')[2]}"
    with ScriptedProxy(endpoint, kinds=kind_of) as proxy:
        yield Cluster(made, proxy)
