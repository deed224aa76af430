"""Documents that are removed or changed where they are, one by one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import engine
from dkdata.frames import envelope
from dkdata.predicate import Constant
from dkdata.query import Query
from dkdata.stores.elasticsearch import encoding, mapping, noting, reading, sending
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dkdata.predicate import Predicate
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part
    from dkdata.stores.elasticsearch.encoding import Body

_EVERYTHING = Constant(True)  # noqa: FBT003


def delete(client: Client, held: Held, where: Predicate) -> int:
    """Remove the documents for which a condition is true; return how many there were."""
    total = 0
    for part, number, rows in _matching(client, held, where):
        _sent(client, held, part, encoding.removals(rows, number, held.key))
        total += rows.num_rows
    return total


def update(client: Client, held: Held, row: pa.Table, where: Predicate) -> int:
    """Give the documents for which a condition is true other values; return how many there were."""
    total = 0
    for part, number, rows in _matching(client, held, where):
        connection = engine.connection()
        with engine.register(connection, rows) as source:
            changed = engine.updated(connection, source, row, _EVERYTHING).read_all()
        noting.note(client, part, part.with_unsearched(mapping.unsearched(changed)))
        _sent(client, held, part, encoding.changes(changed, number, part))
        total += rows.num_rows
    return total


def _sent(client: Client, held: Held, part: Part, bodies: Iterable[Body]) -> None:
    sending.send(client, part.index, bodies, held.table)
    client.ask("POST", path_of(part.index, "_refresh"))


def _matching(client: Client, held: Held, where: Predicate) -> Iterator[tuple[Part, str, pa.Table]]:
    """Yield the parts that have rows for which a condition is true, and those with their numbers.

    The second is the name of the column of the numbers.
    """
    for part in held.parts:
        with _numbered(client, held, part) as (number, rows):
            found = engine.read_rows(rows, Query(where=where)).read_all()
        if found.num_rows:
            yield part, number, found


@contextmanager
def _numbered(client: Client, held: Held, part: Part) -> Iterator[tuple[str, pa.RecordBatchReader]]:
    """Give the rows of one part in the columns of the table, and the column of their numbers."""
    number = reading.free_name(held.schema)
    extra = pa.field(number, pa.int64())
    schema = envelope.completed(held.schema.append(extra))
    note = replace(part.note, schema=part.schema.append(extra))
    own = replace(part, note=note, fields={**part.fields, number: ROW})
    whole = replace(held, parts=(own,))
    with reading.fetched(client, whole, schema) as rows:
        yield number, rows
