"""Documents that are removed or changed where they are, one by one.

A document that somebody else has changed since it was read is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dkdata import engine, fitting
from dkdata.errors import ConflictError
from dkdata.predicate import Constant
from dkdata.query import Query
from dkdata.stores.elasticsearch import (
    committing,
    encoding,
    mapping,
    noting,
    reading,
    saving,
    sending,
)
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.encoding import Extra
from dkdata.stores.elasticsearch.failures import suppress_gone
from dkdata.stores.elasticsearch.naming import ROW, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from dkdata.predicate import Predicate
    from dkdata.store import Change
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part
    from dkdata.stores.elasticsearch.encoding import Body

_ATTEMPTS = 20
_MOST = 10_000  # numbers of one search
_EVERYTHING = Constant(True)  # noqa: FBT003


def lasting(
    client: Client,
    table: str,
    look: Callable[[], Held | None],
    change: Callable[[Client, Held], int],
) -> int:
    """Change documents until the indices that have them are those of the table, also afterwards.

    Parameters
    ----------
    look
        Returns the table as it is now.

    Raises
    ------
    ConflictError
        Others replace the table faster than that.
    """
    held = look()
    for _ in range(_ATTEMPTS):
        if held is None:
            break
        changed = None
        with suppress_gone():
            changed = change(client, held)
        now = look()
        saving.remove_remade(client, held, now)
        left = {part.index for part in (now.parts if now else ())}
        if changed is not None and left.issuperset(part.index for part in held.parts):
            return changed
        held = now
    raise restless(table)


def restless(table: str) -> ConflictError:
    """Return the error of whoever never sees one table for long enough."""
    return ConflictError(f"{table!r} is replaced or dropped all the time. Try again.")


def delete(client: Client, held: Held, where: Predicate) -> int:
    """Remove the documents for which a condition is true; return how many there were."""
    return amend(client, held, lambda _: None, where)


def update(client: Client, held: Held, row: pa.Table, where: Predicate) -> int:
    """Give the documents for which a condition is true other values; return how many there were."""
    return _changed(client, held, lambda _: row, where)


def amend(client: Client, held: Held, change: Change, where: Predicate) -> int:
    """Change or remove the documents for which a condition is true; see ``Store.amend``."""

    def row_of(rows: pa.Table) -> pa.Table | None:
        values = change(rows)
        if values is None:
            return None
        wider = fitting.filled(values, held.schema)
        row = fitting.row_for(held.table, values, wider)
        if wider is not held.schema:
            raise fitting.TooNarrowError(wider)
        return row

    return _changed(client, held, row_of, where)


def _changed(
    client: Client, held: Held, row_of: Callable[[pa.Table], pa.Table | None], where: Predicate
) -> int:
    """Change documents; ``row_of`` tells their new values, or ``None`` where they are to go."""
    row: pa.Table | None = None

    def bodies(part: Part, rows: pa.Table, extra: Extra) -> Iterator[Body]:
        nonlocal row
        row = row_of(rows.drop_columns(extra.names))
        if row is None:
            return encoding.removals(rows, extra, held.key)
        if not all(_holds(one, row.schema) for one in held.parts):  # before any is changed
            raise fitting.TooNarrowError(held.schema)
        return _changes(client, part, rows, extra, row)

    def are_changed(rows: pa.Table, count: int) -> int:
        if row is None:
            return count - rows.num_rows
        return rows.select(row.schema.names).to_pylist().count(row.to_pylist()[0])

    change = _Change(bodies, are_changed)
    return sum(_Documents.of(client, held, part).changed(where, change) for part in held.parts)


def _holds(part: Part, row: pa.Schema) -> bool:
    return all(part.schema.field(field.name).type == field.type for field in row)


def _changes(
    client: Client, part: Part, rows: pa.Table, extra: Extra, row: pa.Table
) -> Iterator[Body]:
    connection = engine.connection()
    with engine.register(connection, rows) as source:
        changed = engine.updated(connection, source, row, _EVERYTHING).read_all()
    noting.note(client, part, part.with_unsearched(mapping.unsearched(changed)))
    return encoding.changes(changed, extra, part)


@dataclass(frozen=True)
class _Change:
    """What is done to documents.

    Parameters
    ----------
    bodies
        The requests that do it to rows of a part.
    are_changed
        To how many of so many documents it has been done, of which some rows are left.
    """

    bodies: Callable[[Part, pa.Table, Extra], Iterator[Body]]
    are_changed: Callable[[pa.Table, int], int]


@dataclass(frozen=True)
class _Documents:
    """The documents of one part of a table."""

    client: Client
    held: Held
    part: Part
    extra: Extra

    @classmethod
    def of(cls, client: Client, held: Held, part: Part) -> _Documents:
        """Return those of a part; the extra columns have names that no other column has."""
        number = reading.free_name(held.schema)
        extra = Extra(number, tuple(f"{number}{name}" for name in VERSION))
        return cls(client, held, part, extra)

    def changed(self, where: Predicate, change: _Change) -> int:
        """Change the documents for which a condition is true; return how many.

        Where an answer is lost, the same request finds its own work when it is made again, and
        takes it for that of somebody else: how many documents are as they should be is counted
        then.
        """
        done, lost = set[int](), set[int]()
        for _ in range(_ATTEMPTS):
            rows, overtaken = self._matching(where, done), set[int]()
            if rows.num_rows:
                made = change.bodies(self.part, rows, self.extra)
                sending.send(
                    self.client, self.part.index, made, self.held.table, overtaken=overtaken
                )
                self.client.ask("POST", path_of(self.part.index, "_refresh"))
            numbers = rows[self.extra.number].to_pylist()
            missed = {numbers[n] for n in overtaken}
            lost |= missed
            done |= set(numbers) - missed
            if not overtaken:
                return len(done) + self._changed_all_the_same(lost - done, change)
        message = (
            f"others change the same rows of {self.held.table!r} faster than this can:"
            f" {len(done):,} are changed, and more are to be. Try again."
        )
        raise ConflictError(message)

    def _changed_all_the_same(self, numbers: set[int], change: _Change) -> int:
        found, listed = 0, sorted(numbers)
        for start in range(0, len(listed), _MOST):
            own = listed[start : start + _MOST]
            with self._read({"terms": {ROW: own}}) as rows:
                found += change.are_changed(rows.read_all(), len(own))
        return found

    def _matching(self, where: Predicate, done: set[int]) -> pa.Table:
        """Return the rows for which a condition is true and that are not done."""
        answer = reading.planned(self.held, Query(where=where))
        with self._read(answer.where) as rows:
            found = engine.read_rows(rows, Query(where=answer.rest.where)).read_all()
        known = pa.array(list(done), pa.int64())
        return found.filter(pc.invert(pc.is_in(found[self.extra.number], known)))

    def _read(
        self, where: Mapping[str, Any] | None
    ) -> AbstractContextManager[pa.RecordBatchReader]:
        """Give rows in the columns of the table, and the extra columns."""
        extra = dict(zip(self.extra.names, (ROW, *VERSION), strict=True))
        whole, schema = reading.extended(self.held, self.part, extra)
        return reading.fetched(self.client, whole, schema, where)


def written_so_far(client: Client, held: Held) -> dict[str, tuple[int, int]]:
    """Return how many documents of each index have been written, and how many deleted."""
    path = path_of(",".join(part.index for part in held.parts), "_stats", "indexing")
    found = client.ask("GET", path)["indices"]
    totals = {name: told["primaries"]["indexing"] for name, told in found.items()}
    return {name: (one["index_total"], one["delete_total"]) for name, one in totals.items()}


def check_written(client: Client, held: Held, before: Mapping[str, tuple[int, int]]) -> None:
    """Refuse to go on where documents were written or deleted since they were counted.

    Raises
    ------
    ConflictError
        They were.
    """
    if written_so_far(client, held) != before:
        raise committing.conflict(held.table)
