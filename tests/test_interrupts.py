"""Ctrl-C ends a save, a load and a validation soon; nothing is changed, and that is said."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from tests.interrupting import interrupted

# Python tells of an interrupt that it loses because it comes while a generator is closed.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ROWS = 1_000_000
TARGETS = ("memory.t", "t", "t.csv", "t.parquet", "folder/")
SUITE = dk.expect("t").matches("^[0-9]+$").unique() + dk.expect("x").between(0, 200)
SAVES = {
    "frame": lambda frame, target: dk.save(frame, target, mode="append"),
    "stream": lambda frame, target: dk.save(_stream(frame), target, mode="append"),
    "upsert": lambda frame, target: dk.save(frame, target, mode="upsert", key="id"),
    "checksum": lambda frame, target: dk.save(frame, target, mode="append", verify="checksum"),
    "gate": lambda frame, target: dk.save(frame, target, mode="append", suite=SUITE),
}
READS = {
    "load": dk.load,
    "sort": lambda target: dk.load(target, order_by="-t", where="x > 1"),
    "validate": lambda target: dk.validate(target, SUITE),
}
OUTCOMES = "nothing was changed|nothing was written|the save was complete|saved already"


@pytest.fixture(scope="module")
def frame():
    numbers = np.arange(ROWS)
    return pd.DataFrame({"id": numbers, "x": numbers % 977 / 7, "t": numbers.astype(str)})


def _stream(frame):
    return pa.Table.from_pandas(frame).to_reader(10_000)


def _told(work, pattern):
    """Interrupt work that is done again and again, and check what is said.

    It may come just between two calls, or as a store begins or returns, and then says less.
    """
    said = []
    for _ in range(5):
        with interrupted(0.3) as told:
            while True:
                work()
        said.append(str(told.value))
        if re.search(pattern, said[-1]):
            return
    raise AssertionError(said)


@pytest.mark.parametrize("what", SAVES)
@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupted_save_is_whole_or_nothing(frame, target, what):
    dk.save(frame[:10], target, mode="replace")
    _told(lambda: SAVES[what](frame, target), OUTCOMES)
    count = dk.count(target)
    assert count in (10, ROWS) if what == "upsert" else count % ROWS == 10
    assert dk.save(frame[:1], target, mode="replace").rows == 1


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupted_load_or_validation_ends(frame, target, what):
    dk.save(frame, target, mode="replace")
    _told(lambda: READS[what](target), r"^(loading|validating) .*: interrupted\.$")
    assert dk.count(target) == ROWS


def test_an_interrupted_validation_of_a_frame_ends(frame):
    _told(lambda: dk.validate(frame, SUITE), r"^validating the frame: interrupted\.$")
