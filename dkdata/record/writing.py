"""The ways in which records come into a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dkdata import commit, fitting
from dkdata.errors import ConflictError, DkError, ExistsError, SchemaError, shortened
from dkdata.frames import envelope
from dkdata.physical import convert_rows
from dkdata.query import Query, Write, WriteMode
from dkdata.record.batch import BatchResult
from dkdata.record.rows import Given, metadata_text, new_rows, rows_of, stored
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from dkdata.record.keyed import Keyed
    from dkdata.record.record import Record

_ATTEMPTS = 10


@dataclass(frozen=True)
class Writing:
    """Writes of whole records into a table.

    Parameters
    ----------
    keyed
        The table as it was found.
    look
        Returns it as it is now.
    new_id
        Makes the id of a record that has none.
    layout
        How a table in a bucket is kept that is made.
    """

    keyed: Keyed
    look: Callable[[], Keyed]
    new_id: Callable[[], Any]
    layout: str

    def insert(self, records: Sequence[Given]) -> BatchResult:
        """Insert records that are not there: errors are those of ``Records.create_many``."""
        return self._written(records, self._insert)

    def upsert(self, records: Sequence[Given]) -> BatchResult:
        """Insert records, or put them in the places of those of their ids."""
        return self._written(records, self._upsert)

    def _written(
        self, records: Sequence[Given], put: Callable[[Keyed, pa.Table], list[int]]
    ) -> BatchResult:
        """Write records; ``put`` returns the places of those that it did not write."""
        if not records:
            return BatchResult([])
        keyed, given = self.keyed, records
        records = [record.identified(keyed.labels, self.new_id) for record in given]
        ids = [record.id(keyed.labels) for record in records]
        for _ in range(_ATTEMPTS):
            if keyed.schema is not None:
                rows = self._rows(keyed, given, records)
                return _result(keyed, ids, rows, put(keyed, rows))
            rows = new_rows(records)
            try:
                keyed.store.write(keyed.table, rows, self._write(keyed, WriteMode.ERROR))
            except (ExistsError, ConflictError):  # somebody else has made it meanwhile
                keyed = self.look()
                continue
            return _result(keyed, ids, rows, [])
        message = f"{keyed.table!r} is made and dropped all the time. Try again."
        raise ConflictError(message)

    def _rows(self, keyed: Keyed, given: Sequence[Given], records: Sequence[Given]) -> pa.Table:
        """Return records as rows; ``given`` are the same before they had new ids."""
        assert keyed.schema is not None  # noqa: S101 - of a table that is there
        try:
            return rows_of(records, keyed.schema, keyed.table)
        except SchemaError as error:
            for before, now in zip(given, records, strict=True):
                if not before.has_id(keyed.labels):
                    error.add_note(
                        f"The record {shortened(dict(before.fields))} has no id, and"
                        f" {now.id(keyed.labels)!r} was made for it. Give it one, or a new_id= that"
                        " makes ids of the type that those of the table have."
                    )
                    break
            raise

    def _write(self, keyed: Keyed, mode: WriteMode) -> Write:
        has_layouts = keyed.schema is None and "layout" in keyed.store.own_arguments
        layout = self.layout if has_layouts else None
        return Write(mode=mode, key=keyed.key, run_id=commit.new_run_id(), layout=layout)

    def _upsert(self, keyed: Keyed, rows: pa.Table) -> list[int]:
        keyed.store.write(keyed.table, rows, self._write(keyed, WriteMode.UPSERT))
        return []

    def _insert(self, keyed: Keyed, rows: pa.Table) -> list[int]:
        if keyed.store.writes_by_row:
            taken: list[int] = []
            write = replace(self._write(keyed, WriteMode.SKIP), skipped=taken.extend)
            keyed.store.write(keyed.table, rows, write)
            return taken
        try:
            keyed.store.write(keyed.table, rows, self._write(keyed, WriteMode.APPEND))
        except ConflictError as error:
            if not error.keys:
                raise
            raise ExistsError.record(keyed.table, *error.keys) from error
        return []


def _result(keyed: Keyed, ids: list[Any], rows: pa.Table, taken: list[int]) -> BatchResult:
    failures: dict[Any, DkError] = {ids[n]: ExistsError.record(keyed.table, ids[n]) for n in taken}
    left = frozenset(taken)

    def written() -> list[Record]:
        every = enumerate(keyed.records(rows))
        return [record for n, record in every if n not in left]

    return BatchResult(ids, failures, written)


def amend(
    keyed: Keyed,
    id_: Any,  # noqa: ANN401 - ids of any type
    values: Mapping[Any, Any],
    version: str | None,
) -> Record | None:
    """Give fields of a record other values, and return it; ``None`` where it is not there.

    Raises
    ------
    ConflictError
        It is not of that version.
    """
    if keyed.schema is None:
        return None
    amended: list[Record] = []

    def change(rows: pa.Table) -> Mapping[Any, Any]:
        keyed.check(id_, version, rows)
        wider = fitting.filled(values, envelope.with_key(rows.schema, keyed.key))
        row, changed = fitting.row_for(keyed.table, values, wider), convert_rows(rows, wider)
        for name in row.schema.names:
            at = wider.get_field_index(name)
            changed = changed.set_column(at, wider.field(at), row[name])
        amended[:] = keyed.records(changed.combine_chunks())
        return values

    keyed.store.amend(keyed.table, keyed.where([id_]), change)
    return amended[0] if amended else None


def replace_record(keyed: Keyed, given: Given, version: str) -> Record | None:
    """Put a record in the place of the one of its id; ``None`` where that is not there.

    Raises
    ------
    ConflictError
        It is not of that version.
    """
    if keyed.schema is None:
        return None
    rows_of([given], keyed.schema, keyed.table)  # refuses what does not fit
    names, every = stored([given], keyed.schema), keyed.layout(keyed.schema).labels
    values = {
        label: given.fields.get(names.get(name))
        for label, name in every.items()
        if name not in keyed.key
    }
    if METADATA in keyed.schema.names:
        values[METADATA] = metadata_text(given)
    id_ = given.id(keyed.labels)
    return amend(keyed, id_, values, version) if values else _checked(keyed, id_, version)


def _checked(keyed: Keyed, id_: Any, version: str) -> Record | None:  # noqa: ANN401 - ids of any type
    """Return a record that has no field to change, if it is of that version."""
    rows = keyed.store.read(keyed.table, Query(where=keyed.where([id_]))).read_all()
    if not rows.num_rows:
        return None
    keyed.check(id_, version, rows)
    return next(keyed.records(rows))
