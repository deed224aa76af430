"""Long saves show that they go on, and end with one plain line."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

import dkdata as dk


def _slow(batches=30, seconds=0.02):
    def rows():
        for first in range(batches):
            time.sleep(seconds)
            yield pa.record_batch({"n": pa.array([first] * 1_000)})

    return pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), rows())


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr("dkdata.api.writing._QUIET_SECONDS", 0.1)


def test_a_long_save_shows_progress_and_one_line_at_the_end(capsys):
    dk.save(_slow(), "memory.slow", mode="replace")
    shown = capsys.readouterr()
    *bars, last = shown.err.replace("\r", "\n").strip().split("\n")
    assert any("rows" in bar for bar in bars)
    assert last.startswith("memory.slow: 30,000 rows inserted in ")
    assert shown.out == ""
    updates = [bar for bar in bars if "rows/s" in bar]
    assert 0 < len(updates) <= 10  # of 0.6 s, at most ten a second


def test_progress_can_be_turned_off(capsys):
    dk.save(_slow(), "memory.slow", mode="replace", progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_quick_save_says_nothing(capsys, monkeypatch):
    monkeypatch.setattr("dkdata.api.writing._QUIET_SECONDS", 60)
    dk.save(_slow(2), "memory.quick", mode="replace")
    assert capsys.readouterr() == ("", "")
