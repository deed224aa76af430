"""What the comment on a table says of it: the descriptor of its frame, types it does not show."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.frames.envelope import KEY, VERSION
from dkdata.types import parse_type, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_COMMENT = 100_000
_OWN = {"version": VERSION, "writer": "dkdata"}


def note_of(
    schema: pa.Schema,
    shown: Callable[[pa.DataType], pa.DataType],
    more: Mapping[str, Any] | None = None,
) -> str | None:
    """Return what is to be kept of a schema beside its columns; ``None`` if that is nothing.

    Parameters
    ----------
    shown
        The canonical type that a column of a table shows by itself.
    more
        What the store has to say beyond that.
    """
    metadata = (schema.metadata or {}).get(KEY)
    note: dict[str, Any] = json.loads(metadata) if metadata else {}
    told = {item["name"]: item["type"] for item in note.get("columns", ())}
    hidden = {
        field.name: type_name(field.type)
        for field in schema
        if shown(field.type) != field.type and told.get(field.name) != type_name(field.type)
    }
    parts = note | ({"types": hidden} if hidden else {}) | dict(more or {})
    return json.dumps(_OWN | parts, ensure_ascii=False) if parts else None


def parsed(comment: str | None) -> dict[str, Any]:
    """Return what a comment says; nothing where it is somebody else's, or damaged."""
    if not comment or not comment.startswith("{"):
        return {}
    try:
        note = json.loads(comment)
    except ValueError:
        return {}
    is_own = isinstance(note, dict) and note.get("writer") == "dkdata"
    return note if is_own else {}


def saved_types(note: Mapping[str, Any]) -> dict[str, pa.DataType]:
    """Return the types that a note tells; none where it is damaged."""
    try:
        told = {item["name"]: item["type"] for item in note.get("columns", ())}
        return {name: parse_type(t) for name, t in (told | dict(note.get("types", {}))).items()}
    except (ValueError, TypeError, KeyError):
        return {}


def described(fields: list[pa.Field], note: Mapping[str, Any]) -> pa.Schema:
    """Return the schema of those columns with the descriptor that a note holds."""
    if "columns" not in note:
        return pa.schema(fields)
    descriptor = {key: value for key, value in note.items() if key != "types"}
    metadata = {KEY: json.dumps(descriptor, ensure_ascii=False).encode()}
    return pa.schema(fields, metadata=metadata)


def digest(whole: str) -> str:
    """Return what tells a long note from others."""
    return hashlib.sha256(whole.encode()).hexdigest()


def reference(whole: str) -> str:
    """Return the comment that stands for a note too long to be one."""
    return json.dumps(_OWN | {"spilled": digest(whole)})
