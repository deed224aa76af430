"""One record: a row as a mapping, with an id and metadata beside its fields."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.errors import UsageError, did_you_mean, listing, no_attribute, shortened
from dkdata.record.blocks import blocks, owned
from dkdata.record.ids import first_id, is_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.record.blocks import Block, Layout
    from dkdata.types import Rows

_PARTS = frozenset({"id", "data", "metadata"})
_SHOWN = 60


@dataclass(frozen=True)
class RecordField:
    """One field of a record: its value, and the Arrow type of that.

    Parameters
    ----------
    name
        As it was asked for: ``"address.city"`` of a nested one.
    """

    name: str
    value: Any
    type: pa.DataType


class Record(MutableMapping[Any, Any]):
    """A row as a mapping of its fields, with an id and metadata that are no fields.

    ``record["name"]`` and ``record.name`` are values; ``record["address.city"]`` reaches into
    nested ones, where no field has that very name. A record is nobody else's: what it is made of
    is copied, and so is what a table returns.

    Parameters
    ----------
    data
        The fields, in order.
    id
        Which record it is, text or a whole number, kept as given. Without it (``None`` or ``""``),
        the field ``id`` tells, then ``metadata["id"]``; a record that has none gets one when it is
        created in a table.
    metadata
        What is to be kept about the record beside its fields: anything that JSON has.

    Examples
    --------
    >>> ada = Record({"name": "Ada", "address": {"city": "London"}}, id=1)
    >>> ada.id, ada.name, ada["address.city"]
    (1, 'Ada', 'London')
    >>> ada.project("name")
    Record({'name': 'Ada'}, id=1)
    """

    __slots__ = ("_block", "_data", "_id", "_metadata", "_row")

    _block: Block | None
    _data: dict[Any, Any] | None
    _metadata: dict[str, Any] | None

    def __init__(
        self,
        data: Mapping[Any, Any] | None = None,
        id: Any = None,  # noqa: A002, ANN401 - the public name; ids of any type
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        for name, given in (("data", data), ("metadata", metadata)):
            if given is not None and not isinstance(given, Mapping):
                message = f"{name}={shortened(given)} is no mapping. Give {{name: value}}."
                raise UsageError(message)
        self._data = {name: owned(value) for name, value in (data or {}).items()}
        self._metadata = {name: owned(value) for name, value in (metadata or {}).items()}
        self._id, self._block, self._row = id, None, 0

    @classmethod
    def view(cls, block: Block, row: int) -> Record:
        """Return the record that a row is; its values are taken out when they are asked for."""
        record = cls.__new__(cls)
        record._block, record._row = block, row  # noqa: SLF001 - a fast constructor
        record._id = record._data = record._metadata = None  # noqa: SLF001
        return record

    @classmethod
    def views(cls, rows: Rows, layout: Layout) -> Iterator[Record]:
        """Yield the records that rows are, in order."""
        for block in blocks(rows, layout):
            for row in range(block.rows.num_rows):
                yield cls.view(block, row)

    @property
    def block(self) -> Block | None:
        """The rows of which it is one, if it comes from a frame or a table."""
        return self._block

    @property
    def row(self) -> int:
        """Which of the rows of its block it is."""
        return self._row

    @property
    def is_as_read(self) -> bool:
        """Whether its fields are those of its row still."""
        if self._block is None:
            return False
        return self._data is None or self._data == self._block.data(self._row)

    def describe(self, id_: Any, metadata: Mapping[str, Any]) -> None:  # noqa: ANN401 - ids of any type
        """Give it what its frame has kept of it elsewhere."""
        self._id, self._metadata = id_, {name: owned(value) for name, value in metadata.items()}

    @property
    def data(self) -> dict[Any, Any]:
        """The fields; a change of them is one of the record."""
        if self._data is None:
            assert self._block is not None  # noqa: S101 - a record has either
            self._data = self._block.data(self._row)
        return self._data

    @property
    def metadata(self) -> dict[str, Any]:
        """What is kept about the record; a change of it is one of the record."""
        if self._metadata is None:
            assert self._block is not None  # noqa: S101 - a record has either
            self._metadata = self._block.metadata(self._row)
        return self._metadata

    @property
    def id(self) -> Any:  # noqa: ANN401 - the public name; ids of any type
        """Which record it is; ``None`` if nothing tells."""
        own = self.own_id
        return own if own is not None else first_id(self.data.get("id"), self.metadata.get("id"))

    @id.setter  # noqa: A003 - the public name
    def id(self, value: Any) -> None:  # noqa: ANN401 - ids of any type
        self._id = value

    @property
    def own_id(self) -> Any:  # noqa: ANN401 - ids of any type
        """The id that the record was given, or has in its table; not what its fields tell."""
        if is_id(self._id):
            return self._id
        return None if self._block is None else self._block.id(self._row)

    @property
    def version(self) -> str | None:
        """A digest of the record as its table had it; ``None`` of a part, and from no table.

        ``update(…, version=)`` and others refuse with it what somebody else has changed.
        """
        if self._block is None or not (self._block.layout.key and self._block.layout.is_whole):
            return None
        return self._block.version(self._row)

    def field(self, name: str) -> RecordField:
        """Return a field, nested ones by path: its value and its Arrow type.

        Raises
        ------
        KeyError
            There is no such field.

        Examples
        --------
        >>> Record({"age": 36}).field("age").type
        DataType(int64)
        """
        value = self[name]
        known = None if self._block is None else self._block.layout.type_of(name)
        return RecordField(name, value, pa.scalar(value).type if known is None else known)

    def copy(self) -> Record:
        """Return another record of the same id, fields and metadata."""
        return type(self)(self.data, self.own_id, self.metadata)

    def merge(self, other: Mapping[Any, Any]) -> Record:
        """Return a record with the fields of both; those of ``other`` win, the id stays.

        Examples
        --------
        >>> Record({"a": 1, "b": 2}, id=7).merge({"b": 3})
        Record({'a': 1, 'b': 3}, id=7)
        """
        given = other if isinstance(other, Record) else Record(other)
        kept = first_id(self.id, given.id)
        return Record({**self.data, **given.data}, kept, {**self.metadata, **given.metadata})

    def project(self, *names: str) -> Record:
        """Return a record with those fields, in that order; id and metadata stay.

        Raises
        ------
        KeyError
            There is no such field.
        """
        return type(self)({name: self[name] for name in names}, self.id, self.metadata)

    def to_dict(self) -> dict[str, Any]:
        """Return the id, the fields and the metadata as a dictionary of its own.

        Examples
        --------
        >>> Record({"name": "Ada"}, id=1).to_dict()
        {'id': 1, 'data': {'name': 'Ada'}, 'metadata': {}}
        """
        return {"id": self.own_id, "data": owned(self.data), "metadata": owned(self.metadata)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Return the record that ``to_dict`` wrote.

        Raises
        ------
        UsageError
            It is something else.
        """
        if not isinstance(data, Mapping) or "data" not in data or not data.keys() <= _PARTS:
            message = (
                f"{shortened(data)} is not what Record.to_dict() returned. Give id, data and"
                " metadata; of fields alone, Record(fields) is the record."
            )
            raise UsageError(message)
        return cls(data["data"], data.get("id"), data.get("metadata"))

    def __getitem__(self, name: Any) -> Any:  # noqa: ANN401 - any value
        """Return a field; by path, one of a nested value."""
        if name in self.data:
            return self.data[name]
        return _holder(self.data, name)[_last(name)]

    def __setitem__(self, name: Any, value: Any) -> None:  # noqa: ANN401 - any value
        """Give a field another value, or a new field its first."""
        try:
            inner = self.data if name in self.data else _holder(self.data, name)
        except KeyError:
            self.data[name] = value
        else:
            inner[name if inner is self.data else _last(name)] = value

    def __delitem__(self, name: Any) -> None:  # noqa: ANN401 - any label
        """Remove a field."""
        inner = self.data if name in self.data else _holder(self.data, name)
        del inner[name if inner is self.data else _last(name)]

    def __iter__(self) -> Iterator[Any]:
        """Yield the names of the fields."""
        return iter(self.data)

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(self.data)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any value
        """Return a field."""
        if not name.startswith("_") and name in self.data:
            return self.data[name]
        error = no_attribute("a record", name, map(str, self.data), {})
        raise error

    def __dir__(self) -> list[str]:
        """Return the attributes, the fields among them: completion shows it."""
        return [*super().__dir__(), *(name for name in self.data if isinstance(name, str))]

    def __eq__(self, other: object) -> bool:
        """Whether id, fields and metadata are the same; with another mapping, the fields."""
        if isinstance(other, Record):
            mine, theirs = (
                (self.id, self.data, self.metadata),
                (other.id, other.data, other.metadata),
            )
            return mine == theirs
        return self.data == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __reduce__(self) -> tuple[type[Record], tuple[Any, ...]]:
        """Keep the values, not where they come from."""
        return type(self), (self.data, self.own_id, self.metadata)

    def __repr__(self) -> str:
        own = "" if self.own_id is None else f", id={self.own_id!r}"
        more = f", metadata={self.metadata!r}" if self.metadata else ""
        return f"{type(self).__name__}({self.data!r}{own}{more})"

    def _repr_html_(self) -> str:
        fields = "".join(_html(name, value) for name, value in self.data.items())
        about = "".join(
            _html(name, value, " class='dk-meta'") for name, value in self.metadata.items()
        )
        title = "record" if self.id is None else f"record {escape(shortened(self.id, _SHOWN))}"
        return f"<div class='dk-record'><b>{title}</b><table>{fields}{about}</table></div>"


def _html(name: object, value: object, of: str = "") -> str:
    shown = escape(value if isinstance(value, str) else shortened(value, _SHOWN))
    return f"<tr{of}><th style='text-align:left'>{escape(str(name))}</th><td>{shown}</td></tr>"


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _holder(data: Mapping[Any, Any], name: Any) -> dict[Any, Any]:  # noqa: ANN401 - any label
    """Return the nested value that has what a path leads to.

    Raises
    ------
    KeyError
        The path leads nowhere.
    """
    found: Any = data
    *before, last = name.split(".") if isinstance(name, str) else (name,)
    for step in before:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, dict) and found is not data and last in found:
        return found
    message = f"no field {name!r}.{did_you_mean(name, data)} There are: {listing(data)}."
    raise KeyError(message)
