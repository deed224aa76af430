"""The long form: every column, result format, condition and share; run it as a module."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections import Counter
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Swept:
    """What was found in some cells: how many of each kind, by tier, and those that differ."""

    kinds: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.kinds + other.kinds,
            self.tiers + other.tiers,
            self.plain + other.plain,
            self.wrong + other.wrong,
        )


def _swept(task: tuple[str, Variant, int | None]) -> Swept:
    """Return what was found in the cells of one column and variant."""
    logging.disable(logging.CRITICAL)
    name, variant, _ = task
    found = compared(*task)
    wrong = [f"{name}, {variant.id}: {cell}" for cell in found if cell.kind == "differs"]
    tiers = Counter(cell.outcome.tier for cell in found)
    plain = Counter(_tiers_by_type(found).values()) if variant == VARIANTS[0] else Counter()
    return Swept(tally(found), tiers, plain, wrong)


def _tiers_by_type(found: list[Cell]) -> dict[str, str]:
    """Return the slowest tier that each expectation needs for a dtype.

    Where Great Expectations raises whatever the parameters are, there is nothing to compile.
    """
    order = ("raises", "metadata", "kernels", "gx")
    tiers: dict[str, str] = {}
    for cell in found:
        name = cell.outcome.expectation.type
        tier = "raises" if cell.outcome.error else cell.outcome.tier
        tiers[name] = max(tiers.get(name, "raises"), tier, key=order.index)
    return tiers


def main() -> int:
    """Compare everything, print what was found, and return whether anything differs."""
    total = Swept()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for found in pool.imap_unordered(_swept, _tasks(), chunksize=8):
            total += found
    print("\n".join(total.wrong[:50]))
    print(f"{len(COLUMNS)} dtypes, {len(VARIANTS)} formats, conditions and shares")
    print(f"{total.kinds.total():,} cells:", _told(total.kinds))
    print("answered by", _told(total.tiers))
    print(f"{total.plain.total():,} pairs of an expectation and a dtype:", _told(total.plain))
    print(f"{len(total.wrong)} silent differences")
    return bool(total.wrong)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
