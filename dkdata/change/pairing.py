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
        Pairs of left and right; a renamed one is a guess, unless it is among ``stated``.
    removed, added
        Columns that only the left, only the right side has.
    stated
        The names, on the left, of columns of which it was said that they are renamed.
    """

    kept: tuple[tuple[Column, Column], ...]
    renamed: tuple[tuple[Column, Column], ...]
    removed: tuple[Column, ...]
    added: tuple[Column, ...]
    stated: frozenset[Any] = frozenset()

    @property
    def flipped(self) -> Pairs:
        """The pairs as the right side sees them."""
        kept, renamed = (
            tuple((right, left) for left, right in pairs) for pairs in (self.kept, self.renamed)
        )
        stated = frozenset(left.name for left, right in renamed if right.name in self.stated)
        return Pairs(kept, renamed, self.added, self.removed, stated)

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


def paired(
    left: Side,
    right: Side,
    stated: Mapping[Any, Any] | None = None,
    alike: Mapping[Any, Any] | None = None,
) -> Pairs:
    """Return the columns of two sides in pairs, by name and in the order of the sides.

    Parameters
    ----------
    stated
        Names of the left side that are known to have become others on the right.
    alike
        Names of the left side whose values are like those of others on the right: guesses that
        come first.
    """
    known = dict(stated or {})
    held = {column.name: column for column in right.columns}
    told = tuple((one, held[known[one.name]]) for one in left.columns if one.name in known)
    taken = {other.name for _, other in told}
    kept = tuple(
        (one, held[one.name])
        for one in left.columns
        if one.name in held and one.name not in known and one.name not in taken
    )
    old = {one.name for one, _ in (*told, *kept)}
    new = taken | {one.name for one, _ in kept}
    removed = [(place, one) for place, one in enumerate(left.columns) if one.name not in old]
    added = [(place, one) for place, one in enumerate(right.columns) if one.name not in new]
    own = {one.name: one for _, one in removed}
    others = {one.name: one for _, one in added}
    guessed = tuple(
        (own[name], others[new])
        for name, new in (alike or {}).items()
        if name in own and new in others
    )
    gone = {one.name for one, _ in guessed}
    come = {one.name for _, one in guessed}
    guessed += _renamed(
        [item for item in removed if item[1].name not in gone],
        [item for item in added if item[1].name not in come],
    )
    gone = {one.name for one, _ in guessed}
    come = {one.name for _, one in guessed}
    return Pairs(
        kept,
        (*told, *guessed),
        tuple(one for _, one in removed if one.name not in gone),
        tuple(one for _, one in added if one.name not in come),
        frozenset(known),
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
