"""Tables on a server that is reached through a proxy, and what is done to them while it fails."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import dkdata as dk
from dkdata.errors import DkError
from tests.services.s3.scripted import Answer, Break, Fault, ScriptedProxy
from tests.stores.s3 import faulty
from tests.stores.s3.faulty import BEFORE, MORE, Job, told

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


class Cluster:
    """A server with two ways to it: ``slow`` through a proxy, ``search`` around it."""

    def __init__(self, made: Indices, proxy: ScriptedProxy) -> None:
        self.proxy = proxy
        self._numbers = itertools.count()
        user = made.url.rpartition("@")[0]
        through = f"{user}@{urlsplit(proxy.endpoint).netloc}"
        slow = {**made.options, "hosts": through}
        dk.configure({"stores": {"search": made.options, "slow": slow}})

    def put(self) -> str:
        """Put a table of the rows ``ALL`` there, of two indices, and return its name."""
        name = f"t{next(self._numbers)}"
        dk.save(BEFORE, f"search.{name}", key="id", progress=False)
        dk.save(MORE, f"search.{name}", mode="append", progress=False)
        return name

    def asked(self, job: Job) -> list[str]:
        """Return the kinds of the requests that a job makes."""
        name = self.put()
        self.proxy.inject()
        job.work(f"slow.{name}")
        return self.proxy.asked

    def wrong(self, job: Job, *faults: Fault) -> str:
        """Do a job while requests fail that are tried again, and return what is wrong then."""
        name = self.put()
        try:
            return self._wrong(job, name, *faults)
        finally:  # a server has only so many indices
            for place in (name, f"{name}x"):
                dk.drop(f"search.{place}", missing_ok=True)

    def _wrong(self, job: Job, name: str, *faults: Fault) -> str:
        self.proxy.inject(*faults)
        try:
            given = told(job.work(f"slow.{name}"))
        except DkError as error:
            return f"{faults}: {type(error).__name__}: {error}; it holds {_held(name)}"
        if not self.proxy.met:
            return f"{faults}: were not met, by {self.proxy.asked}"
        if given != job.gives:
            return f"{faults}: gave {given}"
        for rows, place in ((job.after, name), (job.elsewhere, f"{name}x")):
            held, wanted = _held(place), None if rows is None else told(rows.sort_values("id"))
            if held != wanted:
                return f"{faults}: {place} holds {held}"
        return ""


def _held(name: str) -> Any:
    if not dk.exists(f"search.{name}"):
        return None
    return told(dk.load(f"search.{name}").sort_values("id"))


@contextmanager
def reached_through(made: Indices) -> Iterator[Cluster]:
    """Give a server behind a proxy."""
    endpoint = f"http://{made.url.rpartition('@')[2]}"
    with ScriptedProxy(endpoint, kinds=kind_of) as proxy:
        yield Cluster(made, proxy)
