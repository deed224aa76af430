"""What a Delta table asks of its readers and writers, and what is refused of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.errors import UnsupportedError

if TYPE_CHECKING:
    from dkdata.stores.delta.log import Snapshot

_NO_MATTER = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck", "typeWidening",
              "typeWidening-preview"}  # fmt: skip
_LOOKED_AT = {"deletionVectors", "columnMapping"}
_KEPT = {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns"}
_RULES = ("delta.invariants", "delta.generationExpression", "delta.identity.")
_SETTINGS = ("delta.constraints.", "delta.enableChangeDataFeed", "delta.appendOnly")


def require_readable(snapshot: Snapshot) -> None:
    """Refuse a table whose files alone do not tell its rows."""
    features = snapshot.protocol.reader_features
    found = sorted(features - _NO_MATTER - _LOOKED_AT)
    if snapshot.metadata.configuration.get("delta.columnMapping.mode", "none") != "none":
        found.append("columnMapping")
    if snapshot.has_deleted_rows:
        found.append("deletionVectors")
    if found:
        message = (
            f"the Delta table {snapshot.place.uri!r} uses what cannot be read here:"
            f" {', '.join(found)}. Copy it with the tool that made it into a table without"
            " (deletion vectors go by REORG TABLE … APPLY (PURGE))."
        )
        raise UnsupportedError(message)


def require_writable(snapshot: Snapshot) -> None:
    """Refuse a table with rules that only the tool that made them keeps."""
    require_readable(snapshot)
    features = snapshot.protocol.writer_features
    rules = sorted(features - _NO_MATTER - _LOOKED_AT - _KEPT)
    rules += [
        name
        for name, value in snapshot.metadata.configuration.items()
        if name.startswith(_SETTINGS) and value != "false"
    ]
    for column in snapshot.fields:
        names = (name.decode() for name in column.metadata or {})
        rules += [f"{name} of {column.name!r}" for name in names if name.startswith(_RULES)]
    if rules:
        message = (
            f"the Delta table {snapshot.place.uri!r} has rules that a write here would not keep:"
            f" {', '.join(rules)}. Write with the tool that made it, or replace the table."
        )
        raise UnsupportedError(message)


def require_replaceable(snapshot: Snapshot) -> None:
    """Refuse a table of which a commit here could not take all files away."""
    if snapshot.has_deleted_rows:
        message = (
            f"the Delta table {snapshot.place.uri!r} has deletion vectors, which cannot be replaced"
            " here. Drop it first, with dk.drop, or replace it with the tool that made it."
        )
        raise UnsupportedError(message)
