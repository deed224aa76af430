"""Strike at a migration at many instants, again and again until it ends: every row is there once.

The target is not there before the end, and equal to the source afterwards.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import dkdata as dk
from dkdata import api, migration
from dkdata.configuration.resolving import workspace
from dkdata.migration import moving
from tests.faults import forks

if TYPE_CHECKING:
    from collections.abc import Iterator

_ = (api, migration, moving)  # imported before any process is forked
_PARTS = 8
_MOST = 60


@dataclass
class Migration:
    """One migration to a target, what strikes at it, and what was found so far.

    Parameters
    ----------
    may_fail
        Whether an error may be what comes of a strike.
    """

    source: str
    target: str
    strike: forks.Strike
    rows: int = 200_000
    may_fail: bool = False
    found: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the rows once."""
        keys = np.arange(self.rows)
        self._rows = pd.DataFrame({"k": keys, "s": pd.Series(keys).astype("str") + " of many"})

    def run(self, trials: int) -> float:
        """Strike at ``trials`` instants; return how long it takes undisturbed, in seconds."""
        forks.call(self._save_source)
        forks.call(self._clear)
        whole = forks.stop(self._migrate, None, self.strike)
        if not whole.acknowledged:
            raise RuntimeError(whole.error)
        for number in range(trials):
            forks.call(self._clear)
            self._try(whole.took * (number + 0.5) / trials)
        return whole.took

    def _try(self, instant: float) -> None:
        """Strike so long after each start, until it ends: it needs fewer and fewer parts."""
        for attempt in range(_MOST):
            stopped = forks.stop(self._migrate, instant + attempt * 0.05, self.strike)
            if stopped.error and not self.may_fail:
                self.faults.append(f"after {instant:.3f} s: {stopped.error}")
            if stopped.acknowledged:
                self.found[f"{attempt} strikes"] += 1
                break
            told = forks.call(self._state)
            self.found[told] += 1
            if told == "whole" and not list((workspace() / "migrations").glob("*.jsonl")):
                break  # it had ended, and could not say so
        else:
            self.faults.append(f"after {instant:.3f} s: it did not end")
        if told := forks.call(self._differs):
            self.faults.append(f"after {instant:.3f} s: {told}")

    def _save_source(self) -> None:
        dk.save(self._rows, self.source, mode="replace", progress=False)

    def _clear(self) -> None:
        dk.drop(self.target, missing_ok=True)

    def _migrate(self) -> None:
        size = self.rows // _PARTS
        dk.migrate(self.source, self.target, batch_rows=size, progress=False)

    def _state(self) -> str:
        """Return whether the target is there, which is whole then."""
        return self._differs() or "whole" if dk.exists(self.target) else "not there"

    def _differs(self) -> str:
        held = dk.load(self.target)
        if held.equals(self._rows):
            return ""
        return f"{len(held):,} rows, {held['k'].nunique():,} of them different"

    def __str__(self) -> str:
        """Return one line."""
        told = dict(sorted(self.found.items()))
        return f"{self.source} -> {self.target}: {told}, {len(self.faults)} faults"


def between(places: list[str], strike: forks.Strike, rows: int) -> Iterator[Migration]:
    """Return migrations between files, folders, the workspace and other places.

    Parameters
    ----------
    places
        A target there that is called ``faults``.
    """
    pairs = [
        ("moving.parquet", "moved"), ("moving", "moved_folder/"), ("moving", "moved.parquet"),
        *(("moving.parquet", target) for target in places),
        *((target.replace("faults", "moving"), "moved_here/") for target in places),
    ]  # fmt: skip
    for source, target in pairs:
        yield Migration(source, target, strike, rows)
