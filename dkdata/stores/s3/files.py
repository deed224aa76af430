"""The requests to an S3 server, through s3fs, whose errors become ours."""

from __future__ import annotations

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
from dkdata.stores.s3.scanning import Scanned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dkdata.stores.delta.place import Found
    from dkdata.stores.s3.access import Access

T = TypeVar("T")
_DELETED_AT_ONCE = 1000
_CHUNK_BYTES = 16 << 20


class _Once(S3FileSystem):
    """The driver, which makes each request once, and keeps no lists: others write, too."""

    retries = 1


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

    Requests are tried again here, under the deadline of the call.
    """

    def __init__(self, access: Access) -> None:
        self._files = _Once(skip_instance_cache=True, **access.file_options())
        self._scanned = Scanned(self.read)
        self._tried: set[str] = set()

    def location(self, bucket: str, key: str, file: Found) -> str:
        """Return where the embedded DuckDB finds an object."""
        return self._scanned.location(engine.connection(), bucket, key, file)

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

    def read(
        self,
        bucket: str,
        key: str,
        start: int | None = None,
        end: int | None = None,
        workers: int = 1,
    ) -> bytes:
        """Return the content of an object, or what is between two positions.

        Parameters
        ----------
        workers
            How many requests at once fetch a large object; more than one asks for its size first.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        reading = partial(
            self._files.cat_file, f"{bucket}/{key}", start=start, end=end,
            chunksize=_CHUNK_BYTES, max_concurrency=workers,
        )  # fmt: skip
        content: bytes = self._tried_again(bucket, key, reading)
        return content

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, in parts if it is large; it is there wholly or not at all."""
        self._tried_again(bucket, key, partial(self._files.pipe_file, f"{bucket}/{key}", content))

    def create(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object that is to be new.

        Raises
        ------
        TakenError
            There is one.
        """
        self._asked("put_object", bucket, Key=key, Body=content, IfNoneMatch="*")

    def require_conditions(self, bucket: str, prefix: str) -> None:
        """Refuse a server that lets two writers make one object: both would find that they did.

        It is asked once for each bucket, by an object that is deleted again.
        """
        if bucket in self._tried:
            return
        key = f"{prefix}_dk_{uuid.uuid4().hex}"
        try:
            self.create(bucket, key, b"")
            self.create(bucket, key, b"")
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
