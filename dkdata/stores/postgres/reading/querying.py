"""What a query asks for of a table: as far as it goes by PostgreSQL, the rest by DuckDB."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import engine, notes, spilling
from dkdata.dialects.postgres.planning import Plan, plan
from dkdata.dialects.postgres.relation import Kept, Relation
from dkdata.dialects.postgres.scope import scope
from dkdata.errors import DkError
from dkdata.frames import envelope
from dkdata.query import Query
from dkdata.stores.postgres.reading import adbc
from dkdata.stores.postgres.reading.columns import Column, read_expression
from dkdata.stores.postgres.reading.copying import copy_statement, received
from dkdata.stores.postgres.tables import foreign
from dkdata.stores.postgres.tables.types import postgres_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from dkdata.predicate import Predicate
    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held
    from dkdata.types import Rows

# Rows come as they lie in the table: not along an index, not from several processes, not from
# where another reader of the table happens to be.
_AS_THEY_LIE = """
    SELECT set_config('enable_indexscan', 'off', true),
        set_config('enable_indexonlyscan', 'off', true),
        set_config('max_parallel_workers_per_gather', '0', true),
        set_config('synchronize_seqscans', 'off', true)
"""
_LONG_BYTES = 16 << 20


def schema_of(
    session: Session,
    held: Held,
    query: Query | None = None,
    changed: AbstractSet[str] = frozenset(),
) -> pa.Schema:
    """Return the canonical schema: types as saved where the column still has their form.

    Parameters
    ----------
    query
        For which the schema is wanted: what it does not read is not looked through.
    changed
        Columns that hold something else than what was saved.
    """
    saved = notes.saved_types(held.note)
    known = {
        name: saved[name]
        for name, column in held.by_name.items()
        if name in saved and name not in changed and postgres_type(saved[name]) == column.type
    }
    others = {name: column.base for name, column in held.by_name.items() if name not in known}
    types = {
        name: known[name] if name in known else foreign.usual_type(others[name])
        for name in held.by_name
    }
    unsure = {name for name, base in others.items() if not foreign.is_certain(base)}
    if unsure:
        types |= _looked_through(session, held, types, unsure, query or Query())
    return notes.described([pa.field(name, t) for name, t in types.items()], held.note)


def _looked_through(
    session: Session, held: Held, types: dict[str, pa.DataType], unsure: set[str], query: Query
) -> dict[str, pa.DataType]:
    """Return the types that only the values tell, of the columns that a query reads."""
    fields = [pa.field(name, t) for name, t in types.items()]
    relation = relation_of(session, held, notes.described(fields, held.note))
    needed, rows = scope(relation, query, unsure)
    bases = {held.by_name[name].name: held.by_name[name].base for name in unsure & set(needed)}
    if bases and query.limit is not None:
        session.run(_AS_THEY_LIE)
    source = session.mogrified(rows.sql, rows.parameters)
    found = foreign.loaded_types(source, bases, lambda sql: session.first(sql) or ())
    return {
        name: found[column.name] for name, column in held.by_name.items() if column.name in found
    }


def relation_of(session: Session, held: Held, schema: pa.Schema) -> Relation:
    """Return a table as queries see it."""
    kept = {
        name: Kept(column.base, column.name, column.is_deterministic)
        for name, column in held.by_name.items()
    }
    server = session.connection.info
    return Relation(
        held.sql.replace("%", "%%"),
        schema,
        kept,
        held.row_order,
        is_unicode=server.parameter_status("server_encoding") == "UTF8",
    )


def read(
    session: Session, held: Held, query: Query, changed: AbstractSet[str] = frozenset()
) -> pa.RecordBatchReader:
    """Return the rows that a query asks for, all read: they need the session no more.

    Raises
    ------
    MisfitError
        A column holds something else than what was saved. Where it is one of ``changed``, it is
        read as it is.
    """
    relation = relation_of(session, held, schema_of(session, held, query, changed))
    chosen = plan(relation, query, read_expression)
    is_long = held.size > _LONG_BYTES and query.where is None and query.limit is None
    if is_long and session.reads:
        # Nothing of it is handed out: COPY reads all anew, from the same snapshot, or says why not.
        with suppress(adbc.FailedError):
            return spilling.spool(rows_by(session, chosen, by_adbc=True))
    return spilling.spool(rows_by(session, chosen))


def rows_of(session: Session, held: Held, schema: pa.Schema) -> Rows:
    """Return all rows of a table of that schema, in their order."""
    return rows_by(session, plan(relation_of(session, held, schema), Query(), read_expression))


def places(session: Session, relation: Relation, where: Predicate) -> pa.RecordBatchReader:
    """Return where the rows lie for which ``where`` is true: the table and the place, as text.

    They are all read: the session can be used for something else.
    """
    part, place = (relation.free_name(name) for name in ("__dk_part", "__dk_place"))
    system = {part: Kept("oid", "tableoid"), place: Kept("tid", "ctid")}
    schema = relation.schema
    for name in system:
        schema = schema.append(pa.field(name, pa.large_string()))
    whole = replace(relation, schema=envelope.completed(schema), kept={**relation.kept, **system})
    found = plan(whole, Query(columns=tuple(system), where=where), read_expression)
    return spilling.spool(rows_by(session, found))


def rows_by(session: Session, chosen: Plan, *, by_adbc: bool = False) -> pa.RecordBatchReader:
    """Return the rows of a plan, as they are read.

    Parameters
    ----------
    by_adbc
        Whether ADBC may be used: its connection is a second one, which costs some milliseconds and
        does not see what this transaction has written.

    Raises
    ------
    DkError
        While reading: what ``copying.received`` and ``adbc.received`` raise.
    """
    prelude = _AS_THEY_LIE if chosen.in_order else None
    columns = [
        Column(field.name, of, field.type)
        for field, of in zip(chosen.schema, chosen.types, strict=True)
    ]
    sql = session.mogrified(chosen.sql.sql, chosen.sql.parameters)
    if not columns:
        return _empty_rows(session, sql, chosen.schema)
    if by_adbc and adbc.is_faster(columns):
        rows = adbc.received(session, prelude, sql, columns)
    else:
        if prelude:
            session.run(prelude)
        rows = received(session.copy_out(copy_statement(sql, columns)), columns)
    described = (pa.RecordBatch.from_arrays(batch.columns, schema=chosen.schema) for batch in rows)
    sent = pa.RecordBatchReader.from_batches(chosen.schema, described)
    if chosen.rest is None:
        return sent
    raised: list[BaseException] = []
    with _unhidden(raised):
        answer = engine.read_rows(engine.guarded(sent, raised), chosen.rest)
    return pa.RecordBatchReader.from_batches(answer.schema, _answered(answer, raised))


def _answered(
    answer: pa.RecordBatchReader, raised: list[BaseException]
) -> Iterator[pa.RecordBatch]:
    with _unhidden(raised):
        yield from answer


@contextmanager
def _unhidden(raised: list[BaseException]) -> Iterator[None]:
    """Raise the error of the rows that DuckDB read, and not what DuckDB makes of it."""
    try:
        yield
    except DkError as error:
        failures = [failure for failure in raised if isinstance(failure, DkError)]
        raise failures[0] if failures else error from error.__cause__


def _empty_rows(session: Session, select: str, schema: pa.Schema) -> pa.RecordBatchReader:
    """Return as many rows without columns as a SELECT gives."""
    (count,) = session.one(f"SELECT count(*) FROM ({select}) AS found")
    rows = pa.record_batch([pa.nulls(count)], ["nothing"]).select([])
    return pa.RecordBatchReader.from_batches(
        schema, [rows.replace_schema_metadata(schema.metadata)]
    )


def explain(session: Session, held: Held, query: Query) -> str:
    """Return what PostgreSQL answers, its plan of it, and what is left to DuckDB."""
    relation = relation_of(session, held, schema_of(session, held, query))
    chosen = plan(relation, query, read_expression)
    sql = session.mogrified(chosen.sql.sql, chosen.sql.parameters)
    steps = "\n".join(row[0] for row in session.run(f"EXPLAIN {sql}"))
    left = "nothing is left" if chosen.rest is None else f"on the rows of that: {chosen.rest}"
    return f"PostgreSQL: {sql}\n{steps}\nDuckDB: {left}"
