"""Writes of objects that go ahead only if those are as they were found."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dkdata import engine
from dkdata.errors import StoreError, UnsupportedError
from dkdata.stores.file.lock import exclusive
from dkdata.stores.s3.failures import TakenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dkdata.stores.s3.files import Entry, Files

PROBE = "_dk_"  # what names begin with of objects that are made to see what a server does
_PROBES = {"If-None-Match": {"IfNoneMatch": "*"}, "If-Match": {"IfMatch": '"0"'}}


@dataclass(frozen=True)
class Conditional:
    """Writes to a bucket of which only the first goes ahead.

    The server decides that, by the conditions of requests; one that knows no conditions needs a
    lock, which all writers share.

    Parameters
    ----------
    lock
        A folder that all writers lock.
    """

    files: Files
    bucket: str
    lock: Path | None = None

    def create(self, key: str, content: bytes) -> None:
        """Write an object that is to be new; ``TakenError`` where there is one."""
        with self._unchanged(key, None) as condition:
            self.files.put(self.bucket, key, content, condition)

    def replace(self, key: str, path: Path, held: Entry | None) -> None:
        """Write a file into an object that has to be as it was found.

        Raises
        ------
        TakenError
            It is not: it was written, made or deleted meanwhile.
        """
        with self._unchanged(key, held) as condition:
            self.files.upload(self.bucket, key, path, condition)

    @contextmanager
    def _unchanged(self, key: str, held: Entry | None) -> Iterator[dict[str, str]]:
        """Give the condition of a request, or hold the lock while an object is as it was found."""
        if self.lock is None:
            yield {"IfNoneMatch": "*"} if held is None else {"IfMatch": held.etag}
            return
        with exclusive(self.lock / "commits", engine.current_deadline()):
            found = self.files.entry(self.bucket, key)
            if (found and found.etag) != (held and held.etag):
                message = f"s3://{self.bucket}/{key}: somebody else wrote at the same time."
                raise TakenError(message)
            yield {}

    def require(self, prefix: str) -> None:
        """Refuse a server that lets two writers make, or change, one object, without a lock.

        It is asked once for each bucket, by an object that is deleted again.
        """
        if self.lock is not None:
            self._make_lock(self.lock)
        elif self.bucket not in self.files.conditional:
            self._try(f"{prefix}{PROBE}{uuid.uuid4().hex}")
            self.files.conditional.add(self.bucket)

    def _make_lock(self, lock: Path) -> None:
        try:
            lock.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the lock {str(lock)!r} cannot be made: {error.strerror}. Correct lock=."
            raise StoreError(message) from error

    def _try(self, key: str) -> None:
        try:
            self.files.put(self.bucket, key, b"", {})
            for header, condition in _PROBES.items():
                try:
                    self.files.put(self.bucket, key, b"", condition)
                except TakenError:
                    continue
                message = (
                    f"the server of bucket {self.bucket!r} does not heed {header},"
                    " so two writers of a table would lose rows. Use a server that does, or give"
                    " lock=: a folder that all writers share."
                )
                raise UnsupportedError(message)
        finally:
            self.files.delete(self.bucket, [key])
