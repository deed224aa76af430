"""The long form: every column, result format, condition and share; run it as a module."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.validation.fidelity.columns import COLUMNS, frame_of
from tests.validation.fidelity.comparing import cells, tally
from tests.validation.fidelity.rules import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.validation.fidelity.comparing import Cell

FORMATS = (
    "SUMMARY",
    "COMPLETE",
    "BASIC",
    "BOOLEAN_ONLY",
    {"result_format": "COMPLETE", "partial_unexpected_count": 3, "include_unexpected_rows": True},
    {"result_format": "SUMMARY", "unexpected_index_column_names": ["kind", "n"]},
    {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 2},
    {"result_format": "BASIC", "return_unexpected_index_query": True},
)
CONDITIONS: tuple[Any, ...] = (
    None,
    "n > 3 and kind != 'x'",
    {"type": "comparison", "column": {"name": "kind"}, "operator": "==", "parameter": "y"},
    {
        "type": "or",
        "conditions": [
            {"type": "nullity", "column": {"name": "n"}, "is_null": True},
            {"type": "comparison", "column": {"name": "n"}, "operator": "<=", "parameter": 6},
        ],
    },
    "n < 0",
)


class Variant(NamedTuple):
    """How a suite is asked."""

    result_format: str | Mapping[str, Any] = "SUMMARY"
    condition: Any = None
    mostly: float = 1

    @property
    def id(self) -> str:
        """Name of a test."""
        level = self.result_format
        name = level if isinstance(level, str) else ", ".join(map(str, level.values()))
        return f"{name}, condition {CONDITIONS.index(self.condition)}, mostly {self.mostly}"


VARIANTS = [Variant(*one) for one in product(FORMATS, CONDITIONS, (1, 0.6))]
_PARTS = 6


def compared(name: str, variant: Variant, part: int | None = None) -> list[Cell]:
    """Return the cells of all rules about a column of that name, or of each sixth rule."""
    column = COLUMNS[name]
    suite = rules(column, variant.mostly, variant.condition)
    if part is not None:
        suite = suite.replaced(list(suite)[part % _PARTS :: _PARTS])
    return cells(frame_of(column), suite, variant.result_format)


def _tasks() -> list[tuple[str, Variant, int | None]]:
    """Return what to compare: all rules without conditions at each level, else a part of them.

    A part is every sixth rule about every third column, others for each variant.
    """
    tasks: list[tuple[str, Variant, int | None]] = []
    for number, variant in enumerate(VARIANTS):
        is_plain = variant.condition is None and isinstance(variant.result_format, str)
        names = list(COLUMNS) if is_plain else list(COLUMNS)[number % 3 :: 3]
        tasks += [
            (name, variant, None if is_plain else place + number // 3)
            for place, name in enumerate(names)
        ]
    return tasks


def _swept(task: tuple[str, Variant, int | None]) -> tuple[Counter[str], Counter[str], list[str]]:
    """Return how many cells there are of each kind and tier, and those that differ."""
    logging.disable(logging.CRITICAL)
    name, variant, _ = task
    found = compared(*task)
    wrong = [f"{name}, {variant.id}: {cell}" for cell in found if cell.kind == "differs"]
    return tally(found), Counter(cell.outcome.tier for cell in found), wrong


def main() -> int:
    """Compare everything, print what was found, and return whether anything differs."""
    kinds: Counter[str] = Counter()
    tiers: Counter[str] = Counter()
    wrong: list[str] = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for found, answered, differing in pool.imap_unordered(_swept, _tasks(), chunksize=8):
            kinds += found
            tiers += answered
            wrong += differing
    print("\n".join(wrong[:50]))
    print(f"{len(COLUMNS)} dtypes, {len(VARIANTS)} formats, conditions and shares")
    print(f"{kinds.total():,} cells:", ", ".join(f"{n:,} {kind}" for kind, n in kinds.items()))
    print("answered by", ", ".join(f"{tier} {n:,}" for tier, n in tiers.most_common()))
    print(f"{len(wrong)} silent differences")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
