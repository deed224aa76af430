"""Strike at a save at many instants: readers find exactly the old or exactly the new.

Two thirds of the instants are spread evenly over the save; a third is aimed at the commit, which
lies between the latest instant that left the old and the earliest that left the new; near the end,
where the save goes on all the same. After each one the save is repeated under the same run id,
which has to give exactly the new.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import dkdata as dk
from dkdata import commit
from tests.faults import forks

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW, PART = "OLD", "NEW", "PART"
# What may not be said of an outcome.
_NOTHING = ("nothing was changed", "Nothing was ")
_UNTRUE = {OLD: ("it was saved already",), NEW: _NOTHING, PART: ("it was saved already", *_NOTHING)}
_AIMED = 3
_MARGIN = 0.01


@dataclass(frozen=True)
class Case:
    """A target, how it is written, and the frames before and after."""

    target: str
    mode: str
    rows: int = 200_000

    def frame(self, value: int, first: int = 0) -> pd.DataFrame:
        """Return rows of one value, whose keys start at ``first``."""
        keys = np.arange(first, first + self.rows)
        text = pd.Series(keys).astype(str) + f" of value {value}"
        return pd.DataFrame({"k": keys, "v": np.full(self.rows, value), "s": text.astype("str")})

    @property
    def old(self) -> pd.DataFrame:
        """What is there before."""
        return self.frame(0)

    @property
    def sent(self) -> pd.DataFrame:
        """What the save that is stopped writes; half of its keys are there for an upsert."""
        first = {"replace": 0, "append": self.rows, "upsert": self.rows // 2}[self.mode]
        return self.frame(1, first)

    @property
    def new(self) -> pd.DataFrame:
        """What is there afterwards."""
        if self.mode == "replace":
            return self.sent
        kept = self.old[~self.old["k"].isin(self.sent["k"])]
        return pd.concat([kept, self.sent], ignore_index=True)

    @property
    def key(self) -> str | None:
        """The key that an upsert needs."""
        return "k" if self.mode == "upsert" else None


@dataclass
class Sweep:
    """One case, what was found so far, and where the commit lies.

    Parameters
    ----------
    strike
        Gets the id of the process that saves.
    may_fail
        Whether an error may be what comes of it.
    goes_on
        Whether the process outlives the strike, and saves in the end.
    by_row
        Whether each row is saved for itself: some may be the old and others the new.
    left
        Tells what the save has left behind and should not.
    """

    case: Case
    strike: forks.Strike
    may_fail: bool = False
    goes_on: bool = False
    by_row: bool = False
    left: Callable[[], list[str]] = list
    found: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    slowest_stop: float = 0.0
    last_old: float = 0.0
    first_new: float = float("inf")

    def __post_init__(self) -> None:
        """Make the frames once, before any process is forked."""
        self._old, self._sent, self._new = self.case.old, self.case.sent, self.case.new
        self._own = commit.new_run_id()  # other sweeps of the same target have other run ids

    def start(self) -> float:
        """Save three times undisturbed; return the usual length of a save in seconds."""
        lengths = []
        for attempt in range(3):
            forks.call(self._save_old)
            run_id = f"{self._own}-undisturbed-{attempt}"
            ended = forks.stop(self._save(run_id), None, self.strike)
            verdict = forks.call(self._verdict)
            if not ended.acknowledged or verdict != NEW:
                message = f"an undisturbed save gave {verdict} {ended.error}"
                raise RuntimeError(message)
            lengths.append(ended.took)
        return median(lengths)

    def run(self, trials: int) -> float:
        """Stop a save at ``trials`` instants; return the usual length of a save in seconds."""
        length = self.start()
        even = [length * 1.1 * (n + 0.5) / trials for n in range(trials)]
        late = []
        for number, instant in enumerate(even):
            if number % _AIMED == _AIMED - 1:
                late.append(number)
            else:
                self._try(number, instant)
        for place, number in enumerate(late):
            low = min(self.last_old, self.first_new) - _MARGIN
            high = max(self.last_old, min(self.first_new, length * 1.1)) + _MARGIN
            if self.goes_on:
                low, high = length * 0.8, length * 1.05
            self._try(number, max(0.0, low + (high - low) * (place + 0.5) / len(late)))
        return length

    def _try(self, number: int, instant: float) -> None:
        run_id = f"{self._own}-stopped-{number}"
        forks.call(self._save_old)
        stopped = forks.stop(self._save(run_id), instant, self.strike)
        self.slowest_stop = max(self.slowest_stop, stopped.lived_on)
        self.acknowledged += stopped.acknowledged
        try:
            verdict = forks.call(self._verdict)
            repeated = forks.call(lambda: (self._save(run_id)(), self._verdict())[1])
        except (RuntimeError, TimeoutError) as error:
            verdict, repeated = f"UNREADABLE {error}", NEW
        self.found[verdict.split()[0]] += 1
        if verdict == OLD:
            self.last_old = max(self.last_old, instant)
        elif verdict == NEW:
            self.first_new = min(self.first_new, instant)
        self._judge(stopped, instant, verdict, repeated)

    def _judge(
        self,
        stopped: forks.Stopped,
        instant: float,
        verdict: str,
        repeated: str,
    ) -> None:
        at = f"stopped after {instant:.3f} s:"
        if verdict not in (OLD, NEW, PART):
            self.faults.append(f"{at} {verdict}")
        if stopped.acknowledged and verdict != NEW:
            self.faults.append(f"{at} the save was acknowledged and is lost")
        if repeated != NEW:
            self.faults.append(f"{at} repeated under its run id it gave {repeated}")
        if stopped.error and not self.may_fail:
            self.faults.append(f"{at} {stopped.error}")
        if verdict in _UNTRUE and any(words in stopped.error for words in _UNTRUE[verdict]):
            self.faults.append(f"{at} {verdict}, but it said: {stopped.error}")
        self.faults += [f"{at} left {what}" for what in self.left()]

    def _save_old(self) -> None:
        dk.save(self._old, self.case.target, mode="replace", key=self.case.key, progress=False)

    def _save(self, run_id: str) -> Callable[[], object]:
        return lambda: dk.save(
            self._sent, self.case.target, mode=self.case.mode, key=self.case.key,
            progress=False, run_id=run_id,
        )  # fmt: skip

    def _verdict(self) -> str:
        held = dk.load(self.case.target).sort_values("k", ignore_index=True)
        for name, expected in ((OLD, self._old), (NEW, self._new)):
            if held.equals(expected):
                return name
        if self.by_row and self._is_whole_by_row(held):
            return PART
        return f"TORN {len(held)} rows, {int(held['v'].sum())} of them new"

    def _is_whole_by_row(self, held: pd.DataFrame) -> bool:
        known = pd.concat([self._old, self._sent])
        is_known = len(held.merge(known, on=list(known.columns))) == len(held)
        return is_known and held["k"].is_unique and bool(self._old["k"].isin(held["k"]).all())

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.case.target} {self.case.mode}: {dict(sorted(self.found.items()))},"
            f" {self.acknowledged} acknowledged, commit near {self.last_old:.3f} s,"
            f" slowest stop {self.slowest_stop:.2f} s, {len(self.faults)} faults"
        )
