"""Buckets of tests: made, looked into and removed."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.session import Session

from tests.services.s3.server import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Bucket:
    """A bucket on a server.

    Parameters
    ----------
    kind
        Name of the server: ``"minio"``.
    """

    kind: str
    name: str
    endpoint: str
    key: str
    secret: str = field(repr=False)

    @property
    def options(self) -> dict[str, str]:
        """How a store of dkdata is configured for it."""
        return {
            "backend": "s3",
            "bucket": self.name,
            "region": REGION,
            "endpoint_url": self.endpoint,
            "access_key_id": self.key,
            "secret_access_key": self.secret,
        }

    @property
    def client(self) -> Any:
        """A client of botocore, which is not the one that dkdata uses."""
        return client(self.endpoint, self.key, self.secret)

    def listed(self, prefix: str = "") -> list[str]:
        """Return the keys of all objects, sorted."""
        pages = self.client.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for page in found for item in page.get("Contents", ())]

    def read(self, key: str) -> bytes:
        """Return the content of an object."""
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def empty(self) -> None:
        """Remove all objects."""
        while keys := self.listed()[:1000]:
            named = {"Objects": [{"Key": key} for key in keys]}
            self.client.delete_objects(Bucket=self.name, Delete=named)


@cache
def client(endpoint: str, key: str, secret: str, token: str | None = None) -> Any:
    """Return a client of botocore that does not try again; one is slow to make."""
    config = Config(
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        connect_timeout=10,
        read_timeout=30,
    )
    return Session().create_client(
        "s3",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=config,
    )


@contextmanager
def created(kind: str, url: str) -> Iterator[Bucket]:
    """Make a bucket on the server of that URL, and remove it with all that is in it."""
    parts = urlsplit(url)
    endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    name = f"dk-{secrets.token_hex(6)}"
    bucket = Bucket(kind, name, endpoint, parts.username or "", parts.password or "")
    bucket.client.create_bucket(Bucket=name)
    try:
        yield bucket
    finally:
        bucket.empty()
        bucket.client.delete_bucket(Bucket=name)
