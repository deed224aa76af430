"""A suggested suite, against what pandas tells of the same frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    import pandas as pd


def jobs(frame: pd.DataFrame) -> list[Job]:
    """Return the job of suggesting a suite, which may take 2 s for a million rows."""
    return [
        Job("suggest", "DataFrame.describe", 1.5,
            lambda: dk.suggest(frame), lambda: frame.describe(include="all"),
            seconds=2.0 * len(frame) / 1_000_000),
    ]  # fmt: skip
