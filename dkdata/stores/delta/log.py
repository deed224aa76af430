"""Delta tables as their logs tell them: versions, files, columns, writes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.exceptions import TableNotFoundError as NoDeltaTable

from dkdata.stores.delta import types
from dkdata.stores.delta.bounds import Bounds, bounds
from dkdata.stores.delta.place import OURS, Place, explained

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

_NO_SUCH_VERSION = re.compile(
    r"end version (\d+) not the same as|[Ii]nvalid table version|No files"
)


def opened(place: Place, version: int | None = None) -> Snapshot:
    """Return a table as it is now, or was in a version.

    Raises
    ------
    FileNotFoundError
        There is no Delta table, or no such version.
    """
    with explained(place, "cannot be read"):
        try:
            table = DeltaTable(place.driver_uri, version, place.storage_options)
        except NoDeltaTable as error:
            raise FileNotFoundError(place.uri) from error
        except DeltaError as error:
            if version is not None and _NO_SUCH_VERSION.search(str(error)):
                raise FileNotFoundError(place.uri) from error
            raise
        return Snapshot(place, table, table.version(), place.identity(table.version()))


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table.

    Parameters
    ----------
    path
        In the folder of the table, or absolute.
    moment
        When it was added, in milliseconds; the files of a table are read in this order.
    partition
        The values that the partition columns have in all its rows.
    lows, highs, nulls
        Bounds of the values of columns and numbers of nulls, as far as the log tells them.
    """

    path: str
    rows: int | None
    size: int
    moment: int = 0
    partition: Mapping[str, Any] = field(default_factory=dict)
    lows: Mapping[str, Any] = field(default_factory=dict)
    highs: Mapping[str, Any] = field(default_factory=dict)
    nulls: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether dkdata wrote it, so that its bounds are exact."""
        return self.path.endswith(OURS)

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
        return self.place.location(file.path)


@dataclass(frozen=True)
class Snapshot:
    """One version of a table."""

    place: Place
    table: DeltaTable = field(repr=False)
    version: int
    identity: Hashable | None = None

    @property
    def is_latest(self) -> bool:
        """Whether the table is still at this version."""
        return self.identity is not None and self.place.is_latest(self.version, self.identity)

    @cached_property
    def fields(self) -> pa.Schema:
        """The columns as the log has them, with their metadata."""
        return pa.schema(self.table.schema().to_arrow())

    @cached_property
    def schema(self) -> pa.Schema:
        """The canonical schema with its descriptor."""
        return types.saved_schema(self.fields)

    @cached_property
    def partition_by(self) -> tuple[str, ...]:
        """The names of the partition columns."""
        return tuple(self.table.metadata().partition_columns)

    @cached_property
    def configuration(self) -> Mapping[str, str]:
        """The properties of the table."""
        return dict(self.table.metadata().configuration)

    @cached_property
    def _actions(self) -> pa.Table:
        return pa.table(self.table.get_add_actions())

    @property
    def last_moment(self) -> int:
        """When the latest file was added, in milliseconds; 0 where there is none."""
        return pc.max(self._actions["modification_time"]).as_py() or 0

    @cached_property
    def files(self) -> list[DataFile]:
        """The files, in the order in which their rows were saved."""
        found = map(
            self._file,
            self._actions.to_pylist(),
            bounds(self._actions, self.partition_by),
        )
        return sorted(found, key=lambda file: file.order)

    def _file(self, action: dict[str, Any], bounds: Bounds) -> DataFile:
        return DataFile(
            path=unquote(action["path"]),
            rows=action["num_records"],
            size=action["size_bytes"],
            moment=action["modification_time"],
            partition=action.get("partition") or {},
            lows=bounds.lows,
            highs=bounds.highs,
            nulls=bounds.nulls,
        )

    @property
    def rows(self) -> int | None:
        """The number of rows, where the log tells it of every file."""
        counts = self._actions["num_records"]
        return None if counts.null_count else pc.sum(counts).as_py() or 0

    @cached_property
    def layout(self) -> Layout:
        """How the files hold the rows."""
        return Layout(self.place, types.kept_schema(self.fields), self.schema, self.partition_by)

    def written_by(self, run_id: str) -> int | None:
        """Return the version that a write made, or ``None``."""
        found: int | None = self.table.transaction_version(app_id(run_id))
        return found

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that may not hold null."""
        return tuple(column.name for column in self.fields if not column.nullable)

    def note_of(self, version: int, run_id: str) -> dict[str, Any]:
        """Return what dkdata noted of a write; nothing where the log has forgotten it."""
        try:
            commits = opened(self.place, version).history(1) if version <= self.version else []
        except FileNotFoundError:
            return {}
        notes = [told.get("dkdata") for told in commits]
        found = [note for note in notes if isinstance(note, dict) and note.get("run_id") == run_id]
        return found[0] if found else {}

    def history(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return what the log tells of the commits, the newest first."""
        with explained(self.place, "cannot be read"):
            return list(self.table.history(limit))


def app_id(run_id: str) -> str:
    """Return the name of a write in the log.

    Examples
    --------
    >>> app_id("nightly")
    'dkdata:nightly'
    """
    return f"dkdata:{run_id}"
