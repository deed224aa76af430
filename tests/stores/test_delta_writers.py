"""Several writers of one Delta table, and one that comes twice, or is stopped."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import (
    ConflictError,
)
from dkdata.query import Write, WriteMode
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import (
    ORDERS,
    folder_of_orders,
    parts,
    with_ids,
)
from tests.stores.in_processes import in_process
from tests.stores.overtaken import save_overtaken

target = folder_of_orders


class TestRuns:
    def test_an_id_holds_in_other_processes(self, target):
        dk.save(ORDERS, target, mode="append", run_id="r1")
        again = in_process(
            """
            import sys, pandas as pd, dkdata as dk
            print(dk.save(pd.DataFrame({"id": [1]}), sys.argv[1], mode="append", run_id="r1"))
            """, target,
        )  # fmt: skip
        told = again.communicate()[0]
        assert told.startswith(f"{target}: nothing written: 3 rows inserted by run 'r1' before")
        assert dk.count(target) == 3

    def test_the_first_result_comes_back_with_its_counts(self, target):
        dk.save(ORDERS, target, key="id")
        more = ORDERS.assign(id=[3, 4, 5])
        first = dk.save(more, target, mode="upsert", key="id", run_id="r1")
        dk.save(ORDERS, target, mode="replace", key="id")
        again = dk.save(more, target, mode="upsert", key="id", run_id="r1")
        assert (again.inserted, again.updated, again.version) == (2, 1, first.version)
        assert dk.table(target).version == 2

    def test_two_processes_append_one_id_once(self, target):
        dk.save(ORDERS, target)
        code = """
            import sys, pandas as pd, dkdata as dk
            frame = pd.DataFrame({"id": [9], "city": ["x"], "paid": [True]})
            for n in range(10):
                dk.save(frame, sys.argv[1], mode="append", run_id=f"r{n}")
            """
        both = [in_process(code, target) for _ in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        assert dk.count(target) == 13


class TestWriters:
    def test_appends_of_two_processes_are_all_kept(self, target):
        code = """
            import sys, pandas as pd, dkdata as dk
            for n in range(20):
                frame = pd.DataFrame({"w": [int(sys.argv[2])], "n": [n]})
                dk.save(frame, sys.argv[1], mode="append")
            """
        both = [in_process(code, target, writer) for writer in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        held = dk.load(target)
        assert sorted(zip(held["w"], held["n"], strict=True)) == [
            (w, n) for w in range(2) for n in range(20)
        ]
        for writer in range(2):
            assert held[held["w"] == writer]["n"].tolist() == list(range(20))
        assert len(parts(target)) == 40

    @pytest.mark.parametrize("mode", [WriteMode.REPLACE, WriteMode.UPSERT, WriteMode.SKIP])
    def test_a_write_that_somebody_overtook_is_refused_and_leaves_nothing(self, target, mode):
        dk.save(ORDERS, target, key="id")
        store = catalog.locate(target).store
        rows = with_ids(store.read("orders").read_all(), [1, 2, 99])

        def overtake(_):
            dk.save(ORDERS.assign(id=[7, 8, 9]), target, mode="append")

        with pytest.raises(ConflictError, match="somebody else changed 'orders'"):
            store.write("orders", rows, Write(mode=mode, key=("id",), progress=overtake))
        assert dk.count(target) == 6
        assert len(parts(target)) == 2

    def test_an_append_that_somebody_overtook_is_committed_after_it(self, target):
        dk.save(ORDERS, target, key="id")
        store = catalog.locate(target).store
        rows = store.read("orders").read_all().slice(0, 1)

        def overtake(_):
            dk.save(ORDERS.head(1).assign(id=[taken]), target, mode="append")

        taken, write = 6, Write(mode=WriteMode.APPEND, progress=overtake)
        assert store.write("orders", with_ids(rows, [7]), write).retries == 1
        assert dk.load(target)["id"].tolist() == [1, 2, 3, 6, 7]
        taken = 8
        with pytest.raises(ConflictError, match="has rows with key 'id' already: 8"):
            store.write("orders", with_ids(rows, [8]), write)
        assert dk.load(target)["id"].tolist() == [1, 2, 3, 6, 7, 8]
        assert len(parts(target)) == 4

    def test_a_stream_that_saves_to_its_own_table_is_overtaken_by_itself(self, target):
        dk.save(ORDERS, target)

        def overtake():
            dk.save(ORDERS.head(1), target, mode="replace")

        rows = dk.load(target, as_="arrow")
        with pytest.raises(ConflictError, match="somebody else changed 'orders'"):
            save_overtaken(rows, target, "replace", overtake)
        assert_same(dk.load(target), ORDERS.head(1))

    def test_an_interrupt_changes_nothing_and_says_so(self, target):
        dk.save(ORDERS, target)

        def endless():
            while True:
                yield pa.record_batch({"n": pa.array(range(50_000))})

        def interrupting():
            """Press Ctrl-C; again after a while, as Python drops one that meets a destructor."""
            pause = 0.3
            while not done.wait(pause):
                os.kill(os.getpid(), signal.SIGINT)
                pause = 10

        done = threading.Event()
        thread = threading.Thread(target=interrupting)
        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), endless())
        thread.start()
        try:
            with pytest.raises(KeyboardInterrupt, match="'orders': interrupted; nothing was chan"):
                dk.save(reader, target, mode="replace", progress=False)
        finally:
            done.set()
            thread.join()
        assert len(parts(target)) == 1
        assert_same(dk.load(target), ORDERS)

    def test_a_save_that_fails_leaves_no_file(self, tmp_path):
        def broken():
            yield pa.record_batch({"n": pa.array(range(2_000_000))})
            message = "the source broke"
            raise RuntimeError(message)

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), broken())
        with pytest.raises(Exception, match="the source broke"):
            dk.save(reader, f"{tmp_path}/new/deep/orders/", progress=False)
        assert not list(tmp_path.iterdir())

    def test_a_save_that_was_killed_before_its_commit_is_no_table(self, target, tmp_path):
        dk.save(ORDERS, f"{tmp_path}/other/")
        Path(target).mkdir()
        Path(parts(f"{tmp_path}/other/")[0]).rename(f"{target}/part-00000-killed.dk.parquet")
        assert not dk.exists(target)
        dk.save(ORDERS.head(1), target)
        assert dk.count(target) == 1

    def test_the_deadline_ends_a_stream(self, target):
        def endless():
            while True:
                yield pa.record_batch({"n": pa.array(range(50_000))})

        reader = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), endless())
        with pytest.raises(dk.errors.DeadlineError, match="Raise timeout="):
            dk.save(reader, target, timeout=0.5, progress=False)
        assert not Path(target).exists()
