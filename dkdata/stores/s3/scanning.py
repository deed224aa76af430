"""Objects as the embedded DuckDB reads them: a file system whose files are of known sizes."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import threading
from typing import TYPE_CHECKING, Any

from fsspec import AbstractFileSystem

from dkdata import engine
from dkdata.errors import DkError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from dkdata.stores.delta.place import Found

    Reading = Callable[[str, str, int, int], bytes]

_LITERAL = re.compile(r"\[([*?\[])\]")
_LOCATION = re.compile(r"(?:\w+://)?(\d+)-\w*(?:-(\d+))?/([^/]+)/(.*)", re.DOTALL)
_LONG_AGO = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - as DuckDB wants it
_NOT_A_WORD = re.compile(r"\W")
_numbers = itertools.count()


class Scanned(AbstractFileSystem):
    """Objects by locations that hold their sizes, so that nobody has to ask for those.

    A location has the mark of what was found, too: another content is another file to DuckDB.

    Parameters
    ----------
    read
        Returns the bytes of an object (by bucket and key) between two positions.
    """

    cachable = False

    def __init__(self, read: Reading) -> None:
        super().__init__()
        self._read = read
        self.protocol = f"dks3{next(_numbers)}"
        self._lock = threading.Lock()

    def location(self, given: duckdb.DuckDBPyConnection, bucket: str, key: str, file: Found) -> str:
        """Return where a connection finds an object from now on."""
        with self._lock:
            if not given.filesystem_is_registered(self.protocol):
                given.register_filesystem(self)
        mark = _NOT_A_WORD.sub("", str(file.mark or ""))
        # DuckDB reads in threads of its own, which know nothing of the limit of the call.
        deadline = engine.current_deadline()
        until = "" if deadline is None else f"-{int(deadline * 1000)}"
        return f"{self.protocol}://{file.size}-{mark}{until}/{bucket}/{key}"

    def glob(self, path: str, **_: Any) -> list[str]:  # noqa: ANN401
        """Return a path itself: those that come here name one object each."""
        return [_LITERAL.sub(r"\1", path)]

    def info(self, path: str, **_: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the size of an object."""
        return {"name": path, "size": _parsed(path)[0], "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:  # noqa: ANN401
        """Return that an object is there: its reading finds out."""
        del path
        return True

    def modified(self, path: str) -> dt.datetime:
        """Return one time for all: what changes has another location."""
        del path
        return _LONG_AGO

    def open(self, path: str, *_: Any, **__: Any) -> ScannedObject:  # noqa: ANN401
        """Return an object to read from."""
        return ScannedObject(self._read, *_parsed(path))


def _parsed(location: str) -> tuple[int, float | None, str, str]:
    """Return the size of an object, until when it may be read, its bucket and its key."""
    found = _LOCATION.fullmatch(location)
    if found is None:
        raise FileNotFoundError(location)
    return int(found[1]), int(found[2]) / 1000 if found[2] else None, found[3], found[4]


class ScannedObject(io.RawIOBase):
    """An object that several threads read from.

    DuckDB lets its threads seek and read on one handle, and Python may switch between them in
    between: each thread has a position of its own.
    """

    def __init__(
        self, read: Reading, size: int, deadline: float | None, bucket: str, key: str
    ) -> None:
        super().__init__()
        self._fetch, self._size, self._deadline = read, size, deadline
        self._bucket, self._key = bucket, key
        self._positions = threading.local()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return the position of this thread."""
        position: int = getattr(self._positions, "at", 0)
        return position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Set the position of this thread."""
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self._size}
        self._positions.at = starts[whence] + offset
        return self.tell()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes of this thread."""
        start = self.tell()
        end = self._size if size < 0 else min(start + size, self._size)
        if start >= end:
            return b""
        try:
            with engine.time_limit(self._deadline):
                content = self._fetch(self._bucket, self._key, start, end)
        except FileNotFoundError as error:
            gone = StoreError(f"s3://{self._bucket}/{self._key} is gone. Load again.")
            raise engine.carried(gone) from error
        except DkError as error:
            raise engine.carried(error) from error.__cause__
        self._positions.at = start + len(content)
        return content
