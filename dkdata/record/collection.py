"""The records of one table, one by one or several at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from dkdata.errors import (
    ConflictError,
    NotFoundError,
    QueryError,
    RecordNotFoundError,
    RejectedError,
    SchemaError,
    UsageError,
    check_choice,
)
from dkdata.predicate import Constant, as_condition
from dkdata.query import Query, as_names, query_of
from dkdata.record.finding import asked, refuse_missing
from dkdata.record.ids import new_id as new_uuid
from dkdata.record.keyed import Keyed
from dkdata.record.rows import Given
from dkdata.record.writing import Writing, amend, replace_record

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from dkdata.catalog import Location
    from dkdata.predicate import Column, Predicate
    from dkdata.record.batch import BatchResult
    from dkdata.record.record import Record

T = TypeVar("T")
_ALL = Constant(True)  # noqa: FBT003
# What is raised where a table is not as it was: or where the caller is wrong, who is told again.
_OUTDATED = (NotFoundError, QueryError, SchemaError, UsageError)


@dataclass
class _Memory:
    """The table as it was found last."""

    keyed: Keyed | None = None


@dataclass(frozen=True, repr=False)
class Records:
    """The records of one table: read and written by their ids.

    A record is a row, and the records of a table are its rows: whatever ``dk.save``, ``dk.load``
    and others do with them. A table that is not there has no records, and the first record that
    is created makes it.

    Made by ``dk.records``.

    Parameters
    ----------
    location
        The table.
    given_key
        The columns that hold the id, as given; else those that are kept with the table, else
        ``id``.
    new_id
        Makes the id of a record that has none.
    layout
        How a table in a bucket is kept that the first record makes.

    Examples
    --------
    >>> import dkdata as dk
    >>> people = dk.records("memory.crew", key="id")
    >>> people.create({"id": 1, "name": "Ada", "age": 36})
    Record({'id': 1, 'name': 'Ada', 'age': 36}, id=1)
    >>> people.update(1, age=37).age
    37
    >>> [one.name for one in people.find("age > 30")]
    ['Ada']
    >>> people.read(2) is None
    True
    """

    location: Location
    given_key: tuple[Hashable, ...]
    new_id: Callable[[], Any]
    layout: str
    _memory: _Memory = field(default_factory=_Memory, compare=False)

    @classmethod
    def of(
        cls,
        location: Location,
        key: Hashable | Sequence[Hashable] | None = None,
        *,
        new_id: Callable[[], Any] | None = None,
        layout: Literal["delta", "objects"] | None = None,
    ) -> Records:
        """Return the records of a table; parameters are those of ``dk.records``.

        Raises
        ------
        UsageError
            An argument is not possible.
        """
        if layout is not None:
            check_choice("layout", layout, ["delta", "objects"])
        if new_id is not None and not callable(new_id):
            message = f"new_id={new_id!r} cannot be called. Give a function that returns an id."
            raise UsageError(message)
        names = as_names(key)
        if key is not None and not names:
            message = f"key={key!r} names no column. Name the one that holds the ids."
            raise UsageError(message)
        return cls(location, names, new_id or new_uuid, layout or "objects")

    def create(self, record: Record | Mapping[Any, Any]) -> Record:
        """Insert a record and return it as it is stored.

        Raises
        ------
        ExistsError
            There is a record of that id. Nothing was changed.
        SchemaError, ColumnNotFoundError
            The record does not fit the table.
        """
        created = self.create_many([record])
        created.raise_for_failures()
        return created[0]

    def create_many(self, records: Iterable[Record | Mapping[Any, Any]]) -> BatchResult:
        """Insert records, all of them or none; on Elasticsearch and S3 objects each by itself.

        Raises
        ------
        ExistsError
            There are records of such ids already. Nothing was changed. On Elasticsearch and S3
            objects that is a failure of these records, and the others are inserted.
        SchemaError, ColumnNotFoundError
            A record does not fit the table, or ids are repeated. Nothing was changed.
        """
        given = [Given.of(record) for record in records]
        return self._on(lambda keyed: self._writing(keyed).insert(given))

    def upsert(self, record: Record | Mapping[Any, Any], *, version: str | None = None) -> Record:
        """Put a record in the place of the one of its id, or insert it; return it as it is stored.

        Fields that it lacks are null.

        Parameters
        ----------
        version
            That of the record that is to be replaced, as it was read.

        Raises
        ------
        ConflictError
            The record is not of that version any more.
        SchemaError, ColumnNotFoundError
            The record does not fit the table.
        """
        if version is None:
            return self.upsert_many([record])[0]
        expected = version

        def replaced(keyed: Keyed) -> Record:
            given = Given.of(record).identified(keyed.labels, self.new_id)
            made = replace_record(keyed, given, expected)
            if made is None:
                raise ConflictError.version(keyed.table, given.id(keyed.labels))
            return made

        return self._on(replaced)

    def upsert_many(self, records: Iterable[Record | Mapping[Any, Any]]) -> BatchResult:
        """Put records in the places of those of their ids, or insert them: all of them or none.

        On Elasticsearch and S3 objects, each by itself.

        Raises
        ------
        SchemaError, ColumnNotFoundError
            A record does not fit the table, or ids are repeated. Nothing was changed.
        """
        given = [Given.of(record) for record in records]
        return self._on(lambda keyed: self._writing(keyed).upsert(given))

    def read(self, id: Any) -> Record | None:  # noqa: A002, ANN401 - the public name; ids of any type
        """Return the record of an id, ``None`` if there is none."""

        def read(keyed: Keyed) -> Record | None:
            records = list(asked(keyed, Query(where=keyed.where([id]), limit=2)))
            if len(records) > 1:
                raise SchemaError.keys(keyed.key, f"is repeated in table {keyed.table!r}", [id])
            return records[0] if records else None

        return self._on(read)

    def exists(self, id: Any) -> bool:  # noqa: A002, ANN401 - the public name; ids of any type
        """Return whether there is a record of an id."""
        return self._on(lambda keyed: keyed.count(keyed.where([id]))) > 0

    @overload
    def update(
        self,
        id: Any,  # noqa: ANN401 - the public name; ids of any type
        changes: Mapping[Any, Any] | None = None,
        /,
        *,
        version: str | None = None,
        missing_ok: Literal[False] = False,
        **more: Any,  # noqa: ANN401 - values of any type
    ) -> Record: ...
    @overload
    def update(
        self,
        id: Any,  # noqa: ANN401 - the public name; ids of any type
        changes: Mapping[Any, Any] | None = None,
        /,
        *,
        version: str | None = None,
        missing_ok: bool,
        **more: Any,  # noqa: ANN401 - values of any type
    ) -> Record | None: ...
    def update(
        self,
        id: Any,  # noqa: A002 - the public name; ids of any type
        changes: Mapping[Any, Any] | None = None,
        /,
        *,
        version: str | None = None,
        missing_ok: bool = False,
        **more: Any,
    ) -> Record | None:
        """Give some fields of a record other values, and return it as it is stored.

        Parameters
        ----------
        changes, more
            The new values by field, in either form; other fields stay.
        version
            That of the record as it was read: refuses one that somebody else has changed since.
        missing_ok
            Whether ``None`` is returned where there is no such record.

        Raises
        ------
        RecordNotFoundError
            There is no record of that id.
        ConflictError
            The record is not of that version any more.
        SchemaError, ColumnNotFoundError
            A field cannot have that value, or is not there.
        UsageError
            A field belongs to the key.
        """
        values = {**(changes or {}), **more}

        def update(keyed: Keyed) -> Record | None:
            updated = amend(keyed, id, values, version)
            if updated is None:
                refuse_missing(keyed, id, version, missing_ok=missing_ok)
            return updated

        return self._on(update)

    def delete(
        self,
        id: Any,  # noqa: A002, ANN401 - the public name; ids of any type
        *,
        version: str | None = None,
        missing_ok: bool = False,
    ) -> bool:
        """Remove a record, and return whether there was one.

        Parameters are those of ``update``.

        Raises
        ------
        RecordNotFoundError
            There is no record of that id.
        ConflictError
            The record is not of that version any more.
        """

        def delete(keyed: Keyed) -> bool:
            where, count = keyed.where([id]), 0
            if keyed.schema is not None and version is None:
                count = keyed.store.delete(keyed.table, where)
            elif keyed.schema is not None:
                count = keyed.store.amend(keyed.table, where, partial(keyed.check, id, version))
            if not count:
                refuse_missing(keyed, id, version, missing_ok=missing_ok)
            return count > 0

        return self._on(delete)

    def delete_many(self, ids: Iterable[Any], *, missing_ok: bool = False) -> int:
        """Remove records, all of them or none, and return how many there were.

        On Elasticsearch and S3 objects, each by itself.

        Raises
        ------
        RecordNotFoundError
            There are no records of some of the ids. Nothing was changed.
        """
        wanted = list(ids)
        if not wanted:
            return 0

        def delete(keyed: Keyed) -> int:
            where = keyed.where(wanted)
            missing = [] if missing_ok else keyed.missing(wanted)
            if missing:
                raise RecordNotFoundError(keyed.table, missing)
            return 0 if keyed.schema is None else keyed.store.delete(keyed.table, where)

        return self._on(delete)

    def find(  # noqa: PLR0913 - those of ``load``
        self,
        where: Predicate | Column | str | None = None,
        *,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
        columns: Hashable | Sequence[Hashable] | None = None,
        query: Query | None = None,
    ) -> list[Record]:
        """Return the records for which ``where`` is true.

        The arguments, and what they mean, are those of ``dk.load``; the ids come along whatever
        the columns are.
        """
        query = query_of(columns, where, order_by, limit, offset, query)
        return self._on(lambda keyed: list(asked(keyed, query)))

    def stream(  # noqa: PLR0913 - those of ``load``
        self,
        where: Predicate | Column | str | None = None,
        *,
        order_by: str | Sequence[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
        columns: Hashable | Sequence[Hashable] | None = None,
        query: Query | None = None,
    ) -> Iterator[Record]:
        """Yield the records for which ``where`` is true, in bounded memory; as ``find``."""
        query = query_of(columns, where, order_by, limit, offset, query)
        return self._on(lambda keyed: asked(keyed, query, frugally=True))

    def count(self, where: Predicate | Column | str | None = None) -> int:
        """Return the number of records for which ``where`` is true."""
        condition = as_condition(where)
        return self._on(lambda keyed: keyed.count(condition))

    def clear(self) -> int:
        """Remove all records and return how many there were; the table stays."""

        def clear(keyed: Keyed) -> int:
            return 0 if keyed.schema is None else keyed.store.delete(keyed.table, _ALL)

        return self._on(clear)

    def __repr__(self) -> str:
        key = f", key={list(self.given_key)!r}" if self.given_key else ""
        return f"Records({self.location.label!r}{key})"

    def _on(self, work: Callable[[Keyed], T]) -> T:
        """Return what is made of the table: as it was found last, if that serves, or as it is now.

        Stores themselves check what they write against the table as it is, so that nothing can be
        bent by what is out of date: it is refused, and then the table is looked at again.
        """
        known = self._memory.keyed
        if known is not None:
            try:
                return work(known)
            except (RecordNotFoundError, RejectedError):
                raise
            except _OUTDATED:
                self._memory.keyed = None
        found = self._found()
        self._memory.keyed = found if found.schema is not None else None
        return work(found)

    def _found(self) -> Keyed:
        """Return the table as it is now."""
        return Keyed.found(self.location, self.given_key)

    def _writing(self, keyed: Keyed) -> Writing:
        return Writing(keyed, self._found, self.new_id, self.layout)
