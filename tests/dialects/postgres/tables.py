"""Tables of a real PostgreSQL, and what it answers to plans."""

from __future__ import annotations

import io
from contextlib import closing

import psycopg2
import pyarrow as pa
from psycopg2.extras import execute_values

from dkdata import engine
from dkdata.dialects.postgres.planning import plan
from dkdata.dialects.postgres.relation import Kept, Relation
from dkdata.frames import to_arrow
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.query import Query
from dkdata.stores.postgres.tables.types import postgres_type


def canonical_table(frame):
    """Return a frame as a table of canonical types, with its descriptor."""
    rows = to_arrow(frame)
    return rows if isinstance(rows, pa.Table) else rows.read_all()


def relation_of(rows, name="t", **types):
    """Return how PostgreSQL keeps rows; ``types`` are other types than those of dkdata."""
    kept = {
        field.name: Kept(types.get(field.name) or postgres_type(field.type), None, True)
        for field in rows.schema
    }
    return Relation(name, rows.schema, kept, row_order="ctid")


def save(url, rows, relation):
    """Make the table of a relation, with these rows."""
    held = convert_rows(rows, physical_schema(rows.schema, Carrier.POSTGRES))
    values = [tuple(map(_written, row)) for row in zip(*map(_items, held.columns), strict=True)]
    types = [kept.type for kept in relation.kept.values()]
    names = [relation.column_sql(name).replace("%%", "%") for name in rows.schema.names]
    columns = ", ".join(f"{n} {t}" for n, t in zip(names, types, strict=True))
    template = f"({', '.join(f'cast(%s as {t})' for t in types)})"
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        name = relation.sql.replace("%%", "%")
        cursor.execute(f"drop table if exists {name}")
        cursor.execute(f"create table {name} ({columns})")
        execute_values(cursor, f"insert into {relation.sql} values %s", values, template)
    return relation


def _items(column):
    return column.to_pylist()


def _written(value):
    """Return a value as the driver writes it; it would write the number -0.0, which is 0."""
    return repr(value) if isinstance(value, float) else value


def shown(sql, postgres_type, _):
    """Return the SQL of a value that the driver gives as dkdata keeps it."""
    return f"cast({sql} as text)" if postgres_type in ("jsonb", "uuid") else sql


class Session:
    """A session that answers plans."""

    def __init__(self, url):
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def run(self, sql, parameters=()):
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def copied(self, planned):
        """Return what COPY writes of a plan."""
        with self._connection.cursor() as cursor:
            select = cursor.mogrify(planned.sql.sql, planned.sql.parameters).decode()
            written = io.StringIO()
            cursor.copy_expert(f"copy ({select}) to stdout (format csv)", written)
        return written.getvalue()

    def fetched(self, planned):
        """Return the rows that PostgreSQL gives, in canonical types."""
        rows = [tuple(map(_plain, row)) for row in self.run(*planned.sql)]
        held = physical_schema(planned.schema, Carrier.POSTGRES)
        columns = list(zip(*rows, strict=True)) or [()] * len(held)
        arrays = [pa.array(list(c), f.type) for c, f in zip(columns, held, strict=True)]
        return convert_rows(pa.Table.from_arrays(arrays, schema=held), planned.schema)

    def answer(self, relation, query):
        """Return the answer to a query, and the plan of it."""
        planned = plan(relation, query, shown)
        rows = self.fetched(planned)
        if planned.rest is not None:
            rows = engine.read_rows(rows, planned.rest).read_all()
        return rows, planned


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def expected(rows, query):
    """Return the answer of DuckDB, which is what dkdata means."""
    return engine.read_rows(rows, query).read_all()


def kept_ids(rows, where):
    """Return the ids of the rows that DuckDB keeps."""
    return expected(rows, Query(columns=("id",), where=where))["id"].to_pylist()
