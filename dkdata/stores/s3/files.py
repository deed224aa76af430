"""The requests to an S3 server, through s3fs, whose errors become ours."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from fsspec.asyn import sync
from s3fs import S3FileSystem

from dkdata import engine
from dkdata.commit import remaining
from dkdata.errors import DkError
from dkdata.retrying import retried
from dkdata.stores.s3.failures import explained, place_of, refused
from dkdata.stores.s3.scanning import Scanned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dkdata.stores.delta.place import Found
    from dkdata.stores.s3.access import Access

T = TypeVar("T")
_DELETED_AT_ONCE = 1000
_CHUNK_BYTES = 16 << 20
_MOST_PARTS = 10_000
_SECONDS_TO_ABORT = 10.0


class _Once(S3FileSystem):
    """The driver, which makes each request once, and keeps no lists: others write, too."""

    retries = 1


@dataclass(frozen=True)
class Entry:
    """An object, as a list has it; ``modified`` in seconds since 1970."""

    key: str
    size: int
    modified: float
    etag: str


def _entries(page: dict[str, Any]) -> list[Entry]:
    found = page.get("Contents") or ()  # there is none on the last page of some servers
    return [
        Entry(one["Key"], one["Size"], one["LastModified"].timestamp(), one["ETag"])
        for one in found
    ]


class Files:
    """The objects that are reached in one way.

    Requests are tried again here, under the deadline of the call.

    Attributes
    ----------
    conditional
        The buckets of which it is known that their server heeds conditions.
    """

    def __init__(self, access: Access) -> None:
        self._files = _Once(skip_instance_cache=True, **access.file_options())
        self._scanned = Scanned(self.read)
        self.conditional: set[str] = set()

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
            timeout = remaining(deadline, place_of(bucket, key))
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

    def entry(self, bucket: str, key: str) -> Entry | None:
        """Return an object, if it is there."""
        found = self.first(bucket, key, 1)
        return found[0] if found and found[0].key == key else None

    def beside(self, bucket: str, beginning: str) -> Iterator[Entry]:
        """Yield the objects whose keys begin so and have no slash after that."""
        for page in self._pages(bucket, Prefix=beginning, Delimiter="/"):
            yield from _entries(page)

    def names(self, bucket: str, prefix: str) -> Iterator[str]:
        """Yield the names of the objects right below a prefix, in the order of their keys."""
        for entry in self.beside(bucket, prefix):
            yield entry.key.removeprefix(prefix)

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

    def fetch(self, bucket: str, entry: Entry, target: Path) -> None:
        """Write the content of an object into a file, piece by piece.

        Raises
        ------
        TakenError, FileNotFoundError
            It is no longer the object that was found.
        """
        with target.open("wb") as file:
            for start in range(0, entry.size, _CHUNK_BYTES):
                end = min(start + _CHUNK_BYTES, entry.size)
                given = {"Key": entry.key, "Range": f"bytes={start}-{end - 1}"}
                reading = partial(sync, self._files.loop, self._body, bucket, entry.etag, given)
                file.write(self._tried_again(bucket, entry.key, reading))

    async def _body(self, bucket: str, etag: str, given: dict[str, str]) -> bytes:
        asked = await self._files._call_s3("get_object", Bucket=bucket, IfMatch=etag, **given)  # noqa: SLF001 - s3fs hides what works
        async with asked["Body"] as body:
            content: bytes = await body.read()
        return content

    def upload(
        self,
        bucket: str,
        key: str,
        path: Path,
        condition: dict[str, str],
        described: dict[str, Any] | None = None,
    ) -> None:
        """Write a file into an object, which is there wholly or not at all.

        Parameters
        ----------
        described
            What is kept about the object, as parameters of the request.

        Raises
        ------
        TakenError
            A condition does not hold.
        """
        if path.stat().st_size <= _CHUNK_BYTES:
            self.put(bucket, key, path.read_bytes(), {**condition, **(described or {})})
            return
        begun = self._asked("create_multipart_upload", bucket, Key=key, **(described or {}))
        upload = {"Key": key, "UploadId": begun["UploadId"]}
        try:
            parts = list(self._sent(bucket, upload, path))
            whole = {"MultipartUpload": {"Parts": parts}, **condition}
            self._asked("complete_multipart_upload", bucket, **upload, **whole)
        except BaseException as error:
            self._abort(bucket, upload, error)
            raise

    def _abort(self, bucket: str, upload: dict[str, str], failure: BaseException) -> None:
        """Let the server forget the parts of an upload."""
        try:
            with engine.time_limit(time.monotonic() + _SECONDS_TO_ABORT):
                self._asked("abort_multipart_upload", bucket, **upload)
        except DkError as error:
            failure.add_note(f"The parts that were sent could not be removed: {error}")

    def _sent(self, bucket: str, upload: dict[str, str], path: Path) -> Iterator[dict[str, Any]]:
        """Send a file part by part, and yield what tells the parts."""
        length = max(_CHUNK_BYTES, -(-path.stat().st_size // _MOST_PARTS))
        with path.open("rb") as file:
            for number in itertools.count(1):
                part = file.read(length)
                if not part:
                    return
                sent = self._asked("upload_part", bucket, PartNumber=number, Body=part, **upload)
                yield {"PartNumber": number, "ETag": sent["ETag"]}

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object, in parts if it is large; it is there wholly or not at all."""
        self._tried_again(bucket, key, partial(self._files.pipe_file, f"{bucket}/{key}", content))

    def put(self, bucket: str, key: str, content: bytes, condition: dict[str, Any]) -> None:
        """Write an object, in one request; ``TakenError`` where a condition does not hold."""
        self._asked("put_object", bucket, Key=key, Body=content, **condition)

    def tags(self, bucket: str, key: str) -> dict[str, str]:
        """Return the tags of an object; none where it is not there."""
        try:
            found = self._asked("get_object_tagging", bucket, Key=key)
        except FileNotFoundError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    def copy(self, bucket: str, key: str, new: str) -> None:
        """Copy an object on the server."""
        copying = partial(self._files.cp_file, f"{bucket}/{key}", f"{bucket}/{new}")
        self._tried_again(bucket, key, copying)

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects that may be there, a thousand in a request."""
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            named = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
            wanted = {"Objects": named, "Quiet": True}
            for problem in self._asked("delete_objects", bucket, Delete=wanted).get("Errors", ()):
                raise refused(bucket, problem)
