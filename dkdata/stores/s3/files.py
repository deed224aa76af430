"""The requests to an S3 server, through s3fs, whose errors become ours."""

from __future__ import annotations

import itertools
import threading
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from s3fs import S3FileSystem

from dkdata import engine
from dkdata.commit import remaining
from dkdata.errors import UnsupportedError
from dkdata.retrying import retried
from dkdata.stores.s3.failures import TakenError, explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dkdata.stores.s3.access import Access

T = TypeVar("T")
_DELETED_AT_ONCE = 1000
_ATTEMPTS = 5
_numbers = itertools.count()


def _file_system(access: Access, name: str, attempts: int) -> S3FileSystem:
    """Return a file system by a name of its own, by which DuckDB knows it.

    Lists are not cached: others write, too. Nor is what is read: DuckDB asks for what it needs.
    """
    kind = type("Reached", (S3FileSystem,), {"protocol": name, "retries": attempts})
    return kind(
        skip_instance_cache=True,
        use_listings_cache=False,
        default_cache_type="none",
        **access.file_options(attempts),
    )


@dataclass(frozen=True)
class Entry:
    """An object, as a list has it."""

    key: str
    size: int
    etag: str


def _entries(page: dict[str, Any]) -> list[Entry]:
    found = page.get("Contents") or ()  # there is none on the last page of some servers
    return [Entry(one["Key"], one["Size"], one["ETag"]) for one in found]


class Files:
    """The objects that are reached in one way.

    Requests are tried again here, under the deadline of the call; those of DuckDB, which has a file
    system of its own, by the driver.
    """

    def __init__(self, access: Access) -> None:
        self._files = _file_system(access, "s3", attempts=1)
        self._of_duckdb = _file_system(access, f"dks3{next(_numbers)}", attempts=_ATTEMPTS)
        self._lock = threading.Lock()
        self._tried: set[str] = set()

    def location(self, bucket: str, key: str) -> str:
        """Return where the embedded DuckDB finds an object."""
        given = engine.connection()
        with self._lock:
            if not given.filesystem_is_registered(self._of_duckdb.protocol):
                given.register_filesystem(self._of_duckdb)
        return f"{self._of_duckdb.protocol}://{bucket}/{key}"

    def _asked(self, method: str, bucket: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        key = str(given.get("Key") or given.get("Prefix") or "")
        asking = partial(self._files.call_s3, method, Bucket=bucket, **given)
        found: dict[str, Any] = self._tried_again(bucket, key, asking)
        return found

    def _tried_again(self, bucket: str, key: str, work: Callable[..., T]) -> T:
        """Return what a request of the driver gives, made again where the failure passes."""
        deadline = engine.current_deadline()

        def attempt(_: int) -> T:
            timeout = remaining(deadline, f"s3://{bucket}/{key}")
            with explained(bucket, key):
                return work(timeout=timeout)

        return retried(attempt, deadline)

    def entries(self, bucket: str, prefix: str) -> Iterator[Entry]:
        """Yield the objects whose keys begin so, in the order of their keys; page by page."""
        for page in self._pages(bucket, Prefix=prefix):
            yield from _entries(page)

    def first(self, bucket: str, prefix: str, count: int) -> list[Entry]:
        """Return the first objects whose keys begin so, in one request."""
        return _entries(self._asked("list_objects_v2", bucket, Prefix=prefix, MaxKeys=count))

    def folders(self, bucket: str, prefix: str) -> Iterator[str]:
        """Yield the names between a prefix and the next slash."""
        for page in self._pages(bucket, Prefix=prefix, Delimiter="/"):
            for found in page.get("CommonPrefixes") or ():
                yield found["Prefix"].removeprefix(prefix).rstrip("/")

    def _pages(self, bucket: str, **given: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        while True:
            page = self._asked("list_objects_v2", bucket, **given)
            yield page
            if not page.get("IsTruncated"):
                return
            given["ContinuationToken"] = page["NextContinuationToken"]

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object; ``FileNotFoundError`` where there is none."""
        reading = partial(self._files.cat_file, f"{bucket}/{key}")
        content: bytes = self._tried_again(bucket, key, reading)
        return content

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, in parts if it is large; it is there wholly or not at all."""
        self._tried_again(bucket, key, partial(self._files.pipe_file, f"{bucket}/{key}", content))

    def require_conditions(self, bucket: str, prefix: str) -> None:
        """Refuse a server that lets two writers make one object: both would find that they did.

        It is asked once for each bucket, by an object that is deleted again.
        """
        if bucket in self._tried:
            return
        key = f"{prefix}_dk_{uuid.uuid4().hex}"
        given = {"Key": key, "Body": b"", "IfNoneMatch": "*"}
        try:
            self._asked("put_object", bucket, **given)
            self._asked("put_object", bucket, **given)
        except TakenError:
            self._tried.add(bucket)
            return
        finally:
            self.delete(bucket, [key])
        message = (
            f"the server of bucket {bucket!r} writes over an object that is to be made new: two"
            " writers of a table would lose rows. Use a server that knows If-None-Match."
        )
        raise UnsupportedError(message)

    def copy(self, bucket: str, key: str, new: str) -> None:
        """Copy an object on the server."""
        copying = partial(self._files.cp_file, f"{bucket}/{key}", f"{bucket}/{new}")
        self._tried_again(bucket, key, copying)

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects that may be there, a thousand in a request."""
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            named = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
            self._asked("delete_objects", bucket, Delete={"Objects": named, "Quiet": True})
