"""Files of a Delta table, or of a plain folder, as DuckDB reads them."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.commit import remaining
from dkdata.dialects.fragment import duckdb_type, quote, quoted, text
from dkdata.dialects.select import Source, needed
from dkdata.engine import current_deadline
from dkdata.errors import StoreError
from dkdata.foreign_columns import foreign_columns
from dkdata.physical import convert_rows
from dkdata.stores.delta.place import OURS, explained
from dkdata.stores.delta.protocol import require_readable
from dkdata.stores.delta.pruning import pruned
from dkdata.types import batches_of, canonical_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb
    import pyarrow.parquet as pq

    from dkdata.predicate import Predicate
    from dkdata.query import Query
    from dkdata.stores.delta.log import DataFile, Layout, Snapshot
    from dkdata.stores.delta.place import Found, Place

_VIRTUAL = {"file_index", "file_row_number", "filename", "file_size", "file_last_modified"}
ROWS_OF_A_FILE = 1 << 40
_WILD = re.compile(r"[*?\[]")
_PARQUET = (".parquet", ".pq")
_WITH_FLOATS = ("float", "double", "struct")
_HIVE = re.compile(r"([^/=]+)=([^/]*)/")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")


def source_of(snapshot: Snapshot, where: Predicate | None = None) -> Source:
    """Return a version of a table as DuckDB reads it: the files that ``where`` can keep rows of."""
    require_readable(snapshot)
    return source_of_files(snapshot.layout, files_of(snapshot, where))


def whole(snapshot: Snapshot) -> pa.RecordBatchReader | None:
    """Return all rows, without DuckDB where the files hold them just so, else ``None``."""
    require_readable(snapshot)
    layout = snapshot.layout
    is_flat = not layout.partition_by and not any(map(is_type.is_nested, layout.kept.types))
    if not is_flat or not all(file.is_ours for file in snapshot.files):
        return None
    rows = pa.RecordBatchReader.from_batches(layout.kept, _batches(layout, snapshot.files))
    return batches_of(convert_rows(rows, layout.schema))


def _batches(layout: Layout, files: Sequence[DataFile]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of files; the next row group is decoded while one is used."""
    deadline = current_deadline()
    with explained(layout.place, "cannot be read"), ThreadPoolExecutor(1, "dkdata-delta") as pool:
        coming: list[Future[pa.Table]] = []
        for parquet, group in _groups(layout, files):
            remaining(deadline, "the rows to be read")
            coming.append(pool.submit(parquet.read_row_group, group))
            if len(coming) > 1:
                yield from coming.pop(0).result().cast(layout.kept).to_batches()
        for last in coming:
            yield from last.result().cast(layout.kept).to_batches()


def _groups(layout: Layout, files: Sequence[DataFile]) -> Iterator[tuple[pq.ParquetFile, int]]:
    for file in files:
        try:
            parquet = layout.place.open(file.found)
        except FileNotFoundError as error:
            message = f"the file {file.path!r} of {layout.place.uri!r} is gone. Load again."
            raise StoreError(message) from error
        for group in range(parquet.num_row_groups):
            yield parquet, group


def files_of(snapshot: Snapshot, where: Predicate | None) -> list[DataFile]:
    """Return the files that can hold rows for which ``where`` is true, in their order."""
    layout = snapshot.layout
    return pruned(snapshot.files, where, Source("", layout.kept, layout.schema))


def told(snapshot: Snapshot, query: Query) -> str:
    """Return how much of a table a query reads: its files, and about how many bytes of them.

    The largest of the files tells how much of each is of the columns that the query needs.
    """
    files = files_of(snapshot, query.where)
    size, every = sum(f.size for f in files), sum(f.size for f in snapshot.files)
    source = source_of_files(snapshot.layout, [])
    columns = set(needed(source, query)) - set(snapshot.partition_by)
    if files:
        largest = max(files, key=lambda file: file.size)
        with explained(snapshot.place, "cannot be read"):
            size = round(size * _share(snapshot.place.footer(largest.found), columns))
    return (
        f"Delta: version {snapshot.version}, {len(files)} of {len(snapshot.files)} files read\n"
        f"about {size:,} of {every:,} bytes, {len(columns)} of {len(source.schema)} columns"
    )


def _share(footer: pq.FileMetaData, columns: set[str]) -> float:
    """Return how much of the values in a file are of some columns."""
    read = every = 0
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            path, size = column.path_in_schema, column.total_compressed_size
            every += size
            if path in columns or path.partition(".")[0] in columns:
                read += size
    return read / every if every else 0.0


def source_of_files(layout: Layout, files: Sequence[DataFile]) -> Source:
    """Return some files of a table as DuckDB reads them."""
    number = quote(_free_name("file_row", layout.kept.names))
    sql = _scan(layout, files, number) if files else _nothing(layout.kept, number)
    return Source(sql, layout.kept, layout.schema, number)


def _nothing(kept: pa.Schema, number: str) -> str:
    columns = (f"CAST(NULL AS {duckdb_type(f.type)}) AS {quote(f.name)}" for f in kept)
    return f"(SELECT {', '.join(columns)}, CAST(0 AS BIGINT) AS {number} WHERE FALSE)"


def _scan(layout: Layout, files: Sequence[DataFile], number: str) -> str:
    """Return a FROM item; its column ``number`` numbers the rows in the order of the files."""
    inside = [f for f in layout.kept if f.name not in layout.partition_by]
    names = {f.name: _free_name(f.name, _VIRTUAL) for f in inside}
    columns = [
        f"{_partition_sql(f, files)} AS {quote(f.name)}"
        if f.name in layout.partition_by
        else f"{_seen(f, names[f.name], files)} AS {quote(f.name)}"
        for f in layout.kept
    ]
    places = ", ".join(text(literally(layout.location(file))) for file in files)
    parquet = f"read_parquet([{places}], schema = MAP {{{_types(inside, names)}}})"
    place = f"CAST(file_index AS BIGINT) * {ROWS_OF_A_FILE} + file_row_number AS {number}"
    return f"(SELECT {', '.join([*columns, place])} FROM {parquet})"  # noqa: S608


def _free_name(wanted: str, taken: Iterable[str]) -> str:
    folded = {name.casefold() for name in taken}
    while wanted.casefold() in folded:
        wanted = f"{wanted}_"
    return wanted


def literally(path: str) -> str:
    """Return a path in which DuckDB sees no wildcards.

    Examples
    --------
    >>> literally("a[1]/b.parquet")
    'a[[]1]/b.parquet'
    """
    return _WILD.sub(lambda found: f"[{found[0]}]", path)


def _types(columns: list[pa.Field], names: dict[str, str]) -> str:
    return ", ".join(
        f"{text(f.name)}: {{name: {text(names[f.name])}, type: {text(duckdb_type(f.type))},"
        " default_value: NULL}"
        for f in columns
    )


def _partition_sql(column: pa.Field, files: Sequence[DataFile]) -> str:
    """Return the value of a partition column: one for each file."""
    values = ", ".join(_literal(file.partition.get(column.name)) for file in files)
    return f"CAST([{values}] AS {duckdb_type(column.type)}[])[CAST(file_index AS BIGINT) + 1]"


def _literal(value: object) -> str:
    return "NULL" if value is None else text(str(value))


def _seen(column: pa.Field, name: str, files: Sequence[DataFile]) -> str:
    """Return a column in a way in which DuckDB does not skip NaN, which statistics leave out."""
    sql = quote(name)
    if not _holds_floats(column.type) or not any(_may_hide(file, column) for file in files):
        return sql
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {sql} END"


def _holds_floats(t: pa.DataType) -> bool:
    if is_type.is_struct(t):
        return any(_holds_floats(field.type) for field in t)
    return is_type.is_floating(t)


def _may_hide(file: DataFile, column: pa.Field) -> bool:
    """Whether a file may hold NaN; files of ours with bounds, or with no value, do not."""
    if not file.is_ours or is_type.is_nested(column.type):
        return True
    return (
        file.bounds.lows.get(column.name) is None
        and file.bounds.nulls.get(column.name) != file.rows
    )


# --- a plain folder


@dataclass(frozen=True)
class Plain:
    """A place with Parquet files and no log."""

    place: Place
    files: list[Found]

    def source(self, connection: duckdb.DuckDBPyConnection) -> Source:
        """Return the rows of all files, in types that Arrow has."""
        return _plain_source(connection, _plain_sql(self.place, self.files))


def plain(place: Place) -> Plain | None:
    """Return the Parquet files of a place without a log; nothing where others are too."""
    data = [file for file in place.files() if not _name(file.path).startswith(("_", "."))]
    is_plain = all(file.path.lower().endswith(_PARQUET) for file in data)
    is_foreign = is_plain and not any(file.path.endswith(OURS) for file in data)
    return Plain(place, data) if data and is_foreign else None


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _plain_source(connection: duckdb.DuckDBPyConnection, parquet: str) -> Source:
    relation = connection.sql(f"FROM {parquet}")
    listed = dict(zip(relation.columns, relation.types, strict=True))
    names = quoted(listed)
    readable = foreign_columns(connection, parquet, listed, rowid=False) or parquet
    seen = ", ".join(
        f"CASE WHEN {quote(name)} IS NULL THEN NULL ELSE {quote(name)} END AS {quote(name)}"
        if t.id in _WITH_FLOATS
        else quote(name)
        for name, t in listed.items()
    )
    held = connection.sql(f"SELECT {names} FROM {readable} LIMIT 0").to_arrow_table().schema  # noqa: S608
    schema = canonical_schema(held.remove_metadata())
    return Source(f"(SELECT {seen} FROM {readable})", held, schema)  # noqa: S608


def _plain_sql(place: Place, files: list[Found]) -> str:
    """Return the FROM item of the files; folders called ``name=value`` make columns."""
    places = ", ".join(text(literally(place.location(file))) for file in files)
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in _HIVE.findall(file.path):
            values.setdefault(name, set()).add(value)
    if not values:
        return f"read_parquet([{places}], union_by_name = true, hive_partitioning = false)"
    types = ", ".join(f"{quote(name)}: {_hive_type(found)}" for name, found in values.items())
    hive = f"hive_partitioning = true, hive_types = {{{types}}}"
    return f"read_parquet([{places}], union_by_name = true, {hive})"


def _hive_type(values: set[str]) -> str:
    """Return the type of the values of a folder's name; numbers with leading zeros stay text."""
    given = values - {"__HIVE_DEFAULT_PARTITION__"}
    return "BIGINT" if given and all(map(_WHOLE.fullmatch, given)) else "VARCHAR"
