"""What a look at the stores found: whether they answer, and what interrupted saves left behind."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("store", "answers", "told", "leftovers", "removed")


@dataclass(frozen=True)
class Finding:
    """What was found of one store.

    Parameters
    ----------
    told
        The server and its version, or why the store does not answer.
    leftovers
        What interrupted saves left behind and nobody uses, in words.
    is_removed
        Whether it has been removed.
    """

    store: str
    answers: bool
    told: str
    leftovers: tuple[str, ...] = ()
    is_removed: bool = False

    def __str__(self) -> str:
        """Return one line, and one for each leftover."""
        mark = "✓" if self.answers else "✗"
        done = "removed" if self.is_removed else "left over"
        lines = [f"{mark} {self.store}: {self.told}"]
        return "\n".join([*lines, *(f"    {done}: {leftover}" for leftover in self.leftovers)])


@dataclass(frozen=True)
class Report:
    """What was found of several stores; true where all answer and nothing is left over.

    Examples
    --------
    >>> bool(Report((Finding("warehouse", answers=True, told="PostgreSQL 15.18"),)))
    True
    """

    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Whether all stores answer and nothing is left over."""
        return all(one.answers and (one.is_removed or not one.leftovers) for one in self.findings)

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What interrupted saves left behind, in all stores."""
        return tuple(leftover for one in self.findings for leftover in one.leftovers)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a store: store, answers, told, leftovers (how many), removed."""
        import pandas as pd  # noqa: PLC0415 - on use

        rows = [
            (one.store, one.answers, one.told, len(one.leftovers), one.is_removed)
            for one in self.findings
        ]
        return pd.DataFrame(rows, columns=list(_COLUMNS))

    def __str__(self) -> str:
        """Return a line for each store and each leftover."""
        return "\n".join(map(str, self.findings))

    def __repr__(self) -> str:
        """Return the same as ``str``."""
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre class='dk-report'>{escape(str(self))}</pre>"
