"""DuckDB SQL over tables, files and frames together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dkdata import catalog, engine, frames
from dkdata.store import SupportsSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import duckdb
    import pyarrow as pa

    from dkdata.engine import Source
    from dkdata.types import Rows


def query(
    text: str,
    given: Mapping[str, Any],
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
) -> pa.RecordBatchReader:
    """Return the rows of a SELECT; names stand for ``given`` frames first, then for tables.

    Columns that are passed through unchanged keep the descriptor of where they come from. The
    rows are detached: they hold no table while they are read.
    """
    connection = engine.connection()
    with ExitStack() as stack:
        sources = {
            name: stack.enter_context(_source(connection, name, given))
            for name in engine.table_names(text)
        }
        return engine.spool(engine.query(connection, text, sources, parameters))


def _source(
    connection: duckdb.DuckDBPyConnection, name: str, given: Mapping[str, Any],
) -> AbstractContextManager[Source]:
    folded = {key.casefold(): key for key in given}
    if name.casefold() in folded:
        rows: Rows = frames.to_arrow(given[folded[name.casefold()]])
        return engine.register(connection, rows)
    location = catalog.locate(name)
    if isinstance(location.store, SupportsSource):
        return location.store.source(connection, location.table)
    return engine.register(connection, location.store.read(location.table))
