"""Commits of Delta tables: one new version each, or nothing."""

from __future__ import annotations

import itertools
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa
from deltalake import Schema

from dkdata import engine
from dkdata.errors import ConflictError, DkError
from dkdata.stores.delta import actions, types
from dkdata.stores.delta.log import Metadata, Protocol, Snapshot, app_id, note_in, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dkdata.stores.delta.log import DataFile
    from dkdata.stores.delta.parts import Parts
    from dkdata.stores.delta.place import Place

_SETTINGS = {"delta.checkpointInterval": "20"}
_KEPT_SETTINGS = (
    "delta.checkpointInterval", "delta.dataSkipping", "delta.deletedFileRetentionDuration",
    "delta.enableExpiredLogCleanup", "delta.logRetentionDuration",
)  # fmt: skip
_OPERATIONS = {"define": "CREATE OR REPLACE TABLE", "change": "WRITE", "redefine": "WRITE"}
_SECONDS_TO_SETTLE = 2.0
Kind = Literal["define", "change", "redefine"]
Committing: TypeAlias = "Callable[[Place, Snapshot | None, Change, Parts], Snapshot]"


class MadeMeanwhileError(ConflictError):
    """Somebody else made the table after it was found to be missing."""


@dataclass(frozen=True)
class Change:
    """What a commit does to a table.

    Parameters
    ----------
    kind
        Whether the table is made, or made anew; is changed; or is changed with other columns or
        another descriptor (then ``added`` is all of it).
    fields
        The columns as the log keeps them afterwards.
    added, removed
        The files that are of the table from now on, and that no longer are.
    note
        What is remembered of the write.
    run_id
        The caller's id of the write, where it can come a second time.
    data_change
        Whether the rows are others afterwards.
    """

    kind: Kind
    fields: pa.Schema
    partition_by: tuple[str, ...]
    added: Sequence[DataFile]
    note: dict[str, Any]
    removed: Sequence[DataFile] = ()
    run_id: str | None = None
    data_change: bool = True


def commit(place: Place, snapshot: Snapshot | None, change: Change, parts: Parts) -> Snapshot:
    """Make a change the next version of a table, and return that.

    Raises
    ------
    ConflictError
        Somebody else made that version; nothing was changed.
    """
    change = replace(change, added=_dated(snapshot, change.added))
    made = _changed(place, snapshot, change)
    content = _content(made, snapshot, change, parts.write_id)
    parts.is_sent = True
    identity = place.add_commit(made.version, content, snapshot.identity if snapshot else None)
    if identity is None:
        parts.is_sent = False
        raise _overtaken(place, snapshot)
    return replace(made, identity=identity)


def _overtaken(place: Place, snapshot: Snapshot | None) -> ConflictError:
    done, kind = ("made", MadeMeanwhileError) if snapshot is None else ("changed", ConflictError)
    message = (
        f"somebody else {done} {place.name!r} at the same time. Nothing was written. Try again."
    )
    return kind(message)


def _dated(snapshot: Snapshot | None, files: Sequence[DataFile]) -> list[DataFile]:
    """Return new files, each later than those that are there, but for rewritten ones."""
    last = snapshot.last_moment if snapshot else 0
    moment = max(now(), last + 1)
    return [replace(file, moment=file.moment or moment) for file in files]


def _changed(place: Place, old: Snapshot | None, change: Change) -> Snapshot:
    """Return the table as it is after a change."""
    made = _defined(place, old, change)
    gone = {file.url for file in change.removed}
    kept = [file for file in made.files if file.url not in gone]
    added = [replace(file, stats="") for file in change.added]
    runs = {app_id(change.run_id): made.version} if change.run_id else {}
    files = sorted([*kept, *added], key=lambda file: file.order)
    return replace(made, files=tuple(files), runs={**made.runs, **runs})


def _defined(place: Place, old: Snapshot | None, change: Change) -> Snapshot:
    """Return the next version of a table, with its columns and properties, and the old files."""
    fields = pa.schema(Schema.from_arrow(change.fields).to_arrow())
    metadata = Metadata(fields, change.partition_by, _settings(old))
    protocol = _protocol(Protocol(), fields)
    if old is None:
        return Snapshot(place, 0, None, metadata, protocol, ())
    following = replace(old, version=old.version + 1)
    match change.kind:
        case "define":
            return replace(following, metadata=metadata, protocol=protocol)
        case "redefine":
            metadata = replace(old.metadata, fields=fields)
            protocol = _protocol(old.protocol, fields)
            return replace(following, metadata=metadata, protocol=protocol)
        case "change":
            return following


def _settings(old: Snapshot | None) -> dict[str, str]:
    """Return the properties of a table that is made anew: those that bind no rows stay."""
    held = old.metadata.configuration if old else {}
    kept = {name: value for name, value in held.items() if name.startswith(_KEPT_SETTINGS)}
    return _SETTINGS | kept


def _protocol(held: Protocol, fields: pa.Schema) -> Protocol:
    """Return what is asked of readers and writers where a table has such columns."""
    return held.with_feature("timestampNtz") if types.needs_zoneless_times(fields) else held


def _content(made: Snapshot, old: Snapshot | None, change: Change, write_id: str) -> bytes:
    """Return the lines of the log that make a table what it is after a change."""
    moment = now()
    note = {**change.note, "write": write_id}
    lines = [actions.commit_info(_OPERATIONS[change.kind], moment, note)]
    if old is None or made.protocol != old.protocol:
        lines.append(actions.protocol(made.protocol))
    if change.kind != "change":
        lines.append(actions.metadata(made.metadata))
    if change.run_id:
        lines.append(actions.transaction(app_id(change.run_id), made.version))
    is_new = change.data_change
    lines += [actions.remove(file, moment, data_change=is_new) for file in change.removed]
    lines += [actions.add(file, data_change=is_new) for file in change.added]
    return actions.content(lines)


def _is_there(place: Place, after: int, write_id: str) -> bool:
    """Whether a write made a version later than ``after``."""
    for version in itertools.count(after + 1):
        content = place.read_commit(version)
        if content is None:
            return False
        if note_in(content).get("write") == write_id:
            return True
    raise AssertionError


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
        outcome = _settled(place, parts, after, error)
        if isinstance(error, KeyboardInterrupt):
            message = f"{table!r}: interrupted; {outcome}."
            raise KeyboardInterrupt(message) from error
        raise


def _settled(place: Place, parts: Parts, after: int, failure: BaseException) -> str:
    """Return how a write ended; remove its files where it surely is not there.

    It has some seconds of its own for that: those of the call may be over.
    """
    is_open = parts.is_sent and not place.answers_surely
    outcome = "it may have been saved; look" if is_open else "nothing was changed"
    try:
        with engine.time_limit(time.monotonic() + _SECONDS_TO_SETTLE):
            if parts.is_sent and _is_there(place, after, parts.write_id):
                failure.add_note("It was saved all the same: only what followed failed.")
                return "it was saved already"
            if not is_open:
                parts.discard()
    except DkError as error:
        failure.add_note(f"What was begun may be left: {error}")
    return outcome
