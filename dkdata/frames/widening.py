"""What an append may change of a table: wider types and more categories, nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.frames.arrow_types import type_from_text, type_to_text
from dkdata.frames.envelope import (
    KEY,
    ColumnDescriptor,
    FrameDescriptor,
    attach,
    descriptor_of,
)
from dkdata.types import NULLABLE, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping


def widen(existing: pa.Schema, incoming: pa.Schema) -> tuple[pa.Schema, list[str]]:
    """Return the schema that a table has after an append, and what speaks against it.

    Columns are matched by name, in any order. A column without values takes any type, whole
    numbers take the wider of two types, categories are united; otherwise the types must be the
    same, and the table's dtype stays. An unnamed integer index is dropped where the table stores
    none.

    Returns
    -------
    schema
        Columns in the table's order, with its descriptor.
    disagreements
        Texts for an error; empty when the rows fit.

    Examples
    --------
    >>> table = pa.schema([("a", pa.int64())])
    >>> widen(table, pa.schema([("a", pa.int8())]))[1]
    []
    >>> widen(table, pa.schema([("a", pa.large_string())]))[1]
    ["column 'a' is text here and int64 in the table"]
    """
    table = descriptor_of(existing) or FrameDescriptor()
    rows = descriptor_of(incoming) or FrameDescriptor()
    ignored = _ignored_index(existing, rows)
    told = [
        f"column {name!r} is not in the table"
        for name in incoming.names
        if name not in existing.names and name not in ignored
    ]
    fields, columns = [], []
    for held in existing:
        field, descriptor, problem = _widened(held, incoming, table, rows)
        fields.append(field)
        columns += [descriptor] if descriptor else []
        told += [problem] if problem else []
    schema = pa.schema(fields, metadata=existing.metadata)
    if KEY in (existing.metadata or {}):
        schema = attach(schema, replace(table, columns=tuple(columns)))
    return schema, told


def _ignored_index(existing: pa.Schema, rows: FrameDescriptor) -> set[str]:
    return {
        level["column"]
        for level in rows.index
        if level.get("unnamed_integers") and level["column"] not in existing.names
    }


def _widened(
    held: pa.Field,
    incoming: pa.Schema,
    table: FrameDescriptor,
    rows: FrameDescriptor,
) -> tuple[pa.Field, ColumnDescriptor | None, str | None]:
    kept = table.column(held.name)
    if held.name not in incoming.names:
        return held, kept, f"column {held.name!r} of the table is missing here"
    return widened(held, incoming.field(held.name), kept, rows.column(held.name))


def widened(
    held: pa.Field,
    given: pa.Field,
    kept: ColumnDescriptor | None,
    new: ColumnDescriptor | None,
) -> tuple[pa.Field, ColumnDescriptor | None, str | None]:
    """Return one column after an append, its descriptor, and what speaks against it.

    Parameters
    ----------
    held, kept
        The column of the table, of a canonical type, and its descriptor.
    given, new
        That of the rows.

    Examples
    --------
    >>> widened(pa.field("a", pa.int8()), pa.field("a", pa.int64()), None, None)
    (pyarrow.Field<a: int64>, None, None)
    """
    merged = _wider(held.type, given.type)
    if is_closed(kept) and not is_type.is_null(given.type) and categories(new) is None:
        here = type_words(given.type, new)
        return (
            held,
            kept,
            f"column {held.name!r} is {here} here and has ordered categories in the table",
        )
    if merged is None or _meaning(kept) != _meaning(new):
        here, there = type_words(given.type, new), type_words(held.type, kept)
        return held, kept, f"column {held.name!r} is {here} here and {there} in the table"
    field = pa.field(held.name, merged)
    if kept is None:
        return field, None, None
    source = new if new and is_type.is_null(held.type) else kept
    listed, more = categories(source), categories(new)
    if listed is not None:
        dtype = _with_categories(source.dtype, [v for v in more or () if v not in listed])
    else:
        dtype = _wider_dtype(source.dtype, (new or kept).dtype, held.type, merged)
    return field, replace(source, label=kept.label, has_label=kept.has_label,
                          type=type_name(merged), dtype=dtype), None  # fmt: skip


def categories(column: ColumnDescriptor | None) -> list[Any] | None:
    """Return the categories that a column can have, ``None`` where any value is fine."""
    match column.dtype if column else None:
        case {"of": "category", "values": values} | {"of": "polars", "type": {"enum": values}}:
            return list(values)
        case _:
            return None


def is_closed(column: ColumnDescriptor | None) -> bool:
    """Whether values that are not listed have no place in a column's order."""
    known = categories(column)
    return known is not None and column is not None and column.dtype.get("ordered", True)


def _meaning(descriptor: ColumnDescriptor | None) -> tuple[Any, ...]:
    """Return what has to agree beyond the type; scale and zone need not."""
    meaning = descriptor.meaning if descriptor else {}
    return tuple(meaning.get(part) for part in ("kind", "freq", "closed"))


def _wider(held: pa.DataType, given: pa.DataType) -> pa.DataType | None:
    """Return the type that holds both, ``None`` if there is none by the rules."""
    filled = _filled(held, given)
    if filled is not None:
        return filled
    if is_type.is_integer(held) and is_type.is_integer(given):
        return _wider_integer(held, given)
    if is_type.is_decimal(held) and is_type.is_decimal(given):
        return _wider_decimal(held, given)
    if is_type.is_timestamp(held) and is_type.is_timestamp(given) and held.tz == given.tz:
        return held
    return held if is_type.is_time(held) and is_type.is_time(given) else None


def _filled(held: pa.DataType, given: pa.DataType) -> pa.DataType | None:
    """Return the type of both where they differ only by parts that had no values so far."""
    if held == given or is_type.is_null(given):
        return held
    if is_type.is_null(held):
        return given
    if is_type.is_large_list(held) and is_type.is_large_list(given):
        items = _filled(held.value_type, given.value_type)
        return None if items is None else pa.large_list(items)
    if not (is_type.is_struct(held) and is_type.is_struct(given)):
        return None
    if [one.name for one in held] != [one.name for one in given]:
        return None
    filled = [_filled(one.type, other.type) for one, other in zip(held, given, strict=True)]
    if None in filled:
        return None
    return pa.struct([one.with_type(t) for one, t in zip(held, filled, strict=True)])


def _filled_as(own: pa.DataType, after: pa.DataType) -> pa.DataType:
    """Return a type of any kind whose parts without values have those of a canonical one."""
    if is_type.is_null(own):
        return after
    if is_type.is_struct(own):
        pairs = zip(own, after, strict=True)
        return pa.struct([one.with_type(_filled_as(one.type, to.type)) for one, to in pairs])
    if is_type.is_list(own) or is_type.is_large_list(own):
        make = pa.list_ if is_type.is_list(own) else pa.large_list
        return make(own.value_field.with_type(_filled_as(own.value_type, after.value_type)))
    return own


def lacks_values(t: pa.DataType) -> bool:
    """Whether a type says that there was no value so far, or none in a part of the values.

    Examples
    --------
    >>> [lacks_values(t) for t in (pa.null(), pa.large_list(pa.null()), pa.int8())]
    [True, True, False]
    """
    parts = [t.field(n).type for n in range(t.num_fields)] if is_type.is_nested(t) else []
    return is_type.is_null(t) or any(map(lacks_values, parts))


def _wider_integer(held: pa.DataType, given: pa.DataType) -> pa.DataType | None:
    if is_type.is_signed_integer(held) == is_type.is_signed_integer(given):
        return held if held.bit_width >= given.bit_width else given
    signed, other = (held, given) if is_type.is_signed_integer(held) else (given, held)
    width = max(signed.bit_width, other.bit_width * 2)
    return {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}.get(width)


def _wider_decimal(held: pa.DataType, given: pa.DataType) -> pa.DataType | None:
    scale = max(held.scale, given.scale)
    digits = max(held.precision - held.scale, given.precision - given.scale) + scale
    return pa.decimal128(digits, scale) if digits <= 38 else None  # noqa: PLR2004 - of the type


def _with_categories(dtype: Mapping[str, Any], more: list[Any]) -> Mapping[str, Any]:
    """Return a dtype with further categories behind its own."""
    if not more:
        return dtype
    if dtype["of"] == "polars":
        return {**dtype, "type": {"enum": [*dtype["type"]["enum"], *more]}}
    return {**dtype, "values": [*dtype["values"], *more]}


def _wider_dtype(
    held: Mapping[str, Any],
    given: Mapping[str, Any],
    before: pa.DataType,
    after: pa.DataType,
) -> Mapping[str, Any]:
    """Return the dtype that shows both: nullable if one is."""
    match held.get("of"), given.get("of"):
        case ("numpy", "masked") if held["name"] in NULLABLE:
            name = NULLABLE.get(str(after), NULLABLE[held["name"]])
            return {"of": "masked", "name": name}
        case ("numpy" | "masked" as of, _) if before != after and str(after) in NULLABLE:
            return {"of": of, "name": str(after) if of == "numpy" else NULLABLE[str(after)]}
        case ("arrow" | "table" as of, _) if is_type.is_integer(before) and before != after:
            return {"of": of, "type": type_to_text(after)}
        case ("arrow" | "table" as of, _) if before != after and is_type.is_nested(after):
            return {"of": of, "type": type_to_text(_filled_as(type_from_text(held["type"]), after))}
        case ("polars", _) if before != after and (
            is_type.is_integer(before) or is_type.is_nested(after)
        ):
            return {"of": "plain"}
        case _ if before != after and is_type.is_decimal(after):
            return {"of": "plain"}
        case _:
            return held


def type_words(t: pa.DataType, descriptor: ColumnDescriptor | None) -> str:
    """Return what a column is, in words, for messages."""
    match descriptor.meaning if descriptor else {}:
        case {"kind": "json"}:
            return "mixed objects"
        case {"kind": kind, "freq": freq}:
            return f"{kind}[{freq}]"
        case {"kind": kind}:
            return str(kind)
        case {"closed": closed}:
            return f"interval closed {closed}"
    return "text" if is_type.is_large_string(t) else str(t)
