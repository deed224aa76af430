"""polars frames to canonical Arrow data in an envelope, and back."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import polars as pl
import pyarrow as pa

from dkdata.errors import DkWarning, SchemaError, listing
from dkdata.frames import lossy as nearest
from dkdata.frames.arrow_types import to_canonical
from dkdata.frames.envelope import ColumnDescriptor, FrameDescriptor, attach, descriptor_of
from dkdata.frames.names import stored_names
from dkdata.physical import convert
from dkdata.types import canonical, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIMPLE = {
    str(dtype()): dtype
    for dtype in (
        pl.Null, pl.Boolean, pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8,
        pl.UInt16, pl.UInt32, pl.UInt64, pl.Float32, pl.Float64, pl.String, pl.Binary, pl.Date,
        pl.Time, pl.Categorical,
    )
}  # fmt: skip
_CANONICAL = (
    pl.Boolean, pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64,
    pl.Float32, pl.Float64, pl.String, pl.Binary, pl.Date,
)  # fmt: skip


def dtype_to_json(dtype: pl.DataType) -> Any:  # noqa: ANN401 - a table of dtypes
    """Return a polars dtype as JSON values.

    Examples
    --------
    >>> dtype_to_json(pl.List(pl.Int8()))
    {'list': 'Int8'}
    """
    match dtype:
        case pl.Datetime():
            return {"datetime": [dtype.time_unit, dtype.time_zone]}
        case pl.Duration():
            return {"duration": dtype.time_unit}
        case pl.Decimal():
            return {"decimal": [dtype.precision, dtype.scale]}
        case pl.Enum():
            return {"enum": dtype.categories.to_list()}
        case pl.Array():
            return {"array": [dtype_to_json(dtype.inner), dtype.size]}  # type: ignore[arg-type]
        case pl.List():
            return {"list": dtype_to_json(dtype.inner)}  # type: ignore[arg-type]
        case pl.Struct():
            return {"struct": [[f.name, dtype_to_json(f.dtype)] for f in dtype.fields]}  # type: ignore[arg-type]
        case pl.Categorical():
            return "Categorical"
        case _ if str(dtype) in _SIMPLE:
            return str(dtype)
        case _:
            message = f"a polars column of dtype {dtype} cannot be kept exactly. Cast it."
            raise SchemaError(message)


def dtype_from_json(data: Any) -> pl.DataType:  # noqa: ANN401 - a table of dtypes
    """Return the polars dtype that ``dtype_to_json`` wrote."""
    match data:
        case {"datetime": [unit, zone]}:
            return pl.Datetime(unit, zone)
        case {"duration": unit}:
            return pl.Duration(unit)
        case {"decimal": [precision, scale]}:
            return pl.Decimal(precision, scale)
        case {"enum": values}:
            return pl.Enum(values)
        case {"array": [inner, size]}:
            return pl.Array(dtype_from_json(inner), size)
        case {"list": inner}:
            return pl.List(dtype_from_json(inner))
        case {"struct": fields}:
            return pl.Struct([pl.Field(name, dtype_from_json(inner)) for name, inner in fields])
        case _:
            return _SIMPLE[data]()


@overload
def to_arrow(frame: pl.DataFrame, *, lossy: bool = ...) -> pa.Table: ...


@overload
def to_arrow(frame: pl.LazyFrame, *, lossy: bool = ...) -> pa.RecordBatchReader: ...


def to_arrow(
    frame: pl.DataFrame | pl.LazyFrame, *, lossy: bool = False
) -> pa.Table | pa.RecordBatchReader:
    """Return a polars frame as canonical Arrow data: lazy frames as a stream of batches."""
    if isinstance(frame, pl.LazyFrame):
        return _stream(frame)
    if lossy:
        frame = nearest.with_text(frame)
    names = stored_names(frame.columns)
    described = {name: dtype_to_json(dtype) for name, dtype in frame.schema.items()}
    return _canonical_table(frame, names, described)


@dataclass(frozen=True)
class PolarsRows:
    """Rows that are canonical as polars keeps them, and become Arrow data only where needed.

    Parameters
    ----------
    frame
        Of the columns of ``schema``, by their stored names.
    schema
        Canonical, with the descriptor.
    """

    frame: pl.DataFrame
    schema: pa.Schema

    @classmethod
    def of(cls, frame: pl.DataFrame) -> PolarsRows | None:
        """Return the rows of a frame; ``None`` where polars has a column in another type."""
        if not frame.width or not all(map(_is_canonical, frame.dtypes)):
            return None
        schema = to_arrow(frame.clear()).schema
        listed = [pl.col(n).cast(pl.String) for n, t in frame.schema.items() if _is_listed(t)]
        plain = frame.with_columns(listed) if listed else frame
        return cls(plain.rename(dict(zip(frame.columns, schema.names, strict=True))), schema)

    def to_arrow(self) -> pa.Table:
        """Return the rows as Arrow data."""
        table = self.frame.to_arrow(compat_level=pl.CompatLevel.newest())
        return pa.Table.from_arrays(list(map(to_canonical, table.columns)), schema=self.schema)


def _is_listed(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.Categorical | pl.Enum)


def _is_canonical(dtype: pl.DataType) -> bool:
    """Whether the canonical type of a dtype is what polars has, or text that it has as a list."""
    is_moment = isinstance(dtype, pl.Datetime) and dtype.time_unit != "ms" and not dtype.time_zone
    return is_moment or _is_listed(dtype) or dtype in _CANONICAL


def _stream(frame: pl.LazyFrame) -> pa.RecordBatchReader:
    schema = frame.collect_schema()
    names = stored_names(schema.names())
    described = {name: dtype_to_json(dtype) for name, dtype in schema.items()}
    empty = _canonical_table(schema.to_frame(), names, described)

    def batches() -> Iterator[pa.RecordBatch]:
        for part in frame.collect_batches():
            yield from _canonical_table(part, names, described).to_batches()

    return pa.RecordBatchReader.from_batches(empty.schema, batches())


def _canonical_table(
    frame: pl.DataFrame,
    names: list[str],
    described: Mapping[str, Any],
) -> pa.Table:
    wide = (
        frame.with_columns(pl.col(pl.Int128).cast(pl.Decimal(38, 0)))
        if any(dtype == pl.Int128 for dtype in frame.dtypes)
        else frame
    )
    table = wide.to_arrow(compat_level=pl.CompatLevel.newest())
    arrays = [
        to_canonical(column, name)
        for name, column in zip(frame.columns, table.columns, strict=True)
    ]
    columns = tuple(
        ColumnDescriptor(
            name=name,
            type=type_name(canonical(array.type)),
            dtype={"of": "polars", "type": described[label]},
            label=label,
            has_label=label != name,
            meaning=_meaning(frame.schema[label]),
        )
        for name, label, array in zip(names, frame.columns, arrays, strict=True)
    )
    schema = pa.schema([pa.field(n, a.type) for n, a in zip(names, arrays, strict=True)])
    schema = attach(schema, FrameDescriptor(columns=columns))
    if not arrays:
        return pa.table({}).replace_schema_metadata(schema.metadata)
    return pa.Table.from_arrays(arrays, schema=schema)


def _meaning(dtype: pl.DataType) -> dict[str, Any]:
    return {"zone": dtype.time_zone} if isinstance(dtype, pl.Datetime) and dtype.time_zone else {}


def from_arrow(table: pa.Table) -> pl.DataFrame:
    """Return a canonical Arrow table as the polars frame nearest to what was saved."""
    columns = [_readable(column) for column in table.columns]
    plain = pa.Table.from_arrays(columns, names=table.schema.names)
    frame = pl.DataFrame(pl.from_arrow(plain)) if table.num_columns else pl.DataFrame()
    return restored(frame.lazy(), table.schema)


def restored(rows: pl.LazyFrame, schema: pa.Schema) -> pl.DataFrame:
    """Return canonical columns in the dtypes and labels nearest to what was saved.

    Parameters
    ----------
    schema
        What the columns mean: its descriptor.
    """
    descriptor = descriptor_of(schema) or FrameDescriptor()
    described = {column.name: column for column in descriptor.columns}
    held = rows.collect_schema()
    casts = {
        name: wanted
        for name, column in described.items()
        if (wanted := _wanted(column, held[name])) is not None and wanted != held[name]
    }
    listed = [name for name, wanted in casts.items() if isinstance(wanted, pl.Enum)]
    direct = [_cast(name, casts[name], held[name]) for name in casts if name not in listed]
    frame = (rows.with_columns(direct) if direct else rows).collect()
    known = [pl.col(name).cast(casts[name]) for name in listed if _fits(frame[name], casts[name])]
    frame = frame.with_columns(known) if known else frame
    shown = {name: str(column.shown) for name, column in described.items() if column.has_label}
    unique = len({shown.get(name, name) for name in frame.columns}) == frame.width
    return frame.rename(shown) if unique and shown else frame


def _fits(column: pl.Series, wanted: pl.DataType) -> bool:
    """Whether values are categories, if that is what they should become; if not, warn."""
    if not isinstance(wanted, pl.Enum) or column.dtype != pl.String:
        return True
    known = wanted.categories
    others = column.filter(~column.is_in(known.implode()))
    if others.is_empty():
        return True
    message = (
        f"column {column.name!r}: {others[0]!r} is none of the categories"
        f" {listing(map(repr, known))}: the column is loaded as text."
    )
    warnings.warn(message, DkWarning, stacklevel=2)
    return False


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column that polars can hold: decimals of more than 38 digits as text."""
    wide = pa.types.is_decimal256(column.type)
    return convert(column, pa.large_string()) if wide else column


def _cast(name: str, wanted: pl.DataType, held: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(wanted, pl.Datetime) and isinstance(held, pl.Datetime) and wanted.time_zone:
        return column.dt.convert_time_zone(wanted.time_zone).dt.cast_time_unit(wanted.time_unit)
    return column.cast(wanted)


def _wanted(column: ColumnDescriptor, held: pl.DataType) -> pl.DataType | None:
    """Return the polars dtype for a column: its own, or the nearest to that of pandas."""
    dtype = column.dtype
    match dtype["of"]:
        case "polars":
            return dtype_from_json(dtype["type"])
        case "category" if held == pl.String:
            return pl.Enum(dtype["values"]) if dtype["ordered"] else pl.Categorical()
        case "datetimetz":
            unit: Any = dtype["unit"] if dtype["unit"] != "s" else "ms"
            zone = dtype["zone"]["name"]
            return pl.Datetime(unit, zone if zone[:1] not in "+-" else "UTC")
        case "datetime" if isinstance(held, pl.Datetime):
            return pl.Datetime(dtype["unit"] if dtype["unit"] != "s" else "ms")
        case "timedelta" if isinstance(held, pl.Duration):
            return pl.Duration(dtype["unit"] if dtype["unit"] != "s" else "ms")
        case "numpy" | "masked" if dtype["name"].lower() == "float16":
            return pl.Float32()
        case _:
            return None
