"""Ours against theirs, in turn, in one process: medians and their ratio."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Spent(NamedTuple):
    """Seconds of the clock and of the processors; what a run returns that measured itself."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Job:
    """One line of the table.

    Parameters
    ----------
    ceiling
        How many times as long as ``theirs`` ours may take.
    setup
        Done once, before all runs.
    prepare
        Done before each run of either, outside the measurement.
    seconds
        How long ours may take whatever theirs takes.
    by_cpu
        Whether seconds of the processors are compared, which other work disturbs less, in place
        of those of the clock.
    """

    name: str
    against: str
    ceiling: float
    ours: Callable[[], object]
    theirs: Callable[[], object]
    setup: Callable[[], object] = lambda: None
    prepare: Callable[[], object] = lambda: None
    seconds: float | None = None
    by_cpu: bool = False


@dataclass(frozen=True)
class Timing:
    """Medians of the runs, in seconds of the clock and of the processors."""

    job: Job
    ours: float
    theirs: float
    ours_cpu: float
    theirs_cpu: float

    @property
    def ratio(self) -> float:
        """How many times as long ours takes."""
        if self.job.by_cpu:
            return self.ours_cpu / self.theirs_cpu
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        """Whether ours stays below its ceilings."""
        job = self.job
        return self.ratio <= job.ceiling and (job.seconds is None or self.ours <= job.seconds)

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        bound = "" if self.job.seconds is None else f", {self.job.seconds} s"
        cells = (
            self.job.name,
            f"{self.ours:.3f}",
            f"{self.theirs:.3f}",
            self.job.against,
            f"{self.ratio:.3g}",
            f"{self.job.ceiling:.3g}{bound}",
            f"{self.ours_cpu:.2f} / {self.theirs_cpu:.2f}",
            "yes" if self.holds else "NO",
        )
        return f"| {' | '.join(cells)} |"


HEADER = (
    "| job | ours s | theirs s | against | ratio | at most | CPU s | holds |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def measured(job: Job, repeats: int = 5) -> Timing:
    """Run the job ``repeats`` times each way, in turn, after one run each to warm up."""
    job.setup()
    runs: dict[str, list[Spent]] = {"ours": [], "theirs": []}
    for turn in range(repeats + 1):
        for side in ("ours", "theirs") if turn % 2 else ("theirs", "ours"):
            spent = _timed(getattr(job, side), job.prepare)
            if turn:
                runs[side].append(spent)
    (ours, ours_cpu), (theirs, theirs_cpu) = (
        [median(values) for values in zip(*runs[side], strict=True)] for side in ("ours", "theirs")
    )
    return Timing(job, ours, theirs, ours_cpu, theirs_cpu)


def _timed(run: Callable[[], object], prepare: Callable[[], object]) -> Spent:
    prepare()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    kept = run()
    spent = Spent(time.perf_counter() - wall, time.process_time() - cpu)
    return kept if isinstance(kept, Spent) else spent
