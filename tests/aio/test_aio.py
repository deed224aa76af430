"""The functions as coroutines: the same results, a loop that goes on, work that is cancelled."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import time

import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.aio.running import iterated, mirrored
from dkdata.errors import ExistsError, TableNotFoundError, UsageError
from dkdata.record.collection import Records
from dkdata.testing.comparing import assert_same
from tests.slow_rows import slow_rows

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None]})
# What is made at once of values, and asks no store.
_NOTHING_TO_AWAIT = {
    "col", "expect", "expect_columns", "expect_pair", "expect_table", "expectations",
    "register_coercion", "register_type",
}  # fmt: skip


def test_every_public_function_is_mirrored():
    public = {name for name in dk.__all__ if inspect.isfunction(getattr(dk, name))}
    assert public - _NOTHING_TO_AWAIT <= set(dk.aio.__all__)
    for name in public - _NOTHING_TO_AWAIT - {"records", "scan"}:
        assert inspect.iscoroutinefunction(getattr(dk.aio, name)), name
        assert getattr(dk.aio, name).__doc__


def test_every_method_of_records_is_mirrored():
    methods = {name for name in vars(Records) if not name.startswith("_")} - {
        "of", "location", "given_key", "new_id", "layout",
    }  # fmt: skip
    assert methods <= set(vars(dk.aio.AsyncRecords))


def test_what_is_saved_is_loaded():
    async def main():
        saved = await dk.aio.save(PEOPLE, "people", key="id")
        assert saved.rows == 3
        assert_same(await dk.aio.load("people"), PEOPLE)
        table = await dk.aio.table("people")
        assert await dk.aio.count(table.filter("id > 1")) == 2
        assert (await dk.aio.load("people", as_="arrow")).num_rows == 3
        found = await dk.aio.sql("select count(*) as n from x join people using (id)", x=PEOPLE)
        assert found["n"].tolist() == [3]
        assert not await dk.aio.validate("people", dk.expect("name").not_null())
        await dk.aio.drop("people")
        assert not await dk.aio.exists("people")

    asyncio.run(main())


def test_errors_are_those_of_the_functions():
    async def main():
        with pytest.raises(TableNotFoundError):
            await dk.aio.load("nowhere_to_be_found")
        await dk.aio.save(PEOPLE, "people")
        with pytest.raises(ExistsError):
            await dk.aio.save(PEOPLE, "people")
        with pytest.raises(UsageError):
            await dk.aio.records("people", key=[])

    asyncio.run(main())


def test_batches_come_as_an_asynchronous_iterator():
    async def main():
        await dk.aio.save(pd.DataFrame({"n": range(10)}), "numbers")
        sizes = [part.num_rows async for part in dk.aio.scan("numbers", batch_rows=4)]
        assert sizes == [4, 4, 2]
        frames = [part async for part in dk.aio.scan("numbers", batch_rows=4, as_="pandas")]
        assert frames[1]["n"].tolist() == [4, 5, 6, 7]
        batches = dk.aio.scan("numbers", batch_rows=1)
        async for part in batches:
            assert part.num_rows == 1
            break
        await batches.aclose()
        with pytest.raises(TableNotFoundError):
            [part async for part in dk.aio.scan("nowhere_to_be_found")]

    asyncio.run(main())


def test_the_loop_goes_on_meanwhile():
    async def main():
        ticks, ends = 0, asyncio.Event()

        async def tick():
            nonlocal ticks
            while not ends.is_set():
                await asyncio.sleep(0.001)
                ticks += 1

        ticking = asyncio.create_task(tick())
        await dk.aio.save(slow_rows(20), "memory.slowly", mode="replace")
        ends.set()
        await ticking
        assert ticks > 20

    asyncio.run(main())


@pytest.mark.parametrize("target", ["memory.cut", "cut", "cut.parquet", "cut.csv", "folder/cut"])
def test_a_cancelled_save_is_rolled_back(target):
    async def main():
        dk.save(PEOPLE, target, mode="replace")
        begun = threading.Event()
        rows = slow_rows(500, on_batch=lambda n: n == 2 and begun.set())
        task = asyncio.create_task(dk.aio.save(rows, target, mode="replace"))
        await asyncio.to_thread(begun.wait)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError, match=r"interrupted.*nothing was"):
            await task
        assert time.monotonic() - started < 5  # of the 10 that it had left
        assert task.cancelled()
        assert_same(dk.load(target), PEOPLE)

    asyncio.run(main())
    dk.drop(target)


def test_a_timeout_of_the_loop_cancels_too():
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await dk.aio.save(slow_rows(500), "memory.timed", mode="replace")
        assert not await dk.aio.exists("memory.timed")

    asyncio.run(main())


def test_a_long_query_is_cancelled():
    async def main():
        query = (
            "select sum(a.n * b.n) from generate_series(3000000) a(n), generate_series(9000) b(n)"
        )
        task = asyncio.create_task(dk.aio.sql(query))
        await asyncio.sleep(0.5)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 10

    asyncio.run(main())


def test_a_save_that_was_done_before_the_cancel_says_so():
    """The file is renamed in a thread, and the cancel comes in that moment."""

    async def main():
        loop, task = asyncio.get_running_loop(), None

        def cancel():
            loop.call_soon_threadsafe(task.cancel)
            time.sleep(0.2)

        write = dk.Write(mode="replace", before_commit=cancel)
        rows, store = pa.table({"a": [1]}), dk.connect({"backend": "memory"})
        save = mirrored(store.write)
        task = asyncio.create_task(save("done", rows, write))
        with pytest.raises(asyncio.CancelledError, match="it was done already"):
            await task
        assert await dk.aio.exists("memory.done")

    asyncio.run(main())
    dk.drop("memory.done")


def test_several_cancels_are_one():
    async def main():
        begun = threading.Event()
        rows = slow_rows(500, on_batch=lambda _: begun.set())
        task = asyncio.create_task(dk.aio.save(rows, "memory.twice", mode="replace"))
        await asyncio.to_thread(begun.wait)
        for _ in range(5):
            task.cancel()
            await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not dk.exists("memory.twice")

    asyncio.run(main())


def test_what_waits_for_its_turn_is_cancelled_at_once():
    async def main():
        gate = threading.Event()
        rows = [slow_rows(2, 0, lambda _: gate.wait()) for _ in range(40)]
        saves = [
            asyncio.create_task(dk.aio.save(one, f"memory.turn{n}", mode="replace"))
            for n, one in enumerate(rows)
        ]
        await asyncio.sleep(0.2)
        saves[-1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await saves[-1]
        gate.set()
        await asyncio.gather(*saves[:-1])
        assert not dk.exists("memory.turn39")
        for n in range(39):
            dk.drop(f"memory.turn{n}")

    asyncio.run(main())


@pytest.mark.parametrize("target", ["memory.asked", "asked.json", "asked"])
def test_what_a_cancel_ends_says_so(target):
    """The cancel comes at every moment of the call in turn."""

    async def main():
        await dk.aio.save(PEOPLE, target, key="id")
        people, told = dk.aio.records(target), set()
        for delay in [step * 0.0005 for step in range(20)]:
            task = asyncio.create_task(people.upsert_many([{"id": n} for n in range(100)]))
            await asyncio.sleep(delay)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as cancelled:
                told.add(str(cancelled))
        assert not [one for one in told if "timeout=" in one or "INTERRUPT" in one]

    asyncio.run(main())
    dk.drop(target)


def test_a_cancelled_iteration_says_so():
    async def main():
        rows = slow_rows(500)
        batches = iterated(lambda: iter(rows), "scan", 1)
        await anext(batches)
        task = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError, match="scan: interrupted"):
            await task

    asyncio.run(main())


def test_calls_within_calls_do_not_wait_in_a_circle():
    """There are more of them than run at a time."""

    def counted():
        for _ in range(2):
            yield pa.record_batch({"n": [asyncio.run(dk.aio.count("memory.within"))]})

    async def main():
        await dk.aio.save(PEOPLE, "memory.within", mode="replace")
        schema, names = pa.schema([("n", pa.int64())]), [f"memory.within{n}" for n in range(40)]
        async with asyncio.timeout(60):
            await asyncio.gather(
                *(
                    dk.aio.save(pa.RecordBatchReader.from_batches(schema, counted()), name)
                    for name in names
                )
            )
        for name in names:
            assert dk.load(name)["n"].tolist() == [3, 3]
            dk.drop(name)

    asyncio.run(main())
    dk.drop("memory.within")


def test_the_blocking_functions_work_inside_a_loop():
    async def main():
        dk.save(PEOPLE, "people", key="id")
        await dk.aio.records("people").update(1, name="Ada L.")
        assert dk.records("people").read(1).name == "Ada L."
        assert dk.load("people")["name"].tolist()[0] == "Ada L."

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    asyncio.run(dk.aio.count(_saved()))
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if asyncio.run(dk.aio.exists("memory.nothing_of_this_name")) is False else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _saved():
    dk.save(pa.table({"a": [1]}), "memory.forked", mode="replace")
    return "memory.forked"
