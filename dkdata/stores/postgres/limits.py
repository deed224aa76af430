"""What PostgreSQL cannot keep, found before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.stores.postgres.cells import ends
from dkdata.stores.postgres.pieces import offsets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = 1_600
_VALUE_BYTES = 2**30 - 5
_BC = "begin in 4714 BC"
_FIRST_DAY = -2_440_588
_DAY = 86_400_000_000
# The least and the greatest count of each type; what lies beyond, and infinity, is no such time.
_RANGES = {
    pa.date32(): (_FIRST_DAY, 2_145_042_905, f"PostgreSQL's dates {_BC} and end in 5874897"),
    pa.time64("us"): (0, _DAY - 1, "a time of day is less than 24 hours"),
    pa.timestamp("us"): (_FIRST_DAY * _DAY, 2**63 - 1, f"PostgreSQL's times {_BC}"),
    pa.timestamp("us", "UTC"): (_FIRST_DAY * _DAY, 2**63 - 1, f"PostgreSQL's times {_BC}"),
}
_NUL = "PostgreSQL's text cannot hold the character of code 0"
_LONG = "PostgreSQL keeps at most 1 GiB in one value"
# An even number of backslashes stands for backslashes themselves.
_ESCAPED_NUL = r"(^|[^\\])(\\\\)*\\u0000"


def check_columns(schema: pa.Schema) -> None:
    """Raise if there are more columns than a table of PostgreSQL can have."""
    if len(schema) > COLUMNS:
        message = (
            f"there are {len(schema):,} columns, and a table of PostgreSQL can have {COLUMNS:,}."
            " Save them as several tables, or put some into one column of lists or structs."
        )
        raise SchemaError(message)


def check(batch: pa.RecordBatch, is_jsonb: Sequence[bool], first_row: int) -> None:
    """Raise for the first row with a value that PostgreSQL cannot keep.

    Parameters
    ----------
    is_jsonb
        Which columns are documents of JSON.
    first_row
        The number of the first row of the batch.
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
    if is_type.is_large_list(t):
        yield from _misfits_in_lists(array)
    elif t in _RANGES:
        low, high, reason = _RANGES[t]
        counts = array.view(pa.int32() if is_type.is_date(t) else pa.int64())
        found = pc.min_max(counts).as_py()
        if found["min"] is not None and (found["min"] < low or found["max"] > high):
            beyond = pc.or_(pc.less(counts, low), pc.greater(counts, high))
            yield from _first(array, beyond, reason)
    elif is_type.is_large_string(t) or is_type.is_large_binary(t):
        yield from _misfits_in_text(array, is_jsonb=is_jsonb)


def _misfits_in_text(array: pa.Array, *, is_jsonb: bool) -> Iterator[tuple[int, Any, str]]:
    offsets = offsets_of(array)
    first, last = int(offsets[0]), int(offsets[-1])
    if first == last:
        return
    if last - first > _VALUE_BYTES:
        is_long = pc.greater(pc.binary_length(array), _VALUE_BYTES)
        yield from _first(array, is_long, _LONG)
    data = np.frombuffer(array.buffers()[2], np.uint8, last - first, first)
    if is_type.is_large_string(array.type) and not data.min():
        yield from _first(array, pc.match_substring(array, "\0"), _NUL)
    if is_jsonb and pc.any(pc.match_substring(array, r"\u0000")).as_py():
        yield from _first(array, pc.match_substring_regex(array, _ESCAPED_NUL), _NUL)


def _misfits_in_lists(array: pa.Array) -> Iterator[tuple[int, Any, str]]:
    offsets = offsets_of(array)
    first, last = int(offsets[0]), int(offsets[-1])
    found = list(_misfits(array.values.slice(first, last - first)))
    if found and array.null_count and last - first != len(array.flatten()):
        yield from _misfits_in_lists(array.take(pa.array(np.arange(len(array)))))
        return
    for position, value, reason in found:
        row = int(np.searchsorted(offsets, first + position, "right")) - 1
        yield row, value, reason
    sizes = np.diff(ends(array))
    if sizes.size and sizes.max() > _VALUE_BYTES:
        row = int(np.argmax(sizes > _VALUE_BYTES))
        yield row, f"a list of {offsets[row + 1] - offsets[row]:,} items", _LONG


def _first(array: pa.Array, is_misfit: pa.BooleanArray, reason: str) -> Iterator[Any]:
    row = pc.index(is_misfit, True).as_py()
    if row >= 0:
        yield row, _shown(array.slice(row, 1)), reason


def _shown(one: pa.Array) -> Any:  # noqa: ANN401 - a value of any column
    """Return the one value for a message, the beginning of a long one."""
    if is_type.is_timestamp(one.type):
        one = one.cast(pa.timestamp("us"))
    if is_type.is_temporal(one.type):
        one = one.cast(pa.large_string())
    shown = one[0].as_buffer()[:200].to_pybytes()
    return shown if is_type.is_large_binary(one.type) else shown.decode(errors="ignore")
