"""Pairs: which column of one side is which of the other, and which may have been renamed."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from dkdata.change.columns import is_alike, is_taken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dkdata.change.columns import Column
    from dkdata.change.side import Side

_SIMILAR: Final = 0.6
_COMPARED: Final = 10_000
"""So many pairs of names are compared; of more, only columns at the same place."""


@dataclass(frozen=True)
class Pairs:
    """The columns of two sides, sorted by what became of them.

    Parameters
    ----------
    kept, renamed
        Pairs of left and right; a renamed one is a guess.
    removed, added
        Columns that only the left, only the right side has.
    """

    kept: tuple[tuple[Column, Column], ...]
    renamed: tuple[tuple[Column, Column], ...]
    removed: tuple[Column, ...]
    added: tuple[Column, ...]

    @property
    def flipped(self) -> Pairs:
        """The pairs as the right side sees them."""
        kept, renamed = (
            tuple((right, left) for left, right in pairs) for pairs in (self.kept, self.renamed)
        )
        return Pairs(kept, renamed, self.added, self.removed)

    @property
    def is_stable(self) -> bool:
        """Whether every column of the left side is there on the right, with the same values."""
        return not (self.removed or self.renamed) and all(
            is_alike(left, right) for left, right in self.kept
        )

    @property
    def together(self) -> Mapping[Any, Column]:
        """The columns of the left side by the names that they have on the right."""
        return {right.name: left for left, right in (*self.kept, *self.renamed)}


def paired(left: Side, right: Side) -> Pairs:
    """Return the columns of two sides in pairs, by name and in the order of the sides."""
    held = {column.name: column for column in right.columns}
    kept = tuple((one, held[one.name]) for one in left.columns if one.name in held)
    names = {one.name for one, _ in kept}
    removed = [(place, one) for place, one in enumerate(left.columns) if one.name not in names]
    added = [(place, one) for place, one in enumerate(right.columns) if one.name not in names]
    renamed = _renamed(removed, added)
    gone = {one.name for one, _ in renamed}
    new = {one.name for _, one in renamed}
    return Pairs(
        kept,
        renamed,
        tuple(one for _, one in removed if one.name not in gone),
        tuple(one for _, one in added if one.name not in new),
    )


def _renamed(
    removed: Sequence[tuple[int, Column]], added: Sequence[tuple[int, Column]]
) -> tuple[tuple[Column, Column], ...]:
    """Return pairs of one type whose names are similar, and then those at one place."""
    found = []
    if len(removed) * len(added) <= _COMPARED:
        found = [
            (-similarity, old, new)
            for old, (_, one) in enumerate(removed)
            for new, (_, other) in enumerate(added)
            if _is_one_type(one, other)
            and (similarity := _similarity(one.name, other.name)) >= _SIMILAR
        ]
    places = {place: number for number, (place, _) in enumerate(added)}
    found.sort()
    found += [
        (0, old, places[place])
        for old, (place, one) in enumerate(removed)
        if place in places and _is_one_type(one, added[places[place]][1])
    ]
    old_ones, new_ones = dict[int, int](), set[int]()
    for _, old, new in found:
        if old not in old_ones and new not in new_ones:
            old_ones[old] = new
            new_ones.add(new)
    return tuple((removed[old][1], added[new][1]) for old, new in sorted(old_ones.items()))


def _is_one_type(one: Column, other: Column) -> bool:
    is_known = "any" not in (one.type, other.type)
    return is_known and is_taken(one, other) and is_taken(other, one)


def _similarity(one: object, other: object) -> float:
    return SequenceMatcher(None, str(one).casefold(), str(other).casefold()).ratio()
