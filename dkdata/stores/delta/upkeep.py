"""What is done to a Delta table beside saving: history, deleting, merging files."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata import engine
from dkdata.stores.delta import rewriting
from dkdata.stores.delta.commit import Change, undone_on_failure
from dkdata.stores.delta.parts import Parts
from dkdata.stores.delta.reading import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.dialects.fragment import Fragment
    from dkdata.predicate import Predicate
    from dkdata.stores.delta.commit import Committing
    from dkdata.stores.delta.log import DataFile, Snapshot

_SMALL_BYTES = 32 << 20
_SMALL_ROWS = 500_000
_HISTORY = pa.schema(
    [
        ("version", pa.int64()),
        ("time", pa.timestamp("us", "UTC")),
        ("operation", pa.large_string()),
        ("rows", pa.int64()),
        ("run_id", pa.large_string()),
    ],
)
_ROWS = ("num_added_rows", "numOutputRows", "num_output_rows", "num_deleted_rows", "numDeletedRows")


def told(snapshot: Snapshot) -> pa.Table:
    """Return the versions of a table, the newest first, as far as its log reaches back.

    ``rows`` counts those that were written, or deleted.
    """
    commits = snapshot.history()
    found = [_told(commit) for commit in commits if commit["version"] <= snapshot.version]
    return pa.Table.from_pylist(found, schema=_HISTORY)


def _told(commit: dict[str, Any]) -> dict[str, Any]:
    note = commit.get("dkdata")
    line = {"version": commit["version"], "time": commit.get("timestamp", 0) * 1000}
    if isinstance(note, dict):
        counts = (int(note.get(name, 0)) for name in ("inserted", "updated", "deleted"))
        return {**line, "operation": note["operation"], "rows": sum(counts),
                "run_id": note.get("run_id") or None}  # fmt: skip
    metrics = commit.get("operationMetrics") or {}
    rows = next((int(metrics[name]) for name in _ROWS if name in metrics), None)
    return {**line, "operation": str(commit.get("operation", "")).lower(), "rows": rows}


def change(  # noqa: PLR0913, PLR0917 - which rows, how, and by what
    snapshot: Snapshot,
    table: str,
    where: Predicate,
    condition: Fragment,
    commit: Committing,
    row: pa.Table | None = None,
) -> int:
    """Delete rows in one commit, or give them new values, and return how many there were.

    Parameters
    ----------
    condition
        ``where`` in SQL.
    row
        The new values; without it, the rows are deleted.
    """
    connection = engine.connection()
    files = files_of(snapshot, where)
    touched = rewriting.matching(connection, snapshot, files, condition)
    changed = sum(count for _, count in touched)
    if not changed:
        return 0
    removed = [file for file, _ in touched]
    with _parts(snapshot, table) as parts:
        written = rewriting.rewrite(
            connection, parts, snapshot, removed, snapshot.schema, condition, row
        )
        note = {"operation": "delete", "deleted": changed}
        if row is not None:
            note = {"operation": "update", "updated": changed}
        done = _change(snapshot, parts, written, removed, note)
        commit(snapshot.place, snapshot, done, parts)
    return changed


def optimize(snapshot: Snapshot, table: str, commit: Committing) -> None:
    """Write small files that follow each other as one, in one commit."""
    with _parts(snapshot, table) as parts:
        connection = engine.connection()
        written: list[DataFile] = []
        removed: list[DataFile] = []
        for group in _groups(snapshot.files):
            written += rewriting.rewrite(connection, parts, snapshot, group, snapshot.schema)
            removed += group
        if removed:
            note = {"operation": "optimize"}
            change = _change(snapshot, parts, written, removed, note, data_change=False)
            commit(snapshot.place, snapshot, change, parts)


def _groups(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    """Yield small files of one partition each, neighbours in the order of the table."""
    open_groups: dict[tuple[Any, ...], list[DataFile]] = {}
    for file in files:
        partition = tuple(file.partition.values())
        group = open_groups.setdefault(partition, [])
        is_small = file.size < _SMALL_BYTES and (file.rows or 0) < _SMALL_ROWS
        if is_small and sum(held.size for held in group) < 2 * _SMALL_BYTES:
            group.append(file)
            continue
        yield from _filled(open_groups.pop(partition))
        if is_small:
            open_groups[partition] = [file]
    for group in open_groups.values():
        yield from _filled(group)


def _filled(group: list[DataFile]) -> Iterator[list[DataFile]]:
    if len(group) > 1:
        yield group


@contextmanager
def _parts(snapshot: Snapshot, table: str) -> Iterator[Parts]:
    layout = snapshot.layout
    parts = Parts(snapshot.place, layout.kept, layout.partition_by, snapshot.required,
                  engine.current_deadline())  # fmt: skip
    with undone_on_failure(snapshot.place, table, parts, snapshot.version):
        yield parts


def _change(  # noqa: PLR0913 - all that a commit says
    snapshot: Snapshot,
    parts: Parts,
    written: list[DataFile],
    removed: list[DataFile],
    note: dict[str, Any],
    *,
    data_change: bool = True,
) -> Change:
    return Change(
        "change", snapshot.fields, parts.partition_by, written, note, removed,
        data_change=data_change,
    )  # fmt: skip
