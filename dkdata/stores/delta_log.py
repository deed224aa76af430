"""Delta tables as their logs tell them: versions, files, columns, writes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.exceptions import TableNotFoundError as NoDeltaTable

from dkdata.errors import DkError, StoreError, UnsupportedError
from dkdata.stores import delta_types as types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = "_delta_log"
OURS = ".dk.parquet"
_READABLE = {
    "timestampNtz", "v2Checkpoint", "vacuumProtocolCheck", "deletionVectors", "columnMapping",
    "typeWidening", "typeWidening-preview",
}  # fmt: skip
_WRITABLE = {"timestampNtz", "appendOnly", "invariants", "v2Checkpoint", "vacuumProtocolCheck"}
_RULES = ("delta.invariants", "delta.generationExpression", "delta.identity.")
_SETTINGS = ("delta.constraints.", "delta.enableChangeDataFeed", "delta.appendOnly")
_NO_SUCH_VERSION = re.compile(r"end version (\d+) not the same as|[Ii]nvalid table version|No files")
_ROOM = ("No space left", "os error 28", "StorageFull")


@dataclass(frozen=True)
class Place:
    """Where a Delta table is.

    Parameters
    ----------
    uri
        The folder.
    storage_options
        What the driver needs to get there.
    """

    uri: str
    storage_options: Mapping[str, str] | None = None

    @property
    def folder(self) -> Path:
        """The folder as a path."""
        return Path(self.uri)

    def open(self, version: int | None = None) -> Snapshot:
        """Return the table as it is now, or was in a version.

        Raises
        ------
        FileNotFoundError
            There is no Delta table, or no such version.
        """
        with explained(self, "cannot be read"):
            try:
                table = DeltaTable(self.uri, version, dict(self.storage_options or {}) or None)
            except NoDeltaTable as error:
                raise FileNotFoundError(self.uri) from error
            except DeltaError as error:
                if version is not None and _NO_SUCH_VERSION.search(str(error)):
                    raise FileNotFoundError(self.uri) from error
                raise
            return Snapshot(self, table, table.version())


@contextmanager
def explained(place: Place, what: str) -> Iterator[None]:
    """Turn the errors of the driver and of the system into ones that name the table.

    ``FileNotFoundError`` passes: its meaning depends on who asks.
    """
    try:
        yield
    except (DkError, FileNotFoundError):
        raise
    except (DeltaError, OSError, pa.ArrowException, ValueError) as error:
        text = " ".join(str(error).split())[:500]
        if any(word in text for word in _ROOM):
            text = "no space left on the disk; nothing was changed. Make room."
        message = f"the Delta table {place.uri!r} {what}: {text}"
        raise StoreError(message) from error


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
        return str(self.place.folder / file.path.removeprefix("file://"))


@dataclass(frozen=True)
class Snapshot:
    """One version of a table."""

    place: Place
    table: DeltaTable = field(repr=False)
    version: int

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
    def files(self) -> list[DataFile]:
        """The files, in the order in which their rows were saved."""
        actions = pa.table(self.table.get_add_actions())
        found = map(self._file, actions.to_pylist(), types.bounds(actions, self.partition_by))
        return sorted(found, key=lambda file: file.order)

    def _file(self, action: dict[str, Any], bounds: types.Bounds) -> DataFile:
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
        counts = self.table.get_add_actions().column("num_records").to_pylist()
        return None if None in counts else sum(counts)

    @cached_property
    def layout(self) -> Layout:
        """How the files hold the rows."""
        return Layout(self.place, types.kept_schema(self.fields), self.schema, self.partition_by)

    def written_by(self, run_id: str) -> int | None:
        """Return the version that a write made, or ``None``."""
        found: int | None = self.table.transaction_version(app_id(run_id))
        return found

    def require_readable(self) -> None:
        """Refuse a table whose files alone do not tell its rows."""
        features = set(self.table.protocol().reader_features or ())
        unknown = sorted(features - _READABLE)
        if self.configuration.get("delta.columnMapping.mode", "none") != "none":
            unknown.append("columnMapping")
        if "deletionVectors" in features and any(b.num_rows for b in self.table.deletion_vectors()):
            unknown.append("deletionVectors")
        if unknown:
            message = (
                f"the Delta table {self.place.uri!r} uses what cannot be read here:"
                f" {', '.join(unknown)}. Rewrite it without (REORG TABLE … APPLY (PURGE) for"
                " deletion vectors) with the tool that made it."
            )
            raise UnsupportedError(message)

    def require_writable(self) -> None:
        """Refuse a table with rules that only the tool that made them keeps."""
        self.require_readable()
        features = set(self.table.protocol().writer_features or ())
        rules = sorted(features - _WRITABLE - _READABLE)
        rules += [
            name
            for name, value in self.configuration.items()
            if name.startswith(_SETTINGS) and value != "false"
        ]
        for column in self.fields:
            names = (name.decode() for name in column.metadata or {})
            rules += [f"{name} of {column.name!r}" for name in names if name.startswith(_RULES)]
        if rules:
            message = (
                f"the Delta table {self.place.uri!r} has rules that a write here would not keep:"
                f" {', '.join(rules)}. Write with the tool that made it, or replace the table."
            )
            raise UnsupportedError(message)

    def note(self) -> dict[str, Any]:
        """Return what dkdata noted of the commit of this version."""
        history = self.history(1)
        note = history[0].get("dkdata") if history else None
        return note if isinstance(note, dict) else {}

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
