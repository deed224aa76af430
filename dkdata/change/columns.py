"""Columns: what is known of one, and whether one takes every value of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import types as is_type

from dkdata.frames.widening import categories, type_words, widened
from dkdata.types import canonical
from dkdata.validation.schemas.field import NO_DEFAULT
from dkdata.validation.schemas.field_types import Type, accepts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.frames.envelope import ColumnDescriptor

_ONLY: Final[Mapping[str, pa.DataType]] = {
    "string": pa.large_string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "binary": pa.large_binary(),
}
"""The named types whose values are all of one type of Arrow."""

# Families of dtypes whose columns a field's type judges by the type that is stored.
_PLAIN: Final = frozenset({
    "numpy", "masked", "string", "datetime", "datetimetz", "timedelta", "category", "arrow",
    "table", "plain", "polars",
})  # fmt: skip
_NUMBERS: Final = frozenset({"numpy", "masked", "arrow", "table", "plain"})


@dataclass(frozen=True)
class Column:
    """One column of a side.

    Parameters
    ----------
    type
        The name of a field's type, which leaves width, unit and zone open, or an Arrow type.
    nullable
        Whether null is allowed.
    default
        What stands for the column in rows without it; ``NO_DEFAULT`` if nothing does.
    is_optional
        Whether rows may lack it.
    descriptor
        How its dtype in a frame is kept, where that is known.
    """

    name: Any
    type: Type
    nullable: bool = True
    default: Any = NO_DEFAULT
    is_optional: bool = False
    descriptor: ColumnDescriptor | None = None

    @property
    def words(self) -> str:
        """The type in words."""
        if isinstance(self.type, str):
            return self.type
        kept = canonical(self.type)
        is_kept = accepts(self.type, kept) is True
        return type_words(kept, self.descriptor) if is_kept else str(self.type)

    @property
    def presence(self) -> str:
        """Whether rows may lack the column, and what stands for it then."""
        return f"default {self.default!r}" if self.is_optional else "must be there"


def is_taken(given: Column, held: Column) -> bool:
    """Whether a column takes every value of another and stays as it is.

    An append decides what a column of an Arrow type takes; one whose type is a name takes what
    validation accepts.

    Examples
    --------
    >>> is_taken(Column("a", pa.int32()), Column("a", pa.int64()))
    True
    >>> is_taken(Column("a", "integer"), Column("a", pa.int64()))
    False
    """
    if held.type == "any":
        return True
    if isinstance(given.type, str):
        if isinstance(held.type, str):
            return given.type == held.type
        only = _ONLY.get(given.type)
        return only is not None and is_taken(Column(given.name, only), held)
    if isinstance(held.type, str):
        return _is_plain(given, held.type) and accepts(held.type, given.type) is True
    return _fits(given, held, given.type, held.type)


def _is_plain(given: Column, name: str) -> bool:
    """Whether the values of a column in a frame are what the type stored for them says."""
    kept = given.descriptor
    if kept is None:
        return True
    if kept.dtype.get("of") == "object":
        return name == "string" and kept.dtype.get("item") == "str"
    return kept.dtype.get("of") in _PLAIN and "kind" not in kept.meaning


def _fits(given: Column, held: Column, of: pa.DataType, to: pa.DataType) -> bool:
    """Whether a column of one Arrow type takes every value of another in an append, and stays."""
    stored, kept = canonical(of), canonical(to)
    field, _, problem = widened(
        pa.field("", kept), pa.field("", stored), held.descriptor, given.descriptor
    )
    if problem is not None or field.type != kept:
        return False
    if accepts(to, of) is True:
        return True
    # An append looks at the values where only the units differ; none fits them all but these.
    is_sure = is_type.is_null(stored) or (is_type.is_time(stored) and stored.unit == "us")
    same_unit = getattr(stored, "unit", None) == getattr(kept, "unit", None)
    return accepts(to, kept) is True and (same_unit or is_sure)


def is_alike(given: Column, held: Column) -> bool:
    """Whether values keep type and dtype on their way, so that any rule says the same of them.

    Examples
    --------
    >>> is_alike(Column("a", pa.int32()), Column("a", pa.int64()))
    False
    """
    if isinstance(held.type, str):
        return True
    dtypes = (each.descriptor and each.descriptor.dtype for each in (given, held))
    one, other = (dict(dtype) if dtype else None for dtype in dtypes)
    return given.type == held.type and one == other


def are_numbers(given: Column, held: Column) -> bool:
    """Whether both hold whole numbers, in dtypes that compare and count them alike."""
    return all(
        isinstance(each.type, pa.DataType)
        and is_type.is_integer(each.type)
        and categories(each.descriptor) is None
        and (each.descriptor is None or each.descriptor.dtype.get("of") in _NUMBERS)
        for each in (given, held)
    )
