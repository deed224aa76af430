"""Files of a Delta table, or of a plain folder, as DuckDB reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.dialects.fragment import duckdb_type, quote, text
from dkdata.engine import Source
from dkdata.stores.delta_pruning import pruned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from dkdata.predicate import Predicate
    from dkdata.stores.delta_log import DataFile, Layout, Snapshot

_VIRTUAL = {"file_index", "file_row_number", "filename", "file_size", "file_last_modified"}
ROWS_OF_A_FILE = 1 << 40
_WILD = re.compile(r"[*?\[]")
_HIVE = re.compile(r"([^/=]+)=([^/]*)/")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")


def source_of(snapshot: Snapshot, where: Predicate | None = None) -> Source:
    """Return a version of a table as DuckDB reads it: the files that ``where`` can keep rows of."""
    snapshot.require_readable()
    layout = snapshot.layout
    described = Source("", layout.kept, layout.schema)
    return source_of_files(layout, pruned(snapshot.files, where, described))


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
    return file.lows.get(column.name) is None and file.nulls.get(column.name) != file.rows


# --- a plain folder


def plain_files(folder: Path) -> list[Path]:
    """Return the Parquet files in a folder and below it; nothing where others are too."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    data = [path for path in found if not path.name.startswith(("_", "."))]
    is_plain = all(path.name.lower().endswith((".parquet", ".pq")) for path in data)
    return data if is_plain else []


def plain_sql(folder: Path, files: list[Path]) -> str:
    """Return the FROM item of the files of a plain folder; ``name=value`` folders are columns."""
    places = ", ".join(text(literally(str(file))) for file in files)
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in _HIVE.findall(file.relative_to(folder).as_posix()):
            values.setdefault(name, set()).add(value)
    hive = ""
    if values:
        types = ", ".join(f"{quote(name)}: {_hive_type(found)}" for name, found in values.items())
        hive = f", hive_partitioning = true, hive_types = {{{types}}}"
    return f"read_parquet([{places}], union_by_name = true{hive})"


def _hive_type(values: set[str]) -> str:
    given = values - {"__HIVE_DEFAULT_PARTITION__"}
    return "BIGINT" if given and all(map(_WHOLE.fullmatch, given)) else "VARCHAR"


def plain_source(connection: duckdb.DuckDBPyConnection, sql: str) -> Source:
    """Return the rows of a plain folder, in types that Arrow has."""
    from dkdata.stores.duckdb_types import foreign_columns  # noqa: PLC0415 - rare

    relation = connection.sql(f"FROM {sql}")
    listed = dict(zip(relation.columns, relation.types, strict=True))
    changed = foreign_columns(connection, sql, listed, rowid=False)
    names = ", ".join(map(quote, listed))
    shown = changed or f"(SELECT {names} FROM {sql})"  # noqa: S608
    floats = [name for name, t in listed.items() if t.id in ("float", "double", "struct")]
    if floats:
        seen = ", ".join(
            f"CASE WHEN {n} IS NULL THEN NULL ELSE {n} END AS {n}" for n in map(quote, floats)
        )
        shown = f"(SELECT * REPLACE ({seen}) FROM {shown})"  # noqa: S608
    held = connection.sql(f"SELECT {names} FROM {shown} LIMIT 0").to_arrow_table().schema  # noqa: S608
    return Source(shown, held, types_of(held))


def types_of(held: pa.Schema) -> pa.Schema:
    """Return what the columns of a plain folder mean."""
    from dkdata.types import canonical_schema  # noqa: PLC0415

    return canonical_schema(held.remove_metadata())
