"""Commits of Delta tables: one new version each, or nothing."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from deltalake import CommitProperties, Schema, TableFeatures, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from dkdata.errors import ConflictError
from dkdata.stores.delta import types
from dkdata.stores.delta.log import Snapshot, app_id, opened
from dkdata.stores.delta.place import Place, explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from dkdata.stores.delta.log import DataFile
    from dkdata.stores.delta.parts import Part, Parts

_SETTINGS = {"delta.checkpointInterval": "20"}
_KEPT_SETTINGS = (
    "delta.checkpointInterval", "delta.dataSkipping", "delta.deletedFileRetentionDuration",
    "delta.enableExpiredLogCleanup", "delta.logRetentionDuration",
)  # fmt: skip
_EXISTS = "already exists"
Kind = Literal["create", "replace", "change", "redefine"]


class MadeMeanwhileError(ConflictError):
    """Somebody else made the table after it was found to be missing."""


@dataclass(frozen=True)
class Change:
    """What a commit does to a table.

    Parameters
    ----------
    kind
        Whether the table is made, made anew, changed, or changed with other columns or another
        descriptor (then ``parts`` is all of it).
    fields
        The columns as the log keeps them afterwards.
    removed
        The files that are no longer of the table.
    note
        What is remembered of the write.
    write_id
        Tells this write from others.
    run_id
        The caller's id of the write, where it can come a second time.
    data_change
        Whether the rows are others afterwards.
    """

    kind: Kind
    fields: pa.Schema
    partition_by: tuple[str, ...]
    parts: Sequence[Part]
    note: dict[str, Any]
    write_id: str
    removed: Sequence[DataFile] = ()
    run_id: str | None = None
    data_change: bool = True


def commit(place: Place, snapshot: Snapshot | None, change: Change) -> int:
    """Make a change the next version of a table and return its number.

    Raises
    ------
    ConflictError
        Somebody else made that version; nothing was changed.
    """
    version = -1 if snapshot is None else snapshot.version
    with explained(place, "could not be written"):
        try:
            _send(place, snapshot, change)
        except DeltaError as error:
            made = find_commit(place, version, change.write_id)
            if made is None:
                raise _translated(place, error) from error
            version = made - 1
        if change.kind == "replace":
            made = find_commit(place, version, change.write_id)
            if made is None:
                place.undo_first(change.write_id)
                message = (
                    f"somebody renamed or removed {place.name!r} at the same time. Nothing"
                    " was written. Try again."
                )
                raise ConflictError(message)
            version = made - 1
    place.secure(version + 1)
    return version + 1


def _send(place: Place, snapshot: Snapshot | None, change: Change) -> None:
    version = 0 if snapshot is None else snapshot.version + 1
    own = [Transaction(app_id(change.run_id), version)] if change.run_id else None
    properties = CommitProperties(
        custom_metadata={"dkdata": {**change.note, "write": change.write_id}},
        max_commit_retries=0,
        app_transactions=own,
    )
    schema = Schema.from_arrow(change.fields)
    added = _added(snapshot, change)
    if snapshot is None or change.kind in ("create", "replace"):
        create_table_with_add_actions(
            place.driver_uri,
            schema,
            added,
            mode="overwrite" if change.kind == "replace" else "error",
            partition_by=list(change.partition_by),
            configuration=_settings(snapshot),
            storage_options=place.storage_options,
            commit_properties=properties,
        )
        return
    if change.kind == "redefine":
        snapshot = _with_features(snapshot, change.fields)
    removed = [] if change.kind == "redefine" else _removed(change)
    snapshot.table.create_write_transaction(
        [*added, *removed],
        "overwrite" if change.kind == "redefine" else "append",
        schema if change.kind == "redefine" else snapshot.table.schema(),
        partition_by=list(change.partition_by),
        commit_properties=properties,
    )


def _settings(snapshot: Snapshot | None) -> dict[str, str]:
    """Return the properties of a table that is made anew: those that bind no rows stay."""
    held = snapshot.configuration if snapshot else {}
    kept = {name: value for name, value in held.items() if name.startswith(_KEPT_SETTINGS)}
    return _SETTINGS | kept


def _added(snapshot: Snapshot | None, change: Change) -> list[AddAction]:
    """Return the new files, each later than those that are there, but for rewritten ones."""
    last = snapshot.last_moment if snapshot else 0
    now = max(int(time.time() * 1000), last + 1)
    return [
        AddAction(
            part.path,
            part.size,
            part.partition,
            now if part.moment is None else part.moment,
            change.data_change,
            part.stats,
        )
        for part in change.parts
    ]


def _removed(change: Change) -> list[RemoveAction]:
    now = int(time.time() * 1000)
    return [RemoveAction(file.path, change.data_change, now, file.size) for file in change.removed]


def _with_features(snapshot: Snapshot, fields: pa.Schema) -> Snapshot:
    """Return the table after it was allowed to have times without a zone, where it needs to."""
    features = snapshot.table.protocol().writer_features or ()
    if not types.needs_zoneless_times(fields) or "timestampNtz" in features:
        return snapshot
    snapshot.table.alter.add_feature(
        [TableFeatures.TimestampWithoutTimezone], allow_protocol_versions_increase=True,
        commit_properties=CommitProperties(max_commit_retries=0),
    )  # fmt: skip
    now = opened(snapshot.place)
    if now.version != snapshot.version + 1:
        raise CommitFailedError
    return now


def find_commit(place: Place, after: int, write_id: str) -> int | None:
    """Return the version later than ``after`` that a write made, or ``None``."""
    try:
        snapshot = opened(place)
    except FileNotFoundError:
        return None
    if snapshot.version <= after:
        return None
    for told in snapshot.history(snapshot.version - after):
        note = told.get("dkdata")
        if isinstance(note, dict) and note.get("write") == write_id:
            return int(told["version"])
    return None


def _translated(place: Place, error: DeltaError) -> Exception:
    name = place.name
    if isinstance(error, CommitFailedError):
        message = (
            f"somebody else changed {name!r} at the same time. Nothing was written. Try again."
        )
        return ConflictError(message)
    if _EXISTS in str(error):
        message = f"somebody else made {name!r} at the same time. Nothing was written. Try again."
        return MadeMeanwhileError(message)
    return error


@contextmanager
def undone_on_failure(
    place: Place,
    table: str,
    parts: Parts,
    after: int,
) -> Iterator[None]:
    """Remove the parts of a write that fails, and say how one ended that was interrupted."""
    try:
        yield
    except BaseException as error:
        made = find_commit(place, after, parts.write_id)
        if made is None:
            parts.discard()
        if isinstance(error, KeyboardInterrupt):
            outcome = "nothing was changed" if made is None else "it was saved already"
            message = f"{table!r}: interrupted; {outcome}."
            raise KeyboardInterrupt(message) from error
        raise
