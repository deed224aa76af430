"""Text to numbers and times, against pandas' own functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from collections.abc import Callable

_BAD = 100  # one text of so many is none of the type


def jobs(frame: pd.DataFrame) -> list[Job]:
    """Return conversions of texts of which one in a hundred cannot be converted."""
    numbers = np.random.default_rng(0).permutation(len(frame)) * 1_000_003
    texts = {
        "integer": pd.Series(numbers).astype("str"),
        "float": frame["amount"].astype("str"),
        "datetime": frame["moment"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype("str"),
    }
    against: dict[str, Callable[[pd.Series], object]] = {
        "integer": lambda values: pd.to_numeric(values, errors="coerce"),
        "float": lambda values: pd.to_numeric(values, errors="coerce"),
        "datetime": lambda values: pd.to_datetime(values, format="ISO8601", errors="coerce"),
    }
    return [_job(wanted, _spoilt(texts[wanted]), against[wanted]) for wanted in texts]


def _spoilt(texts: pd.Series) -> pd.Series:
    return texts.mask(texts.index % _BAD == 0, "x" + texts)


def _job(wanted: str, texts: pd.Series, theirs: Callable[[pd.Series], object]) -> Job:
    given = texts.to_frame("x")
    return Job(
        f"coerce text to {wanted}",
        f"pandas.to_{'datetime' if wanted == 'datetime' else 'numeric'}",
        2.0 if wanted == "datetime" else 1.0,  # theirs does not say what failed, or why
        lambda: dk.coerce(given, {"x": wanted}),
        lambda: theirs(texts),
        seconds=1.0,
    )
