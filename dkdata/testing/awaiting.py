"""What every store does when it is asked by an event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ExistsError

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

_READS = 200


class AsyncTests:
    """Calls that are awaited, also many at a time."""

    def test_records_and_frames_are_awaited(self, target: Target) -> None:
        async def main() -> None:
            people = dk.aio.records(target("people"), key="id")
            assert await people.read(1) is None
            made = await people.create({"id": 1, "name": "Ada", "age": 36})
            assert await people.read(1) == made
            with pytest.raises(ExistsError):
                await people.create({"id": 1, "name": "Bob", "age": 1})
            assert (await people.update(1, age=37, version=made.version)).age == 37
            await people.upsert_many([{"id": n, "name": "x", "age": n} for n in range(2, 5)])
            found = await people.find("age > 2", order_by="-id", limit=3)
            assert [one.id for one in found] == [4, 3, 1]
            assert [one.id async for one in people.stream(order_by="id")] == [1, 2, 3, 4]
            assert await people.delete(4)
            assert await people.delete_many([2, 3]) == 2
            assert (await people.count(), await people.exists(1)) == (1, True)
            frame: Any = await dk.aio.load(target("people"))
            assert frame["age"].tolist() == [37]
            assert await people.clear() == 1

        asyncio.run(main())

    def test_many_read_at_once(self, target: Target) -> None:
        async def main() -> list[Any]:
            frame = pd.DataFrame({"id": range(_READS), "name": [f"n{n}" for n in range(_READS)]})
            await dk.aio.save(frame, target("people"), key="id")
            people = dk.aio.records(target("people"))
            return await asyncio.gather(*(people.read(n) for n in range(_READS)))

        read = asyncio.run(main())
        assert [one.name for one in read] == [f"n{n}" for n in range(_READS)]

    def test_blocking_calls_work_inside_a_loop(self, target: Target) -> None:
        async def main() -> None:
            people = dk.records(target("people"), key="id")
            people.create({"id": 1, "name": "Ada"})
            await dk.aio.records(target("people")).create({"id": 2, "name": "Bob"})
            names: Any = dk.load(target("people"), order_by="id")["name"]
            assert names.tolist() == ["Ada", "Bob"]

        asyncio.run(main())
