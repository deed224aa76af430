"""Documents that are removed or changed where they are, one by one.

A document that somebody else has changed since it was read is read again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dkdata import engine
from dkdata.errors import ConflictError
from dkdata.frames import envelope
from dkdata.predicate import Constant
from dkdata.query import Query
from dkdata.stores.elasticsearch import encoding, mapping, noting, reading, saving, sending
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.encoding import Extra
from dkdata.stores.elasticsearch.failures import suppress_gone
from dkdata.stores.elasticsearch.naming import ROW, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.predicate import Predicate
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part
    from dkdata.stores.elasticsearch.encoding import Body

_ATTEMPTS = 20
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

    def removals(part: Part, rows: pa.Table, extra: Extra) -> Iterator[Body]:
        del part
        return encoding.removals(rows, extra, held.key)

    return sum(_changed(client, held, part, where, removals) for part in held.parts)


def update(client: Client, held: Held, row: pa.Table, where: Predicate) -> int:
    """Give the documents for which a condition is true other values; return how many there were."""

    def changes(part: Part, rows: pa.Table, extra: Extra) -> Iterator[Body]:
        connection = engine.connection()
        with engine.register(connection, rows) as source:
            changed = engine.updated(connection, source, row, _EVERYTHING).read_all()
        noting.note(client, part, part.with_unsearched(mapping.unsearched(changed)))
        return encoding.changes(changed, extra, part)

    return sum(_changed(client, held, part, where, changes) for part in held.parts)


def _changed(
    client: Client,
    held: Held,
    part: Part,
    where: Predicate,
    bodies: Callable[[Part, pa.Table, Extra], Iterator[Body]],
) -> int:
    """Change the documents of one part; return how many."""
    extra, done = _extra(held.schema), pa.array([], pa.int64())
    for _ in range(_ATTEMPTS):
        rows, overtaken = _matching(client, held, part, where, extra), set[int]()
        rows = rows.filter(pc.invert(pc.is_in(rows[extra.number], done)))
        if rows.num_rows:
            made = bodies(part, rows, extra)
            sending.send(client, part.index, made, held.table, overtaken=overtaken)
            client.ask("POST", path_of(part.index, "_refresh"))
        numbers = rows[extra.number].to_pylist()
        changed = [number for n, number in enumerate(numbers) if n not in overtaken]
        done = pa.concat_arrays([done, pa.array(changed, pa.int64())])
        if not overtaken:
            return len(done)
    message = (
        f"others change the same rows of {held.table!r} faster than this can: {len(done):,} are"
        " changed, and more are to be. Try again."
    )
    raise ConflictError(message)


def _extra(schema: pa.Schema) -> Extra:
    """Return names of columns that no other column has."""
    number = reading.free_name(schema)
    return Extra(number, tuple(f"{number}{name}" for name in VERSION))


def _matching(client: Client, held: Held, part: Part, where: Predicate, extra: Extra) -> pa.Table:
    """Return the rows of one part for which a condition is true, with the extra columns."""
    more = [pa.field(name, pa.int64()) for name in extra.names]
    own = replace(
        part,
        note=replace(part.note, schema=pa.schema([*part.schema, *more], part.schema.metadata)),
        fields={**part.fields, **dict(zip(extra.names, (ROW, *VERSION), strict=True))},
    )
    answer = reading.planned(held, Query(where=where))
    schema = envelope.completed(pa.schema([*held.schema, *more], held.schema.metadata))
    with reading.fetched(client, replace(held, parts=(own,)), schema, answer.where) as rows:
        return engine.read_rows(rows, Query(where=answer.rest.where)).read_all()
