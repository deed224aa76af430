"""What is known of a table: its indices, and what is kept in their mappings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dkdata.frames import envelope
from dkdata.stores.elasticsearch import mapping
from dkdata.stores.file.note import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

_VERSION = 1
_LONGEST_PATH = 3_000  # characters; the server reads 4,096 of the first line of a request
META = "dkdata"


@dataclass(frozen=True)
class Part:
    """One index of a table; a table gets another one with each append.

    Parameters
    ----------
    ordinal
        Its place among those of the table: later rows are in later ones.
    fields
        The names of the fields by those of the columns.
    unsearched
        Columns some of whose values the server cannot find: long texts, what is no finite number.
    words
        The columns whose words are searched, with their analyzers.
    """

    index: str
    ordinal: int
    note: Note
    fields: Mapping[str, str]
    unsearched: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema of its rows, with descriptor."""
        return self.note.schema

    def meta(self) -> dict[str, Any]:
        """Return what is kept of it in its mapping."""
        told = {
            "version": _VERSION,
            "ordinal": self.ordinal,
            "fields": {name: field for name, field in self.fields.items() if name != field},
            "words": dict(self.words),
            "note": json.dumps(self.note.to_json()),  # may hold what is no JSON, as Infinity
        }
        return {META: told}

    def with_unsearched(self, columns: Iterable[str]) -> Part:
        """Return it with more columns some of whose values cannot be found."""
        return replace(self, unsearched=self.unsearched.union(columns))

    def in_table(self, held: Held | None, *, is_append: bool) -> Part:
        """Return it as it is behind the parts of a table, or in their place."""
        if held is None:
            return self
        note = replace(self.note, runs={**held.newest.note.runs, **self.note.runs})
        return replace(self, note=note, ordinal=held.newest.ordinal + 1 if is_append else 0)

    def with_run(self, run_id: str, counts: Mapping[str, int]) -> Part:
        """Return it with one more write that is remembered."""
        note = replace(self.note, runs=self.note.with_run(run_id, counts))
        return replace(self, note=note)

    @classmethod
    def found(cls, index: str, mappings: Mapping[str, Any]) -> Part | None:
        """Return the part that an index is; ``None`` where it is not one of dkdata's."""
        try:
            told = mappings["_meta"][META]
            note = Note.from_json(json.loads(told["note"])) if told["version"] == _VERSION else None
            if note is None:
                return None
            fields = {name: told["fields"].get(name, name) for name in note.schema.names}
            unsearched = mapping.noted_unsearched(mappings)
            own = frozenset(name for name, field in fields.items() if field in unsearched)
            return cls(index, int(told["ordinal"]), note, fields, own, dict(told["words"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


@dataclass(frozen=True)
class Held:
    """A table that is there.

    Parameters
    ----------
    parts
        In the order of their rows.
    """

    table: str
    alias: str
    parts: tuple[Part, ...]

    @property
    def newest(self) -> Part:
        """The part that knows the columns of the table, and the writes that are remembered."""
        return self.parts[-1]

    @property
    def schema(self) -> pa.Schema:
        """The canonical schema, with descriptor."""
        return self.newest.schema

    @property
    def unsearched(self) -> frozenset[str]:
        """The columns some of whose values the server cannot find."""
        return frozenset().union(*(part.unsearched for part in self.parts))

    def is_in_place_of(self, other: Held) -> bool:
        """Whether it is another table, or has other indices."""
        return [part.index for part in self.parts] != [part.index for part in other.parts]

    def indices(self) -> Iterator[str]:
        """Yield the names of its indices for paths of requests, which are not of any length."""
        held, length = list[str](), 0
        for part in self.parts:
            own = len(quote(f",{part.index}", safe=""))
            if held and length + own > _LONGEST_PATH:
                yield ",".join(held)
                held, length = [], 0
            held.append(part.index)
            length += own
        if held:
            yield ",".join(held)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The stored names of the columns of the key."""
        return envelope.key_of(self.schema)
