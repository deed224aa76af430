"""The memory of the embedded DuckDB: little for streams, and never at the cost of other work."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import instance


def limit():
    connection = instance.connection()
    return connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]


def test_the_limit_is_that_of_the_most_demanding_stream():
    before = limit()
    with instance.frugal(1, sorts=False):
        assert limit() == "91.5 MiB"
        with instance.frugal(1, sorts=True):
            assert limit() == "183.1 MiB"
        assert limit() == "91.5 MiB"
        with instance.unlimited():
            assert limit() == "91.5 MiB", "a frugal stream stays so, whatever it runs"
    assert limit() == before


def test_the_limit_rests_while_others_work():
    before, seen = limit(), []

    def work():
        with instance.unlimited():
            seen.append(limit())

    with instance.frugal(1):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert limit() == "183.1 MiB"
    assert seen == [before]


def test_a_load_does_not_suffer_from_a_scan_beside_it():
    numbers = np.random.default_rng(0).random(3_000_000)
    dk.save(pa.table({"a": numbers, "b": numbers[::-1], "c": numbers}), "numbers")
    stop, failed = threading.Event(), []

    def scanning():
        while not stop.is_set():
            try:
                next(dk.scan("numbers", where="a > 0.5"))
            except dk.errors.DkError as error:
                failed.append(error)

    thread = threading.Thread(target=scanning)
    thread.start()
    try:
        for _ in range(3):
            loaded = dk.load("numbers", order_by=["b", "c"], as_="arrow")
            assert loaded.num_rows == 3_000_000
    finally:
        stop.set()
        thread.join()
    assert not failed


_KEEPING = """
import time
from pathlib import Path
from dkdata import engine

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

connection = engine.connection()
connection.execute("SELECT 1").fetchall()
before = resident()
rows = "SELECT count(DISTINCT hash(range)::VARCHAR) FROM range(2_000_000)"
assert connection.execute(rows).fetchall() == [(2_000_000,)]
end = time.monotonic() + 60
while resident() - before > 60 and time.monotonic() < end:
    time.sleep(0.2)
print(round(resident() - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_query_goes_back_to_the_system():
    run = [sys.executable, "-c", _KEEPING]
    told = subprocess.run(run, check=True, capture_output=True, text=True)
    assert int(told.stdout) <= 60
