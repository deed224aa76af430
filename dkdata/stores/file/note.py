"""What is kept about the rows of a file: canonical types, frame descriptor, run ids."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.types import parse_type, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

DESCRIPTOR = b"dkdata"
FILE = b"dkdata_file"
_RUNS_KEPT = 1_000


@dataclass(frozen=True)
class Note:
    """The canonical schema of a file's rows, with descriptor, and how they got there.

    Parameters
    ----------
    runs
        Counts of earlier writes by their run id, the oldest first.
    with_nan
        Floating-point columns that hold NaN: statistics say nothing about those values.
    options
        Of the format, as far as they are needed to read the file again.
    """

    schema: pa.Schema
    runs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    with_nan: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def with_run(self, run_id: str, counts: Mapping[str, int]) -> dict[str, Mapping[str, int]]:
        """Return the runs with one more; the oldest of very many are forgotten."""
        return dict([*self.runs.items(), (run_id, counts)][-_RUNS_KEPT:])

    def to_metadata(self) -> dict[bytes, bytes]:
        """Return the note as it is kept inside a file."""
        about = {
            "types": [[f.name, type_name(f.type)] for f in self.schema],
            "runs": self.runs,
            "nan": self.with_nan,
            "options": self.options,
        }
        kept = {FILE: json.dumps(about).encode()}
        descriptor = (self.schema.metadata or {}).get(DESCRIPTOR)
        return kept if descriptor is None else {DESCRIPTOR: descriptor, **kept}

    @classmethod
    def from_metadata(cls, metadata: Mapping[bytes, bytes] | None) -> Note | None:
        """Return the note that a file holds, or nothing where it is missing or damaged."""
        if not metadata or FILE not in metadata:
            return None
        try:
            about = json.loads(metadata[FILE])
            return cls._parsed(about, metadata.get(DESCRIPTOR))
        except (ValueError, KeyError, TypeError):
            return None

    def to_json(self) -> dict[str, Any]:
        """Return the note as plain values."""
        return {key.decode(): json.loads(value) for key, value in self.to_metadata().items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Note | None:
        """Return the note of plain values, or nothing where they are damaged."""
        texts = {key.encode(): json.dumps(value).encode() for key, value in plain.items()}
        return cls.from_metadata(texts)

    @classmethod
    def _parsed(cls, about: Mapping[str, Any], descriptor: bytes | None) -> Note:
        fields = [pa.field(name, parse_type(t)) for name, t in about["types"]]
        metadata = None if descriptor is None else {DESCRIPTOR: descriptor}
        schema = pa.schema(fields, metadata)
        return cls(schema, about["runs"], tuple(about["nan"]), about["options"])
