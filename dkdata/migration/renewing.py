"""New ids for rows, and which ones they had."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata import frames
from dkdata.errors import UsageError
from dkdata.frames import envelope
from dkdata.query import Write, WriteMode
from dkdata.record.ids import nth_id
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.catalog import Location
    from dkdata.types import Rows

_ENDING: Final = "__ids"
OLD, NEW = "old", "new"


@dataclass(eq=False)
class Renewing:
    """New ids in a column; the same ones for the same rows, however often they are read.

    Parameters
    ----------
    column
        The stored name of the key.
    began
        When the migration did, in seconds since 1970: ids sort by that, and then by the row.
    """

    column: str
    schema: pa.Schema
    run_id: str
    began: float
    _next: int = 0
    _pairs: list[pa.Table] = field(default_factory=list)

    @classmethod
    def of(cls, key: tuple[str, ...], rows: pa.Schema, run_id: str, began: float) -> Renewing:
        """Return what gives rows of a key of one column new ids.

        Raises
        ------
        UsageError
            There is no such key.
        """
        if len(key) != 1:
            message = (
                f"ids='regenerate' needs one column of ids, and the key is {list(key)!r}. Give"
                " key='…'."
            )
            raise UsageError(message)
        return cls(key[0], _with_text(rows, key[0]), run_id, began)

    def renewed(self, rows: Rows) -> pa.RecordBatchReader:
        """Return the rows with new ids."""
        self._pairs.clear()

        def batches() -> Iterator[pa.RecordBatch]:
            place = self.schema.get_field_index(self.column)
            for batch in batches_of(rows):
                columns = list(batch.columns)
                made = self._ids(batch.num_rows)
                self._pairs.append(pa.table({OLD: columns[place], NEW: made}))
                columns[place] = made
                yield pa.RecordBatch.from_arrays(columns, schema=self.schema)

        return pa.RecordBatchReader.from_batches(self.schema, batches())

    def passed(self, count: int) -> None:
        """Leave out the ids of rows that have them already."""
        self._next += count

    def _ids(self, count: int) -> pa.Array:
        first, self._next = self._next, self._next + count
        made = [nth_id(n, self.run_id, self.began) for n in range(first, first + count)]
        return pa.array(made, pa.large_string())

    def put(self, target: Location, run_id: str) -> None:
        """Have the table beside the target tell which id became which, once."""
        if not self._pairs:
            return
        table = target.store.beside(target.table, _ENDING)
        write = Write(WriteMode.APPEND, run_id=f"{run_id}-ids", repeatable=True)
        target.store.write(table, pa.concat_tables(self._pairs), write)


def _with_text(schema: pa.Schema, column: str) -> pa.Schema:
    """Return a schema in which a column holds text."""
    place = schema.get_field_index(column)
    made: Any = frames.to_arrow([{column: "a"}]).schema
    changed = schema.set(place, pa.field(column, pa.large_string()))
    held, new = envelope.descriptor_of(schema), envelope.descriptor_of(made)
    if held is None:
        return changed
    own = new.columns[0] if new and new.columns else envelope.plain(column, pa.large_string())
    columns = tuple(
        replace(own, label=one.label, has_label=one.has_label) if one.name == column else one
        for one in held.columns
    )
    return envelope.attach(changed, replace(held, columns=columns))
