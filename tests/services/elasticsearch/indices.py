"""Indices of tests on a server that others use, too: told apart by how their names begin."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Indices:
    """The indices whose names begin so, seen around dkdata."""

    url: str = field(repr=False)
    prefix: str
    client: Elasticsearch = field(repr=False)

    @property
    def options(self) -> dict[str, str]:
        """How a store of dkdata is configured for them."""
        return {"backend": "elasticsearch", "hosts": self.url, "prefix": self.prefix}

    def at(self, endpoint: str) -> Indices:
        """Return the same as they are reached by another address: that of a proxy."""
        user, _, _ = urlsplit(self.url).netloc.rpartition("@")
        url = f"http://{user}@{urlsplit(endpoint).netloc}"
        return Indices(url, self.prefix, Elasticsearch(url, request_timeout=60))

    @property
    def target(self) -> str:
        """The URL by which dkdata knows them without a configuration."""
        return f"elasticsearch://{urlsplit(self.url).netloc}?prefix={self.prefix}"

    def names(self) -> list[str]:
        """Return their names, sorted."""
        found = self.client.indices.get(index=f"{self.prefix}*", expand_wildcards="all")
        return sorted(found.body)

    def documents(self, table: str) -> list[dict[str, Any]]:
        """Return the documents of a table, in the order of their numbers."""
        found = self.client.search(index=self.prefix + table, size=10_000, sort="_dk_row")
        return [hit["_source"] for hit in found["hits"]["hits"]]


@contextmanager
def created(url: str) -> Iterator[Indices]:
    """Give indices that are removed afterwards."""
    with Elasticsearch(url, request_timeout=60) as client:
        made = Indices(url, f"t{secrets.token_hex(6)}-", client)
        try:
            yield made
        finally:
            for name in made.names():  # together they may be too long for a request
                client.indices.delete(index=name, ignore_unavailable=True)
