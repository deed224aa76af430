"""Indices that others than dkdata make."""

from __future__ import annotations

LOGS = [
    {"level": "info", "took": 5, "tags": ["a"], "at": "2024-01-01T00:00:00Z"},
    {"level": "error", "took": 7, "tags": "b", "at": "2024-01-02T00:00:00Z"},
    {"level": "error", "at": "2024-01-03T00:00:00Z"},
    {"level": "info", "took": 1, "tags": ["a", "b"]},
]


def put(search, name, documents, properties=None, **settings):
    """Make an index of documents around dkdata, each in the order of its id."""
    index = f"{search.prefix}{name}"
    mappings = {} if properties is None else {"properties": properties}
    search.client.indices.create(
        index=index, mappings={**mappings, **settings.pop("mappings", {})}, settings=settings
    )
    operations = [
        line
        for number, document in enumerate(documents)
        for line in ({"index": {"_id": str(number)}}, document)
    ]
    if operations:
        told = search.client.bulk(index=index, operations=operations, refresh=True)
        assert not told["errors"], told
    return index
