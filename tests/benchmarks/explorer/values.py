"""What was measured, of which tool."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.benchmarks.explorer.goals import Goal

OURS = "dkdata"


class Values:
    """All single values by row and tool, and what the machine had to do meanwhile."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = defaultdict(dict)
        self._loads: list[float] = []

    def note(self, key: str, values: float | Iterable[float], tool: str = OURS) -> None:
        """Keep what was measured for one row."""
        found = [float(values)] if isinstance(values, (int, float)) else [*values]
        self._values[key].setdefault(tool, []).extend(found)
        self._loads.append(os.getloadavg()[0])
        told = ", ".join(f"{value:.3f}" for value in found)
        print(f"{tool}, {key}: {told} (load {self._loads[-1]:.1f})", flush=True)

    def read(self, path: Path, places: Iterable[str]) -> None:
        """Take those values of an earlier run that were measured in other places."""
        for row in json.loads(path.read_text())["rows"]:
            if row["where"] not in places:
                self._values[row["key"]] = row["values"]

    def median(self, key: str, tool: str = OURS) -> float | None:
        """Return the middle value of one row; ``None`` if nothing was measured."""
        found = self._values.get(key, {}).get(tool)
        return median(found) if found else None

    @property
    def tools(self) -> list[str]:
        """The tools that something was measured of, ours first."""
        found = dict.fromkeys(tool for tools in self._values.values() for tool in tools)
        return sorted(found, key=lambda tool: tool != OURS)

    @property
    def load(self) -> str:
        """What the machine had to do, over one minute each."""
        if not self._loads:
            return "unknown"
        low, middle, high = min(self._loads), median(self._loads), max(self._loads)
        return f"{low:.1f} to {high:.1f}, median {middle:.1f}, on {os.cpu_count()} cores"

    def save(self, path: Path, goals: Iterable[Goal]) -> None:
        """Write everything to a JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {
                "key": goal.key, "what": goal.what, "where": goal.place, "unit": goal.unit,
                "goal": goal.goal, "ceiling": goal.ceiling,
                "median": {tool: self.median(goal.key, tool) for tool in self._values[goal.key]},
                "values": self._values[goal.key],
            }
            for goal in goals
        ]  # fmt: skip
        more = {key: tools for key, tools in self._values.items() if key not in _keys(goals)}
        told = {"load": self.load, "rows": rows, "more": more}
        path.write_text(json.dumps(told, indent=1))


def _keys(goals: Iterable[Goal]) -> set[str]:
    return {goal.key for goal in goals}
