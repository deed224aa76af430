"""What is known of a table of objects: an object beside those of its records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.frames import envelope
from dkdata.stores.file.note import Note

if TYPE_CHECKING:
    import pyarrow as pa

_VERSION, _LAYOUT = 1, "objects"


@dataclass(frozen=True)
class Definition:
    """A table of objects.

    Parameters
    ----------
    id
        Tells the table from another that comes to be in its place.
    folder
        Where its records are below the table's own prefix: nothing, until it was replaced.
    is_ready
        Whether the records that it began with are there; without them there is no table.
    """

    note: Note
    id: str
    folder: str = ""
    is_ready: bool = True

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema of the records, with its descriptor."""
        return self.note.schema

    @cached_property
    def key(self) -> str:
        """The stored name of the column of ids."""
        (key,) = envelope.key_of(self.schema)
        return key

    def to_bytes(self, write_id: str) -> bytes:
        """Return the content of the object that says so; each write of it has an id of its own."""
        told = {
            "write": write_id,
            "dkdata": _VERSION,
            "layout": _LAYOUT,
            "id": self.id,
            "folder": self.folder,
            "ready": self.is_ready,
            "note": self.note.to_json(),
        }
        return json.dumps(told, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes, place: str) -> Definition:
        """Return the definition that an object holds.

        Raises
        ------
        StoreError
            It is damaged, or of a later version.
        """
        try:
            told: dict[str, Any] = json.loads(content)
            note = Note.from_json(told["note"])
            if note is not None and (told["dkdata"], told["layout"]) == (_VERSION, _LAYOUT):
                return cls(note, str(told["id"]), str(told["folder"]), bool(told["ready"]))
            reason: Exception | None = None
        except (ValueError, KeyError, TypeError) as error:
            reason = error
        message = (
            f"{place}: this definition of a table is damaged, or of a later version of dkdata."
            " Restore it, or remove it with the objects beside it."
        )
        raise StoreError(message) from reason
