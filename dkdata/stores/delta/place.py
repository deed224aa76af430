"""Where the files of Delta tables are: in folders, or wherever else a subclass reaches."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError
from pyarrow import types as is_type

from dkdata.errors import DkError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

T = TypeVar("T")
LOG = "_delta_log"
COMMIT = re.compile(r"(\d{20})\.json")
OURS = ".dk.parquet"
_GROUP_ROWS = 122_880
_COMPRESSION: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "row_group_size": _GROUP_ROWS,
}


@dataclass(frozen=True)
class Found:
    """A file, as it was found.

    Parameters
    ----------
    modified
        When it was written, in seconds since 1970; 0 where nobody needs to know.
    mark
        Tells it from another one at that path, where those that write may change it.
    """

    path: str
    size: int
    modified: float = 0
    mark: Hashable | None = None


class Place(ABC):
    """Where the files of one table are; paths are relative to it.

    Parameters
    ----------
    uri
        What messages call it.
    name
        What its caller calls the table.

    Attributes
    ----------
    answers_surely
        Whether a commit that failed, and is not there, does not come later.
    """

    answers_surely: ClassVar[bool] = True

    def __init__(self, uri: str, name: str) -> None:
        self.uri = uri
        self.name = name

    @property
    def driver_uri(self) -> str:
        """What the driver calls it."""
        return self.uri

    @property
    def storage_options(self) -> dict[str, str] | None:
        """What the driver needs to get there, now."""
        return None

    def driven(self, work: Callable[[], T]) -> T:
        """Return what a call of the driver gives, made again where its failure passes."""
        return work()

    def reason(self, text: str) -> str:
        """Return what an error of the driver or of the system means here."""
        return text

    @abstractmethod
    def newest(self) -> tuple[int, Hashable] | None:
        """Return the newest version of the table, and what tells its commit from others.

        Returns ``None`` where there is no log.
        """

    @abstractmethod
    def marks(self, since: int) -> dict[int, Hashable]:
        """Return what tells the commits from others, of a version and all after it."""

    @abstractmethod
    def is_latest(self, version: int, identity: Hashable) -> bool:
        """Whether the commit of a version is there, and none after it."""

    @abstractmethod
    def files(self) -> list[Found]:
        """Return all files, sorted by their paths."""

    @abstractmethod
    def location(self, file: Found) -> str:
        """Return where DuckDB finds a file; an absolute path stays."""

    @abstractmethod
    def open(self, file: Found) -> pq.ParquetFile:
        """Open a Parquet file; ``FileNotFoundError`` where there is none."""

    @abstractmethod
    def footer(self, file: Found) -> pq.FileMetaData:
        """Return what a Parquet file says of itself; ``FileNotFoundError`` where there is none."""

    @abstractmethod
    def put(self, path: str, table: pa.Table) -> tuple[pq.FileMetaData, int]:
        """Write a Parquet file that was not there, to last; return its footer and its size."""

    @abstractmethod
    def remove(self, paths: Sequence[str]) -> None:
        """Remove those of these files that are there, and what was made only to hold them."""

    @abstractmethod
    def made(self, *, is_new: bool) -> AbstractContextManager[None]:
        """Make what the first files need, and undo that if nothing gets there.

        Parameters
        ----------
        is_new
            Whether there is no table yet.

        Raises
        ------
        UsageError
            There are files, and they are not of a Delta table.
        """

    @abstractmethod
    def add_commit(self, version: int, content: bytes, after: Hashable | None) -> Hashable | None:
        """Make the commit of a version, to last, wholly or not at all; return its identity.

        Returns ``None`` where somebody was first, or the commit before it, of the identity
        ``after``, is gone.
        """

    @abstractmethod
    def read_commit(self, version: int) -> bytes | None:
        """Return the commit of a version, ``None`` where there is none."""

    @abstractmethod
    def rename(self, new: Self) -> None:
        """Give the table another place, which is empty."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the table."""


class Root(ABC):
    """Where Delta tables are beside each other.

    Parameters
    ----------
    shown
        What messages call it.
    """

    def __init__(self, shown: str) -> None:
        self.shown = shown

    @property
    @abstractmethod
    def identity(self) -> Hashable:
        """What tells it from others."""

    @abstractmethod
    def places(self) -> list[Place]:
        """Return the places where tables are or may be, sorted by their names."""

    def tables(self) -> list[str]:
        """Return the names of the tables, sorted."""
        return [place.name for place in self.places() if place.newest()]

    @abstractmethod
    def holds(self, table: str) -> bool:
        """Whether something is there by that very name, which may look like one of a version."""

    @abstractmethod
    def place(self, table: str) -> Place:
        """Return where a table is, or would be; ``UsageError`` where none can have that name."""


def write_parquet(target: Any, table: pa.Table) -> None:  # noqa: ANN401 - a path or a buffer
    """Write rows as a Parquet file."""
    if all(map(_is_plain, table.schema.types)):
        # Without a copy in one piece, which would cost as much memory again.
        frame = pl.DataFrame(pl.from_arrow(table, rechunk=False))
        frame.write_parquet(target, **_COMPRESSION)
    else:
        pq.write_table(table, target, **_COMPRESSION)


def _is_plain(t: pa.DataType) -> bool:
    """Whether polars keeps a type as it is."""
    return not is_type.is_nested(t)


def require_content(place: Place, name: str, size: int) -> None:
    """Refuse a commit of no bytes: it would be taken for one that changes nothing."""
    if not size:
        message = (
            f"{place.uri!r} cannot be read: {LOG}/{name} is empty, as it is after a disk was full"
            " or a copy broke off. Restore it, or remove it with all that are later."
        )
        raise StoreError(message)


@contextmanager
def explained(place: Place, what: str) -> Iterator[None]:
    """Turn the errors of the drivers and of the system into ones that name the table.

    ``FileNotFoundError`` passes: its meaning depends on who asks.
    """
    try:
        yield
    except (DkError, FileNotFoundError):
        raise
    except (DeltaError, pl.exceptions.PolarsError, OSError, pa.ArrowException, ValueError) as error:
        text = " ".join(str(error).split())[:500]
        message = f"the Delta table {place.uri!r} {what}: {place.reason(text)}"
        raise StoreError(message) from error
