"""Times that readers of text know."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY_MICROSECONDS = 86_400_000_000


_NANOSECONDS = -(2**63) + 2, 2**63 - 2


def check_nanoseconds(batch: pa.RecordBatch, first_row: int) -> None:
    """Refuse the first and the last nanosecond, which JSON's reader takes for infinity."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if is_type.is_timestamp(field.type) and field.type.unit == "ns":
            reason = "readers of JSON take the ends of the range of nanoseconds for infinity"
            _check(field, column, column.cast(pa.int64()), _NANOSECONDS, first_row, reason)


def check_years(batch: pa.RecordBatch, first_row: int) -> None:
    """Refuse dates and times outside the years 1 to 9999: readers of text do not know them."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if is_type.is_date32(field.type):
            days, per_day = column.cast(pa.int32()), 1
        elif is_type.is_timestamp(field.type) and field.type.unit == "us":
            days, per_day = column.cast(pa.int64()), _DAY_MICROSECONDS
        else:
            continue
        ends = _FIRST_DAY * per_day, (_LAST_DAY + 1) * per_day - 1
        _check(field, column, days, ends, first_row, "dates as text have the years 1 to 9999")


def _check(  # noqa: PLR0913, PLR0917 - what, where it is, and what it may be
    field: pa.Field,
    column: pa.Array,
    counts: pa.Array,
    ends: tuple[int, int],
    first_row: int,
    reason: str,
) -> None:
    least, most = pc.min_max(counts).values()
    if least.is_valid and (least.as_py() < ends[0] or most.as_py() > ends[1]):
        outside = pc.or_(pc.less(counts, ends[0]), pc.greater(counts, ends[1]))
        row = pc.index(outside, True).as_py()
        shown = column[row].cast(pa.string()).as_py()
        raise SchemaError.value(field.name, shown, first_row + row, reason)
