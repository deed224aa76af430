"""Columns of two frames that hold the same values under different names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from dkdata.frames import envelope
from dkdata.frames.envelope import FrameDescriptor

if TYPE_CHECKING:
    from collections.abc import Hashable

_ROWS: Final = 100_000
"""So many rows of each frame are looked at."""
_ALIKE: Final = 0.5


def alike(before: pa.Table, after: pa.Table) -> dict[Any, Any]:
    """Return which columns that only one frame has hold what columns hold that the other has alone.

    Half of the different values of either column must be those of the other. Of several columns
    that are alike, those are a pair that have most in common.

    Examples
    --------
    >>> alike(pa.table({"a": [1, 2], "b": [7, 8]}), pa.table({"a": [1, 2], "c": [8, 7]}))
    {'b': 'c'}
    """
    old, new = _columns(before), _columns(after)
    found = [
        (_likeness(old[one], new[other]), one, other)
        for one in old
        if one not in new
        for other in new
        if other not in old
    ]
    pairs: dict[Any, Any] = {}
    for likeness, one, other in sorted(found, key=lambda item: -item[0]):
        if likeness >= _ALIKE and one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _columns(rows: pa.Table) -> dict[Hashable, pa.Array]:
    """Return the different values of each column, by its label."""
    described = envelope.descriptor_of(rows.schema) or FrameDescriptor()
    shown = {column.name: column.shown for column in described.columns}
    few = rows.slice(0, _ROWS)
    return {
        shown.get(name, name): few[name].drop_null().unique()
        for name in rows.column_names
        if not pa.types.is_nested(few[name].type) and not pa.types.is_null(few[name].type)
    }


def _likeness(one: pa.Array, other: pa.Array) -> float:
    """Return the share of the different values that two columns have in common."""
    if one.type != other.type or not len(one) or not len(other):
        return 0.0
    common = pc.sum(pc.is_in(one, value_set=other)).as_py()
    return float(common / max(len(one), len(other)))
