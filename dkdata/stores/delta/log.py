"""Delta tables as their logs tell them: versions, files, columns, writes."""

from __future__ import annotations

import json
import re
import time
import uuid
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.exceptions import TableNotFoundError as NoDeltaTable

from dkdata.errors import DkWarning, StoreError
from dkdata.stores.delta import types
from dkdata.stores.delta.bounds import Bounds, bounds
from dkdata.stores.delta.place import OURS, Found, Place, explained

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

_NO_SUCH_VERSION = re.compile(
    r"end version (\d+) not the same as|[Ii]nvalid table version|No files"
)
_NAMED = (3, 7)  # the versions of the protocol in which features have names
_INTERVAL = 10  # that of the protocol, in versions
_IMPLIED = (
    (2, ("appendOnly", "invariants")),
    (3, ("checkConstraints",)),
    (4, ("changeDataFeed", "generatedColumns")),
)


def now() -> int:
    """Return the time of now as logs have it: milliseconds."""
    return int(time.time() * 1000)


def opened(place: Place, version: int | None = None) -> Snapshot:
    """Return a table as it is now, or was in a version.

    Raises
    ------
    FileNotFoundError
        There is no Delta table, or no such version.
    """
    with explained(place, "cannot be read"):
        newest = place.newest()
        if newest is None or (version is not None and version > newest[0]):
            raise FileNotFoundError(place.uri)
        number, identity = newest
        table = driver_table(place, number if version is None else version)
        return Snapshot(
            place=place,
            version=table.version(),
            identity=identity if table.version() == number else None,
            metadata=Metadata.of(table),
            protocol=Protocol.of(table),
            files=_files(table),
            has_deleted_rows=_has_deleted_rows(table),
            opened=table,
        )


def driver_table(place: Place, version: int) -> DeltaTable:
    """Return a version of a table for the driver; ``FileNotFoundError`` if it is not there."""
    try:
        return place.driven(lambda: DeltaTable(place.driver_uri, version, place.storage_options))
    except DeltaError as error:
        if isinstance(error, NoDeltaTable) or _NO_SUCH_VERSION.search(str(error)):
            raise FileNotFoundError(place.uri) from error
        raise


def _files(table: DeltaTable) -> tuple[DataFile, ...]:
    actions = pa.table(table.get_add_actions())
    told = bounds(actions, tuple(table.metadata().partition_columns))
    found = map(_file, actions.to_pylist(), told)
    return tuple(sorted(found, key=lambda file: file.order))


def _file(action: dict[str, Any], bounds: Bounds) -> DataFile:
    return DataFile(
        path=unquote(action["path"]),
        url=action["path"],
        rows=action["num_records"],
        size=action["size_bytes"],
        moment=action["modification_time"],
        partition=action.get("partition") or {},
        bounds=bounds,
    )


def _has_deleted_rows(table: DeltaTable) -> bool:
    features = table.protocol().reader_features or ()
    return "deletionVectors" in features and any(v.num_rows for v in table.deletion_vectors())


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table.

    Parameters
    ----------
    path
        In the folder of the table, or absolute.
    url
        The path as the log has it.
    moment
        When it was added, in milliseconds; the files of a table are read in this order. 0 for a
        file that is in no commit yet.
    partition
        The values that the partition columns have in all its rows.
    bounds
        Of the values of columns, as far as the log tells them.
    stats
        What the log is to say of the values, for a file that is in no commit yet.
    """

    path: str
    url: str
    rows: int | None
    size: int
    moment: int = 0
    partition: Mapping[str, Any] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    stats: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether dkdata wrote it, so that its bounds are exact."""
        return self.path.endswith(OURS)

    @property
    def found(self) -> Found:
        """The file where it is."""
        return Found(self.path, self.size)

    @property
    def order(self) -> tuple[int, str]:
        """What the files of a table are sorted by."""
        return self.moment, self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Layout:
    """How files hold the rows of a table.

    Parameters
    ----------
    kept
        The types in which they are read.
    schema
        What the columns mean, with the descriptor.
    """

    place: Place
    kept: pa.Schema
    schema: pa.Schema
    partition_by: tuple[str, ...] = ()

    def location(self, file: DataFile) -> str:
        """Return where a file is."""
        return self.place.location(file.found)


@dataclass(frozen=True)
class Protocol:
    """What a table asks of its readers and writers."""

    reader: int = 1
    writer: int = 2
    reader_features: frozenset[str] = frozenset()
    writer_features: frozenset[str] = frozenset()

    @classmethod
    def of(cls, table: DeltaTable) -> Protocol:
        """Return what a log says of it."""
        told = table.protocol()
        return cls(
            told.min_reader_version,
            told.min_writer_version,
            frozenset(told.reader_features or ()),
            frozenset(told.writer_features or ()),
        )

    @property
    def has_features(self) -> bool:
        """Whether the versions say that features are named."""
        return self.writer >= _NAMED[1]

    def with_feature(self, name: str) -> Protocol:
        """Return one that has a feature of readers and writers, too."""
        if name in self.writer_features:
            return self
        implied = (found for version, found in _IMPLIED if version <= self.writer)
        held = self.writer_features if self.has_features else frozenset().union(*implied)
        return Protocol(*_NAMED, self.reader_features | {name}, held | {name})


@dataclass(frozen=True)
class Metadata:
    """What a log says of a table beside its files.

    Parameters
    ----------
    fields
        The columns as the log has them, with their metadata.
    configuration
        The properties of the table.
    created
        When it was made, in milliseconds.
    """

    fields: pa.Schema
    partition_by: tuple[str, ...] = ()
    configuration: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    name: str | None = None
    description: str | None = None
    created: int = field(default_factory=now)

    @classmethod
    def of(cls, table: DeltaTable) -> Metadata:
        """Return what a log says of it."""
        told = table.metadata()
        return cls(
            fields=pa.schema(table.schema().to_arrow()),
            partition_by=tuple(told.partition_columns),
            configuration=dict(told.configuration),
            id=str(told.id),
            name=told.name,
            description=told.description,
            created=told.created_time,
        )


@dataclass(frozen=True)
class Snapshot:
    """One version of a table.

    Parameters
    ----------
    identity
        What tells its commit from others of that number.
    files
        In the order in which their rows were saved.
    has_deleted_rows
        Whether files hold rows that are no longer of the table.
    opened
        The table for the driver, in this version or in an earlier one.
    runs
        The versions that writes made since then, by their names in the log.
    is_whole
        Whether all that the log tells of the files is known.
    """

    place: Place
    version: int
    identity: Hashable | None
    metadata: Metadata
    protocol: Protocol
    files: tuple[DataFile, ...]
    has_deleted_rows: bool = False
    opened: DeltaTable | None = field(default=None, repr=False)
    runs: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def is_latest(self) -> bool:
        """Whether the table is still at this version."""
        return (
            self.is_whole
            and self.identity is not None
            and self.place.is_latest(self.version, self.identity)
        )

    @property
    def fields(self) -> pa.Schema:
        """The columns as the log has them, with their metadata."""
        return self.metadata.fields

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The names of the partition columns."""
        return self.metadata.partition_by

    @cached_property
    def schema(self) -> pa.Schema:
        """The canonical schema with its descriptor."""
        return types.saved_schema(self.fields)

    @property
    def last_moment(self) -> int:
        """When the latest file was added, in milliseconds; 0 where there is none."""
        return self.files[-1].moment if self.files else 0

    @property
    def rows(self) -> int | None:
        """The number of rows, where the log tells it of every file."""
        counts = [file.rows for file in self.files]
        return None if None in counts else sum(filter(None, counts))

    @cached_property
    def layout(self) -> Layout:
        """How the files hold the rows."""
        return Layout(self.place, types.kept_schema(self.fields), self.schema, self.partition_by)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that may not hold null."""
        return tuple(column.name for column in self.fields if not column.nullable)

    def written_by(self, run_id: str) -> int | None:
        """Return the version that a write made, or ``None``."""
        name = app_id(run_id)
        if name in self.runs or self.opened is None:
            return self.runs.get(name)
        with explained(self.place, "cannot be read"):
            try:
                found: int | None = self.opened.transaction_version(name)
            except OSError:  # it has the keys and the limits of the moment at which it was opened
                again = driver_table(self.place, self.version)
                found = self.place.driven(lambda: again.transaction_version(name))
        return found

    def note_of(self, version: int, run_id: str) -> dict[str, Any]:
        """Return what dkdata noted of a write; nothing where the log has forgotten it."""
        note = note_in(self.place.read_commit(version) or b"")
        return note if note.get("run_id") == run_id else {}

    def history(self) -> list[dict[str, Any]]:
        """Return what the log tells of the commits, the newest first."""
        with explained(self.place, "cannot be read"):
            return list(driver_table(self.place, self.version).history())


def note_in(content: bytes) -> dict[str, Any]:
    """Return what dkdata noted in a commit; nothing where there is no such note."""
    for line in content.splitlines():
        told = json.loads(line).get("commitInfo")
        note = told.get("dkdata") if told else None
        if isinstance(note, dict):
            return note
    return {}


def write_checkpoint(snapshot: Snapshot) -> None:
    """Write what the log says up to now as one file, where it is time for that.

    Without it readers have to go through ever more commits.
    """
    settings = snapshot.metadata.configuration
    interval = settings.get("delta.checkpointInterval", "")
    if not snapshot.version or snapshot.version % int(interval or _INTERVAL):
        return
    try:
        with explained(snapshot.place, "has no new checkpoint"):
            table = driver_table(snapshot.place, snapshot.version)
            table.create_checkpoint()
            if settings.get("delta.enableExpiredLogCleanup") != "false":
                table.cleanup_metadata()
    except StoreError as error:
        warnings.warn(f"The rows are saved. {error}", DkWarning, stacklevel=2)


def app_id(run_id: str) -> str:
    """Return the name of a write in the log.

    Examples
    --------
    >>> app_id("nightly")
    'dkdata:nightly'
    """
    return f"dkdata:{run_id}"
