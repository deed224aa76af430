"""Loading, scanning, counting, SQL."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from dkdata import showing
from dkdata.api.arguments import (
    Kind,
    Target,
    Where,
    deadline_of,
    located,
)
from dkdata.errors import QueryError, TableNotFoundError, check_choice
from dkdata.query import as_count, in_rows, query_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence
    from typing import Unpack

    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from dkdata.api.arguments import Loading, Parameters, Reading
    from dkdata.lazy import Table
    from dkdata.query import Query

_HELD = ("pandas", "polars", "arrow")
"""The kinds of frames that know how many rows they have."""
_SELECT = re.compile(
    r"[\s(]*(select|with|from|values|pivot|unpivot|describe|summarize)\b", re.IGNORECASE
)


def table(
    source: Target,
    *,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
) -> Table:
    """Return a lazy table: nothing is read before its data is asked for.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2, 3]}), "memory.numbers", mode="replace")
    >>> dk.table("memory.numbers").filter(dk.col("a") > 1).count()
    2
    """
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(source, Table) and not (format or options):
        return source
    return Table(located(source, format, options))


@overload
def load(
    source: Target, *, as_: Literal["pandas"] = ..., **rest: Unpack[Loading]
) -> pd.DataFrame: ...


@overload
def load(source: Target, *, as_: Literal["polars"], **rest: Unpack[Loading]) -> pl.DataFrame: ...


@overload
def load(source: Target, *, as_: Literal["lazy"], **rest: Unpack[Loading]) -> pl.LazyFrame: ...


@overload
def load(source: Target, *, as_: Literal["arrow"], **rest: Unpack[Loading]) -> pa.Table: ...


@overload
def load(
    source: Target, *, as_: Literal["duckdb"], **rest: Unpack[Loading]
) -> duckdb.DuckDBPyRelation: ...


def load(  # noqa: PLR0913 - the public contract
    source: Target,
    *,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Where | None = None,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    as_: Kind = "pandas",
    progress: bool | None = None,
    timeout: float | str | None = None,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
    query: Query | None = None,
) -> Any:
    """Load a table, a file or a part of one, exactly as it was saved.

    Parameters
    ----------
    source
        A table name, a path or a URL.
    columns
        Names in the order wanted. A saved index comes back beside them.
    where
        Keeps the rows for which it is true: ``dk.col("age") >= 18`` or SQL text.
    order_by
        ``"age"``, ``"-age"`` (descending), or a list. Nulls come last.
    limit, offset
        Rows to return after the first ``offset``.
    as_
        ``"pandas"``, ``"polars"``, ``"lazy"``, ``"arrow"`` or ``"duckdb"``.
    progress
        ``False`` shows nothing. Otherwise a load that takes longer than two seconds shows how far
        it is, and ends with one line.

    Raises
    ------
    TableNotFoundError, ColumnNotFoundError
        The table, or a column of it, is not there.
    QueryError
        The predicate is wrong.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, None]}), "memory.some", mode="replace")
    >>> dk.load("memory.some", where="a is not null")["a"].tolist()
    [1.0]
    """
    check_choice("as_", as_, get_args(Kind))
    from dkdata import commit, engine  # noqa: PLC0415

    deadline = deadline_of(timeout)
    with engine.time_limit(deadline):  # a server may be asked how the table is kept
        chosen = table(source, format=format, options=options)
    wanted = query_of(columns, where, order_by, limit, offset, query)
    label = chosen.location.label
    with showing.shown(f"loading {label}", progress=progress) as work, engine.time_limit(deadline):
        loaded = chosen.then(wanted).to(as_)
        commit.remaining(deadline, "the rows")
        count = len(loaded) if as_ in _HELD else work.done
        took = showing.rows_in(count, work.seconds)
        work.line = f"loaded {in_rows(count)} from {label} in {took}"
        return loaded


@overload
def scan(
    source: Target, *, batch_rows: int = ..., as_: Literal["arrow"] = ..., **rest: Unpack[Reading]
) -> Iterator[pa.RecordBatch]: ...


@overload
def scan(
    source: Target, *, batch_rows: int = ..., as_: Kind, **rest: Unpack[Reading]
) -> Iterator[Any]: ...


def scan(  # noqa: PLR0913 - the public contract
    source: Target,
    *,
    batch_rows: int = 65_536,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Where | None = None,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    as_: Kind = "arrow",
    timeout: float | str | None = None,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
    query: Query | None = None,
) -> Iterator[Any]:
    """Read a table in batches, in bounded memory; parameters as in ``load``.

    ``timeout`` covers the whole reading, with what the caller does between the batches.

    Yields
    ------
    frame
        ``pyarrow.RecordBatch``, or frames of another kind, of ``batch_rows`` rows (the last may
        be shorter).

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": range(5)}), "memory.five", mode="replace")
    >>> [batch.num_rows for batch in dk.scan("memory.five", batch_rows=2)]
    [2, 2, 1]
    """
    import pyarrow as pa  # noqa: PLC0415

    from dkdata import commit, engine, frames  # noqa: PLC0415

    check_choice("as_", as_, get_args(Kind))
    deadline = deadline_of(timeout)
    with engine.time_limit(deadline):  # a server may be asked how the table is kept
        chosen = table(source, format=format, options=options)
    wanted = query_of(columns, where, order_by, limit, offset, query)
    with engine.time_limit(deadline):
        batches = chosen.then(wanted).batches(as_count("batch_rows", batch_rows, 1))

    def timely() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            commit.remaining(deadline, "the rows")
            yield batch

    if as_ == "arrow":
        return timely()
    return (
        frames.from_arrow(pa.Table.from_batches([batch]), as_, filtered=True) for batch in timely()
    )


@overload
def sql(
    query: str, /, parameters: Parameters = ..., *, as_: Literal["pandas"] = ..., **frames: object
) -> pd.DataFrame: ...


@overload
def sql(
    query: str, /, parameters: Parameters = ..., *, as_: Literal["polars"], **frames: object
) -> pl.DataFrame: ...


@overload
def sql(
    query: str, /, parameters: Parameters = ..., *, as_: Literal["lazy"], **frames: object
) -> pl.LazyFrame: ...


@overload
def sql(
    query: str, /, parameters: Parameters = ..., *, as_: Literal["arrow"], **frames: object
) -> pa.Table: ...


@overload
def sql(
    query: str, /, parameters: Parameters = ..., *, as_: Literal["duckdb"], **frames: object
) -> duckdb.DuckDBPyRelation: ...


def sql(
    query: str,
    /,
    parameters: Parameters = None,
    *,
    as_: Kind = "pandas",
    **frames: object,
) -> Any:
    """Answer a SELECT in DuckDB's SQL over tables, files and frames.

    Parameters
    ----------
    query
        Tables by their names as in targets, files and URLs as ``'text'`` after FROM.
    parameters
        Values of ``?`` (a list) or ``$name`` (a mapping).
    **frames
        Frames by the names that the query has for them.

    Raises
    ------
    QueryError
        The SQL is wrong (its position is shown), or it is not a SELECT.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> dk.sql("select sum(a) as total from x", x=pd.DataFrame({"a": [1, 2]}))["total"].tolist()
    [3]
    """
    from dkdata import federated  # noqa: PLC0415
    from dkdata.frames import from_arrow  # noqa: PLC0415

    check_choice("as_", as_, get_args(Kind))
    try:
        return from_arrow(federated.query(query, frames, parameters), as_, filtered=True)
    except TableNotFoundError as error:
        callers = sys._getframe(1)  # noqa: SLF001 - to name the caller's variable in the error
        if error.table in callers.f_locals or error.table in callers.f_globals:
            hint = f" A variable is called so: pass it, {error.table}={error.table}."
            found = TableNotFoundError(error.table, error.store, error.existing, hint=hint)
            raise found from error
        raise


def query(frame: Any, text: str) -> Any:  # noqa: ANN401 - any frame
    """Answer a SELECT over one frame, which the query calls ``this``.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> frame = pd.DataFrame({"city": ["A", "A", "B"], "x": [1, 2, 3]})
    >>> frame.dk.query("select city, sum(x) as x from this group by 1 order by 1")["x"].tolist()
    [3, 3]
    """
    from dkdata import federated, frames  # noqa: PLC0415

    kind = frames.kind_of(frame)
    try:
        rows = federated.query(text, {"this": frame, "self": frame})
    except QueryError as error:
        if not isinstance(text, str) or _SELECT.match(text):
            raise
        remedy = "A condition is no query: write 'select * from this where …'."
        message = f"{error} {remedy}"
        raise QueryError(message) from error
    return frames.from_arrow(rows, kind, filtered=True)


def exists(target: Target) -> bool:
    """Return whether the target is there.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.exists("memory.never_saved")
    False
    """
    location = located(target)
    return location.store.exists(location.table)


def count(source: Target, where: Where | None = None) -> int:
    """Return the number of rows for which ``where`` is true.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2]}), "memory.counted", mode="replace")
    >>> dk.count("memory.counted", "a > 1")
    1
    """
    chosen = table(source)
    return (chosen if where is None else chosen.filter(where)).count()
