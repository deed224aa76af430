"""Tables in a bucket that is reached through a proxy, and what is done to them while it fails."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dkdata as dk
from tests.services.s3.scripted import Answer, Break, ScriptedProxy
from tests.stores.faulty import BEFORE, MORE, Reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.s3.buckets import Bucket

# What passes, and is tried again.
PASSING = {
    "slow down": Answer(503, "SlowDown"),
    "internal error": Answer(500, "InternalError"),
    "too many": Answer(429, "TooManyRequests"),
    "not heard": Break.BEFORE,
    "answer lost": Break.AFTER,
    "answer cut": Break.WITHIN,
}


class Lake(Reached):
    """A bucket with two ways to it: ``lake`` through a proxy, ``straight`` around it."""

    through, around = "lake", "straight"

    def __init__(self, bucket: Bucket, proxy: ScriptedProxy) -> None:
        super().__init__(proxy)
        self.bucket = bucket
        self.configure()
        # By both ways: what a client asks once for each bucket is asked now.
        dk.save(BEFORE, "lake.first", key="id", progress=False)
        dk.save(MORE, "straight.first", mode="append", progress=False)
        self._objects = {key: bucket.read(key) for key in bucket.listed("first/")}

    def configure(self, **options: Any) -> None:
        """Make the stores anew: they know nothing of their tables."""
        through = {**self.bucket.options, "endpoint_url": self.proxy.endpoint, **options}
        dk.configure({"stores": {"lake": through, "straight": self.bucket.options}})

    def forget(self) -> None:
        """Make the stores anew."""
        self.configure()

    def put(self) -> str:
        """Put a table of the rows ``ALL`` there, and return its name."""
        name = self.name()
        for key, content in self._objects.items():
            self.bucket.put(key.replace("first", name, 1), content)
        return name


def each(asked: list[str], kinds: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
    """Yield the kind and the number of each request, of all kinds or of some."""
    counts: Counter[str] = Counter()
    for kind in asked:
        counts[kind] += 1
        if not kinds or kind in kinds:
            yield kind, counts[kind]


@contextmanager
def reached_through(bucket: Bucket) -> Iterator[Lake]:
    """Give a bucket behind a proxy."""
    with ScriptedProxy(bucket.endpoint) as proxy:
        yield Lake(bucket, proxy)
