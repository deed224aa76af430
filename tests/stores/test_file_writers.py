"""Files under several hands: kills, writers and readers at once, repeated saves."""

from __future__ import annotations

import signal
import threading

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import DeadlineError
from dkdata.stores.file.store import FileStore
from dkdata.testing.comparing import assert_same
from tests.stores.in_processes import APPENDS, KILLED, in_process

SUFFIXES = ("csv", "json", "jsonl.zst", "parquet", "arrow")
ORDERS = pd.DataFrame({"id": range(9), "kind": pd.Categorical(["x", "y", None] * 3)})


class TestKills:
    @pytest.mark.parametrize(
        ("suffix", "mode"),
        [("csv", "replace"), ("jsonl.zst", "append"), ("parquet", "append"), ("arrow", "replace")],
    )
    def test_a_kill_leaves_the_old_content(self, tmp_path, suffix, mode):
        target = tmp_path / f"orders.{suffix}"
        dk.save(ORDERS, target)
        before = target.read_bytes()
        killed = in_process(KILLED, target, mode)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        assert target.read_bytes() == before
        assert_same(dk.load(target), ORDERS)
        assert FileStore(tmp_path).tables() == [target.name]
        dk.save(ORDERS, target, mode="append")
        assert_same(dk.load(target), pd.concat([ORDERS, ORDERS], ignore_index=True))

    def test_a_kill_makes_no_file(self, tmp_path):
        target = tmp_path / "orders.parquet"
        in_process(KILLED, target, "error").communicate()
        assert not dk.exists(target)
        assert dk.save(ORDERS, target).rows == 9

    def test_an_interrupt_leaves_nothing_beside(self, tmp_path):
        def batches():
            yield pa.record_batch({"n": pa.array(range(50_000))})
            raise KeyboardInterrupt

        target = tmp_path / "orders.csv"
        dk.save(ORDERS, target)
        before = sorted(tmp_path.iterdir())
        rows = pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), batches())
        with pytest.raises(KeyboardInterrupt):
            dk.save(rows, target, mode="replace", progress=False)
        assert sorted(tmp_path.iterdir()) == before
        assert_same(dk.load(target), ORDERS)


class TestWriters:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_appends_of_two_processes_are_all_kept(self, tmp_path, suffix):
        target = tmp_path / f"orders.{suffix}"
        both = [in_process(APPENDS, target, writer, f"{writer}-") for writer in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        held = dk.load(target)
        for writer in range(2):
            assert held[held["w"] == writer]["n"].tolist() == list(range(8))
        assert {path.name for path in tmp_path.iterdir()} <= {target.name, f"{target.name}.dk.json"}

    def test_two_processes_append_one_id_once(self, tmp_path):
        target = tmp_path / "orders.jsonl"
        both = [in_process(APPENDS, target, 0, "same-") for _ in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        assert dk.load(target)["n"].tolist() == list(range(8))

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_an_id_holds_across_other_writes(self, tmp_path, suffix):
        target = tmp_path / f"orders.{suffix}"
        first = dk.save(ORDERS, target, mode="append", run_id="r1")
        dk.save(ORDERS, target, mode="replace")
        dk.delete(target, "id = 1")
        again = dk.save(ORDERS, target, mode="append", run_id="r1")
        assert (again.inserted, again.run_id) == (first.inserted, "r1")
        assert dk.count(target) == 8

    def test_threads_of_one_process(self, tmp_path):
        target = tmp_path / "orders.csv"
        dk.save(ORDERS, target)
        threads = [
            threading.Thread(target=dk.save, args=(ORDERS, target), kwargs={"mode": "append"})
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert dk.count(target) == 81

    def test_another_writer_is_waited_for_until_the_deadline(self, tmp_path):
        target = tmp_path / "orders.csv"
        dk.save(ORDERS, target)
        holder = in_process(
            """
            import fcntl, signal, sys
            with open(sys.argv[1]) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                print("held", flush=True)
                signal.pause()
            """, target,
        )  # fmt: skip
        with holder:
            holder.stdout.readline()
            with pytest.raises(DeadlineError, match=r"another writer of .*orders\.csv"):
                dk.save(ORDERS, target, mode="append", timeout=0.2)
            assert_same(dk.load(target), ORDERS)
            holder.kill()
        dk.save(ORDERS, target, mode="append")
        assert dk.count(target) == 18


class TestReaders:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_reader_that_began_before_a_replace_has_the_old_rows(self, tmp_path, suffix):
        target = tmp_path / f"orders.{suffix}"
        dk.save(pd.DataFrame({"v": [1] * 300_000}), target)
        batches = dk.scan(target, batch_rows=1000)
        first = next(batches)
        dk.save(pd.DataFrame({"v": [2] * 5}), target, mode="replace")
        seen = [first, *batches]
        assert sum(len(batch) for batch in seen) == 300_000
        assert all(set(batch["v"].to_pylist()) == {1} for batch in seen)
        assert dk.load(target)["v"].tolist() == [2] * 5

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_reader_that_began_before_a_drop_has_all_rows(self, tmp_path, suffix):
        target = tmp_path / f"orders.{suffix}"
        dk.save(pd.DataFrame({"v": [1] * 300_000}), target)
        batches = dk.scan(target, where="v = 1", batch_rows=1000)
        first = next(batches)
        dk.drop(target)
        assert sum(len(batch) for batch in [first, *batches]) == 300_000

    def test_readers_see_whole_versions_only(self, tmp_path):
        target = tmp_path / "orders.csv"
        dk.save(pd.DataFrame({"v": [0] * 1000}), target)
        writer = in_process(
            """
            import sys, pandas as pd, dkdata as dk
            for v in range(1, 16):
                dk.save(pd.DataFrame({"v": [v] * (1000 + v)}), sys.argv[1], mode="replace")
            """, target,
        )  # fmt: skip
        seen = 0
        while seen < 15:
            held = dk.load(target)["v"]
            assert held.tolist() == [held[0]] * (1000 + held[0])
            assert held[0] >= seen
            seen = held[0]
            assert writer.poll() in (None, 0)
        assert writer.communicate()[1] == ""
