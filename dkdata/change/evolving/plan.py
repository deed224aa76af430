"""Plan: how rows of one version of a schema become rows of another."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from dkdata.change.evolving.steps import Drop
from dkdata.validation.html import titled_table

if TYPE_CHECKING:
    from dkdata.change.comparison import Comparison, Verdict
    from dkdata.change.evolving.steps import PlanStep


@dataclass(frozen=True, repr=False)
class Plan:
    """The steps from one version to another, in the order in which they are taken.

    Parameters
    ----------
    evolution
        The name of the evolution.
    before, after
        The versions.
    steps
        Each tells what it does, its ``reverse``, and what it ``loses``.
    comparison
        What differs between the versions, guessed renames and constraints among it.
    rows
        After a dry run: how many rows there are.
    lost
        After a dry run: how many values each step would lose.
    """

    evolution: str
    before: str
    after: str
    steps: tuple[PlanStep, ...]
    comparison: Comparison
    rows: int | None = None
    lost: tuple[int, ...] | None = None

    @property
    def verdict(self) -> Verdict:
        """Which version reads rows of the other: ``backward``, ``forward``, ``full``, ``none``."""
        return self.comparison.verdict

    @property
    def loses(self) -> bool:
        """Whether values may be lost, or were in a dry run."""
        if self.lost is not None:
            return any(self.lost)
        return any(step.loses != "nothing" for step in self.steps)

    @property
    def dropped(self) -> tuple[Any, ...]:
        """The names of the columns that go."""
        return tuple(step.column.name for step in self.steps if isinstance(step, Drop))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan in the plain types of JSON."""
        steps = [
            {"step": str(step), "reverse": step.reverse, "loses": step.loses} for step in self.steps
        ]
        for step, count in zip(steps, self.lost or (), strict=False):
            step["lost"] = str(count)
        return {
            "evolution": self.evolution,
            "before": self.before,
            "after": self.after,
            "verdict": self.verdict,
            "steps": steps,
        }

    @property
    def _title(self) -> str:
        rows = "" if self.rows is None else f", {self.rows:,} rows"
        return f"{self.evolution}: {self.before} -> {self.after} ({self.verdict}{rows})"

    def _told(self, number: int) -> tuple[str, str, str]:
        step = self.steps[number]
        lost = step.loses if self.lost is None else f"{self.lost[number]:,} values"
        return str(step), step.reverse, lost

    def __repr__(self) -> str:
        lines = [self._title]
        for number in range(len(self.steps)):
            told, reverse, loses = self._told(number)
            lines.append(f"  {number + 1}. {told} - loses {loses}; undone by: {reverse}")
        return "\n".join(lines if self.steps else [*lines, "  nothing to do to rows"])

    def _repr_html_(self) -> str:
        rows = [map(escape, self._told(number)) for number in range(len(self.steps))]
        return titled_table(
            "plan", f"<b>{escape(self._title)}</b>", ("step", "undone by", "loses"), rows
        )
