"""Bounds of the values in the files of a Delta table, by which files are left unread."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow.parquet as pq

_EXACT_IN_JSON = 15
_LONGEST_BOUND = 64
_LAST_CHARACTER = "\U0010ffff"
_COLUMNS_WITH_BOUNDS = 32
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a time without zone
_DIGITS = Context(prec=80)


@dataclass(frozen=True)
class Bounds:
    """Bounds of the values of a file's columns, in the units in which the columns are kept."""

    lows: Mapping[str, Any] = field(default_factory=dict)
    highs: Mapping[str, Any] = field(default_factory=dict)
    nulls: Mapping[str, int | None] = field(default_factory=dict)

    def with_partition(self, values: Mapping[str, Any], rows: int | None) -> Bounds:
        """Return bounds that hold also for columns with one value in all rows of the file."""
        nulls = {name: rows if value is None else 0 for name, value in values.items()}
        return Bounds({**self.lows, **values}, {**self.highs, **values}, {**self.nulls, **nulls})


def bounds(actions: pa.Table, partition_by: tuple[str, ...]) -> list[Bounds]:
    """Return the bounds of each file of a log."""
    lows, highs = (_units(actions, name) for name in ("min", "max"))
    exact = _units(actions, "partition")
    nulls = (
        _struct(actions, "null_count").to_pylist() if "null_count" in actions.column_names else []
    )
    found = []
    for number, rows in enumerate(actions["num_records"].to_pylist()):
        low = {name: column[number] for name, column in lows.items()}
        high = {name: column[number] for name, column in highs.items()}
        count = dict(nulls[number] or {}) if nulls else {}
        values = {name: exact[name][number] for name in partition_by}
        found.append(Bounds(low, high, count).with_partition(values, rows))
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
        found = values.to_pylist()
        return [unit(value, t) for value in found]
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


def bounds_in_units(told: Bounds, kept: pa.Schema) -> Bounds:
    """Return bounds that the log has in JSON, in the units in which the columns are kept."""
    lows, highs = (
        {name: unit(_parsed(value, kept.field(name).type), kept.field(name).type)
         for name, value in found.items()}
        for found in (told.lows, told.highs)
    )  # fmt: skip
    return Bounds(lows, highs, told.nulls)


def _parsed(told: Any, t: pa.DataType) -> Any:  # noqa: ANN401
    """Return the value of which ``json_bounds`` made what the log has."""
    if is_type.is_timestamp(t):
        return dt.datetime.fromisoformat(told)
    if is_type.is_date32(t):
        return dt.date.fromisoformat(told)
    return Decimal(repr(told)) if is_type.is_decimal(t) else told


def unit(value: Any, t: pa.DataType) -> Any:  # noqa: ANN401
    """Return a value in the unit of its column.

    Examples
    --------
    >>> unit(dt.date(1970, 1, 3), pa.date32())
    2
    """
    match value:
        case dt.datetime():
            return (value.replace(tzinfo=None) - _EPOCH) // dt.timedelta(microseconds=1)
        case dt.date():
            return (value - _EPOCH.date()).days
        case Decimal():
            return int(value.scaleb(t.scale, _DIGITS))
    return value


def _moment(value: dt.datetime) -> str:
    text = value.replace(tzinfo=None).isoformat("T" if value.tzinfo else " ", "microseconds")
    return f"{text}Z" if value.tzinfo else text


def footer_bounds(footer: pq.FileMetaData, table: pa.Table) -> Bounds:
    """Return what the log says of the values, from the statistics of the file."""
    lows: dict[str, Any] = {}
    highs: dict[str, Any] = {}
    nulls: dict[str, int | None] = {}
    for name, leaf, t in _leaves(table.schema):
        column = table[name]
        nulls[name] = column.null_count
        if column.null_count == len(column) or _holds_nan(column):
            continue
        found = _range(footer, leaf, t)
        told = None if found is None else json_bounds(*found, t)
        if told is not None:
            lows[name], highs[name] = told
    return Bounds(lows, highs, nulls)


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, int, pa.DataType]]:
    """Yield the first plain columns with their positions in the footer."""
    leaf = 0
    for column in list(schema)[:_COLUMNS_WITH_BOUNDS]:
        if is_type.is_nested(column.type):
            leaf += _leaf_count(column.type)
        else:
            yield column.name, leaf, column.type
            leaf += 1


def _leaf_count(t: pa.DataType) -> int:
    if is_type.is_map(t):
        return _leaf_count(t.key_type) + _leaf_count(t.item_type)
    if is_type.is_nested(t):
        return sum(_leaf_count(t.field(i).type) for i in range(t.num_fields))
    return 1


def _holds_nan(column: pa.ChunkedArray) -> bool:
    return is_type.is_floating(column.type) and bool(pc.any(pc.is_nan(column)).as_py())


def _range(footer: pq.FileMetaData, leaf: int, t: pa.DataType) -> tuple[Any, Any] | None:
    groups = (footer.row_group(i).column(leaf) for i in range(footer.num_row_groups))
    found = [column.statistics for column in groups]
    known = [s for s in found if s is not None and s.has_min_max]
    if len(known) < sum(1 for s in found if s is None or s.num_values):
        return None
    if is_type.is_timestamp(t):
        raw = min(s.min_raw for s in known), max(s.max_raw for s in known)
        return _moments(raw, t)
    return min(s.min for s in known), max(s.max for s in known)


def _moments(raw: tuple[int, int], t: pa.DataType) -> tuple[dt.datetime, dt.datetime] | None:
    zone = dt.UTC if t.tz else None
    try:
        low, high = (_EPOCH + dt.timedelta(microseconds=value) for value in raw)
    except OverflowError:
        return None
    return low.replace(tzinfo=zone), high.replace(tzinfo=zone)
