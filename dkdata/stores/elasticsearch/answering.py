"""What the server answers of a query on a table of dkdata's, and what DuckDB does then."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, spilling
from dkdata.dialects.elasticsearch import EVERYTHING
from dkdata.query import Query
from dkdata.stores.elasticsearch import aggregating, reading

if TYPE_CHECKING:
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held
    from dkdata.stores.elasticsearch.reading import Answer


def read(client: Client, held: Held, query: Query) -> pa.RecordBatchReader:
    """Return the answer to a query."""
    answer = reading.weighed(client, held, query)
    if _is_count(query, answer):
        counted = reading.count(client, held, answer.where)
        return pa.table({"rows": [counted]}).to_reader()
    if asked := aggregating.asked(held, query, answer):
        groups = asked.answered(client)
        if groups is not None:
            return engine.read_rows(groups, asked.rest)
    with ExitStack() as stack:
        fetched = reading.fetched(client, held, answer.schema, answer.where)
        rows = stack.enter_context(fetched)
        if not query.is_whole_table:
            rows = engine.read_rows(rows, answer.rest)
        return spilling.holding(rows, stack.pop_all())


def explain(client: Client, held: Held, query: Query) -> str:
    """Return which documents the server is asked for, and what is left to DuckDB."""
    answer = reading.weighed(client, held, query)
    asked = json.dumps(answer.where or EVERYTHING, ensure_ascii=False)
    if _is_count(query, answer):
        return f"Elasticsearch counts: {asked}\nDuckDB: nothing is left"
    if found := aggregating.asked(held, query, answer):
        return found.told()
    columns = "all columns" if answer.schema.equals(held.schema) else answer.schema.names
    left = "nothing is left" if answer.rest == Query() else f"on these rows: {answer.rest}"
    return f"Elasticsearch: {asked}, {columns}\nDuckDB: {left}"


def _is_count(query: Query, answer: Answer) -> bool:
    """Whether a query asks for no more than how many documents the server finds."""
    return query == Query(where=query.where, aggregate=commit.COUNT) and answer.rest.where is None
