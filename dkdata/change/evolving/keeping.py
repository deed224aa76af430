"""Columns that go and are kept aside, each with the key, in a table beside the one it was of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, spilling
from dkdata.change.evolving.steps import Add, Drop
from dkdata.dialects import keys
from dkdata.errors import UsageError
from dkdata.frames import envelope
from dkdata.physical import convert_rows
from dkdata.query import Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from dkdata.catalog import Location
    from dkdata.change.evolving.plan import Plan


@dataclass(frozen=True)
class Aside:
    """The columns that are kept of one table."""

    location: Location

    def _name(self, column: object) -> str:
        return self.location.store.beside(self.location.table, f"__removed_{column}")

    def check(self, plan: Plan, schema: pa.Schema) -> None:
        """Refuse to keep columns of rows that nothing tells apart."""
        if plan.dropped and not envelope.key_of(schema):
            message = (
                f"keep_removed=True keeps columns by the key of their rows, and"
                f" {self.location.label!r} has none. Save it with key=, or leave it out."
            )
            raise UsageError(message)

    def put(self, plan: Plan, rows: pa.Table) -> None:
        """Keep the columns that go by a plan from one version to the next."""
        key = envelope.key_of(rows.schema)
        for step in plan.steps:
            if isinstance(step, Drop):
                (name,) = envelope.resolved([step.column.name], rows.schema)
                part = [*key, name]
                schema = envelope.project(rows.schema, part)
                kept = rows.select(part).replace_schema_metadata(schema.metadata)
                write = Write(WriteMode.REPLACE, key=key, run_id=commit.new_run_id())
                self.location.store.write(self._name(step.column.name), kept, write)

    def names(self, plan: Plan) -> Iterator[str]:
        """Yield the tables whose columns come again by a plan."""
        for step in plan.steps:
            if isinstance(step, Add) and self.location.store.exists(self._name(step.column.name)):
                yield self._name(step.column.name)

    def forget(self, plan: Plan, *, keeps: bool) -> None:
        """Remove what is in the table again, and what was kept of a column that is lost now."""
        for step in plan.steps:
            if isinstance(step, Add) or (isinstance(step, Drop) and not keeps):
                name = self._name(step.column.name)
                if self.location.store.exists(name):
                    self.location.store.drop(name)

    def back(self, plan: Plan, rows: pa.Table, stack: ExitStack) -> pa.Table:
        """Return rows after a plan from one version to another, with what was kept of them."""
        store = self.location.store
        for step in plan.steps:
            if isinstance(step, Add) and store.exists(self._name(step.column.name)):
                held = store.read(self._name(step.column.name))
                with spilling.rereadable(held) as kept:
                    rows = stack.enter_context(spilling.rereadable(_joined(rows, kept)))
        return rows


def _joined(rows: pa.Table, kept: pa.Table) -> pa.RecordBatchReader:
    """Return rows in which a column has the values that were kept by the key."""
    key = envelope.key_of(kept.schema)
    (column,) = [name for name in kept.schema.names if name not in key]
    connection = engine.connection()
    with engine.register(connection, rows) as now, engine.register(connection, kept) as old:
        sql = keys.restored(now.sql, old.sql, key, rows.schema.names, column)
        found = engine.bound(connection, sql, ()).read_all()
    made = convert_rows(found, rows.schema)
    return made.to_reader() if isinstance(made, pa.Table) else made
