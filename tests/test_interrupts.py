"""Ctrl-C ends a save, a load and a validation soon; nothing is changed, and that is said."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest

from tests.stores.in_processes import in_process

MOST = 10.0
"""Seconds within which each ends, on a machine that is busy; 1 is what is meant."""
ROWS = 1_000_000
# Does WHAT with TARGET, where a small table is, is interrupted, and says what has become of it.
CODE = """
    import json, signal, sys, time
    import numpy as np, pandas as pd, pyarrow as pa, dkdata as dk
    what, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    frame = pd.DataFrame({"id": np.arange(rows), "x": np.arange(rows) % 977 / 7})
    frame["t"] = frame["id"].astype(str)
    dk.save(frame[:10], target, mode="replace", key="id" if what == "upsert" else None)
    if what in ("load", "sort", "validate"):
        dk.save(frame, target, mode="replace", progress=False)
    suite = dk.expect("t").matches("^[0-9]+$").unique() + dk.expect("x").between(0, 200)
    arrow = pa.Table.from_pandas(frame)
    doing = {
        "frame": lambda: dk.save(frame, target, mode="append"),
        "stream": lambda: dk.save(arrow.to_reader(10_000), target, mode="append"),
        "upsert": lambda: dk.save(frame, target, mode="upsert"),
        "checksum": lambda: dk.save(frame, target, mode="append", verify="checksum"),
        "gate": lambda: dk.save(frame, target, mode="append", suite=suite),
        "load": lambda: dk.load(target),
        "sort": lambda: dk.load(target, order_by="-t", where="x > 1"),
        "validate": lambda: dk.validate(target, suite),
        "frame in memory": lambda: dk.validate(frame, suite),
    }
    print("ready", flush=True)
    try:
        while True:
            doing[what]()
    except KeyboardInterrupt as error:
        said = str(error)
    ended = time.time()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    count = dk.count(target)
    dk.save(frame[:1], target, mode="replace", progress=False)
    print(json.dumps({"said": said, "ended": ended, "count": count, "after": dk.count(target)}))
    """
SAVES = ("frame", "stream", "upsert", "checksum", "gate")
READS = ("load", "sort", "validate")
TARGETS = ("memory.t", "t", "t.csv", "t.parquet", "folder/")


def _interrupted(what, target, seconds):
    """Return what is said after an interrupt, and what is there then."""
    with in_process(CODE, what, target, ROWS) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(seconds)
            sent = time.time()
            while process.poll() is None and time.time() < sent + 60:
                process.send_signal(signal.SIGINT)  # again: Python may lose one while it cleans up
                time.sleep(1)
            out, errors = process.communicate(timeout=1)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0, errors
    told = json.loads(out)
    assert told["ended"] - sent < MOST
    assert told["after"] == 1
    return told


@pytest.mark.parametrize("what", SAVES)
@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupted_save_is_whole_or_nothing(target, what):
    told = _interrupted(what, target, 0.4)
    known = ("nothing was changed", "nothing was written", "the save was complete", "saved already")
    assert any(words in told["said"] for words in known), told["said"]
    whole = (10, ROWS) if what == "upsert" else [10 + n * ROWS for n in range(10)]
    assert told["count"] in whole


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupted_load_or_validation_ends(target, what):
    told = _interrupted(what, target, 0.3)
    verb = "validating" if what == "validate" else "loading"
    assert re.fullmatch(rf"{verb} .*: interrupted\.", told["said"])
    assert told["count"] == ROWS


def test_an_interrupted_validation_of_a_frame_ends():
    told = _interrupted("frame in memory", "memory.t", 0.4)
    assert told["said"] == "validating the frame: interrupted."
