"""What a backend implements: reading, writing and changing tables, without any checks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from dkdata.configurable import Configurable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pyarrow as pa

    from dkdata.alteration import Alteration, Remade
    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.predicate import Predicate
    from dkdata.query import Query, SaveResult, Write
    from dkdata.types import Rows


class Port(Configurable, ABC):
    """The methods that a backend implements, and those that it may do better than by default.

    Only ``Store`` calls them, with what it has checked. Rows travel as Arrow data
    with canonical types (``dkdata.types``); the metadata of their schema holds the frame
    descriptor (``dkdata.frames.envelope``).

    Parameters
    ----------
    name
        What messages call the store.

    Attributes
    ----------
    own_arguments
        Those of ``format``, ``options``, ``partition_by`` and ``layout`` that mean something here.
    checks_keys
        Whether ``_write`` itself refuses appended rows whose keys the table has.
    writes_by_row
        Whether an upsert or a skip writes each row by itself, so that some may be written and
        others not.
    rewrites
        Whether an append writes the rows that are there once more.
    """

    own_arguments: ClassVar[frozenset[str]] = frozenset()
    checks_keys: ClassVar[bool] = False
    writes_by_row: ClassVar[bool] = False
    rewrites: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def tables(self) -> list[str]:
        """Return the names of the tables, sorted."""

    @abstractmethod
    def _schema(self, table: str) -> pa.Schema:
        """Return the canonical schema with its descriptor; ``TableNotFoundError`` if absent."""

    @abstractmethod
    def _read(self, table: str, query: Query) -> pa.RecordBatchReader:
        """Return canonical rows that do not hold the table while they are read."""

    @abstractmethod
    def _write(self, table: str, rows: Rows, write: Write) -> SaveResult:
        """Write prepared rows, atomically.

        ``Store.write`` has checked the mode, the key and the columns: the mode is ``REPLACE``
        where there is no table, never ``ERROR``; ``rows.schema`` is the schema, with descriptor,
        that the table has afterwards.
        """

    @abstractmethod
    def _delete(self, table: str, where: Predicate) -> int:
        """Delete the rows for which ``where`` is true and return how many there were."""

    @abstractmethod
    def _update(self, table: str, row: pa.Table, where: Predicate) -> int:
        """Give the rows for which ``where`` is true the values of ``row``; return how many.

        ``Store.update`` has made one row of the values, in the types of the table, and holds the
        table for this write.
        """

    @abstractmethod
    def _drop(self, table: str) -> None:
        """Remove the table and all that is kept about it."""

    @abstractmethod
    def _rename(self, table: str, new: str) -> None:
        """Give a table a name that no table has; it keeps all else, also what is kept about it."""

    def _write_polars(self, table: str, rows: PolarsRows, write: Write) -> SaveResult | None:
        """Write the rows of a new table without a key as ``_write`` does, without Arrow.

        Returns ``None``, and does nothing, where Arrow is the way.
        """
        del table, rows, write
        return None

    def _exclusive(self, table: str, deadline: float | None) -> AbstractContextManager[object]:
        """Keep other writers of the table away, or let all of one write see one version of it."""
        del table, deadline
        return nullcontext()

    def _find_run(self, table: str, run_id: str) -> SaveResult | None:
        """Return the result of an earlier write with this id, or ``None``."""
        del table, run_id
        return None

    def _alter(self, table: str, alteration: Alteration) -> bool:
        """Change the columns of a table that is held, with its descriptor, at once.

        Returns ``False``, and does nothing, where its rows have to be written anew.
        """
        del table, alteration
        return False

    def _remake(self, table: str, remade: Remade, write: Write) -> None:
        """Write prepared rows in the place of a table that is held.

        What is kept about the table stays, as far as its columns are still there. Nothing is lost
        that others wrote since the rows were read: that is a ``ConflictError``.
        """
        self._write(table, remade.rows, write)

    def _schema_for(self, table: str, values: Mapping[Hashable, Any]) -> pa.Schema:
        """Return the schema of a table whose columns are to get these values."""
        del values
        return self._schema(table)

    def _hold_rows(self, table: str) -> None:
        """Keep others from changing rows until the end of ``_exclusive``, if that does not."""
        del table
