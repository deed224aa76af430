"""What things cost before they are done."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pyarrow as pa

from dkdata.api.arguments import Target, located
from dkdata.api.reading import table
from dkdata.errors import UsageError, check_choice, shortened
from dkdata.query import as_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dkdata.catalog import Location
    from dkdata.costs import CostEstimate
    from dkdata.costs.estimating import Transfer
    from dkdata.costs.sampling import Sample
    from dkdata.lazy import Table


def estimate_cost(  # noqa: PLR0913 - the public contract
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    target: Target,
    *,
    saves: int = 1,
    loads: int = 30,
    queries: int = 0,
    columns: Hashable | Sequence[Hashable] | None = None,
    sessions: int | None = None,
    transfer: Transfer = "internet",
    region: str | None = None,
    prices: str | PathLike[str] | None = None,
    index: bool | None = None,
    partition_by: str | Sequence[str] | None = None,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
) -> CostEstimate:
    """Return what it costs to keep a frame at a target: bytes, seconds; in a bucket, money.

    Nothing is written to the target, and its server is not asked. The size is measured: the rows,
    or of many rows some runs from the beginning to the end, are encoded as a save does it. Of
    buckets it tells the requests by kind, the bytes that are stored, fetched, and scanned by a
    query, and what a month of them costs by a price table; of other stores the size, and the
    seconds of a save and a load at rates that were measured once.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``, of which the number of rows
        is asked, and a few runs of rows are read.
    target
        A table name, a path or a URL, as ``save`` takes it; whether it is there does not matter.
    saves
        How often a month the rows are saved. Each save adds what it stores: also ``"replace"``
        keeps the earlier versions of a Delta table.
    loads
        How often a month all of them, as one save wrote them, are loaded.
    queries, columns
        How often a month a query reads which columns, of all rows; without ``columns`` the one
        that is the largest. A query whose ``where`` leaves out parts of the table costs less.
    sessions
        In how many processes that happens: a new one reads the log of the table first. Without
        it, each save, load and query has its own.
    transfer
        Where the readers are: ``"internet"`` pays for what they fetch; ``"region"``, in Amazon's
        machines beside the bucket, does not.
    region
        A region of the price table; without it the one that the store is configured with.
    prices
        The path of a price table, in place of the one that the configuration names (``prices:``),
        or of the package's own, whose date and source the estimate tells. Check them.
    index, partition_by, format, options
        As ``save`` takes them.

    Returns
    -------
    CostEstimate
        ``total`` and ``frame`` are the month's bill; ``save``, ``load`` and ``query`` the requests
        of single calls.

    Raises
    ------
    UsageError
        The region is not in the price table, an argument cannot be so, or the frame is a stream,
        which an estimate would use up.
    ConfigError
        The price table cannot be read, or is none.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> people = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, 41]})
    >>> cost = dk.estimate_cost(people, "s3://my-bucket/people", region="eu-west-1", loads=1000)
    >>> cost.save, cost.load
    (Requests(puts=2, lists=2, gets=0), Requests(puts=0, lists=1, gets=1))
    >>> cost.frame["item"].tolist()
    ['storage', 'PUT and LIST', 'GET', 'transfer']
    >>> 0.01 < cost.total < 0.1
    True
    """
    from dkdata.costs import estimating  # noqa: PLC0415 - loads the stores

    check_choice("transfer", transfer, get_args(estimating.Transfer))
    if index not in (None, True, False):
        raise UsageError.choice("index", index, [None, True, False])
    month = estimating.Month(
        saves=_times("saves", saves),
        loads=_times("loads", loads),
        queries=_times("queries", queries),
        columns=as_names(columns),
        sessions=None if sessions is None else _times("sessions", sessions),
        transfer=transfer,
    )
    place = estimating.Place(
        location=_place(target, format, options),
        file_format=format,
        options=options,
        partition_by=as_names(partition_by),
        region=region,
        prices=_path(prices),
    )
    return estimating.estimated(_sample(frame_or_source, index=index), place, month)


def _times(argument: str, value: object) -> int:
    """Return how often something happens in a month."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    message = (
        f"{argument}={value!r} is not possible: it is how often a month. Give a whole number, 0 or"
        " more."
    )
    raise UsageError(message)


def _path(prices: object) -> Path | None:
    if prices is None:
        return None
    if isinstance(prices, (str, PathLike)) and str(prices):
        return Path(prices).expanduser()
    message = f"prices={shortened(prices)} is not possible. Give the path of a price table."
    raise UsageError(message)


def _place(target: Target, form: str | None, options: Mapping[str, Any] | None) -> Location:
    from dkdata import catalog  # noqa: PLC0415 - loads the stores
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(target, Table):
        return located(target, form, options)
    return catalog.named(target, form, options)


def _sample(given: Any, *, index: bool | None) -> Sample:  # noqa: ANN401 - a frame or a source
    from dkdata import frames  # noqa: PLC0415
    from dkdata.costs import sampling  # noqa: PLC0415
    from dkdata.frames.polars_frames import PolarsRows  # noqa: PLC0415
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(given, (str, PathLike)):
        given = table(given)
    if isinstance(given, Table):
        return sampling.sample_of_table(given.count(), _reader(given))
    if isinstance(given, pa.RecordBatchReader):
        message = (
            "the frame is a stream, which an estimate would use up. Give dk.table(source), or a"
            " frame."
        )
        raise UsageError(message)
    rows = frames.to_rows(given, index=index)
    rows = rows.to_arrow() if isinstance(rows, PolarsRows) else rows
    if not rows.schema.names:
        message = "the frame has no columns, so there is nothing to save."
        raise UsageError(message)
    return sampling.sample_of(rows)


def _reader(source: Table) -> Any:  # noqa: ANN401 - a function
    def read(start: int, count: int) -> pa.Table:
        return source.limit(count, start).reader().read_all()

    return read
