"""The documents of a table as rows."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.commit import joined
from dkdata.dialects.elasticsearch import Indexed, divided
from dkdata.dialects.select import Source, needed, selection
from dkdata.errors import StoreError
from dkdata.frames import envelope
from dkdata.parallel import at_once
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.naming import ROW
from dkdata.stores.file.documents_reading import DocumentContents, plan_of
from dkdata.stores.file.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.query import Query
    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.definition import Held, Part

_WORKERS = 3
_FIRST_ROWS = 1000
_MOST_ROWS = 10_000  # that one search returns
_BYTES = 8 << 20  # of an answer, about
_KEPT_ALIVE = "5m"
_TOLD = "hits.hits._index,hits.hits._source"
_END = b"}]}}"


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


def planned(held: Held, query: Query) -> Answer:
    """Return how a query on a table is answered.

    Raises
    ------
    ColumnNotFoundError, QueryError, UsageError
        The query does not fit the columns.
    """
    source = Source("", physical_schema(held.schema, Carrier.DUCKDB), held.schema)
    selection(source, query)
    index = Indexed(source.columns, held.newest.fields, held.unsearched)
    where, left = divided(query.where, index)
    rest = replace(query, where=left)
    return Answer(envelope.project(held.schema, needed(source, rest)), where, rest)


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
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dkdata-")))
        points = [stack.enter_context(_point_in_time(client, part.index)) for part in held.parts]
        files = [folder / str(number) for number in range(len(points))]
        for part, point, file in zip(held.parts, points, files, strict=True):
            search = _Search(client, part, point, schema.names, where)
            with file.open("wb") as out:
                out.writelines(search.some() if where else search.all())
        rows = [
            decoded(part, file, schema, stack) for part, file in zip(held.parts, files, strict=True)
        ]
        yield joined(schema, *rows)


def end(client: Client, part: Part) -> int:
    """Return the number that comes after those of all rows of a part."""
    return _end(client, {}, part.index)


def _end(client: Client, more: Mapping[str, Any], *index: str) -> int:
    body = {"size": 0, "aggs": {"row": {"max": {"field": ROW}}}, **more}
    found = client.ask("POST", path_of(*index, "_search"), body)["aggregations"]["row"]["value"]
    return 0 if found is None else int(found) + 1


def free_name(schema: pa.Schema) -> str:
    """Return a name for the column of the numbers of rows, which no other has."""
    name = ROW
    while name in schema.names:
        name += "_"
    return name


def count(client: Client, held: Held, where: Mapping[str, Any] | None) -> int:
    """Return how many documents a table has, or of some of them."""
    body = {"query": where} if where else None
    indices = ",".join(part.index for part in held.parts)
    return int(client.ask("POST", path_of(indices, "_count"), body)["count"])


def decoded(part: Part, file: Path, schema: pa.Schema, stack: ExitStack) -> pa.RecordBatchReader:
    """Return the documents in a file as rows, in the types that the table has now."""
    own = pa.schema([part.schema.field(name) for name in schema.names])
    named = pa.schema([pa.field(part.fields[f.name], f.type) for f in own])
    held = stack.enter_context(snapshot(file, is_private=True))
    found = DocumentContents(held, plan_of(held, named, lines=True, packed=None)).read()
    batches = (pa.RecordBatch.from_arrays(batch.columns, schema=own) for batch in found)
    return convert_rows(pa.RecordBatchReader.from_batches(own, batches), schema)


@contextmanager
def _point_in_time(client: Client, index: str) -> Iterator[str]:
    """Give the id of a moment of an index, whatever is written to it meanwhile."""
    point = client.ask("POST", path_of(index, "_pit"), keep_alive=_KEPT_ALIVE)["id"]
    try:
        yield point
    finally:
        client.ask("DELETE", path_of("_pit"), {"id": point})


@dataclass(frozen=True)
class _Search:
    """Searches of one moment of an index, whose documents come in the order of their numbers."""

    client: Client
    part: Part
    point: str
    columns: Sequence[str]
    where: Mapping[str, Any] | None

    def all(self) -> Iterator[bytes]:
        """Yield the documents by their numbers, several searches at once."""
        end = _end(self.client, {"pit": self._pit})
        first = min(end, _FIRST_ROWS)
        count, lines = self._between(0, first)
        yield lines
        each = max(1, len(lines) // max(1, count))
        size = min(max(_BYTES // each, 1), _MOST_ROWS)

        def search(start: int) -> bytes:
            return self._between(start, min(start + size, end))[1]

        yield from at_once(search, range(first, end, size), lambda _: size * each, _WORKERS)

    def some(self) -> Iterator[bytes]:
        """Yield the documents that are wanted, one search after the other."""
        last, size = -1, _FIRST_ROWS
        while True:
            more = {"range": {ROW: {"gt": last}}}
            answer = self._searched({"bool": {"filter": [self.where, more]}}, size)
            count, lines = _sources(answer, self.part.index)
            yield lines
            if count < size:
                return
            last = json.loads(lines[lines.rfind(b"\n", 0, -1) + 1 :])[ROW]
            size = min(max(_BYTES * count // max(1, len(lines)), 1), _MOST_ROWS)

    def _between(self, start: int, end: int) -> tuple[int, bytes]:
        if start == end:
            return 0, b""
        answer = self._searched({"range": {ROW: {"gte": start, "lt": end}}}, end - start)
        return _sources(answer, self.part.index)

    @property
    def _pit(self) -> dict[str, str]:
        return {"id": self.point, "keep_alive": _KEPT_ALIVE}

    def _searched(self, query: Mapping[str, Any], size: int) -> bytes:
        wanted = [self.part.fields[name] for name in self.columns]
        is_whole = len(wanted) == len(self.part.fields)
        body = {
            "size": size,
            "query": query,
            "sort": [ROW],
            "_source": True if is_whole else [*wanted, ROW],
            "pit": self._pit,
            "track_total_hits": False,
        }
        return self.client.raw(
            "POST", path_of("_search"), json.dumps(body).encode(),
            filter_path=_TOLD, allow_partial_search_results="false",
        )  # fmt: skip


def _sources(answer: bytes, index: str) -> tuple[int, bytes]:
    """Return how many documents an answer has, and each as it was sent, one a line.

    To read them as JSON, and to write them as such again, takes longer than all the rest. Before
    each stands the name of the index, which nobody knew before it was made; in a text, its quotes
    would be escaped.
    """
    each = f'{{"_index":"{index}","_source":'.encode()
    begin = b'{"hits":{"hits":[' + each
    if not answer.startswith(begin):
        if b'"_source"' in answer:
            message = f"{index!r}: the answer of the server is not understood: {answer[:200]!r}"
            raise StoreError(message)
        return 0, b""
    text = answer[len(begin) :].rstrip().removesuffix(_END)
    if b"\n" in text or b"\r" in text:  # in JSON, a line ends between values only
        text = text.replace(b"\n", b" ").replace(b"\r", b" ")
    between = b"}," + each
    count = text.count(between) + 1
    return count, text.replace(between, b"\n") + b"\n"
