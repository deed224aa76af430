"""The records of a table, awaited."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

from dkdata import api
from dkdata.aio.running import awaited, begun, iterated
from dkdata.record.collection import Records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Hashable, Sequence

    from dkdata.api.arguments import Target
    from dkdata.record.record import Record

P = ParamSpec("P")
T = TypeVar("T")
_AT_A_TIME = 512  # records of a stream


def _awaited(
    method: Callable[Concatenate[Records, P], T],
) -> Callable[Concatenate[AsyncRecords, P], Coroutine[Any, Any, T]]:
    """Return a method that does in a thread what one of ``Records`` does."""

    @functools.wraps(method)
    async def coroutine(self: AsyncRecords, /, *args: P.args, **kwargs: P.kwargs) -> T:
        def call() -> T:
            return method(self.start(), *args, **kwargs)

        return await awaited(call, begun(method.__name__))

    return coroutine


@dataclass(frozen=True)
class AsyncRecords:
    """The records of one table: as ``Records``, with coroutines for its methods.

    Made by ``dk.aio.records``, which asks no server; ``await`` it to have the target checked.

    Parameters
    ----------
    start
        Returns the records; it may ask a server.

    Examples
    --------
    >>> import asyncio
    >>> import dkdata as dk
    >>> async def main():
    ...     people = dk.aio.records("memory.staff")
    ...     await people.create({"id": 1, "name": "Ada"})
    ...     return [one.name async for one in people.stream()]
    >>> asyncio.run(main())
    ['Ada']
    """

    start: Callable[[], Records]

    create = _awaited(Records.create)
    create_many = _awaited(Records.create_many)
    read = _awaited(Records.read)
    exists = _awaited(Records.exists)
    update = _awaited(Records.update)
    upsert = _awaited(Records.upsert)
    upsert_many = _awaited(Records.upsert_many)
    delete = _awaited(Records.delete)
    delete_many = _awaited(Records.delete_many)
    find = _awaited(Records.find)
    count = _awaited(Records.count)
    clear = _awaited(Records.clear)

    def stream(self, *args: Any, **options: Any) -> AsyncIterator[Record]:  # noqa: ANN401 - those of ``find``
        """Yield records in bounded memory; see ``Records.stream``."""

        def start() -> Any:  # noqa: ANN401 - an iterator
            return self.start().stream(*args, **options)

        return iterated(start, "stream", _AT_A_TIME)

    def __await__(self) -> Generator[Any, None, AsyncRecords]:
        """Return the same, once the table was looked for."""
        yield from awaited(self.start, begun("records")).__await__()
        return self


def records(
    source: Target,
    key: Hashable | Sequence[Hashable] | None = None,
    *,
    new_id: Callable[[], Any] | None = None,
    layout: Literal["delta", "objects"] | None = None,
) -> AsyncRecords:
    """Return the records of a table, with coroutines for their methods; see ``dk.records``."""
    start = functools.partial(api.records, source, key, new_id=new_id, layout=layout)
    return AsyncRecords(functools.cache(start))
