"""The documents of a table as rows."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.commit import joined
from dkdata.dialects.elasticsearch import Indexed, divided
from dkdata.dialects.select import Source, needed, selection
from dkdata.frames import envelope
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.predicate import Compare, IsIn
from dkdata.stores.elasticsearch import misfits
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW, VERSION
from dkdata.stores.elasticsearch.paging import Search, point_in_time
from dkdata.stores.file.documents_reading import DocumentContents, plan_of
from dkdata.stores.file.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dkdata.predicate import Predicate
    from dkdata.query import Query
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part


_FEW_ROWS, _FEW_KEYS = 10_000, 100
_COUNTED = "hits.total.value,aggregations"
_DENSE = 3  # if one in so many documents is wanted, or more, all are fetched


@dataclass(frozen=True)
class Answer:
    """How a query is answered.

    Parameters
    ----------
    schema
        Of the columns that are fetched.
    where
        Which documents the server is asked for; ``None``: for all.
    rest
        What DuckDB answers on the rows of these.
    """

    schema: pa.Schema
    where: Mapping[str, Any] | None
    rest: Query


def planned(held: Held, query: Query, *, is_asked: bool = True) -> Answer:
    """Return how a query on a table is answered.

    Parameters
    ----------
    is_asked
        Whether the server may choose documents.

    Raises
    ------
    ColumnNotFoundError, QueryError, UsageError
        The query does not fit the columns.
    """
    source = Source("", physical_schema(held.schema, Carrier.DUCKDB), held.schema)
    selection(source, query)
    index = Indexed(source.columns, held.newest.fields, held.unsearched)
    where, left = divided(query.where, index) if is_asked else (None, query.where)
    rest = replace(query, where=left)
    return Answer(envelope.project(held.schema, needed(source, rest)), where, rest)


def weighed(client: Client, held: Held, query: Query) -> Answer:
    """Return how a query on a table is answered, after a look at how many documents it wants.

    Documents that lie side by side cost the server a fraction of those that do not: where many are
    wanted, all are fetched.
    """
    answer = planned(held, query)
    if answer.where is None or query.aggregate or _is_by_key(held, query.where):
        return answer
    every, wanted = _counted(client, held, answer.where)
    if every <= _FEW_ROWS or wanted * _DENSE < every:
        return answer
    return planned(held, query, is_asked=False)


def _is_by_key(held: Held, where: Predicate | None) -> bool:
    """Whether a condition names the keys of a few rows."""
    match where:
        case Compare(column, "=="):
            return held.key == (column,)
        case IsIn(column, values):
            return held.key == (column,) and len(values) <= _FEW_KEYS
    return False


def _counted(client: Client, held: Held, where: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many documents a table has, and for how many of them a condition holds."""
    among = {"wanted": {"filters": {"filters": [where]}}}
    body = {"size": 0, "track_total_hits": True, "aggs": among}
    every = wanted = 0
    for indices in held.indices():
        told = client.ask("POST", path_of(indices, "_search"), body, filter_path=_COUNTED)
        every += told["hits"]["total"]["value"]
        wanted += told["aggregations"]["wanted"]["buckets"][0]["doc_count"]
    return every, wanted


@contextmanager
def fetched(
    client: Client, held: Held, schema: pa.Schema, where: Mapping[str, Any] | None = None
) -> Iterator[pa.RecordBatchReader]:
    """Give columns of the rows of a table, of one moment: all fetched, in the types of a schema.

    Parameters
    ----------
    where
        Which documents; ``None``: all.
    """
    with ExitStack() as stack:
        yield rows_of(held, schema, _pages(client, held, schema.names, where, stack), stack)


def rows_of(
    held: Held, schema: pa.Schema, pages: Sequence[Iterable[bytes]], stack: ExitStack
) -> pa.RecordBatchReader:
    """Return the documents of each index, which come by pages, as rows in the types of a schema."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="dkdata-")))
    files = [folder / str(number) for number in range(len(held.parts))]
    for file, documents in zip(files, pages, strict=True):
        with file.open("wb") as out:
            out.writelines(documents)
    rows = [
        decoded(part, file, schema, stack) for part, file in zip(held.parts, files, strict=True)
    ]
    return joined(schema, *rows)


def _pages(
    client: Client,
    held: Held,
    columns: Sequence[str],
    where: Mapping[str, Any] | None,
    stack: ExitStack,
) -> list[Iterable[bytes]]:
    """Return the documents of each index: of a few in one, by a search; else of one moment."""
    searches = [
        Search(client, part.index, None, fields_of(part, columns), where) for part in held.parts
    ]
    if len(searches) == 1 and (few := searches[0].all_at_once()) is not None:
        return [[few]]
    points = [stack.enter_context(point_in_time(client, part.index)) for part in held.parts]
    return [
        replace(search, point=point).pages() for search, point in zip(searches, points, strict=True)
    ]


def extended(held: Held, part: Part, extra: Mapping[str, str]) -> tuple[Held, pa.Schema]:
    """Return a part as a table that has more columns, of whole numbers, and the schema of that.

    Parameters
    ----------
    extra
        The fields, by the names of the columns.
    """

    def extending(schema: pa.Schema) -> pa.Schema:
        more = [pa.field(name, pa.int64()) for name in extra]
        return pa.schema([*schema, *more], schema.metadata)

    note = replace(part.note, schema=extending(part.schema))
    own = replace(part, note=note, fields={**part.fields, **extra})
    return replace(held, parts=(own,)), envelope.completed(extending(held.schema))


def free_name(schema: pa.Schema) -> str:
    """Return a name for the column of the numbers of rows, which no other has."""
    name = ROW
    while name in schema.names:
        name += "_"
    return name


def count(client: Client, held: Held, where: Mapping[str, Any] | None) -> int:
    """Return how many documents a table has, or of some of them."""
    body = {"query": where} if where else None
    paths = (path_of(indices, "_count") for indices in held.indices())
    return sum(int(client.ask("POST", path, body)["count"]) for path in paths)


def decoded(part: Part, file: Path, schema: pa.Schema, stack: ExitStack) -> pa.RecordBatchReader:
    """Return the documents in a file as rows, in the types that the table has now."""
    own = pa.schema([part.schema.field(name) for name in schema.names])
    named = pa.schema([pa.field(part.fields[f.name], f.type) for f in own])
    held = stack.enter_context(snapshot(file, is_private=True))
    plan = plan_of(held, named, lines=True, packed=None)

    def batches() -> Iterator[pa.RecordBatch]:
        with misfits.explained(part, held, plan):
            for batch in DocumentContents(held, plan).read():
                yield pa.RecordBatch.from_arrays(batch.columns, schema=own)

    return convert_rows(pa.RecordBatchReader.from_batches(own, batches()), schema)


def fields_of(part: Part, columns: Sequence[str]) -> list[str]:
    """Return the fields that documents are to bring; none where all are.

    To leave out fields, the server reads each document and writes it anew, which takes it longer
    than to send twice as many bytes.
    """
    is_half = 2 * len(columns) >= len(part.fields) and VERSION[0] not in part.fields.values()
    return [] if is_half else [part.fields[name] for name in columns]
