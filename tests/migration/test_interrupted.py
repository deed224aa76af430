"""Migrations that are killed, and go on."""

from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from dkdata.configuration.resolving import workspace
from dkdata.errors import ConflictError, ExistsError, MigrationError
from tests.stores.in_processes import in_process

ROWS = pd.DataFrame({"id": np.arange(40_000), "text": [f"row {n}" for n in range(40_000)]})
_BATCH = 4_000
# CONFIGURATION, FOLDER, SOURCE, TARGET and OPTIONS.
_MIGRATES = """
    import json, os, sys, dkdata as dk
    configuration, folder, source, target, options = sys.argv[1:]
    os.chdir(folder)
    dk.configure(json.loads(configuration))
    dk.migrate(source, target, progress=False, **json.loads(options))
    """


def _journals():
    return list((workspace() / "migrations").glob("*.jsonl"))


def _lines():
    return sum(path.read_bytes().count(b"\n") for path in _journals())


def _started(configured, source, target, **options):
    configuration = json.dumps({"stores": configured})
    return in_process(
        _MIGRATES, configuration, str(Path.cwd()), source, target, json.dumps(options)
    )


def _kill(process, is_time):
    """Kill a process at a moment, and return whether it was still at it."""
    until = time.monotonic() + 60
    while process.poll() is None and not is_time():
        assert time.monotonic() < until
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), told
    return process.returncode == -signal.SIGKILL


def _assert_is_moved(target, key=None):
    loaded = dk.load(target)
    if key:
        loaded = loaded.sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(loaded, ROWS)
    names = [str(name) for name in dk.tables()["table"]]
    assert not [name for name in names if "__migrating" in name]
    assert not (workspace() / "migrations").exists()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.parquet"
    dk.save(ROWS, path)
    return str(path)


@pytest.mark.parametrize("lines", [1, 2, 4, 8, 11])
@pytest.mark.parametrize("target", ["local.moved", "folder/", "warehouse.moved", "lake.moved"])
def test_a_killed_migration_goes_on_where_it_was(stores, source, target, lines):
    process = _started(stores, source, target, batch_rows=_BATCH)
    was_killed = _kill(process, lambda: _lines() >= lines)
    if not was_killed:
        _assert_is_moved(target)
        return
    assert not dk.exists(target) or lines == 11
    report = dk.migrate(source, target, batch_rows=_BATCH)
    assert (report.read, report.written) == (40_000, 40_000)
    assert report.resumed_from is None or report.resumed_from % _BATCH == 0
    if lines > 3:
        assert report.resumed_from >= (lines - 3) * _BATCH
    _assert_is_moved(target)


@pytest.mark.parametrize("lines", [2, 5])
def test_documents_go_on_where_they_were(stores, source, lines):
    if _kill(
        _started(stores, source, "search.moved", batch_rows=10_000), lambda: _lines() >= lines
    ):
        try:
            report = dk.migrate(source, "search.moved", batch_rows=10_000)
        except ConflictError:  # what the dead one had asked for came to be done only now
            report = dk.migrate(source, "search.moved", batch_rows=10_000)
        assert report.read == 40_000
    _assert_is_moved("search.moved")


@pytest.mark.parametrize("target", ["memory.moved", "moved.parquet", "moved.csv", "files.moved"])
def test_a_file_is_written_as_a_whole(stores, source, target):
    if target == "memory.moved":
        assert dk.migrate(source, target, batch_rows=_BATCH).resumed_from is None
    else:
        _kill(_started(stores, source, target, batch_rows=_BATCH), lambda: _lines() >= 1)
        if not dk.exists(target):
            assert dk.migrate(source, target, batch_rows=_BATCH).read == 40_000
        elif _journals():  # it was killed after its commit
            assert dk.migrate(source, target, batch_rows=_BATCH).resumed_from == 40_000
    _assert_is_moved(target)


@pytest.mark.parametrize("on_conflict", ["upsert", "skip"])
@pytest.mark.parametrize("target", ["local.moved", "warehouse.moved"])
def test_rows_come_once_into_a_table_that_is_there(stores, source, target, on_conflict):
    held = ROWS.iloc[::2].assign(text="old")
    dk.save(held, target, key="id")
    options = {"batch_rows": _BATCH, "on_conflict": on_conflict}
    if _kill(_started(stores, source, target, **options), lambda: _lines() >= 4):
        report = dk.migrate(source, target, **options)
        assert report.resumed_from >= _BATCH
        written = 40_000 if on_conflict == "upsert" else 20_000
        assert (report.read, report.written) == (40_000, written)
        assert report.skipped == 40_000 - written
    if on_conflict == "upsert":
        _assert_is_moved(target, "id")
    else:
        loaded = dk.load(target)
        assert (len(loaded), int((loaded["text"] == "old").sum())) == (40_000, 20_000)


def _killed_half_way(stores, source, target="folder/", **options):
    process = _started(stores, source, target, batch_rows=_BATCH, **options)
    if not _kill(process, lambda: _lines() >= 4):
        pytest.skip("it was too fast")


def test_it_does_not_go_on_with_another_source(stores, source):
    _killed_half_way(stores, source)
    dk.save(ROWS.head(5), source, mode="append")
    with pytest.raises(MigrationError, match="the source has 40,005 rows, and had 40,000"):
        dk.migrate(source, "folder/", batch_rows=_BATCH)
    report = dk.migrate(source, "folder/", batch_rows=_BATCH, resume=False)
    assert (report.written, report.resumed_from) == (40_005, None)
    assert dk.count("folder/") == 40_005


def test_it_does_not_go_on_with_rows_that_were_changed(stores, source):
    _killed_half_way(stores, source)
    dk.save(ROWS.assign(text="changed"), source, mode="replace")
    with pytest.raises(MigrationError, match="the rows of part 1 are not those that were written"):
        dk.migrate(source, "folder/", batch_rows=_BATCH)
    assert not dk.exists("folder/")
    assert dk.migrate(source, "folder/", batch_rows=_BATCH, resume=False).written == 40_000


def test_it_starts_again_where_the_rows_have_gone(stores, source):
    _killed_half_way(stores, source)
    dk.drop("folder__migrating/")
    assert dk.migrate(source, "folder/", batch_rows=_BATCH).resumed_from is None
    _assert_is_moved("folder/")


def test_a_table_that_somebody_else_has_made_meanwhile_is_not_touched(stores, source):
    _killed_half_way(stores, source)
    dk.save(ROWS.head(3), "folder/")
    with pytest.raises(ExistsError, match=r"'folder/' exists \(3 rows\)"):
        dk.migrate(source, "folder/", batch_rows=_BATCH)
    assert dk.count("folder/") == 3
    dk.drop("folder/")
    assert dk.migrate(source, "folder/", batch_rows=_BATCH).resumed_from >= _BATCH


@pytest.mark.parametrize("target", ["local.moved", "folder/", "moved.parquet"])
def test_of_two_at_once_one_wins(source, target):
    started, errors, reports = threading.Barrier(2), [], []

    def migrate():
        started.wait()
        try:
            reports.append(dk.migrate(source, target, batch_rows=_BATCH, run_id="night"))
        except ConflictError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 1
    assert "runs already" in errors[0]
    _assert_is_moved(target)


def test_an_interrupt_says_how_to_go_on(stores, source):
    process = _started(stores, source, "folder/", batch_rows=1_000)
    while _lines() < 4 and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    if process.returncode == 0:
        pytest.skip("it was too fast")
    assert "The same call goes on from there" in told
    assert dk.migrate(source, "folder/", batch_rows=1_000).resumed_from >= 1_000
    _assert_is_moved("folder/")
