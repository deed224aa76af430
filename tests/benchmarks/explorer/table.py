"""The table: each value beside its goal, its ceiling and what others need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.explorer.goals import Goal
from tests.benchmarks.explorer.values import OURS, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = {"s": 3, "kB": 1, "MB": 1, "n": 0}
_NOTHING = "-"


def holds(goal: Goal, values: Values) -> bool:
    """Whether a row was measured, and is not above its ceiling."""
    found = values.median(goal.key)
    return found is not None and found <= goal.ceiling


def lines(goals: Sequence[Goal], values: Values) -> list[str]:
    """Return the table in Markdown."""
    peers = [tool for tool in values.tools if tool != OURS]
    head = ["what", "where", OURS, "goal", "ceiling", "goal met", "holds", *peers]
    return [_row(head), _row(["---"] * len(head)), *(_line(g, values, peers) for g in goals)]


def _line(goal: Goal, values: Values, peers: Sequence[str]) -> str:
    found = values.median(goal.key)
    is_met = found is not None and found <= goal.goal
    return _row([
        goal.what, goal.place, _told(goal, found), _limit(goal, goal.goal),
        _limit(goal, goal.ceiling), "yes" if is_met else "NO",
        "yes" if holds(goal, values) else "NO",
        *(_told(goal, values.median(goal.key, peer)) for peer in peers),
    ])  # fmt: skip


def _told(goal: Goal, value: float | None) -> str:
    if value is None:
        return _NOTHING
    unit = "" if goal.unit == "n" else f" {goal.unit}"
    return f"{value:,.{_DIGITS[goal.unit]}f}{unit}"


def _limit(goal: Goal, value: float) -> str:
    return f"{value:g}{'' if goal.unit == 'n' else f' {goal.unit}'}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
