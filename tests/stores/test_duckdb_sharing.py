"""One DuckDB file under several hands: other processes, threads, readers during a replace."""

from __future__ import annotations

import signal
import threading

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import engine
from dkdata.errors import ConflictError, DeadlineError, StoreError, UsageError
from dkdata.testing.comparing import assert_same
from tests.stores.in_processes import APPENDS, KILLED, in_process

ORDERS = pd.DataFrame({"id": range(9), "kind": pd.Categorical(["x", "y", None] * 3)})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.duckdb"


@pytest.fixture
def target(path):
    return f"duckdb:///{path}#orders"


@pytest.fixture
def holder(path, target):
    """Another process that has the file open until it is killed."""
    dk.save(ORDERS, target)
    code = """
        import duckdb, signal, sys
        connection = duckdb.connect(sys.argv[1])
        print("open", flush=True)
        signal.pause()
        """
    with in_process(code, path) as process:
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


class TestLocked:
    @pytest.mark.parametrize(
        "act",
        [
            lambda target: dk.load(target, timeout=0.2),
            lambda target: dk.save(ORDERS, target, mode="append", timeout=0.2),
            lambda target: dk.save(ORDERS, target, mode="replace", timeout="200ms"),
        ],
        ids=["load", "append", "replace"],
    )
    def test_the_message_names_the_holder(self, target, holder, act):
        message = (
            rf"(?s)shop\.duckdb' is in use by process {holder.pid} \(.*python.*\); waited 0\.\d s"
        )
        with pytest.raises(DeadlineError, match=message):
            act(target)

    def test_it_is_waited_for(self, target, holder):
        timer = threading.Timer(0.3, holder.kill)
        timer.start()
        dk.save(ORDERS, target, mode="append", timeout=60)
        timer.join()
        assert dk.count(target) == 18

    def test_nothing_is_lost_when_the_holder_dies(self, target, path):
        dk.save(ORDERS, target)
        code = """
            import duckdb, os, signal, sys
            connection = duckdb.connect(sys.argv[1])
            connection.execute("INSERT INTO orders VALUES (9, 'y')")
            connection.execute("BEGIN; INSERT INTO orders VALUES (10, 'y')")
            os.kill(os.getpid(), signal.SIGKILL)
            """
        in_process(code, path).communicate()
        assert dk.load(target)["id"].tolist() == list(range(10))

    def test_a_connection_of_this_process_is_named_as_the_reason(self, target, path):
        dk.save(ORDERS, target)
        with duckdb.connect(str(path)), pytest.raises(StoreError, match="open in this process"):
            dk.load(target, timeout=0.2)
        assert dk.count(target) == 9

    def test_the_file_is_free_between_calls(self, target, path):
        dk.save(ORDERS, target)
        dk.load(target)
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO orders VALUES (9, 'y')")
        assert dk.count(target) == 10


class TestProcesses:
    def test_appends_of_two_processes_are_all_kept(self, target):
        both = [in_process(APPENDS, target, writer, f"{writer}-") for writer in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        held = dk.load(target)
        for writer in range(2):
            assert held[held["w"] == writer]["n"].tolist() == list(range(8))

    def test_two_processes_append_one_id_once(self, target):
        both = [in_process(APPENDS, target, 0, "same-") for _ in range(2)]
        assert [one.communicate()[1] for one in both] == ["", ""]
        assert dk.load(target)["n"].tolist() == list(range(8))

    @pytest.mark.parametrize("mode", ["replace", "append"])
    def test_a_kill_leaves_the_old_rows(self, target, path, mode):
        dk.save(ORDERS, target)
        killed = in_process(KILLED, target, mode)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        assert_same(dk.load(target), ORDERS)
        dk.save(ORDERS, target, mode="append")
        assert dk.count(target) == 18
        assert [found.name for found in path.parent.glob("*shop*")] == ["shop.duckdb"]


class TestThreads:
    def test_appends_of_many_threads_are_all_kept(self, target):
        def append(writer):
            for n in range(5):
                dk.save(pd.DataFrame({"w": [writer], "n": [n]}), target, mode="append")

        threads = [threading.Thread(target=append, args=(writer,)) for writer in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        held = dk.load(target)
        for writer in range(6):
            assert held[held["w"] == writer]["n"].tolist() == list(range(5))

    def test_readers_are_not_held_up_by_a_replace(self, target):
        """They answer while the rows of the replace are still on their way."""
        dk.save(ORDERS, target)
        begun, go_on, seen = threading.Event(), threading.Event(), []

        def batches():
            yield pa.record_batch({"v": pa.array([2] * 10)})
            begun.set()
            assert go_on.wait(60)

        rows = pa.RecordBatchReader.from_batches(pa.schema([("v", pa.int64())]), batches())
        writer = threading.Thread(
            target=dk.save, args=(rows, target), kwargs={"mode": "replace", "progress": False}
        )
        writer.start()
        assert begun.wait(60)
        reader = threading.Thread(target=lambda: seen.append(dk.load(target)))
        reader.start()
        reader.join(20)
        held_up = reader.is_alive()
        go_on.set()
        reader.join()
        writer.join()
        assert not held_up
        assert_same(seen[0], ORDERS)
        assert dk.load(target)["v"].tolist() == [2] * 10

    def test_readers_see_whole_versions_only(self, target):
        dk.save(pd.DataFrame({"v": [0] * 1000}), target)
        torn = []

        def read():
            seen = 0
            while seen < 15:
                held = dk.load(target)["v"].tolist()
                if held != [held[0]] * (1000 + held[0]) or held[0] < seen:
                    torn.append(held)
                seen = held[0]

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for v in range(1, 16):
            dk.save(pd.DataFrame({"v": [v] * (1000 + v)}), target, mode="replace")
        for reader in readers:
            reader.join()
        assert torn == []


class TestResults:
    @pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "arrow", "duckdb"])
    def test_a_result_outlives_the_file(self, target, path, kind):
        frame = pd.DataFrame({"id": range(200_000), "s": "text"})
        dk.save(frame, target)
        loaded = dk.load(target, as_=kind)
        path.unlink()
        dk.save(pd.DataFrame({"id": [0], "s": ["other"]}), target)
        dk.save(loaded, "memory.copied", mode="replace")
        assert dk.load("memory.copied")["id"].tolist() == list(range(200_000))

    def test_a_scan_outlives_a_replace(self, target):
        dk.save(pd.DataFrame({"v": [1] * 300_000}), target)
        batches = dk.scan(target, batch_rows=1000)
        first = next(batches)
        dk.save(pd.DataFrame({"v": [2] * 5}), target, mode="replace")
        dk.drop(target)
        assert sum(len(batch) for batch in [first, *batches]) == 300_000

    def test_a_table_is_copied_within_its_file(self, target, path):
        dk.save(ORDERS, target)
        dk.copy(target, f"duckdb:///{path}#copied")
        dk.copy(target, target, mode="append", where="id < 3")
        assert_same(dk.load(f"duckdb:///{path}#copied"), ORDERS)
        assert dk.count(target) == 12

    def test_a_write_inside_a_read_of_the_same_thread_is_refused(self, target):
        dk.save(ORDERS, target)
        store = dk.table(target).location.store
        with (
            store.source(engine.connection(), "orders"),
            pytest.raises(UsageError, match="is being read by the code that now writes to it"),
        ):
            dk.save(ORDERS, target, mode="append")
        assert dk.count(target) == 9


class TestRowsWhoseMakingChangesTheirTable:
    """Streams that write to the table that they are saved into, through any store of its file."""

    FIRST = pd.DataFrame({"id": [1], "n": [1]})

    def _saved(self, path, target, change, mode):
        dk.save(self.FIRST, target, key="id")

        def batches():
            yield from pa.Table.from_pandas(self.FIRST.assign(id=2)).to_batches()
            change(f"duckdb:///{path.parent / '.' / path.name}#orders")

        rows = pa.RecordBatchReader.from_batches(pa.Schema.from_pandas(self.FIRST), batches())
        return dk.save(rows, target, mode=mode, key="id")  # rows with a key are all read before

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    @pytest.mark.parametrize(
        "now",
        [
            FIRST.assign(n="text"), FIRST.assign(n=1.5), FIRST.assign(more=1),
            FIRST.drop(columns="n"),
        ],
        ids=["text", "floats", "more", "fewer"],
    )  # fmt: skip
    def test_other_columns_are_a_conflict(self, path, target, mode, now):
        with pytest.raises(ConflictError, match="was changed while the rows were on their way"):
            self._saved(path, target, lambda to: dk.save(now, to, mode="replace"), mode)
        assert_same(dk.load(target), now)

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip"])
    def test_a_table_that_has_gone_is_a_conflict(self, path, target, mode):
        with pytest.raises(ConflictError, match="was changed while the rows were on their way"):
            self._saved(path, target, dk.drop, mode)
        assert not dk.exists(target)

    @pytest.mark.parametrize("mode", ["append", "upsert", "skip", "replace"])
    def test_rows_that_were_added_meanwhile_stay(self, path, target, mode):
        more = self.FIRST.assign(id=3)
        result = self._saved(path, target, lambda to: dk.save(more, to, mode="append"), mode)
        assert result.rows == 1
        kept = [2] if mode == "replace" else [1, 2, 3]
        assert sorted(dk.load(target)["id"]) == kept

    def test_a_replace_takes_the_place_of_whatever_is_there(self, path, target):
        self._saved(path, target, dk.drop, "replace")
        assert dk.load(target)["id"].tolist() == [2]
