"""Stores of all six kinds at once."""

from __future__ import annotations

import pytest

import dkdata as dk
from tests.services import databases
from tests.services.elasticsearch import indices
from tests.services.harness import POSTGRES
from tests.services.s3 import buckets

STORES = ("memory", "files", "local", "warehouse", "search", "lake")


@pytest.fixture
def stores(_servers, elasticsearch_url, tmp_path):
    """What the six stores are configured with, which are empty."""
    database = _servers.url(list(POSTGRES)[-1])
    with (
        indices.created(elasticsearch_url) as made,
        buckets.created("minio", _servers.url("minio")) as bucket,
    ):
        configured = {
            "files": {"backend": "file", "path": str(tmp_path / "files"), "format": "parquet"},
            "warehouse": {"backend": "postgres", "url": database},
            "search": made.options,
            "lake": bucket.options,
        }
        dk.configure({"stores": configured})
        yield configured
        databases.empty(database)
        for name in dk.tables("memory")["table"]:
            dk.drop(f"memory.{name}")
