"""Long work shows that it goes on, and ends with one plain line."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from errno import ENOENT
from itertools import count
from typing import ClassVar

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import ongoing, showing
from dkdata.ongoing import Ongoing
from dkdata.query import Write, WriteMode
from dkdata.stores.file import FileStore
from dkdata.stores.memory import MemoryStore
from dkdata.validation import validate
from tests.slow_rows import slow_rows

INTERRUPTED = {contextlib.__file__, ongoing.__file__, showing.__file__}
LINE = r"saved 30,000 rows -> memory\.slow in \d\.\d s, \d+ k rows/s"


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(showing, "_QUIET_SECONDS", 0.1)


@pytest.fixture
def _quiet(monkeypatch):
    monkeypatch.setattr(showing, "_QUIET_SECONDS", 600)


@pytest.fixture
def slow_table():
    """A table of a store that takes its time to read it."""
    dk.register_backend("slow", "tests.slow_rows:SlowStore")
    return "slow://#slow"


def _shown(capsys):
    """Return what was shown while work went on, and the last line."""
    out, errors = capsys.readouterr()
    assert out == ""
    *bars, last = errors.replace("\r", "\n").strip().split("\n")
    return [bar for bar in bars if bar.strip()], last


def test_a_long_save_shows_progress_and_one_line_at_the_end(capsys):
    dk.save(slow_rows(), "memory.slow", mode="replace")
    bars, last = _shown(capsys)
    assert re.fullmatch(LINE, last)
    assert bars
    assert all(bar.startswith("saving to memory.slow: ") for bar in bars)
    counts = [int(re.search(r"(\d+) rows", bar)[1]) for bar in bars]
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= 30_000


def test_there_are_at_most_ten_updates_a_second(capsys):
    started = time.monotonic()
    dk.save(slow_rows(60, 0.02), "memory.slow", mode="replace")
    bars, _ = _shown(capsys)
    assert 0 < len(bars) <= 10 * (time.monotonic() - started)


def test_work_that_shows_nothing_of_its_rows_is_shown_too(capsys):
    with showing.shown("waiting", progress=None) as work:
        time.sleep(0.5)
        work.line = "waited"
    bars, last = _shown(capsys)
    assert last == "waited"
    assert bars[0].startswith("waiting: 0 rows")


@pytest.mark.parametrize("progress", [False])
def test_progress_can_be_turned_off(capsys, slow_table, progress):
    dk.save(slow_rows(), "memory.other", mode="replace", progress=progress)
    dk.load(slow_table, progress=progress)
    dk.validate(slow_table, dk.expect("n").not_null(), progress=progress)
    dk.table(slow_table).validate(dk.expect("n").not_null(), progress=progress)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("_quiet")
def test_quick_work_says_nothing(capsys):
    dk.save(slow_rows(2), "memory.quick", mode="replace")
    dk.load("memory.quick")
    dk.validate("memory.quick", dk.expect("n").not_null())
    assert capsys.readouterr() == ("", "")


def test_a_long_load_says_how_many_rows_came(capsys, slow_table):
    assert len(dk.load(slow_table)) == 30_000
    bars, last = _shown(capsys)
    assert re.fullmatch(r"loaded 30,000 rows from slow://#slow in \d\.\d s, \d+ k rows/s", last)
    assert bars[-1].startswith("loading slow://#slow: ")


def test_a_long_validation_says_how_many_expectations_were_met(capsys, slow_table):
    assert not dk.validate(slow_table, dk.expect("n").not_null().between(0, 5))
    _, last = _shown(capsys)
    assert re.fullmatch(r"validated slow://#slow: 1 of 2 expectations met in \d\.\d s", last)


def test_a_suite_with_many_rules_counts_rules():
    suite = dk.expect("a").not_null().unique().between(0, 9)
    with ongoing.within(Ongoing("validating")) as work:
        validate(pd.DataFrame({"a": [1, 2]}), suite)
    assert (work.unit, work.done, work.total) == ("rules", 3, 3)


def test_a_save_with_a_gate_is_one_piece_of_work(capsys):
    suite = dk.expect("n").between(0, 20_000)
    dk.save(slow_rows(), "memory.gated", mode="replace", suite=suite, on_invalid="quarantine")
    _, last = _shown(capsys)
    expected = r"saved 30,000 rows \(20,001 rows inserted, 9,999 rejected\) -> memory\.gated in .*"
    assert re.fullmatch(expected, last)


def test_work_within_work_is_shown_once(capsys):
    def load_others(number):
        if number == 3:
            dk.load("memory.small")

    dk.save(pd.DataFrame({"a": [1]}), "memory.small", mode="replace", progress=False)
    dk.save(slow_rows(on_batch=load_others), "memory.slow", mode="replace")
    _, last = _shown(capsys)
    assert re.fullmatch(LINE, last)


def test_work_that_fails_says_so(capsys):
    def fail(number):
        if number == 20:
            raise OSError(ENOENT, "the camel is gone")

    with pytest.raises(OSError, match="the camel is gone"):
        dk.save(slow_rows(on_batch=fail), "memory.slow", mode="replace")
    _, last = _shown(capsys)
    assert re.fullmatch(r"saving to memory\.slow: failed after \d\.\d s", last)


def test_progress_is_true_false_or_none():
    with pytest.raises(dk.errors.UsageError, match="progress"):
        dk.load("memory.any", progress="yes")


@pytest.mark.parametrize("name", ["t", "t.csv", "t.parquet", "t.jsonl"])
def test_rows_of_a_frame_count_when_they_are_written(tmp_path, name):
    store, told = FileStore(tmp_path), []
    if name == "t":
        store = MemoryStore()
    for rows in (pa.table({"a": [1, 2]}), slow_rows(2, 0)):
        store.write(name, rows, Write(mode=WriteMode.REPLACE, progress=told.append))
    assert told == [2, 1_000, 1_000]


class Pressed:
    """A display on which somebody presses Cancel, in the thread in which work is shown."""

    lines: ClassVar[list[str]] = []

    def __init__(self, _):
        pass

    def update(self, work):
        work.cancel()

    def close(self, line):
        self.lines.append(line)


@pytest.fixture
def _pressing(monkeypatch):
    monkeypatch.setattr(showing, "display_of", Pressed)
    Pressed.lines.clear()


@pytest.mark.usefixtures("_pressing")
@pytest.mark.parametrize("target", ["memory.t", "t", "t.csv", "t.parquet", "t.jsonl", "folder/"])
def test_a_cancelled_save_changes_nothing_and_says_so(target):
    dk.save(pd.DataFrame({"n": [7]}), target, mode="replace", progress=False)
    with pytest.raises(KeyboardInterrupt, match=r"nothing was (changed|written)"):
        dk.save(slow_rows(2_000), target, mode="append")
    assert dk.load(target, progress=False)["n"].tolist() == [7]
    (line,) = Pressed.lines
    assert re.fullmatch(rf"saving to .*{target}: cancelled after \d+\.\d s", line)


@pytest.mark.usefixtures("_pressing")
def test_a_cancelled_load_and_validation_end(slow_table):
    with pytest.raises(KeyboardInterrupt, match=r"loading slow://#slow: interrupted\."):
        dk.load(slow_table)
    with pytest.raises(KeyboardInterrupt, match=r"validating slow://#slow: interrupted\."):
        dk.validate(slow_table, dk.expect("n").not_null())


@pytest.mark.usefixtures("_pressing")
def test_a_save_in_another_thread_is_cancelled_without_a_signal():
    raised = []

    def save():
        try:
            dk.save(slow_rows(2_000), "memory.aside", mode="replace")
        except KeyboardInterrupt as error:
            raised.append(str(error))

    thread = threading.Thread(target=save)
    thread.start()
    thread.join(30)
    assert raised == ["'aside': interrupted; nothing was changed."]
    assert not dk.exists("memory.aside")


@pytest.mark.usefixtures("_pressing")
def test_a_cancelled_save_ends_while_it_loads_something_else():
    dk.save(pd.DataFrame({"a": range(100)}), "memory.other", mode="replace", progress=False)
    raised = []

    def load_others(_):
        while True:
            dk.load("memory.other")

    def save():
        try:
            dk.save(slow_rows(on_batch=load_others), "memory.aside", mode="replace")
        except KeyboardInterrupt as error:
            raised.append(str(error))

    thread = threading.Thread(target=save)
    thread.start()
    thread.join(30)
    assert len(raised) == 1


def test_an_interrupt_that_comes_into_any_call_leaves_nothing_that_is_shown():
    interrupts = 0
    for number in range(1, 1_000):
        try:
            _interrupted_in_call(number)
        except KeyboardInterrupt:
            interrupts += 1
        else:
            break
    assert interrupts == number - 1 > 10
    for thread in threading.enumerate():
        if thread.name == "dkdata-progress":
            thread.join(10)
            assert not thread.is_alive()


def _interrupted_in_call(number):
    calls = count(1)

    def interrupt(frame, *_):
        if frame.f_code.co_filename in INTERRUPTED and next(calls) == number:
            raise KeyboardInterrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with showing.shown("nothing", progress=None):
            pass
    finally:
        sys.settrace(before)


def test_what_has_ended_cannot_be_cancelled():
    with showing.shown("nothing", progress=False) as work:
        pass
    work.cancel()
    time.sleep(0.1)  # no interrupt comes
