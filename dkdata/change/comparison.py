"""Comparison: what differs between two schemas, and what that means for their rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from dkdata.validation.html import titled_table

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind: TypeAlias = Literal[
    "added", "removed", "renamed", "type", "nullable", "rule added", "rule removed", "rule changed"
]
Breaks: TypeAlias = Literal["", "backward", "forward", "both"]
Verdict: TypeAlias = Literal["full", "backward", "forward", "none"]
_SHOWN: Final = 50
_KEPT: Final[Mapping[str, str]] = {
    "full": "rows of each meet the other",
    "backward": "rows of {left!r} meet {right!r}, but not the other way",
    "forward": "rows of {right!r} meet {left!r}, but not the other way",
    "none": "neither rows of {left!r} meet {right!r}, nor the other way",
}


@dataclass(frozen=True)
class Change:
    """One difference between two schemas.

    Parameters
    ----------
    kind
        A renamed column is a guess.
    column
        Its name, the names of several, or ``table``.
    before, after
        What the left and the right side say, in short.
    breaks
        ``"backward"`` if rows of the left side may not meet the right one, ``"forward"`` if rows
        of the right side may not meet the left one, ``"both"``, or nothing.
    why
        What breaks, or why nothing does.
    """

    kind: Kind
    column: str
    before: str = ""
    after: str = ""
    breaks: Breaks = ""
    why: str = ""

    def __str__(self) -> str:
        told = " -> ".join(text for text in (self.before, self.after) if text)
        said = f"{self.kind} {self.column!r}" + (f": {told}" if told else "")
        marks = f" [breaks {self.breaks}]" if self.breaks else ""
        line = f"{said}{marks}" + (f" - {self.why}" if self.why else "")
        return " ".join(line.split())


@dataclass(frozen=True)
class Target:
    """How a table in one backend gets from the columns of the left side to those of the right.

    Parameters
    ----------
    verdict
        ``"as it is"``, ``"in place"`` or ``"rewrite"`` (the first append does it, and all rows are
        written anew), or ``"replace"``: no append does it.
    """

    name: str
    verdict: str
    why: str


@dataclass(frozen=True, repr=False)
class Comparison:
    """What differs between two schemas.

    Parameters
    ----------
    verdict
        ``"full"``, ``"backward"``, ``"forward"`` or ``"none"``, as in registries of schemas.
    preview
        The steps of a migration of rows from the left side to the right, in an order that works.
    """

    left: str
    right: str
    changes: tuple[Change, ...]
    backends: tuple[Target, ...] = ()
    preview: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Which side reads the rows of the other."""
        broken = {change.breaks for change in self.changes}
        is_backward = broken.isdisjoint({"backward", "both"})
        is_forward = broken.isdisjoint({"forward", "both"})
        if is_backward:
            return "full" if is_forward else "backward"
        return "forward" if is_forward else "none"

    @property
    def told(self) -> str:
        """The verdict in words."""
        if not self.changes:
            return f"{self.left!r} and {self.right!r} say the same."
        said = _KEPT[self.verdict].format(left=self.left, right=self.right)
        breaking = [change for change in self.changes if change.breaks]
        count = f"{len(breaking):,} of {len(self.changes):,} changes break that."
        return f"{said}: {count}" if breaking else f"{said}."

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison in the plain types of JSON.

        Examples
        --------
        >>> Comparison("a", "b", ()).to_dict()["verdict"]
        'full'
        """
        return {
            "left": self.left,
            "right": self.right,
            "verdict": self.verdict,
            "told": self.told,
            "changes": [asdict(change) for change in self.changes],
            "backends": {
                each.name: {"verdict": each.verdict, "why": each.why} for each in self.backends
            },
            "preview": list(self.preview),
        }

    def __repr__(self) -> str:
        lines = [f"Comparison of {self.left!r} and {self.right!r}: {self.verdict}", self.told]
        lines += [f"  {change}" for change in self.changes[:_SHOWN]]
        more = len(self.changes) - _SHOWN
        lines += [f"  and {more:,} more"] if more > 0 else []
        lines += [f"{each.name}: {each.verdict} - {each.why}" for each in self.backends]
        return "\n".join([*lines, *(["steps:"] if self.preview else []), *self._steps])

    @property
    def _steps(self) -> list[str]:
        more = len(self.preview) - _SHOWN
        rest = [f"  and {more:,} more"] if more > 0 else []
        return [*(f"  {step}" for step in self.preview[:_SHOWN]), *rest]

    def _repr_html_(self) -> str:
        shown = self.changes[:_SHOWN]
        rows = [(one.kind, one.column, one.before, one.after, one.breaks, one.why) for one in shown]
        changes = titled_table(
            "comparison",
            f"<b>{escape(self.left)}</b> and <b>{escape(self.right)}</b>: {escape(self.verdict)}."
            f" {escape(self.told)}",
            ("change", "column", "before", "after", "breaks", "why"),
            [map(escape, row) for row in rows],
            more=len(self.changes) - len(shown),
        )
        backends = titled_table(
            "comparison-backends",
            "Stored tables",
            ("backend", "verdict", "why"),
            [map(escape, (one.name, one.verdict, one.why)) for one in self.backends],
        )
        steps = titled_table(
            "comparison-steps",
            "Steps of a migration",
            ("step",),
            [[escape(step)] for step in self.preview[:_SHOWN]],
            more=len(self.preview) - _SHOWN,
        )
        return changes + backends * bool(self.backends) + steps * bool(self.preview)
