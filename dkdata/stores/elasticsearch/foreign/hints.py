"""What mappings say of the fields of documents, where JSON leaves doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEXTS = frozenset(
    {"keyword", "text", "constant_keyword", "wildcard", "match_only_text", "ip", "version"}
    | {"search_as_you_type", "semantic_text", "counted_keyword", "case_insensitive_keyword"}
)
INTEGERS = {
    "byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64(),
    "unsigned_long": pa.uint64(), "token_count": pa.int32(),
}  # fmt: skip
FLOATS = frozenset({"half_float", "float", "double", "scaled_float"})
DATES = frozenset({"date", "date_nanos"})
VECTORS = frozenset({"dense_vector", "sparse_vector", "rank_vectors"})
OBJECTS = frozenset({"object", "nested"})
DEFAULT_FORMATS = ("strict_date_optional_time", "epoch_millis")
# What differs in such a field is the same in several ways: 5 and "5".
SINGLE = TEXTS | INTEGERS.keys() | FLOATS | DATES | {"boolean", "binary"}
# These are no part of the documents.
_ELSEWHERE = frozenset({"alias"})
_SIMPLE = {
    **INTEGERS,
    **dict.fromkeys(TEXTS, pa.large_string()),
    **dict.fromkeys(FLOATS, pa.float64()),
    "boolean": pa.bool_(),
    "binary": pa.large_binary(),
    "date": pa.timestamp("us", "UTC"),
    "date_nanos": pa.timestamp("ns", "UTC"),
}


@dataclass(frozen=True)
class Hint:
    """What the mapping says of a field.

    Parameters
    ----------
    type
        As the server calls it; ``""`` where indices disagree.
    formats
        Of a date, in the order in which the server tries them.
    fields
        Those of an object.
    """

    type: str
    formats: tuple[str, ...] = ()
    fields: Mapping[str, Hint] = field(default_factory=dict)

    @property
    def arrow(self) -> pa.DataType:
        """The canonical type of a column of which no document has a value."""
        if self.type in OBJECTS:
            inner = [(name, hint.arrow) for name, hint in self.fields.items()]
            whole = pa.struct(inner) if inner else pa.null()
            return pa.large_list(whole) if inner and self.type == "nested" else whole
        return _SIMPLE.get(self.type, pa.null())


def of(mappings: Iterable[Mapping[str, Any]]) -> dict[str, Hint]:
    """Return what the mappings of one index or more say of the fields, in their order.

    Examples
    --------
    >>> of([{"properties": {"n": {"type": "integer"}}}, {"properties": {"n": {"type": "long"}}}])
    {'n': Hint(type='long', formats=(), fields={})}
    """
    return reduce(_together, (_fields(mapping) for mapping in mappings), dict[str, Hint]())


def at(hints: Mapping[str, Hint], key: str) -> Hint | None:
    """Return what is said of a key of a document: ``"a.b"`` is a field of the object ``a``."""
    found = hints.get(key)
    first, dot, rest = key.partition(".")
    if found is None and dot and first in hints:
        return at(hints[first].fields, rest)
    return found


def has_vectors(hints: Mapping[str, Hint]) -> bool:
    """Whether there are fields that newer servers leave out of documents unless they are asked."""
    return any(hint.type in VECTORS or has_vectors(hint.fields) for hint in hints.values())


def _fields(mapping: Mapping[str, Any]) -> dict[str, Hint]:
    given = mapping.get("properties", {})
    made = {name: _hint(about) for name, about in given.items()}
    return {name: hint for name, hint in made.items() if hint.type not in _ELSEWHERE}


def _hint(about: Mapping[str, Any]) -> Hint:
    kind = about.get("type", "object")
    if kind in OBJECTS:
        return Hint(kind, (), _fields(about))
    if kind not in DATES:
        return Hint(kind)
    told = about.get("format")
    return Hint(kind, tuple(told.split("||")) if told else DEFAULT_FORMATS)


def _together(one: dict[str, Hint], other: dict[str, Hint]) -> dict[str, Hint]:
    both = {name: _merged(one[name], hint) for name, hint in other.items() if name in one}
    return one | other | both


def _merged(one: Hint, other: Hint) -> Hint:
    types = {one.type, other.type}
    if types <= OBJECTS:
        kind = "nested" if "nested" in types else "object"
        return Hint(kind, (), _together(dict(one.fields), dict(other.fields)))
    if one == other:
        return one
    if types <= DATES and one.formats == other.formats:
        return Hint("date_nanos", one.formats)
    if types <= TEXTS:
        return Hint("keyword")
    if types <= INTEGERS.keys() - {"unsigned_long"}:
        return Hint(max(types, key=lambda kind: INTEGERS[kind].bit_width))
    if types <= INTEGERS.keys() | FLOATS:
        return Hint("double")
    return Hint("")
