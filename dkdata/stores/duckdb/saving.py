"""One write into one table of a DuckDB file: the statements of its transaction."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from pyarrow import types as is_type

from dkdata import engine, instance
from dkdata.commit import Tally, refuse_taken
from dkdata.dialects import keys
from dkdata.dialects.fragment import duckdb_type, quote
from dkdata.dialects.select import Source
from dkdata.dialects.updating import value_of
from dkdata.engine import first_row
from dkdata.errors import ConflictError, DkError, SchemaError, StoreError
from dkdata.frames.widening import widen
from dkdata.physical import Carrier, convert_rows, physical, physical_schema
from dkdata.query import Query, Write, WriteMode
from dkdata.stores.duckdb import tables
from dkdata.types import Rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.dialects.fragment import Fragment
    from dkdata.stores.duckdb.tables import Held

_STOPPING_SECONDS = 10.0
_STEP_SECONDS = 0.02
# DuckDB numbers the rows of a transaction that is not committed yet from here on.
_FIRST_UNCOMMITTED = 36_028_797_018_960_000


@contextmanager
def committed(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[None]:
    """Commit what is done inside, or undo it."""
    connection.execute("BEGIN")
    try:
        with engine.interruptible():
            yield
            connection.execute("COMMIT")
    except BaseException as error:
        clear_frames(error.__traceback__)  # of streams that are not read to their end
        outcome = _rolled_back(connection)
        if isinstance(error, KeyboardInterrupt):
            message = f"{table!r}: interrupted; {outcome}."
            raise KeyboardInterrupt(message) from error
        if isinstance(error, duckdb.Error):
            raise _translated(error, table) from error
        raise


def _rolled_back(connection: duckdb.DuckDBPyConnection) -> str:
    """End the transaction and say how it ended; what still runs in it is stopped first."""
    until = time.monotonic() + _STOPPING_SECONDS
    while True:
        try:
            connection.execute("ROLLBACK")
        except duckdb.TransactionException:
            return "it was saved already"
        except duckdb.ResourceInUseException:
            if time.monotonic() > until:
                raise
            connection.interrupt()
            time.sleep(_STEP_SECONDS)
        else:
            return "nothing was changed"


def _translated(error: duckdb.Error, table: str) -> DkError:
    """Return what a failed write means to the caller."""
    reason = str(error).partition("Error: ")[2].splitlines()[0].strip().rstrip(".!") or str(error)
    match error:
        case duckdb.ConstraintException():
            message = f"the rows break a rule that {table!r} has in its file: {reason}."
            return ConflictError(f"{message} Nothing was written. Change those rows.")
        case duckdb.ConversionException():
            message = f"{table!r} cannot hold the rows: {reason}."
            return SchemaError(f"{message} Nothing was written. Cast the column.")
        case duckdb.TransactionException() if "onflict" in reason:
            message = f"somebody else changed {table!r} at the same time: {reason}."
            return ConflictError(f"{message} Nothing was written. Try again.")
    if "No space left" in reason:
        return StoreError(
            f"the disk of {table!r} is full: {reason}. Nothing was written. Make room."
        )
    return StoreError(f"{table!r} could not be written: {reason}. Nothing was changed.")


class Saving:
    """One write into one table, inside a transaction.

    Parameters
    ----------
    held
        The table, or where it will be.
    source
        As DuckDB reads it; ``None`` where it is not there.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        held: Held,
        source: Source | None,
        write: Write,
    ) -> None:
        self._connection = connection
        self._held = held
        self._source = source
        self._write = write
        self._tally = Tally(write.verify)

    def save(self, rows: Rows) -> dict[str, Any]:
        """Write the rows, check that they arrived, and return how many did what."""
        if self._write.mode is WriteMode.REPLACE:
            return self._replace(rows)
        if self._source is None or not _is_fitted(rows.schema, self._source.schema):
            message = (
                f"table {self._held.title!r} was changed while the rows were on their way. Nothing"
                " was written. Look at it, and try again."
            )
            raise ConflictError(message)
        if isinstance(rows, pa.Table) and self._write.key and self._write.mode is WriteMode.APPEND:
            self._check_free(self._source, rows)
        self._fit(self._source.schema, rows.schema)
        before, updated, skipped = self._count(), 0, 0
        if isinstance(rows, pa.Table) and self._write.mode is WriteMode.UPSERT:
            updated = self._delete_matching(rows)
        elif isinstance(rows, pa.Table) and self._write.mode is WriteMode.SKIP:
            new = self._missing(rows)
            skipped, rows = rows.num_rows - new.num_rows, new
        self._put(f"INSERT INTO {self._held.sql} BY NAME", rows)
        appended = f"(SELECT * FROM {self._held.sql} WHERE rowid >= {_FIRST_UNCOMMITTED})"
        self._check(rows.schema, appended, self._count() - before + updated)
        return {"inserted": self._tally.rows - updated, "updated": updated, "skipped": skipped}

    def _replace(self, rows: Rows) -> dict[str, int]:
        self._put(f"CREATE OR REPLACE TABLE {self._held.sql} AS", rows)
        tables.describe(self._connection, replace(self._held, comment=None), rows.schema)
        self._check(rows.schema, self._held.sql, self._count())
        return {"inserted": self._tally.rows}

    def _check_free(self, held: Source, rows: pa.Table) -> None:
        key = self._write.key
        with engine.register(self._connection, rows.select(list(key))) as new:
            refuse_taken(self._connection, self._held.title, held, new, key)

    def _fit(self, now: pa.Schema, schema: pa.Schema) -> None:
        """Give the table the types, and the descriptor, that it has from now on.

        The table of somebody else keeps the types of its whole numbers, to which rules may be tied.
        """
        is_ours = tables.is_ours(self._held)
        kept = {field.name: physical(field.type, Carrier.DUCKDB) for field in now}
        for field in physical_schema(schema, Carrier.DUCKDB):
            is_number = is_type.is_integer(field.type) and is_type.is_integer(kept[field.name])
            if kept[field.name] != field.type and (is_ours or not is_number):
                column = f"{quote(field.name)} TYPE {duckdb_type(field.type)}"
                self._connection.execute(f"ALTER TABLE {self._held.sql} ALTER {column}")
        if is_ours:
            tables.describe(self._connection, self._held, schema)

    def _count(self) -> int:
        """Return the number of rows; DuckDB knows it without reading them."""
        counted = first_row(self._connection, f"SELECT count(*) FROM {self._held.sql}")
        return int(counted[0]) if counted else 0

    def _delete_matching(self, rows: pa.Table) -> int:
        with engine.register(self._connection, _keys_of(rows, self._write.key)) as new:
            taken = keys.is_taken(new.sql, self._write.key)
            return changed(self._connection, f"DELETE FROM {self._held.sql} WHERE {taken}")

    def _missing(self, rows: pa.Table) -> pa.Table:
        """Return the rows whose key the table does not have."""
        kept = convert_rows(rows, physical_schema(rows.schema, Carrier.DUCKDB))
        with engine.register(self._connection, kept) as new:
            query = keys.skipped(self._held.sql, new.sql, self._write.key, rows.schema.names)
            found = self._connection.sql(query).to_arrow_table()
        return convert_rows(found, rows.schema)

    def _put(self, statement: str, rows: Rows) -> None:
        """Run ``statement`` on the rows, tallied on their way."""
        raised: list[BaseException] = []
        watched = batches_of(self._tally.watch(engine.guarded(rows, raised), self._write.progress))
        kept = convert_rows(watched, physical_schema(rows.schema, Carrier.DUCKDB).remove_metadata())
        memory = instance.unlimited()
        if not isinstance(rows, pa.Table):
            kept, row_bytes = _sized(kept)
            memory = instance.frugal(len(kept.schema), row_bytes)
        try:
            with memory, engine.register(self._connection, engine.guarded(kept, raised)) as source:
                put = f"{statement} SELECT * FROM {source.sql}"
                if isinstance(rows, pa.Table):
                    engine.run(self._connection, put)
                else:
                    self._connection.execute(put)
        except Exception:
            if raised:
                raise raised[0]  # noqa: B904 - DuckDB shows no more of it than its text
            raise

    def _check(self, schema: pa.Schema, written: str, rows: int) -> None:
        """Compare what is in the table with what was sent."""

        def read() -> Rows:
            kept = physical_schema(schema, Carrier.DUCKDB)
            source = Source(written, kept.remove_metadata(), schema, "rowid")
            return engine.read(self._connection, source, Query())

        self._tally.check(self._held.title, rows, read)


def _is_fitted(rows: pa.Schema, held: pa.Schema) -> bool:
    """Whether rows were made to fit a table as it is: what made them may have changed it."""
    schema, disagreements = widen(held, rows)
    return not disagreements and schema.types == rows.types


def update(
    connection: duckdb.DuckDBPyConnection, held: Held, new: Source, condition: Fragment
) -> int:
    """Give the rows of a table for which a condition is true the values of the row ``new``."""
    columns = connection.sql(f"FROM {held.sql}")
    types = dict(zip(columns.columns, columns.types, strict=True))
    for field in new.physical:
        value = value_of(field.name, new.sql)
        again = f"CAST(CAST({value} AS {types[field.name]}) AS {duckdb_type(field.type)})"
        told = first_row(connection, f"SELECT {again} IS NOT DISTINCT FROM {value}, {again}")
        if told and not told[0]:
            message = (
                f"column {field.name!r} is {types[field.name]} in its file: the value would become"
                f" {told[1]!r}. Nothing was written. Give a value of its type."
            )
            raise SchemaError(message)
    values = ", ".join(f"{quote(name)} = {value_of(name, new.sql)}" for name in new.physical.names)
    statement = f"UPDATE {held.sql} SET {values} WHERE {condition.sql}"
    return changed(connection, statement, condition.parameters)


def changed(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Sequence[Any] = (),
) -> int:
    """Run a statement and return how many rows it changed."""
    counted = first_row(connection, statement, parameters)
    return int(counted[0]) if counted else 0


def _keys_of(rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
    chosen = rows.select(list(key))
    return convert_rows(chosen, physical_schema(chosen.schema, Carrier.DUCKDB))


def _sized(rows: Rows) -> tuple[Rows, float]:
    """Return the same rows, and the bytes of one of the first."""
    batches = iter(batches_of(rows))
    first = next(batches, None)
    if first is None or not first.num_rows:
        return rows, 0.0
    together = pa.RecordBatchReader.from_batches(rows.schema, chain([first], batches))
    return together, first.nbytes / first.num_rows
