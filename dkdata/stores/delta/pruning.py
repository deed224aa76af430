"""Which files of a Delta table can hold rows that a predicate keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from pyarrow import types as is_type

from dkdata import predicate as p
from dkdata.dialects.columns import comparable
from dkdata.dialects.literals import Point, family, place
from dkdata.predicate.tree import push_not
from dkdata.stores.delta.log import DataFile
from dkdata.values import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from dkdata.dialects.columns import Column
    from dkdata.dialects.select import Source

Test: TypeAlias = Callable[[DataFile], bool]

_ABOVE = (">", ">=", "!=")
_MILLISECOND = 999
_WITHOUT_ORDER = ("binary", "document", "nested", "null")


def pruned(files: Iterable[DataFile], where: p.Predicate | None, source: Source) -> list[DataFile]:
    """Return the files that can hold rows for which ``where`` is true.

    Parameters
    ----------
    source
        Says what the columns are; nothing is read.
    """
    if where is None:
        return list(files)
    return list(filter(_test(push_not(where), source), files))


def _always(_: DataFile) -> bool:
    return True


def _never(_: DataFile) -> bool:
    return False


def _test(predicate: p.Predicate, source: Source) -> Test:
    """Return the test whether a predicate can be true of a row of a file."""
    match predicate:
        case p.And(parts):
            every = [_test(part, source) for part in parts]
            return lambda file: all(test(file) for test in every)
        case p.Or(parts):
            some = [_test(part, source) for part in parts]
            return lambda file: any(test(file) for test in some)
        case p.Between():
            return _test(predicate.expanded(), source)
        case p.Constant(value):
            return _always if value is True else _never
        case p.IsIn(column, values):
            equal = (p.Compare(column, "==", value) for value in values if value is not None)
            return _test(p.Or(tuple(equal)), source)
    stored = _stored(predicate, source)
    return _always if stored is None else _leaf(predicate, stored, source)


def _stored(leaf: p.Predicate, source: Source) -> str | None:
    """Return the stored name of the whole column that a leaf is about, or ``None``."""
    leaf = leaf.part if isinstance(leaf, p.Not) else leaf
    name = getattr(leaf, "column", None)
    return None if name is None else source.columns.stored_name(name)


def _leaf(leaf: p.Predicate, stored: str, source: Source) -> Test:
    match leaf:
        case p.IsNull():
            return lambda file: file.bounds.nulls.get(stored) != 0
        case p.Not(p.IsNull()):
            return lambda file: not _is_empty(file, stored)
        case p.TextMatch(_, "starts_with", text):
            return lambda file: _starts(file, stored, text)
        case p.Compare(value=None):
            return _never
        case p.Compare(name, op, value) if not isinstance(value, Ref):
            column = source.find(name)
            if family(column) in _WITHOUT_ORDER or not _is_kept_plainly(column):
                return _always
            placed = place(op, comparable(column), value)
            if not isinstance(placed, Point):
                return _always if placed else _never
            t = source.physical.field(stored).type
            return lambda file: not _is_empty(file, stored) and _reaches(file, stored, t, placed)
    return _always


def _is_kept_plainly(column: Column) -> bool:
    """Whether the bounds of a column are in the units of ``place``."""
    t, held = column.type, column.physical
    if is_type.is_large_string(held):
        return is_type.is_large_string(t) and column.kind is None
    if is_type.is_decimal(t) or is_type.is_decimal(held):
        return is_type.is_decimal(held) and not is_type.is_decimal256(t)
    return True


def _is_empty(file: DataFile, stored: str) -> bool:
    """Whether a column is known to be null in every row."""
    nulls = file.bounds.nulls.get(stored)
    return nulls is not None and nulls == file.rows


def _reaches(file: DataFile, stored: str, t: pa.DataType, point: Point) -> bool:
    """Whether values between the bounds of a column can compare so with a point."""
    low, high, at = file.bounds.lows.get(stored), file.bounds.highs.get(stored), point.value
    if low is None or high is None or at != at:  # noqa: PLR0124 - only nan differs from itself
        return True
    if not file.is_ours and stored not in file.partition:
        if is_type.is_floating(t) and point.op in _ABOVE:
            return True
        if is_type.is_timestamp(t):
            high += _MILLISECOND
    return _compares(point.op, at, low, high)


def _compares(op: p.Operator, at: Any, low: Any, high: Any) -> bool:  # noqa: ANN401 - any order
    match op:
        case "==":
            reaches = low <= at <= high
        case "!=":
            reaches = not low == at == high
        case "<":
            reaches = low < at
        case "<=":
            reaches = low <= at
        case ">":
            reaches = high > at
        case ">=":
            reaches = high >= at
    return bool(reaches)


def _starts(file: DataFile, stored: str, text: str) -> bool:
    low, high = file.bounds.lows.get(stored), file.bounds.highs.get(stored)
    if not isinstance(low, str) or not isinstance(high, str):
        return not _is_empty(file, stored)
    return low[: len(text)] <= text and high >= text
