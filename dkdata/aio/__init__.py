"""Every function of dkdata as a coroutine, for programs with an event loop.

``await dk.aio.save(frame, "people")`` does what ``dk.save`` does, in a thread; the loop goes on
meanwhile. What takes long ends soon when its task is cancelled, with everything rolled back.

Examples
--------
>>> import asyncio
>>> import dkdata as dk, pandas as pd
>>> async def main():
...     await dk.aio.save(pd.DataFrame({"a": [1, 2]}), "memory.awaited", mode="replace")
...     return await dk.aio.count("memory.awaited")
>>> asyncio.run(main())
2
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from dkdata import api
from dkdata.aio.records import AsyncRecords, records
from dkdata.aio.running import awaited, begun, iterated, mirrored
from dkdata.record import converting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from dkdata.api.arguments import Kind, Loading, Parameters, Reading, Target
    from dkdata.widgets import SchemaExplorer

backends = mirrored(api.backends)
coerce = mirrored(api.coerce)
config = mirrored(api.config)
configure = mirrored(api.configure)
connect = mirrored(api.connect)
copy = mirrored(api.copy)
count = mirrored(api.count)
delete = mirrored(api.delete)
diff = mirrored(api.diff)
doctor = mirrored(api.doctor)
drop = mirrored(api.drop)
estimate_cost = mirrored(api.estimate_cost)
exists = mirrored(api.exists)
from_records = mirrored(converting.from_records)
history = mirrored(api.history)
migrate = mirrored(api.migrate)
optimize = mirrored(api.optimize)
profile = mirrored(api.profile)
query = mirrored(api.query)
register_backend = mirrored(api.register_backend)
rename = mirrored(api.rename)
save = mirrored(api.save)
suggest = mirrored(api.suggest)
suites = mirrored(api.suites)
table = mirrored(api.table)
tables = mirrored(api.tables)
to_records = mirrored(converting.to_records)
update = mirrored(api.update)
validate = mirrored(api.validate)


@overload
async def load(
    source: Target, *, as_: Literal["pandas"] = ..., **rest: Unpack[Loading]
) -> pd.DataFrame: ...
@overload
async def load(
    source: Target, *, as_: Literal["polars"], **rest: Unpack[Loading]
) -> pl.DataFrame: ...
@overload
async def load(
    source: Target, *, as_: Literal["lazy"], **rest: Unpack[Loading]
) -> pl.LazyFrame: ...
@overload
async def load(source: Target, *, as_: Literal["arrow"], **rest: Unpack[Loading]) -> pa.Table: ...
@overload
async def load(
    source: Target, *, as_: Literal["duckdb"], **rest: Unpack[Loading]
) -> duckdb.DuckDBPyRelation: ...
async def load(source: Target, *, as_: Kind = "pandas", **rest: Unpack[Loading]) -> Any:
    """Load a table, a file or a part of one; see ``dk.load``."""
    call = partial(api.load, source, as_=as_, **rest)
    return await awaited(call, begun("load"))


async def sql(
    query: str,
    /,
    parameters: Parameters = None,
    *,
    as_: Kind = "pandas",
    **frames: object,
) -> Any:  # noqa: ANN401 - as_ decides
    """Answer a SELECT over tables, files and frames; see ``dk.sql``."""
    call = partial(api.sql, query, parameters, as_=as_, **frames)
    return await awaited(call, begun("sql"))


def scan(
    source: Target, *, batch_rows: int = 65_536, as_: Kind = "arrow", **rest: Unpack[Reading]
) -> AsyncIterator[Any]:
    """Read a table in batches, as an asynchronous iterator; see ``dk.scan``."""
    start = partial(api.scan, source, batch_rows=batch_rows, as_=as_, **rest)
    return iterated(start, "scan", 1)


async def explore(*args: Any, **options: Any) -> SchemaExplorer:  # noqa: ANN401 - those of ``explore``
    """Return a widget that shows a frame or a table; see ``dk.explore``.

    It is made in the thread of the loop, where notebooks show widgets; what it shows is computed
    in one of its own.
    """
    return api.explore(*args, **options)


__all__ = [
    "AsyncRecords", "backends", "coerce", "config", "configure", "connect", "copy", "count",
    "delete", "diff", "doctor", "drop", "estimate_cost", "exists", "explore", "from_records",
    "history", "load", "migrate", "optimize", "profile", "query", "records", "register_backend",
    "rename", "save", "scan", "sql", "suggest", "suites", "table", "tables", "to_records", "update",
    "validate",
]  # fmt: skip
