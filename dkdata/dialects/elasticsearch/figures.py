"""What Elasticsearch computes exactly of a group of rows, and how its answers are read.

It finds sums, the least and the greatest in floats. Of whole numbers these are exact as long as
nothing on the way can have reached 2**53, which the count, the least and the greatest tell.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from pyarrow import types as is_type

if TYPE_CHECKING:
    import pyarrow as pa

Body: TypeAlias = "dict[str, Any]"
_ROUNDED = 2**53
_DAY = 86_400_000  # milliseconds
_EPOCH = dt.date(1970, 1, 1)


class NotExactError(Exception):
    """What the server tells may be rounded."""


@dataclass(frozen=True)
class Field:
    """A field whose values are compared as those of its column, which has that type."""

    name: str
    type: pa.DataType

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers, or counted as such."""
        return is_type.is_integer(self.type) or is_type.is_boolean(self.type)

    def value(self, told: Any) -> Any:  # noqa: ANN401 - of JSON
        """Return a value of the column that the server tells, as Arrow takes it.

        Raises
        ------
        NotExactError
            It may be another one.
        """
        if told is None or isinstance(told, str):
            return told
        if is_type.is_boolean(self.type):
            return bool(told)
        if is_type.is_date(self.type):
            return int(told) // _DAY
        if is_type.is_integer(self.type):
            return _whole(told)
        return told

    def told(self, value: Any) -> Any:  # noqa: ANN401 - of JSON
        """Return a value that ``value`` returned as the server reads it."""
        if is_type.is_date(self.type):
            return (_EPOCH + dt.timedelta(days=value)).isoformat()
        return value

    def shared(self, told: Any) -> Any:  # noqa: ANN401 - of JSON
        """Return such a value that the rows of a group have in common.

        Raises
        ------
        NotExactError
            To the server, -0.0 is not 0.0.
        """
        if told == 0 and math.copysign(1, told) < 0:
            raise NotExactError
        return self.value(told)


def _whole(told: float) -> int:
    """Return a number, which is exact if it was not made a float."""
    if isinstance(told, float) and abs(told) >= _ROUNDED:
        raise NotExactError
    return int(told)


@dataclass(frozen=True)
class Figure:
    """What is computed of each group, of values of a field."""

    function: str
    field: Field | None = None

    @property
    def body(self) -> Body | None:
        """The aggregation that tells it; ``None`` where every group tells it by itself."""
        if self.field is None:
            return None
        name = self.field.name
        match self.function:
            case "count" if not self.field.is_whole:
                return {"value_count": {"field": name}}
            case "min" | "max" if is_type.is_large_string(self.field.type):
                order = "asc" if self.function == "min" else "desc"
                return {"top_hits": {"size": 1, "_source": False, "sort": [{name: order}]}}
            case "min" | "max":
                return {self.function: {"field": name}}
            case "count" | "sum" | "mean":  # which are often asked for together
                return {"stats": {"field": name}}
        return {"extended_stats": {"field": name}}

    def value(self, rows: int, told: Body) -> Any:  # noqa: ANN401 - of the column's type
        """Return it, as Arrow takes it.

        Parameters
        ----------
        rows
            How many rows the group has.
        told
            The answer to ``body``.

        Raises
        ------
        NotExactError
            It may be another one.
        """
        if self.field is None:
            return rows
        match self.function:
            case "count":
                return told["count" if self.field.is_whole else "value"]
            case "min" | "max" if "hits" in told:
                hits = told["hits"]["hits"]
                return hits[0]["sort"][0] if hits else None
            case "min" | "max":
                return self.field.value(told["value"])
            case "sum" | "mean":
                return _added(self.function, told)
        return _spread(self.function, told)


def _added(function: str, told: Body) -> float | None:
    """Return a sum, or what it is on average: the one number nearest to that."""
    count = told["count"]
    if not count:
        return None
    _check(count * _greatest(told))
    total = int(told["sum"])
    return total if function == "sum" else total / count


def _spread(function: str, told: Body) -> float | None:
    count = told["count"]
    if count < 2:  # noqa: PLR2004 - of one value there is no spread
        return None
    _check(count * _greatest(told) ** 2)
    total, squares = int(told["sum"]), int(told["sum_of_squares"])
    spread = float(Fraction(count * squares - total**2, count * (count - 1)))
    return math.sqrt(spread) if function == "std" else spread


def _greatest(told: Body) -> int:
    return int(max(-told["min"], told["max"]))


def _check(bound: int) -> None:
    if bound >= _ROUNDED:
        raise NotExactError
