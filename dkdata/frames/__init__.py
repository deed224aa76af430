"""Any frame to canonical Arrow data in an envelope, and back to any kind of frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.errors import UsageError
from dkdata.frames import records
from dkdata.frames.arrow_types import from_canonical, to_canonical, type_from_text, type_to_text
from dkdata.frames.custom import register_type
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor, attach, descriptor_of
from dkdata.frames.names import stored_names
from dkdata.types import Rows, batches_of, canonical, type_name

if TYPE_CHECKING:
    from dkdata.frames.polars_frames import PolarsRows

KINDS = ("pandas", "polars", "lazy", "arrow", "duckdb")


def kind_of(frame: Any) -> str:  # noqa: ANN401 - any frame
    """Return which kind of frame it is: what ``from_arrow`` makes of its rows again.

    Examples
    --------
    >>> kind_of(pa.table({"a": [1]}))
    'arrow'
    """
    match _class_name(frame):
        case "pandas.DataFrame":
            return "pandas"
        case "polars.DataFrame":
            return "polars"
        case "polars.LazyFrame":
            return "lazy"
        case "duckdb.DuckDBPyRelation":
            return "duckdb"
        case _ if isinstance(frame, (list, tuple)):
            return "pandas"
        case _:
            return "arrow"


def _class_name(frame: object) -> str:
    """Return the library and class of a frame, also of a subclass."""
    known = {"DataFrame", "LazyFrame", "DuckDBPyRelation"}
    for base in type(frame).__mro__:
        library = base.__module__.partition(".")[0].removeprefix("_")
        if base.__name__ in known and library in ("pandas", "polars", "duckdb"):
            return f"{library}.{base.__name__}"
    return type(frame).__name__


def to_rows(
    frame: Any,  # noqa: ANN401 - any frame
    *,
    index: bool | None = None,
    lossy: bool = False,
) -> Rows | PolarsRows:
    """Return any frame as canonical rows; of polars as they are, where polars keeps them so.

    Parameters and errors are those of ``to_arrow``.
    """
    if _class_name(frame) == "polars.DataFrame":
        from dkdata.frames.polars_frames import PolarsRows  # noqa: PLC0415 - on use

        rows = PolarsRows.of(frame)
        if rows is not None:
            return rows
    return to_arrow(frame, index=index, lossy=lossy)


def to_arrow(
    frame: Any,  # noqa: ANN401 - any frame
    *,
    index: bool | None = None,
    lossy: bool = False,
) -> Rows:
    """Return any frame as canonical Arrow rows whose schema carries its descriptor.

    Parameters
    ----------
    frame
        pandas, polars (eager or lazy), Arrow table, batch or reader, DuckDB relation, anything
        with ``__arrow_c_stream__``, a list of mappings. What is a stream stays one.
    index
        Of a pandas frame: ``None`` keeps every index but a default range, ``True`` stores that
        too, ``False`` drops it.
    lossy
        Whether values that cannot be kept exactly are kept as near as they can be: wide floats
        rounded, anything else as text. The column's descriptor says that it was so.

    Raises
    ------
    UsageError
        It is no frame.
    SchemaError
        A value cannot be kept exactly, and ``lossy`` is false.

    Examples
    --------
    >>> to_arrow([{"a": 1}, {"b": "x"}]).schema.names
    ['a', 'b']
    """
    match _class_name(frame):
        case "pandas.DataFrame":
            from dkdata.frames import pandas_frames  # noqa: PLC0415 - on use

            return pandas_frames.to_arrow(frame, index=index, lossy=lossy)
        case "polars.DataFrame" | "polars.LazyFrame":
            from dkdata.frames import polars_frames  # noqa: PLC0415 - on use

            return polars_frames.to_arrow(frame, lossy=lossy)
        case "duckdb.DuckDBPyRelation":
            return _from_reader(frame.to_arrow_reader())
    match frame:
        case pa.Table():
            return _from_table(frame)
        case pa.RecordBatch():
            return _from_table(pa.Table.from_batches([frame]))
        case pa.RecordBatchReader():
            return _from_reader(frame)
        case list() | tuple() if all(isinstance(item, Mapping) for item in frame):
            return _from_table(records.table_of(frame))
    if hasattr(frame, "__arrow_c_stream__"):
        try:
            return _from_reader(pa.RecordBatchReader.from_stream(frame))
        except pa.ArrowInvalid as error:
            if "non-struct" not in str(error):
                raise
    message = (
        f"a value of type {type(frame).__name__!r} is not a frame.{_meant(frame)} Give a pandas or"
        " polars frame, an Arrow table or reader, a DuckDB relation, anything with"
        " __arrow_c_stream__, or a list of dictionaries."
    )
    raise UsageError(message)


def _meant(frame: object) -> str:
    """Return how to come to a frame from what others stand for, if it is such a value."""
    match frame:
        case str() | PathLike():
            return f" Read it first: dk.load({str(frame)!r})."
        case Iterator():
            return " In place of dk.scan(source), which is read once, give dk.table(source)."
    return ""


def _described(schema: pa.Schema) -> pa.Schema:
    """Return the canonical schema with the descriptor of an Arrow frame.

    Rows that dkdata gave out have a descriptor already; it is kept where it still fits.
    """
    names = stored_names(schema.names)
    types = [canonical(field.type) for field in schema]
    fields = [pa.field(name, t) for name, t in zip(names, types, strict=True)]
    made = pa.schema(fields, metadata=schema.metadata)
    is_canonical = all(f.type == t for f, t in zip(schema, types, strict=True))
    if is_canonical and names == schema.names and descriptor_of(made) is not None:
        return made
    columns = tuple(
        ColumnDescriptor(
            name=name,
            type=type_name(t),
            dtype={"of": "table", "type": type_to_text(field.type)},
            label=field.name,
            has_label=field.name != name,
            meaning={"zone": field.type.tz}
            if pa.types.is_timestamp(field.type) and field.type.tz
            else {},
        )
        for name, t, field in zip(names, types, schema, strict=True)
    )
    return attach(pa.schema(fields), FrameDescriptor(columns=columns))


def _from_table(table: pa.Table) -> pa.Table:
    schema = _described(table.schema)
    arrays = [to_canonical(c, n) for n, c in zip(table.schema.names, table.columns, strict=True)]
    if not arrays:
        return table
    return pa.Table.from_arrays(arrays, schema=schema)


def _from_reader(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    schema = _described(reader.schema)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            arrays = [to_canonical(c, n) for n, c in zip(schema.names, batch.columns, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def from_arrow(rows: Rows, as_: str, *, filtered: bool = False) -> Any:  # noqa: ANN401 - as_ decides
    """Return canonical rows as a frame of the kind ``as_``, with the dtypes of their descriptor.

    Parameters
    ----------
    filtered
        Whether rows may be missing, so that a range index counts from 0.

    Examples
    --------
    >>> from_arrow(to_arrow([{"a": 1}]), "pandas")["a"].tolist()
    [1]
    """
    match as_:
        case "pandas":
            from dkdata.frames import pandas_frames  # noqa: PLC0415 - on use

            return pandas_frames.from_arrow(_whole(rows), filtered=filtered)
        case "polars" | "lazy":
            from dkdata.frames import polars_frames  # noqa: PLC0415 - on use

            frame = polars_frames.from_arrow(_whole(rows))
            return frame.lazy() if as_ == "lazy" else frame
        case "arrow":
            return _as_saved(_whole(rows))
        case "duckdb":
            return _relation(_as_saved(_whole(rows)))
        case _:
            raise UsageError.choice("as_", as_, KINDS)


def _whole(rows: Rows) -> pa.Table:
    return rows if isinstance(rows, pa.Table) else batches_of(rows).read_all()


def _as_saved(table: pa.Table) -> pa.Table:
    """Return a table in the Arrow types and names that it was saved from, if it was Arrow."""
    descriptor = descriptor_of(table.schema) or FrameDescriptor()
    described = {column.name: column for column in descriptor.columns}
    arrays, names = [], []
    for name, array in zip(table.schema.names, table.columns, strict=True):
        column = described.get(name)
        if column is not None and column.dtype["of"] in ("table", "arrow"):
            array = from_canonical(array, type_from_text(column.dtype["type"]))  # noqa: PLW2901
        arrays.append(array)
        names.append(str(column.shown) if column is not None else name)
    if len(set(names)) < len(names):
        names = table.schema.names
    return pa.Table.from_arrays(arrays, names=names) if arrays else table


def _relation(table: pa.Table) -> Any:  # noqa: ANN401 - duckdb.DuckDBPyRelation
    import duckdb  # noqa: PLC0415 - on use

    return duckdb.connect().from_arrow(table)


__all__ = ["KINDS", "from_arrow", "kind_of", "register_type", "to_arrow", "to_rows"]
