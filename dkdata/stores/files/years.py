"""Years that ISO texts can hold."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY_MICROSECONDS = 86_400_000_000


def check_years(batch: pa.RecordBatch, first_row: int) -> None:
    """Refuse dates and times outside the years 1 to 9999: readers of text do not know them."""
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if is_type.is_date32(field.type):
            days, per_day = column.cast(pa.int32()), 1
        elif is_type.is_timestamp(field.type) and field.type.unit == "us":
            days, per_day = column.cast(pa.int64()), _DAY_MICROSECONDS
        else:
            continue
        least, most = pc.min_max(days).values()
        low, high = _FIRST_DAY * per_day, (_LAST_DAY + 1) * per_day - 1
        if least.is_valid and (least.as_py() < low or most.as_py() > high):
            outside = pc.or_(pc.less(days, low), pc.greater(days, high))
            row = pc.index(outside, True).as_py()
            shown = column[row].cast(pa.string()).as_py()
            reason = "text files hold the years 1 to 9999"
            raise SchemaError.value(field.name, shown, first_row + row, reason)
