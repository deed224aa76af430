"""The table beside another, where the rows go that its suite rejects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from dkdata.commit import Tally
from dkdata.errors import SchemaError, TableNotFoundError
from dkdata.frames.envelope import key_of
from dkdata.frames.widening import widen
from dkdata.query import Write, WriteMode

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.catalog import Location
    from dkdata.store import Store

_ENDING: Final = "__invalid"


@dataclass(eq=False)
class Aside:
    """Rejected rows, and the table beside that of the save, to which they are added.

    Parameters
    ----------
    write
        Adds them once: its id is made of that of the save and of the rows, as an id that a
        dropped table has forgotten may come again with others.
    run_id
        Of the save.
    """

    store: Store
    table: str
    rows: pa.Table
    write: Write
    run_id: str
    _is_put: bool = field(default=False, init=False)

    @classmethod
    def of(cls, location: Location, rows: pa.Table, write: Write) -> Aside:
        """Return the rejected rows of a save."""
        tally = Tally("full")
        tally.watch(rows)
        added = replace(
            write, mode=WriteMode.APPEND, key=(), partition_by=(), layout=None, batch_rows=None,
            progress=None, repeatable=True, run_id=f"{write.run_id}-{tally.chain:016x}",
        )  # fmt: skip
        table = location.store.beside(location.table, _ENDING)
        return cls(location.store, table, rows, added, write.run_id)

    def put(self) -> None:
        """Add the rows to their table, if they are not there yet.

        A store calls this again where it begins its write anew.

        Raises
        ------
        SchemaError
            The table has other columns, or a key.
        """
        if self._is_put or not self.rows.num_rows:
            return
        disagreements = self._disagreements()
        if disagreements:
            raise SchemaError.aside(self.table, disagreements)
        self.store.write(self.table, self.rows, self.write)
        self._is_put = True

    def is_there(self) -> bool:
        """Whether the table has the rows, be it of an earlier save of the same id."""
        return not self.rows.num_rows or self.store.foresee(self.table, self.write) is not None

    def _disagreements(self) -> list[str]:
        try:
            existing = self.store.schema(self.table)
        except TableNotFoundError:
            return []
        key = [f"it has the key {list(key_of(existing))}"] if key_of(existing) else []
        return [*key, *widen(existing, self.rows.schema)[1]]

    def tell(self, error: BaseException) -> None:
        """Add to the error of a save that its rejected rows were put aside, if they still are."""
        if self._is_put and self.is_there():
            error.add_note(
                f"The rejected rows are in {self.table!r} already. Save again with"
                f" run_id={self.run_id!r}, so that they are not put there twice."
            )
