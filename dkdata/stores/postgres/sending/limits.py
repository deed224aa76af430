"""What PostgreSQL cannot keep, found before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.stores.postgres.sending.cells import items_of, most_bytes
from dkdata.stores.postgres.sending.pieces import offsets_of
from dkdata.stores.postgres.tables.types import (
    DAY_MICROSECONDS,
    FIRST_DAY,
    FIRST_MOMENT,
    LAST_DAY,
    LAST_MOMENT,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLUMNS = 1_600
_VALUE_BYTES = 2**30 - 64  # a row has a header, and must be less than 1 GiB with it
_BC = "begin in 4714 BC"
# The least and the greatest count of each type; what lies beyond, and infinity, is no such time.
_RANGES = {
    pa.date32(): (FIRST_DAY, LAST_DAY, f"PostgreSQL's dates {_BC} and end in 5874897"),
    pa.time64("us"): (0, DAY_MICROSECONDS - 1, "a time of day is less than 24 hours"),
    pa.timestamp("us"): (FIRST_MOMENT, LAST_MOMENT, f"PostgreSQL's times {_BC}"),
    pa.timestamp("us", "UTC"): (
        FIRST_DAY * DAY_MICROSECONDS,
        2**63 - 1,
        f"PostgreSQL's times {_BC}",
    ),
}
_NUL = "PostgreSQL's text cannot hold the character of code 0"
_LONG = "PostgreSQL keeps less than 1 GiB in one row"
# An even number of backslashes stands for backslashes themselves.
_ESCAPED_NUL = r"(^|[^\\])(\\\\)*\\u0000"


def check_columns(schema: pa.Schema) -> None:
    """Refuse more columns than a table of PostgreSQL can have.

    Raises
    ------
    SchemaError
        There are more than 1,600.
    """
    if len(schema) > _COLUMNS:
        message = (
            f"there are {len(schema):,} columns, and a table of PostgreSQL can have {_COLUMNS:,}."
            " Save them as several tables, or put some into one column of lists or structs."
        )
        raise SchemaError(message)


def check(batch: pa.RecordBatch, is_jsonb: Sequence[bool], first_row: int) -> None:
    """Refuse the first row with a value that PostgreSQL cannot keep.

    Parameters
    ----------
    is_jsonb
        Which columns are documents of JSON.
    first_row
        The number of the first row of the batch.

    Raises
    ------
    SchemaError
        With the column, the row, the value and the reason.
    """
    columns = zip(batch.schema.names, batch.columns, is_jsonb, strict=True)
    misfits = [
        (row, name, value, reason)
        for name, column, is_document in columns
        for row, value, reason in _misfits(column, is_jsonb=is_document)
    ]
    if misfits:
        row, name, value, reason = min(misfits, key=lambda misfit: misfit[0])
        raise SchemaError.value(name, value, first_row + row, reason)


def _misfits(array: pa.Array, *, is_jsonb: bool = False) -> Iterator[tuple[int, Any, str]]:
    """Return row, value and reason of the first misfit of each kind."""
    t = array.type
    if t in _RANGES:
        yield from _misfits_of_times(array)
    elif is_type.is_large_list(t):
        yield from _misfits_in_lists(array)
    elif is_type.is_large_string(t):
        yield from _misfits_in_text(array, is_jsonb=is_jsonb)
    if (row := _long(array)) is not None:
        value = f"{len(array[row]):,} items" if is_type.is_large_list(t) else _shown(array, row)
        yield row, value, _LONG


def _misfits_of_times(array: pa.Array) -> Iterator[tuple[int, Any, str]]:
    low, high, reason = _RANGES[array.type]
    counts = array.view(pa.int32() if is_type.is_date(array.type) else pa.int64())
    least, greatest = pc.min_max(counts).as_py().values()
    if least is not None and (least < low or greatest > high):
        yield from _first(array, pc.or_(pc.less(counts, low), pc.greater(counts, high)), reason)


def _misfits_in_text(array: pa.Array, *, is_jsonb: bool) -> Iterator[tuple[int, Any, str]]:
    offsets = offsets_of(array)
    first, size = int(offsets[0]), int(offsets[-1] - offsets[0])
    if size and not np.frombuffer(array.buffers()[2], np.uint8, size, first).min():
        yield from _first(array, pc.match_substring(array, "\0"), _NUL)
    if is_jsonb and pc.any(pc.match_substring(array, r"\u0000")).as_py():
        yield from _first(array, pc.match_substring_regex(array, _ESCAPED_NUL), _NUL)


def _misfits_in_lists(array: pa.Array) -> Iterator[tuple[int, Any, str]]:
    offsets, items = offsets_of(array), items_of(array)
    found = list(_misfits(items))
    if found and len(items) > len(array.flatten()):
        without_what_is_under_null = array.take(pa.array(np.arange(len(array))))
        yield from _misfits_in_lists(without_what_is_under_null)
        return
    for position, value, reason in found:
        row = int(np.searchsorted(offsets, offsets[0] + position, "right")) - 1
        yield row, value, reason


def _long(array: pa.Array, first: int = 0) -> int | None:
    """Return the first row whose value is too long, by halves."""
    if most_bytes(array) <= _VALUE_BYTES or array.null_count == len(array):
        return None
    if len(array) == 1:
        return first
    half = len(array) // 2
    row = _long(array.slice(0, half), first)
    return _long(array.slice(half), first + half) if row is None else row


def _first(array: pa.Array, is_misfit: pa.BooleanArray, reason: str) -> Iterator[Any]:
    row = pc.index(is_misfit, True).as_py()
    if row >= 0:
        yield row, _shown(array, row), reason


def _shown(array: pa.Array, row: int) -> Any:  # noqa: ANN401 - a value of any column
    """Return a value for a message, the beginning of a long one."""
    one = array.slice(row, 1)
    if is_type.is_timestamp(one.type):
        one = one.cast(pa.timestamp("us"))
    if is_type.is_temporal(one.type):
        one = one.cast(pa.large_string())
    shown = one[0].as_buffer()[:200].to_pybytes()
    return shown if is_type.is_large_binary(one.type) else shown.decode(errors="ignore")
