"""The envelope: what a table's Arrow schema says about the frame that it came from.

JSON under the key ``dkdata`` of the schema's metadata. ``columns`` has one entry for each stored
column: its stored ``name``, its canonical ``type``, its ``dtype`` in the frame, its ``label``
where that is not the stored name, and its ``kind`` where the values mean more than their type.
It holds nothing that an append changes.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.errors import ColumnNotFoundError, DkWarning, UsageError, listing
from dkdata.types import type_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

KEY = b"dkdata"
VERSION = 1
_WRITER = "dkdata"


@dataclass(frozen=True)
class ColumnDescriptor:
    """One stored column: how its dtype and label come back.

    Parameters
    ----------
    name
        In the table.
    type
        Canonical Arrow type, as ``dkdata.types.type_name`` writes it.
    dtype
        In the frame; ``of`` says which family of dtypes it is.
    label
        In the frame, as tagged JSON (``dkdata.frames.tagged``), where it is not ``name``.
    meaning
        ``kind`` (``period``, ``json``, ``decimal``) with ``freq`` or ``scale``; ``zone``.
    """

    name: str
    type: str
    dtype: Mapping[str, Any]
    label: Any = None
    has_label: bool = False
    meaning: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the descriptor as JSON values."""
        label: dict[str, Any] = {}
        if self.has_label:
            plain = self.label if isinstance(self.label, str) else None
            text = plain if plain is not None else str(_untagged(self.label))
            label = {"label": text} if plain is not None else {"label": text, "tagged": self.label}
        return {"name": self.name, "type": self.type, "dtype": self.dtype, **label, **self.meaning}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ColumnDescriptor:
        """Return the descriptor that ``to_json`` wrote."""
        known = {"name", "type", "dtype", "label", "tagged"}
        return cls(
            name=str(data["name"]),
            type=str(data["type"]),
            dtype=dict(data["dtype"]),
            label=data.get("tagged", data.get("label")),
            has_label="label" in data,
            meaning={key: value for key, value in data.items() if key not in known},
        )

    @property
    def shown(self) -> Hashable:
        """The label as the frame has it."""
        return _untagged(self.label) if self.has_label else self.name


def _untagged(label: Any) -> Hashable:  # noqa: ANN401 - tagged JSON
    if isinstance(label, str):
        return label
    from dkdata.frames import tagged  # noqa: PLC0415 - loads pandas

    decoded: Hashable = tagged.decode(label)
    return decoded


def plain(name: str, data_type: pa.DataType) -> ColumnDescriptor:
    """Return the descriptor of a column about which nothing more is known."""
    return ColumnDescriptor(name, type_name(data_type), {"of": "plain"})


def like(
    found: ColumnDescriptor | None, name: str, data_type: pa.DataType, *, keeps_label: bool = False
) -> ColumnDescriptor:
    """Return the descriptor of a column that has the values of another, if its type is that one's.

    Examples
    --------
    >>> like(plain("a", pa.int8()), "b", pa.int8())
    ColumnDescriptor(name='b', type='int8', dtype={'of': 'plain'}, label=None, has_label=False, \
meaning={})
    """
    if found is None or found.type != type_name(data_type):
        return plain(name, data_type)
    if keeps_label:
        return replace(found, name=name)
    return replace(found, name=name, label=None, has_label=False)


@dataclass(frozen=True)
class FrameDescriptor:
    """What a frame has beside its columns.

    Parameters
    ----------
    columns
        In the order of the table; those of ``index`` among them.
    index
        One entry a level: ``{"column": stored name, "name": tagged}``, or
        ``{"range": [start, step], "name": tagged}``.
    labels
        Of the columns' own index: its dtype, names, whether it has levels.
    attrs
        Of the frame, as tagged JSON.
    key
        Stored names of the columns that identify a row.
    version
        ``evolution`` and ``version`` of the schema that the rows were brought to; empty if that
        is not known.
    """

    columns: tuple[ColumnDescriptor, ...] = ()
    index: tuple[Mapping[str, Any], ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)
    attrs: Any = None
    key: tuple[str, ...] = ()
    version: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the descriptor as JSON text."""
        parts: dict[str, Any] = {
            "version": VERSION,
            "writer": _WRITER,
            "columns": [column.to_json() for column in self.columns],
        }
        optional = {
            "index": list(self.index),
            "labels": self.labels,
            "attrs": self.attrs,
            "key": list(self.key),
            "schema": dict(self.version),
        }
        parts |= {name: value for name, value in optional.items() if value}
        return json.dumps(parts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> FrameDescriptor:
        """Return the descriptor that ``to_json`` wrote; ``ValueError`` if it is damaged."""
        try:
            data = json.loads(text)
            if data["version"] > VERSION:
                message = f"it was written by a later version ({data['version']})"
                raise ValueError(message)
            return cls(
                columns=tuple(map(ColumnDescriptor.from_json, data["columns"])),
                index=tuple(map(_level, data.get("index", ()))),
                labels=data.get("labels", {}),
                attrs=data.get("attrs"),
                key=tuple(data.get("key", ())),
                version=dict(data.get("schema", {})),
            )
        except (KeyError, TypeError, AttributeError) as error:
            message = f"it lacks or misuses {error}"
            raise ValueError(message) from error

    def column(self, name: str) -> ColumnDescriptor | None:
        """Return the descriptor of a stored column, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def index_columns(self) -> tuple[str, ...]:
        """Stored names of the columns that hold the index."""
        return tuple(level["column"] for level in self.index if "column" in level)


def _level(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is told of an index level, if it is that."""
    if not isinstance(data.get("column", ""), str) or "name" not in data:
        message = f"an index level is {data!r}"
        raise ValueError(message)
    if "column" not in data:
        start, step = data["range"]
        return {**data, "range": [int(start), int(step)]}
    return data


def attach(schema: pa.Schema, descriptor: FrameDescriptor) -> pa.Schema:
    """Return ``schema`` with the descriptor in its metadata.

    Examples
    --------
    >>> schema = attach(pa.schema([("a", pa.int64())]), FrameDescriptor(key=("a",)))
    >>> key_of(schema)
    ('a',)
    """
    return schema.with_metadata({**(schema.metadata or {}), KEY: descriptor.to_json().encode()})


@lru_cache(maxsize=128)
def _parsed(metadata: bytes) -> FrameDescriptor | str:
    try:
        return FrameDescriptor.from_json(metadata)
    except ValueError as error:
        return str(error)


def descriptor_of(schema: pa.Schema) -> FrameDescriptor | None:
    """Return the descriptor of a schema, as far as it still fits the columns.

    One warning names the columns whose type is no longer what was saved; they, and columns that
    were added from outside, are loaded as they are. A damaged descriptor is one warning too.
    """
    metadata = (schema.metadata or {}).get(KEY)
    if metadata is None:
        return None
    found = _parsed(metadata)
    if isinstance(found, str):
        _warn(f"the table's descriptor cannot be used ({found}); its columns load as they are.")
        return None
    types = {field.name: type_name(field.type) for field in schema}
    kept = tuple(column for column in found.columns if types.get(column.name) == column.type)
    changed = [c.name for c in found.columns if c.name in types and types[c.name] != c.type]
    known = {column.name for column in found.columns}
    added = [name for name in types if name not in known] if known else []
    if changed or added:
        others = listing(map(repr, changed + added))
        _warn(f"changed or added since they were saved, so loaded as they are: columns [{others}].")
    names = {column.name for column in kept}
    index = found.index
    if not names.issuperset(found.index_columns):
        index = ()
    return replace(found, columns=kept, index=index)


def _warn(message: str) -> None:
    warnings.warn(message, DkWarning, stacklevel=2)


def _plainly(schema: pa.Schema) -> FrameDescriptor:
    """Return the descriptor of a schema without a check, empty where there is none."""
    metadata = (schema.metadata or {}).get(KEY)
    found = None if metadata is None else _parsed(metadata)
    return found if isinstance(found, FrameDescriptor) else FrameDescriptor()


def key_of(schema: pa.Schema) -> tuple[str, ...]:
    """Return the stored names of the key columns, or nothing."""
    return _plainly(schema).key


def with_key(schema: pa.Schema, key: tuple[str, ...]) -> pa.Schema:
    """Return ``schema`` with another key."""
    descriptor = _plainly(schema)
    return schema if descriptor.key == key else attach(schema, replace(descriptor, key=key))


def version_of(schema: pa.Schema) -> tuple[str, str] | None:
    """Return the evolution and the version that rows were brought to, if that is known."""
    told = _plainly(schema).version
    return (told["evolution"], told["version"]) if told else None


def with_version(schema: pa.Schema, evolution: str, version: str) -> pa.Schema:
    """Return ``schema`` with the version that the rows were brought to.

    Examples
    --------
    >>> version_of(with_version(pa.schema([("a", pa.int64())]), "people", "2"))
    ('people', '2')
    """
    told = {"evolution": evolution, "version": version}
    return attach(schema, replace(_plainly(schema), version=told))


def completed(schema: pa.Schema) -> pa.Schema:
    """Return ``schema`` with a descriptor, if it has one, that knows all of its columns."""
    descriptor = _plainly(schema)
    if not descriptor.columns:
        return schema
    known = {column.name: column for column in descriptor.columns}
    columns = tuple(known.get(field.name) or plain(field.name, field.type) for field in schema)
    return attach(schema, replace(descriptor, columns=columns))


def renumbered(schema: pa.Schema) -> pa.Schema:
    """Return the schema of rows of which some are left out: a range of labels starts from 0."""
    descriptor = _plainly(schema)
    kept = tuple(level for level in descriptor.index if "range" not in level)
    return schema if kept == descriptor.index else attach(schema, replace(descriptor, index=kept))


def index_names(schema: pa.Schema) -> tuple[str, ...]:
    """Return the stored names of the columns that hold the index."""
    return _plainly(schema).index_columns


def labels(schema: pa.Schema) -> list[Hashable]:
    """Return the columns by their labels in the frame, without the index."""
    descriptor = _plainly(schema)
    held = {column.name: column.shown for column in descriptor.columns}
    index = set(descriptor.index_columns)
    return [held.get(name, name) for name in schema.names if name not in index]


def resolved(names: Iterable[Hashable], schema: pa.Schema, argument: str = "columns") -> list[str]:
    """Return the stored names of the columns that a caller calls ``names``.

    Parameters
    ----------
    argument
        What messages call ``names``.

    Raises
    ------
    ColumnNotFoundError
        No column has that label or stored name.
    UsageError
        Two of them are of the same column.

    Examples
    --------
    >>> resolved(["a"], pa.schema([("a", pa.int64())]))
    ['a']
    """
    known: dict[Hashable, str] = {stored: stored for stored in schema.names}
    labels = {column.shown: column.name for column in _plainly(schema).columns}
    known |= {label: stored for label, stored in labels.items() if stored in known}
    texts = {str(label): stored for label, stored in known.items()}
    found: dict[str, None] = {}
    for name in names:
        stored = known.get(name) or texts.get(str(name))
        if stored is None:
            raise ColumnNotFoundError(name, list(texts))
        if stored in found:
            message = f"{argument} names {stored!r} twice. Name each column once."
            raise UsageError(message)
        found[stored] = None
    return list(found)


def project(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    """Return the schema of those columns, in that order, with what the descriptor says of them.

    An index that is not whole any more is dropped: its columns become plain ones.
    """
    chosen = list(names)
    fields = [schema.field(name) for name in chosen]
    if KEY not in (schema.metadata or {}):
        return pa.schema(fields, metadata=schema.metadata)
    descriptor = _plainly(schema)
    described = {column.name: column for column in descriptor.columns}
    whole = set(descriptor.index_columns) <= set(chosen)
    kept = replace(
        descriptor,
        columns=tuple(described[name] for name in chosen if name in described),
        index=descriptor.index if whole else (),
        key=descriptor.key if set(descriptor.key) <= set(chosen) else (),
        version=descriptor.version if set(chosen) == set(schema.names) else {},
    )
    return attach(pa.schema(fields, metadata=schema.metadata), kept)
