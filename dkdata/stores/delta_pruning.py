"""Which files of a Delta table can hold rows that a predicate keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyarrow import types as is_type

from dkdata import predicate as p
from dkdata.dialects.columns import comparable, stored_name
from dkdata.dialects.literals import Point, family, place
from dkdata.predicate import push_not
from dkdata.values import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.dialects.columns import Column
    from dkdata.engine import Source
    from dkdata.stores.delta_log import DataFile

_ABOVE = (">", ">=", "!=")
_MILLISECOND = 999
_ORDERED = (
    "integer",
    "float",
    "decimal",
    "text",
    "boolean",
    "instant",
    "time",
    "duration",
    "period",
)


def pruned(files: Iterable[DataFile], where: p.Predicate | None, source: Source) -> list[DataFile]:
    """Return the files that can hold rows for which ``where`` is true.

    Parameters
    ----------
    source
        Says what the columns are; nothing is read.
    """
    if where is None:
        return list(files)
    condition = push_not(where)
    return [file for file in files if _Test(file, source).may(condition)]


@dataclass(frozen=True)
class _Test:
    """Whether a predicate can be true of a row of one file."""

    file: DataFile
    source: Source

    def may(self, predicate: p.Predicate) -> bool:  # noqa: PLR0911 - a table of predicates
        match predicate:
            case p.And(parts):
                return all(map(self.may, parts))
            case p.Or(parts):
                return any(map(self.may, parts))
            case p.Between():
                return self.may(predicate.expanded())
            case p.Constant(value):
                return value is True
            case p.Compare(column, op, value) if not isinstance(value, Ref):
                return self._compares(column, op, value)
            case p.IsIn(column, values):
                return any(self._compares(column, "==", v) for v in values if v is not None)
            case p.IsNull(column):
                return self._nulls(column) != 0
            case p.Not(p.IsNull(column)):
                return not self._is_empty(column)
            case p.TextMatch(column, "starts_with", text):
                return self._starts(column, text)
        return True

    def _stored(self, name: str) -> str | None:
        stored = stored_name(name, self.source.schema)
        return stored if stored in self.source.schema.names else None

    def _nulls(self, name: str) -> int | None:
        stored = self._stored(name)
        return None if stored is None else self.file.nulls.get(stored)

    def _is_empty(self, name: str) -> bool:
        nulls = self._nulls(name)
        return nulls is not None and nulls == self.file.rows

    def _bounds(self, name: str) -> tuple[Any, Any]:
        """Return the least and the greatest value, ``None`` where they are not known."""
        stored = self._stored(name)
        if stored is None:
            return None, None
        low, high = self.file.lows.get(stored), self.file.highs.get(stored)
        t = self.source.physical.field(stored).type
        is_exact = self.file.is_ours or stored in self.file.partition
        if is_type.is_timestamp(t) and high is not None and not is_exact:
            high += _MILLISECOND
        return low, high

    def _compares(self, name: str, op: p.Operator, value: Any) -> bool:  # noqa: ANN401
        stored = self._stored(name)
        if stored is None:
            return True
        column = self.source.find(name)
        if family(column) not in _ORDERED or not _is_kept_plainly(column):
            return True
        point = place(op, comparable(column), value)
        if self._is_empty(name) or point is False:
            return False
        return point is True or self._reaches(column, point, *self._bounds(name))

    def _reaches(self, column: Column, point: Point, low: Any, high: Any) -> bool:  # noqa: ANN401, PLR0911
        at = point.value
        if low is None or high is None or at != at:  # noqa: PLR0124 - only nan differs from itself
            return True
        if is_type.is_floating(column.type) and not self.file.is_ours and point.op in _ABOVE:
            return True
        match point.op:
            case "==":
                return low <= at <= high
            case "!=":
                return not low == at == high
            case "<":
                return low < at
            case "<=":
                return low <= at
            case ">":
                return high > at
            case ">=":
                return high >= at

    def _starts(self, name: str, text: str) -> bool:
        low, high = self._bounds(name)
        if not isinstance(low, str) or not isinstance(high, str):
            return not self._is_empty(name)
        return low[: len(text)] <= text and high >= text


def _is_kept_plainly(column: Column) -> bool:
    """Whether the bounds of a column are in the units of ``place``."""
    t, held = column.type, column.physical
    if is_type.is_large_string(held):
        return is_type.is_large_string(t) and column.kind is None
    if is_type.is_decimal(t) or is_type.is_decimal(held):
        return is_type.is_decimal(held) and not is_type.is_decimal256(t)
    return not is_type.is_large_binary(held)
