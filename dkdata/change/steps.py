"""Steps: how rows of one side become rows of the other, in an order that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.change.columns import is_taken
from dkdata.validation.schemas.field import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.change.columns import Column
    from dkdata.change.pairing import Pairs


def steps_of(pairs: Pairs) -> Iterator[str]:
    """Yield one line for each step: new names first, what is lost last."""
    for one, other in pairs.renamed:
        yield f"rename {one.name!r} to {other.name!r}"
    for one, other in (*pairs.kept, *pairs.renamed):
        yield from _converted(one, other)
    for column in pairs.added:
        yield f"add {column.name!r} ({column.words}, {_filling(column)})"
    for column in pairs.removed:
        yield f"drop {column.name!r}"


def _converted(one: Column, other: Column) -> Iterator[str]:
    if one.words != other.words and other.type != "any":
        risk = "" if is_taken(one, other) else ", where the values fit"
        yield f"cast {other.name!r} from {one.words} to {other.words}{risk}"
    if one.nullable and not other.nullable:
        yield f"fill {other.name!r} where it is null"


def _filling(column: Column) -> str:
    """Return what stands in a new column."""
    if column.default is None and column.nullable:
        return "null"
    is_known = column.default is not NO_DEFAULT and column.default is not None
    return f"default {column.default!r}" if is_known else "needs values"
