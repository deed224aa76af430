"""Two tables in one save: locks, conflicts, and what else the same thread writes."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace

import pandas as pd
import pytest

import dkdata as dk
from dkdata import catalog, frames
from dkdata.errors import ConflictError, DkError
from dkdata.gate import Gate

PEOPLE = pd.DataFrame({"id": [1, 2], "name": ["Ada", None]})
NAMED = dk.expect("name").not_null()


def _quarantined(frame, target, **options):
    return dk.save(frame, target, suite=NAMED, on_invalid="quarantine", **options)


def test_saves_and_renames_do_not_wait_in_a_circle():
    """One holds the folder and waits for a file, the other the file and waits for the folder."""
    _quarantined(PEOPLE, "y.parquet")
    until, done, errors = time.monotonic() + 3, [], []

    def saving():
        dk.drop("y.parquet", missing_ok=True)
        _quarantined(PEOPLE, "y.parquet", timeout=30)

    def renaming():
        try:
            dk.rename("y__invalid.parquet", "old.parquet")
            dk.rename("old.parquet", "y__invalid.parquet")
        except DkError:
            dk.drop("old.parquet", missing_ok=True)

    def repeatedly(run):
        try:
            while time.monotonic() < until:
                run()
                done.append(run)
        except DkError as error:
            errors.append(error)

    threads = [threading.Thread(target=repeatedly, args=[run], daemon=True)
               for run in (saving, renaming)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert {saving, renaming} <= set(done), errors
    assert not any("time allowed" in str(error) for error in errors)


@pytest.mark.parametrize("target", ["people", "people.parquet", "people/"])
def test_an_interrupted_save_says_whether_rejected_rows_were_put_aside(target):
    location = catalog.locate(target)

    def put(rows, write):
        def interrupted():
            write.before_commit()
            raise KeyboardInterrupt

        return location.store.write(location.table, rows, replace(write, before_commit=interrupted))

    write = dk.Write("append", run_id="r1")
    with pytest.raises(KeyboardInterrupt) as caught:
        Gate.of(NAMED, "quarantine").save(PEOPLE, frames.to_arrow(PEOPLE), location, write, put)
    is_atomic = target == "people"  # DuckDB commits both at once
    notes = getattr(caught.value, "__notes__", [])
    assert ["run_id='r1'" in note for note in notes] == ([] if is_atomic else [True])
    saved = _quarantined(PEOPLE, target, mode="append", run_id="r1")
    aside = location.store.beside(location.table, "__invalid")
    assert (saved.inserted, location.store.count(aside)) == (1, 1)


def test_rejected_rows_of_refused_saves_are_told():
    _quarantined(PEOPLE, "people/")
    told = []

    def replacing():
        try:
            _quarantined(PEOPLE, "people/", mode="replace")
            told.append(True)
        except ConflictError as error:
            told.append(bool(getattr(error, "__notes__", [])))

    threads = [threading.Thread(target=replacing) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert dk.count("people__invalid/") == 1 + sum(told)


def test_a_write_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(dk.Write())) == dk.Write()  # noqa: S301 - its own
