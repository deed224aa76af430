"""Which rows break rules, and which ones each of them breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_BITS: Final = 62
"""Rules whose bits fit into one integer of a row."""


@dataclass(frozen=True, eq=False)
class Reasons:
    """The rows that break rules.

    Parameters
    ----------
    positions
        The rows, in order.
    kinds
        For each row, the place of its texts in ``texts``.
    texts
        The different combinations of broken rules.
    """

    positions: np.ndarray[Any, Any]
    kinds: np.ndarray[Any, Any]
    texts: tuple[tuple[str, ...], ...]

    def lists(self) -> list[list[str]]:
        """Return the broken rules of each row, as a list of its own."""
        return [list(self.texts[kind]) for kind in self.kinds.tolist()]


def reasons(broken: Sequence[tuple[str, np.ndarray[Any, Any]]], rows: int) -> Reasons:
    """Return the rows that break rules, with the rules.

    Parameters
    ----------
    broken
        For each rule its text, and the positions of the rows that break it.
    rows
        How many rows there are.

    Examples
    --------
    >>> found = reasons([("a", np.array([0, 2])), ("b", np.array([2]))], 4)
    >>> found.positions.tolist(), found.lists()
    ([0, 2], [['a'], ['a', 'b']])
    """
    fails = np.zeros(rows, dtype=bool)
    for _, positions in broken:
        fails[positions] = True
    failing = np.flatnonzero(fails)
    place = np.empty(rows, dtype=np.int64)
    place[failing] = np.arange(len(failing))
    kinds = np.zeros(len(failing), dtype=np.int64)
    texts: list[tuple[str, ...]] = [()]
    for start in range(0, len(broken), _BITS):
        kinds, texts = _joined(kinds, texts, broken[start : start + _BITS], place)
    return Reasons(failing, kinds, tuple(texts))


def _joined(
    kinds: np.ndarray[Any, Any],
    texts: list[tuple[str, ...]],
    broken: Sequence[tuple[str, np.ndarray[Any, Any]]],
    place: np.ndarray[Any, Any],
) -> tuple[np.ndarray[Any, Any], list[tuple[str, ...]]]:
    """Return the kinds of rows and their texts with some rules more."""
    bits = np.zeros(len(kinds), dtype=np.int64)
    for number, (_, positions) in enumerate(broken):
        bits[place[positions]] |= 1 << number
    masks, found = np.unique(bits, return_inverse=True)
    pairs, joined = np.unique(kinds * len(masks) + found, return_inverse=True)
    made = []
    for pair in pairs.tolist():
        before, mask = texts[pair // len(masks)], int(masks[pair % len(masks)])
        made.append((*before, *(text for n, (text, _) in enumerate(broken) if mask >> n & 1)))
    return joined, made
