"""Queries on what dkdata did not make: fetched from the server, answered by DuckDB."""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa

from dkdata import commit, engine, spilling
from dkdata.dialects.select import needed, selection
from dkdata.errors import ColumnNotFoundError, DkWarning, listing
from dkdata.query import Query
from dkdata.stores.elasticsearch.client import path_of
from dkdata.stores.elasticsearch.foreign import columns
from dkdata.stores.elasticsearch.foreign.fetching import opened
from dkdata.stores.file.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.foreign.columns import Described
    from dkdata.stores.elasticsearch.foreign.fetching import Documents
    from dkdata.stores.elasticsearch.foreign.index import Foreign

_SAMPLE = 10_000
_COUNT = Query(aggregate=commit.COUNT)


def schema(client: Client, foreign: Foreign) -> pa.Schema:
    """Return the columns, as the mapping and the first 10,000 documents tell them."""
    with _sampled(client, foreign) as found:
        return found.source.schema


def read(client: Client, foreign: Foreign, query: Query) -> pa.RecordBatchReader:
    """Return the rows that a query asks for."""
    if query == _COUNT:
        return pa.table({"rows": [count(client, foreign)]}).to_reader()
    foreign.check_readable()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dkdata-")))
        file = folder / "documents"
        with opened(client, foreign) as documents:
            _fetch(documents, file, foreign, query)
        held = stack.enter_context(snapshot(file, is_private=True))
        found = columns.described(held, foreign)
        _warn(foreign, found)
        if not found.source.schema.names and query.keeps_rows:
            return found.source.schema.empty_table().to_reader()
        rows = engine.read(engine.connection(), found.source, query)
        return spilling.holding(rows, stack.pop_all())


def count(client: Client, foreign: Foreign) -> int:
    """Return how many documents there are."""
    foreign.check_open()
    return int(client.ask("GET", path_of(foreign.name, "_count"))["count"])


def explain(client: Client, foreign: Foreign, query: Query) -> str:
    """Return what the server is asked for, and what DuckDB does."""
    if query == _COUNT:
        return f"Elasticsearch counts all documents of {foreign.name!r}\nDuckDB: nothing is left"
    with _sampled(client, foreign) as found:
        selection(found.source, query)
        wanted = _wanted(found, query)
    most = _most(query)
    which = "all documents" if most is None else f"{most:,} documents"
    fields = "all fields" if wanted is None else f"the fields {listing(map(repr, wanted))}"
    left = "nothing is left" if query == Query() else f"on these rows: {query}"
    return f"Elasticsearch: {which} of {foreign.name!r}, {fields}\nDuckDB: {left}"


@contextmanager
def _sampled(client: Client, foreign: Foreign) -> Iterator[Described]:
    foreign.check_readable()
    with TemporaryDirectory(prefix="dkdata-") as folder:
        file = Path(folder) / "documents"
        with opened(client, foreign) as documents:
            _fetch(documents, file, foreign, Query(limit=_SAMPLE))
        with snapshot(file, is_private=True) as held:
            yield columns.described(held, foreign)


def _fetch(documents: Documents, file: Path, foreign: Foreign, query: Query) -> None:
    """Write the documents that a query needs to a file; beyond a sample, the fields only.

    The types of columns are those of a sample at least, however few rows are wanted.
    """
    most = _most(query)
    with file.open("wb") as out:
        for page in documents.pages():
            out.write(page)
            if documents.count >= _SAMPLE:
                break
        if documents.is_done or (most is not None and documents.count >= most):
            return
        out.flush()
        wanted = None
        if query.columns is not None or query.aggregate is not None:
            with snapshot(file, is_private=True) as held:
                wanted = _wanted(columns.described(held, foreign), query)
        for page in documents.pages(wanted):
            out.write(page)
            if most is not None and documents.count >= most:
                return


def _most(query: Query) -> int | None:
    """Return how many documents answer a query, whichever they are; ``None``: all of them."""
    is_any = query.where is None and not query.order_by and query.aggregate is None
    return query.offset + query.limit if is_any and query.limit is not None else None


def _wanted(found: Described, query: Query) -> list[str] | None:
    """Return the fields without which a query cannot be answered; ``None`` where all are needed."""
    try:
        selection(found.source, query)
    except ColumnNotFoundError:  # a later document may have it
        return None
    names = needed(found.source, query)
    keys = [found.keys[name] for name in names]
    # These mean more to the server.
    if len(names) == len(found.keys) or any(mark in key for key in keys for mark in ".*"):
        return None
    return keys


def _warn(foreign: Foreign, found: Described) -> None:
    """Tell once of a table of dkdata's that others altered."""
    if foreign.of is not None:
        return
    if foreign.own is not None:
        if not found.source.schema.equals(foreign.own.schema):
            return  # ``descriptor_of`` names the columns
        what = (
            "was changed by somebody else: it has documents that dkdata did not write. They are"
            " loaded too, in no order that is promised."
        )
    elif foreign.is_made_by_dkdata:
        what = "has lost what dkdata kept of it, or it is damaged: its columns load as they are."
    else:
        return
    warnings.warn(f"{foreign.table!r} {what}", DkWarning, stacklevel=2)
