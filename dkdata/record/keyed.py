"""A table as records see it: by the columns that hold their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata import engine
from dkdata.errors import ConflictError, SchemaError, TableNotFoundError, UsageError, listing
from dkdata.frames import envelope
from dkdata.predicate import And, Compare, IsIn, Or
from dkdata.query import Query
from dkdata.record.blocks import Layout
from dkdata.record.ids import is_id
from dkdata.record.record import Record
from dkdata.record.rows import identity
from dkdata.values import normal

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    import pyarrow as pa

    from dkdata.catalog import Location
    from dkdata.predicate import Predicate
    from dkdata.store import Store
    from dkdata.types import Rows

_DEFAULT = "id"


@dataclass(frozen=True)
class Keyed:
    """A table as one call finds it.

    Parameters
    ----------
    key
        Stored names of the columns that hold the id.
    labels
        The names of those for users.
    schema
        ``None`` where there is no table yet.
    """

    store: Store
    table: str
    key: tuple[str, ...]
    labels: tuple[Hashable, ...]
    schema: pa.Schema | None = None

    @classmethod
    def found(cls, location: Location, given: tuple[Hashable, ...]) -> Keyed:
        """Return a table as it is now, with the key that is given, else its own, else ``id``.

        Raises
        ------
        UsageError
            Nothing tells which column holds the ids.
        """
        store, table = location.store.holder_of(location.table), location.table
        try:
            schema = store.schema(table)
        except TableNotFoundError:
            labels = given or (_DEFAULT,)
            return cls(store, table, tuple(map(str, labels)), labels)
        key = _key(table, schema, given)
        labels_of = {name: label for label, name in Layout.of(schema).labels.items()}
        return cls(store, table, key, tuple(labels_of[name] for name in key), schema)

    def layout(self, schema: pa.Schema) -> Layout:
        """Return how rows of the table are records."""
        return Layout.of(schema, self.key)

    def records(self, rows: Rows, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Return rows of the table as records; of some columns only, by their stored names.

        Raises
        ------
        UsageError
            The table has got another key.
        """
        own = envelope.key_of(rows.schema)
        if own and set(own) != set(self.key):
            raise UsageError(_other_key(self.table, self.labels, own))
        return Record.views(rows, self.layout(rows.schema).showing(fields))

    def count(self, where: Predicate | None) -> int:
        """Return the number of records for which a condition is true."""
        return 0 if self.schema is None else self.store.count(self.table, where)

    def check(self, id_: Any, version: str | None, rows: pa.Table) -> None:  # noqa: ANN401 - ids of any type
        """Refuse a record that there is twice, or that is of another version.

        Raises
        ------
        SchemaError, ConflictError
            It is so.
        """
        first, *others = self.records(rows.combine_chunks())
        if others:
            raise SchemaError.keys(self.key, f"is repeated in table {self.table!r}", [id_])
        if version is not None and first.version != version:
            raise ConflictError.version(self.table, id_)

    def missing(self, ids: Sequence[Any]) -> list[Any]:
        """Return those of some ids of which there is no record, each once.

        An id may be given as another type than that of its column, such as a date as text.
        """
        wanted = list(dict.fromkeys(tuple(one) if isinstance(one, list) else one for one in ids))
        if self.schema is None:
            return wanted
        asked = Query(columns=self.key, where=self.where(wanted))
        rows = self.store.read(self.table, asked).read_all()
        held = {one.id for one in self.records(rows)}
        left = [one for one in wanted if one not in held]
        if not left or not self._has(rows, left):
            return left
        return [one for one in left if not self._has(rows, [one])]

    def _has(self, rows: pa.Table, ids: Sequence[Any]) -> bool:
        """Whether there are records of some ids among rows."""
        found = engine.read_rows(rows.to_reader(), Query(where=self.where(ids)))
        return bool(found.read_all().num_rows)

    def where(self, ids: Sequence[Any]) -> Predicate:
        """Return the condition that a record has one of some ids.

        Raises
        ------
        UsageError
            One of them is no id.
        """
        for one in ids:
            if not is_id(one):
                message = f"{one!r} is no id of a record. Give the value of {list(self.labels)}."
                raise UsageError(message)
        if len(self.key) == 1:
            (name,) = self.key
            if len(ids) == 1:
                return _equals(name, ids[0])
            return IsIn(name, tuple(map(normal, ids)))
        each = tuple(
            And(tuple(map(_equals, self.key, identity(self.key, one).values()))) for one in ids
        )
        return each[0] if len(each) == 1 else Or(each)


def _equals(name: str, value: object) -> Compare:
    return Compare(name, "==", normal(value))


def _other_key(table: str, given: tuple[Hashable, ...], own: tuple[str, ...]) -> str:
    return f"key={list(given)!r}: table {table!r} has the key {list(own)!r}. Leave key= out."


def _key(table: str, schema: pa.Schema, given: tuple[Hashable, ...]) -> tuple[str, ...]:
    own = envelope.key_of(schema)
    if given:
        key = tuple(envelope.resolved(given, schema, "key"))
        if own and set(own) != set(key):
            raise UsageError(_other_key(table, given, own))
        return key
    if own:
        return own
    if _DEFAULT in schema.names:
        return (_DEFAULT,)
    message = (
        f"nothing tells which column of table {table!r} holds the ids of its records: give key=."
        f" There are: {listing(schema.names)}."
    )
    raise UsageError(message)
