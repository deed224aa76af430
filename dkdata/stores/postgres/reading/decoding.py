"""From the texts of PostgreSQL's values to canonical Arrow arrays, every value kept exactly."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as is_type

from dkdata.errors import SchemaError
from dkdata.physical import convert
from dkdata.stores.postgres.reading import far_times
from dkdata.stores.postgres.tables.types import TEXT

if TYPE_CHECKING:
    from dkdata.stores.postgres.reading.columns import Column

_DAY = 86_400_000_000_000
_MISFITS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pl.exceptions.PolarsError)


class MisfitError(SchemaError):
    """A value does not have the form that the column is known to have.

    Attributes
    ----------
    column
        The name of the column.
    """

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.column = column


def decoded(array: pa.Array, column: Column, first_row: int, infinite: Counter[str]) -> pa.Array:
    """Return what was parsed of a column in its canonical type.

    Parameters
    ----------
    array
        Of the type ``column.parsed``, or the texts of the values.
    first_row
        The number of its first row, for the error of a value that does not fit.
    infinite
        Counts, by column, the infinite times that were made finite.

    Raises
    ------
    MisfitError
        A value does not fit, with its column and row.

    Examples
    --------
    >>> from dkdata.stores.postgres.reading.columns import Column
    >>> column = Column("waits", "interval[]", pa.large_list(pa.duration("us")))
    >>> decoded(pa.array(["{00:01:30,NULL}"], TEXT), column, 0, Counter()).to_pylist()
    [[datetime.timedelta(seconds=90), None]]
    """
    if array.type == column.type:
        return array
    if array.type != TEXT:
        return _counted(array, column, first_row)
    if is_type.is_nested(column.type) and not column.is_array:
        return _documents(array, column, first_row)
    try:
        return _values(array, column, infinite)
    except _MISFITS as error:
        raise _misfit(array, column, first_row) from error


def _documents(array: pa.Array, column: Column, first_row: int) -> pa.Array:
    """Return nested values, which are kept as JSON."""
    try:
        return convert(array, column.type, column.name, first_row)
    except SchemaError as error:
        raise MisfitError(str(error), column.name) from error
    except (AttributeError, TypeError, ValueError) as error:  # JSON of quite another form
        message = f"column {column.name!r}: a document is no {column.type}."
        raise MisfitError(message, column.name) from error


def _counted(counts: pa.Array, column: Column, first_row: int) -> pa.Array:
    """Return counts of a unit as times."""
    if is_type.is_time(column.type):
        late = pc.or_(pc.less(counts, 0), pc.greater_equal(counts, _DAY))
        if late.true_count:
            row = pc.index(late, value=True).as_py()
            reason = "a time is within a day"
            raise _error(column, counts[row].as_py(), first_row + row, reason)
    return counts.view(column.type)


def _error(column: Column, value: object, row: int, reason: str) -> MisfitError:
    return MisfitError(str(SchemaError.value(column.name, value, row, reason)), column.name)


def _misfit(texts: pa.Array, column: Column, first_row: int) -> MisfitError:
    """Return the error of the first value that does not fit."""
    row = 0
    while len(texts) > 1:
        half = len(texts) // 2
        try:
            _values(texts.slice(0, half), column, Counter())
        except _MISFITS:
            texts = texts.slice(0, half)
        else:
            texts = texts.slice(half)
            row += half
    text = texts[0].as_py()
    return _error(column, text, first_row + row, _reason(text, column))


def _reason(text: str, column: Column) -> str:
    """Say why a value does not fit."""
    if is_type.is_duration(column.type) and ("mon" in text or "year" in text):
        return "months have no fixed length"
    if column.is_array and (text.startswith("[[") or "{{" in text):
        return "it has more than one dimension"
    return f"{column.type} has no such value"


def _values(texts: pa.Array, column: Column, infinite: Counter[str]) -> pa.Array:
    t = column.type
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), t)
    if column.is_array:
        return _lists(texts, column, infinite)
    if is_type.is_large_binary(t):
        return pl.Series(texts).str.strip_prefix("\\x").str.decode("hex").to_arrow().cast(t)
    if column.parsed == pa.int64():
        return texts.cast(pa.int64()).cast(t)
    if is_type.is_date(t) or is_type.is_timestamp(t):
        return _times(texts, column, infinite)
    if is_type.is_duration(t):
        return far_times.intervals(texts)
    if is_type.is_time(t):
        day, glue = pa.scalar("1970-01-01 ", TEXT), pa.scalar("", TEXT)
        return pc.binary_join_element_wise(day, texts, glue).cast(pa.timestamp("us")).cast(t)
    if is_type.is_boolean(t):
        return pc.equal(texts, "t")
    return texts.cast(t)


def _times(texts: pa.Array, column: Column, infinite: Counter[str]) -> pa.Array:
    try:
        return texts.cast(column.type)
    except pa.ArrowInvalid:
        finite, count = far_times.bounded(texts, column.type)
    times = far_times.moments(finite, column.type)
    if count:
        infinite[column.name] += count
    return times


def _lists(texts: pa.Array, column: Column, infinite: Counter[str]) -> pa.Array:
    if column.is_json:
        lists = pl.Series(texts).str.json_decode(pl.List(pl.String)).to_arrow()
        offsets, items = lists.offsets, lists.values.cast(TEXT)
    else:
        offsets, items = _split(texts)
    values = _values(items, column.item, infinite)
    empty = texts.is_null()
    return pa.LargeListArray.from_arrays(offsets, values, type=column.type, mask=empty)


def _split(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the offsets and the items of arrays whose items hold no comma, brace or quote."""
    if pc.any(pc.starts_with(texts, "[")).as_py():  # its numbering does not begin with 1
        texts = pc.replace_substring_regex(texts, r"^\[[^\]]*\]=", "")
    if not pc.all(pc.match_substring_regex(texts, r"^\{[^{}]*\}$")).as_py():
        message = "more than one dimension"
        raise pa.ArrowInvalid(message)
    inner = pc.replace_substring(pc.utf8_slice_codeunits(texts, 1, -1), '"', "")
    parts = pc.split_pattern(inner, ",")
    sizes = pc.if_else(pc.equal(inner, ""), 0, pc.list_value_length(parts))
    offsets = np.concatenate([[0], np.cumsum(pc.fill_null(sizes, 0).to_numpy())])
    items = parts.flatten()
    items = items.filter(pc.not_equal(items, ""))
    items = pc.if_else(pc.equal(items, "NULL"), pa.scalar(None, TEXT), items)
    return pa.array(offsets, pa.int64()), items
