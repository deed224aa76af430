"""Rows of a Delta table that go: the files that hold them, and those files without them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata import engine
from dkdata.dialects import keys, updating
from dkdata.dialects.fragment import Fragment, quoted
from dkdata.physical import convert_rows
from dkdata.predicate import col
from dkdata.stores.delta import types
from dkdata.stores.delta.pruning import pruned
from dkdata.stores.delta.reading import ROWS_OF_A_FILE, source_of_files
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from dkdata.dialects.select import Source
    from dkdata.stores.delta.log import DataFile, Snapshot
    from dkdata.stores.delta.parts import Parts


def kept_keys(rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
    """Return the key columns of rows as files hold them."""
    chosen = rows.select(list(key))
    return convert_rows(chosen, types.kept_schema(chosen.schema))


def candidates(snapshot: Snapshot, rows: pa.Table, key: tuple[str, ...]) -> Sequence[DataFile]:
    """Return the files that can hold rows with the keys of ``rows``."""
    files: Sequence[DataFile] = snapshot.files
    source = source_of_files(snapshot.layout, [])
    for name in key:
        t = snapshot.schema.field(name).type
        if rows.num_rows and (is_type.is_integer(t) or is_type.is_large_string(t)):
            ends = pc.min_max(rows[name])
            between = col(name).between(ends["min"].as_py(), ends["max"].as_py())
            files = pruned(files, between, source)
    return files


def missing(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    rows: pa.Table,
    key: tuple[str, ...],
) -> pa.Table:
    """Return the rows whose key the table does not have."""
    old = source_of_files(snapshot.layout, candidates(snapshot, rows, key))
    kept = convert_rows(rows, types.kept_schema(rows.schema))
    with engine.register(connection, kept) as new:
        query = keys.skipped(old.sql, new.sql, key, kept.schema.names)
        found = engine.bound(connection, query, ()).read_all()
    return convert_rows(found, rows.schema)


def matching(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    files: Sequence[DataFile],
    condition: Fragment,
) -> list[tuple[DataFile, int]]:
    """Return the files with rows (of ``old``) for which ``condition`` is true, and how many."""
    source = source_of_files(snapshot.layout, files)
    number = f"CAST({source.row_number} // {ROWS_OF_A_FILE} AS BIGINT)"
    sql = (
        f"SELECT {number}, count(*) FROM {source.sql} WHERE {condition.sql}"  # noqa: S608
        " GROUP BY ALL ORDER BY 1"
    )
    found = engine.fetched(connection, Fragment(sql, condition.parameters))
    return [(files[number], count) for number, count in found]


def rewrite(  # noqa: PLR0913, PLR0917 - what, where to, what it means, and what goes
    connection: duckdb.DuckDBPyConnection,
    parts: Parts,
    snapshot: Snapshot,
    files: Sequence[DataFile],
    schema: pa.Schema,
    condition: Fragment | None = None,
    row: pa.Table | None = None,
) -> list[DataFile]:
    """Write the rows of some files without those (of ``old``) for which ``condition`` is true.

    They get the place in the order of the table that the last of the files had.

    Parameters
    ----------
    schema
        What the columns mean afterwards.
    row
        Where it is given, those rows stay, with its values.
    """
    if not files:
        return []
    source = source_of_files(snapshot.layout, files)
    with ExitStack() as stack:
        new = None
        if row is not None:
            new = stack.enter_context(engine.new_values(connection, row, source))
        rows = _left(source, condition, new)
        found = engine.bound(connection, rows.sql, rows.parameters)
        converted = batches_of(convert_rows(convert_rows(found, source.schema), schema))
        moment = max(file.moment for file in files)
        return parts.write(convert_rows(converted, parts.kept), moment)


def _left(source: Source, condition: Fragment | None, new: Source | None) -> Fragment:
    """Return the SELECT of the rows that a change leaves."""
    names, rows = source.schema.names, source.sql
    shown = quoted(names)
    if condition is None:
        return Fragment(f"SELECT {shown} FROM {rows}")  # noqa: S608
    if new is None:
        sql = f"SELECT {shown} FROM {rows} WHERE ({condition.sql}) IS NOT TRUE"  # noqa: S608
        return Fragment(sql, condition.parameters)
    return updating.updated(rows, names, condition, new.schema.names, new.sql)
