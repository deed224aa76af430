"""Columns of Delta tables: their types there, what they mean, and the bounds of their values."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.errors import SchemaError, UsageError
from dkdata.frames.envelope import KEY
from dkdata.physical import Carrier, physical, physical_schema
from dkdata.types import canonical, canonical_schema, parse_type, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TYPE = b"dkdata.type"
_EXACT_IN_JSON = 15
_LONGEST_BOUND = 64
_LAST_CHARACTER = "\U0010ffff"


def kept_schema(schema: pa.Schema) -> pa.Schema:
    """Return the canonical types, without metadata, in which files hold a canonical schema."""
    return physical_schema(canonical_schema(schema), Carrier.DELTA).remove_metadata()


def delta_fields(schema: pa.Schema) -> pa.Schema:
    """Return a canonical schema as the log keeps it.

    The metadata of a column says its type where the type in the log says less; that of the
    first column holds the descriptor.
    """
    kept = kept_schema(schema)
    descriptor = (schema.metadata or {}).get(KEY)
    fields = []
    for number, (column, held) in enumerate(zip(schema, kept, strict=True)):
        note = {} if canonical(held.type) == column.type else {_TYPE: type_name(column.type)}
        if descriptor and not number:
            note[KEY] = descriptor
        fields.append(pa.field(column.name, held.type, metadata=note or None))
    return pa.schema(fields)


def saved_schema(fields: pa.Schema) -> pa.Schema:
    """Return the canonical schema that ``delta_fields`` was given."""
    metadata = [column.metadata or {} for column in fields]
    descriptor = next((note[KEY] for note in metadata if KEY in note), None)
    columns = [
        pa.field(column.name, _saved_type(column.type, note.get(_TYPE)))
        for column, note in zip(fields, metadata, strict=True)
    ]
    return pa.schema(columns, metadata={KEY: descriptor} if descriptor else None)


def _saved_type(held: pa.DataType, saved: bytes | None) -> pa.DataType:
    plain = canonical(held)
    if saved is None:
        return plain
    try:
        t = parse_type(saved.decode())
    except (KeyError, ValueError):
        return plain
    return t if canonical(physical(t, Carrier.DELTA)) == plain else plain


def needs_zoneless_times(schema: pa.Schema) -> bool:
    """Whether a table with such columns needs Delta's feature ``timestampNtz``."""
    return any(_is_zoneless(t) for t in schema.types)


def _is_zoneless(t: pa.DataType) -> bool:
    if is_type.is_nested(t):
        return any(_is_zoneless(t.field(i).type) for i in range(t.num_fields))
    return is_type.is_timestamp(t) and t.tz is None


# --- partitions


def check_partition_by(schema: pa.Schema, names: Iterable[str]) -> None:
    """Refuse columns by which a table cannot be partitioned."""
    wanted = list(names)
    for name in wanted:
        t = schema.field(name).type
        if is_type.is_floating(t) or is_type.is_nested(t) or is_type.is_large_binary(t):
            message = (
                f"partition_by={name!r}: the column is {t}. Choose one of whole numbers, text,"
                " dates, times, true or false."
            )
            raise UsageError(message)
    if wanted and len(set(wanted)) >= len(schema):
        message = f"partition_by={wanted!r} leaves no column for the files. Name fewer columns."
        raise UsageError(message)


def partition_text(column: str, value: object) -> str | None:
    """Return a partition value as the log keeps it.

    Examples
    --------
    >>> partition_text("day", dt.date(2024, 1, 31)), partition_text("paid", True)
    ('2024-01-31', 'true')
    """
    match value:
        case None:
            return None
        case "":
            message = (
                f"partition_by={column!r}: a row has the empty text there, which Delta tables take"
                " for null. Fill it, or choose another column."
            )
            raise SchemaError(message)
        case bool():
            return str(value).lower()
        case dt.datetime():
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return str(value)


# --- bounds


@dataclass(frozen=True)
class Bounds:
    """Bounds of the values of a file's columns, in the units in which the columns are kept."""

    lows: Mapping[str, Any] = field(default_factory=dict)
    highs: Mapping[str, Any] = field(default_factory=dict)
    nulls: Mapping[str, int | None] = field(default_factory=dict)


def bounds(actions: pa.Table, partition_by: tuple[str, ...]) -> list[Bounds]:
    """Return the bounds of each file of a log."""
    rows = actions.num_rows
    lows, highs = (_units(actions, name) for name in ("min", "max"))
    exact = _units(actions, "partition")
    nulls = _struct(actions, "null_count").to_pylist() if "null_count" in actions.column_names else []
    found = []
    for number in range(rows):
        values = {name: exact[name][number] for name in partition_by}
        low = {name: column[number] for name, column in lows.items()}
        high = {name: column[number] for name, column in highs.items()}
        count = dict(nulls[number] or {}) if nulls else {}
        empty = {name: actions["num_records"][number].as_py() for name in values}
        count |= {name: empty[name] if value is None else 0 for name, value in values.items()}
        found.append(Bounds(low | values, high | values, count))
    return found


def _struct(actions: pa.Table, name: str) -> Any:  # noqa: ANN401 - an array of structures
    return actions[name].combine_chunks()


def _units(actions: pa.Table, name: str) -> dict[str, list[Any]]:
    if name not in actions.column_names:
        return {}
    column = _struct(actions, name)
    return {
        child.name: _plain_units(values)
        for child, values in zip(column.type, column.flatten(), strict=True)
        if not is_type.is_nested(child.type)
    }


def _plain_units(values: pa.Array) -> list[Any]:
    t = values.type
    if is_type.is_timestamp(t):
        return values.cast(pa.int64()).to_pylist()
    if is_type.is_date32(t):
        return values.cast(pa.int32()).to_pylist()
    if is_type.is_decimal(t):
        steps = Decimal(10) ** t.scale
        return [None if value is None else int(value * steps) for value in values.to_pylist()]
    return values.to_pylist()


def json_bounds(low: Any, high: Any, t: pa.DataType) -> tuple[Any, Any] | None:  # noqa: ANN401
    """Return bounds as the log keeps them, ``None`` where it cannot do so exactly.

    Examples
    --------
    >>> json_bounds(1.5, float("inf"), pa.float64())
    """
    if is_type.is_large_string(t):
        top = _above(high)
        return None if top is None else (low[:_LONGEST_BOUND], top)
    if is_type.is_floating(t):
        return (low, high) if math.isfinite(low) and math.isfinite(high) else None
    if is_type.is_decimal(t):
        return (float(low), float(high)) if t.precision <= _EXACT_IN_JSON else None
    if is_type.is_timestamp(t):
        return _moment(low), _moment(high)
    if is_type.is_date32(t):
        return low.isoformat(), high.isoformat()
    return (low, high) if is_type.is_integer(t) or is_type.is_boolean(t) else None


def _above(high: str) -> str | None:
    """Return a short text that is not below ``high``."""
    if len(high) <= _LONGEST_BOUND:
        return high
    short = high[:_LONGEST_BOUND].rstrip(_LAST_CHARACTER)
    following = ord(short[-1]) + 1 if short else None
    if following is None or 0xD800 <= following <= 0xDFFF:  # noqa: PLR2004 - surrogates
        return None
    return short[:-1] + chr(following)


def _moment(value: dt.datetime) -> str:
    text = value.replace(tzinfo=None).isoformat("T" if value.tzinfo else " ", "microseconds")
    return f"{text}Z" if value.tzinfo else text
