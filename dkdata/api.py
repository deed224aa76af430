"""The functions that users call; accessors forward to them."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, get_args

from dkdata.errors import (
    SchemaError,
    TableNotFoundError,
    UnsupportedError,
    UsageError,
)
from dkdata.query import Query, SaveResult, Verify, Write, WriteMode

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    import pandas as pd

    from dkdata.catalog import Location
    from dkdata.lazy import Table
    from dkdata.predicate import Predicate
    from dkdata.types import Rows
    from dkdata.validation import Result

    Target = str | PathLike[str] | Table

Kind = Literal["pandas", "polars", "lazy", "arrow", "duckdb"]
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600}


def _location(
    target: Target,
    file_format: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Location:
    """Return the store and table of a target."""
    from dkdata import catalog  # noqa: PLC0415 - loads the stores
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(target, Table):
        return target.location
    return catalog.locate(target, format=file_format, options=options)


def _seconds(timeout: float | str | None) -> float | None:
    """Return a duration given in seconds or as text such as ``"30s"``."""
    if timeout is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?\s*", str(timeout))
    if not match or isinstance(timeout, bool):
        message = f"timeout={timeout!r} is not a time. Give seconds, or text such as '30s', '5min'."
        raise UsageError(message)
    return float(match[1]) * _SECONDS[match[2] or "s"]


def _deadline(timeout: float | str | None) -> float | None:
    seconds = _seconds(timeout)
    return None if seconds is None else time.monotonic() + seconds


def _choice(argument: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError.choice(argument, value, allowed)


def save(  # noqa: PLR0913 - the public contract
    frame: Any,  # noqa: ANN401 - any frame
    target: Target,
    *,
    mode: Literal["error", "append", "replace", "upsert", "skip"] = "error",
    key: Hashable | Sequence[Hashable] | None = None,
    index: bool | None = None,
    partition_by: str | Sequence[str] | None = None,
    batch_rows: int | None = None,
    verify: Verify = "count",
    progress: bool | None = None,
    timeout: float | str | None = None,
    run_id: str | None = None,
    lossy: Literal["allow"] | None = None,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
) -> SaveResult:
    """Save a frame, wholly or not at all.

    Parameters
    ----------
    frame
        pandas, polars (eager or lazy), Arrow, a DuckDB relation, anything with
        ``__arrow_c_stream__`` or a list of dictionaries. Streams are saved in bounded memory.
    target
        A table name, a path or a URL.
    mode
        What to do with a table that is there: refuse (``"error"``), ``"append"``,
        ``"replace"``, ``"upsert"`` (rows of the same key take the new values) or ``"skip"``
        (only rows of new keys are inserted). All but the first create one that is not there.
    key
        Columns that identify a row: unique and not null. Kept with the table.
    index
        ``None`` keeps every index but a default ``RangeIndex``; ``True`` stores that one too as
        a column; ``False`` drops the index.
    partition_by
        Columns by whose values a Delta folder is divided.
    batch_rows
        Rows in one batch of a stream; by default, batches are sized by bytes.
    verify
        What is read back before the save counts as done: ``"none"``, the number of rows, a
        checksum of every column, or everything.
    timeout
        Seconds, or text such as ``"30s"``, for the whole save.
    run_id
        Names this save; the same id twice on one target writes once.
    lossy
        ``"allow"`` keeps what can be kept of values that cannot be kept exactly.
    format, options
        Of a file: ``format="csv", options={"sep": ";"}``.

    Returns
    -------
    SaveResult
        Rows inserted, updated, skipped; bytes; seconds; the version of a Delta table.

    Raises
    ------
    ExistsError
        The table is there, and ``mode="error"``.
    SchemaError
        The frame does not fit the table, has no columns, holds a value that cannot be kept
        exactly, or its key is null or repeated.
    ConflictError
        A key of appended rows is taken, or somebody else wrote at the same time.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> frame = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, 41]})
    >>> dk.save(frame, "memory.people", mode="replace").rows
    2
    """
    from dkdata import commit, frames  # noqa: PLC0415

    _choice("mode", mode, [str(known) for known in WriteMode])
    _choice("verify", verify, get_args(Verify))
    if lossy not in (None, "allow"):
        raise UsageError.choice("lossy", lossy, ["allow"])
    location = _location(target, format, options)
    rows = frames.to_arrow(frame, index=index)
    if not rows.schema.names:
        message = f"the frame has no columns, so there is nothing to save as {location.label!r}."
        raise SchemaError(message)
    write = Write(
        mode=WriteMode(mode),
        key=_names(key),
        run_id=run_id or commit.new_run_id(),
        repeatable=run_id is not None,
        partition_by=_names(partition_by),
        batch_rows=batch_rows,
        verify=verify,
        lossy=lossy == "allow",
        format=format,
        options=dict(options or {}),
        deadline=_deadline(timeout),
    )
    return _write(location, rows, write, progress=progress)


def _names(given: object) -> tuple[Any, ...]:
    if given is None:
        return ()
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)


def _write(
    location: Location, rows: Rows, write: Write, *, progress: bool | None,
) -> SaveResult:
    """Write to a store, with a progress bar for what takes long."""
    from tqdm.auto import tqdm  # noqa: PLC0415

    hidden = progress is False
    with tqdm(desc=location.label, unit=" rows", delay=2, disable=hidden, leave=False) as bar:
        watched = replace(write, progress=lambda n: bar.update(n) and None)
        result = location.store.write(location.table, rows, watched)
    return replace(result, target=location.label)


def _query(  # noqa: PLR0913 - the parts of a query
    columns: Hashable | Sequence[Hashable] | None,
    where: Predicate | str | None,
    order_by: str | Sequence[str] | None,
    limit: int | None,
    offset: int,
    query: Query | None,
) -> Query:
    from dkdata.lazy import as_predicate  # noqa: PLC0415

    if query is not None:
        return query
    names = None if columns is None else _names(columns)
    return Query(names, as_predicate(where), _names(order_by), limit, offset)


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

    if isinstance(source, Table):
        return source
    return Table(_location(source, format, options))


def load(  # noqa: PLR0913 - the public contract
    source: Target,
    *,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Predicate | str | None = None,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    as_: Kind = "pandas",
    timeout: float | str | None = None,
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
    query: Query | None = None,
) -> Any:  # noqa: ANN401 - as_ decides
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
    _choice("as_", as_, get_args(Kind))
    from dkdata import engine  # noqa: PLC0415

    chosen = table(source, format=format, options=options)
    wanted = _query(columns, where, order_by, limit, offset, query)
    if not wanted.is_whole_table:
        plain = len(chosen.steps) == 1 and chosen.steps[0].is_whole_table
        chosen = replace(chosen, steps=(wanted,) if plain else (*chosen.steps, wanted))
    with engine.time_limit(_deadline(timeout)):
        return chosen.to(as_)


def scan(  # noqa: PLR0913 - the public contract
    source: Target,
    *,
    batch_rows: int = 65_536,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Predicate | str | None = None,
    order_by: str | Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
    as_: Kind = "arrow",
    format: str | None = None,  # noqa: A002 - the public name of the argument
    options: Mapping[str, Any] | None = None,
    query: Query | None = None,
) -> Iterator[Any]:
    """Read a table in batches, in bounded memory; parameters as in ``load``.

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

    from dkdata import frames  # noqa: PLC0415

    _choice("as_", as_, get_args(Kind))
    if not isinstance(batch_rows, int) or batch_rows < 1:
        message = f"batch_rows={batch_rows!r} is not possible. Give 1 or more."
        raise UsageError(message)
    chosen = table(source, format=format, options=options)
    wanted = _query(columns, where, order_by, limit, offset, query)
    chosen = replace(chosen, steps=(*chosen.steps, wanted)) if chosen.steps != (Query(),) else (
        replace(chosen, steps=(wanted,))
    )
    batches = chosen.batches(batch_rows)
    if as_ == "arrow":
        return batches
    return (
        frames.from_arrow(pa.Table.from_batches([batch]), as_, filtered=True) for batch in batches
    )


def sql(
    query: str,
    /,
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
    *,
    as_: Kind = "pandas",
    **frames: Any,  # noqa: ANN401 - any frames
) -> Any:  # noqa: ANN401 - as_ decides
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

    _choice("as_", as_, get_args(Kind))
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
    rows = federated.query(text, {"this": frame, "self": frame})
    return frames.from_arrow(rows, kind, filtered=True)


def exists(target: Target) -> bool:
    """Return whether the target is there.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.exists("memory.never_saved")
    False
    """
    location = _location(target)
    return location.store.exists(location.table)


def count(source: Target, where: Predicate | str | None = None) -> int:
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


def delete(target: Target, where: Predicate | str | None) -> int:
    """Delete the rows for which ``where`` is true and return how many there were.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2]}), "memory.shrinking", mode="replace")
    >>> dk.delete("memory.shrinking", dk.col("a") > 1)
    1
    """
    from dkdata.lazy import as_predicate  # noqa: PLC0415

    predicate = as_predicate(where)
    if predicate is None:
        message = (
            "delete needs a predicate. To remove the table, dk.drop(target);"
            " to remove all rows, where='true'."
        )
        raise UsageError(message)
    location = _location(target)
    return location.store.delete(location.table, predicate)


def drop(target: Target, *, missing_ok: bool = False) -> None:
    """Remove a table or a file.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1]}), "memory.gone", mode="replace")
    >>> dk.drop("memory.gone")
    >>> dk.drop("memory.gone", missing_ok=True)
    """
    location = _location(target)
    try:
        location.store.drop(location.table)
    except TableNotFoundError:
        if not missing_ok:
            raise


def copy(  # noqa: PLR0913 - the public contract
    source: Target,
    target: Target,
    *,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Predicate | str | None = None,
    mode: Literal["error", "append", "replace", "upsert", "skip"] = "error",
    key: Hashable | Sequence[Hashable] | None = None,
    partition_by: str | Sequence[str] | None = None,
    verify: Verify = "count",
    progress: bool | None = None,
    timeout: float | str | None = None,
) -> SaveResult:
    """Copy a table, or a part of it, to another target in bounded memory; types are kept.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2]}), "memory.first", mode="replace")
    >>> dk.copy("memory.first", "memory.second", where="a > 1", mode="replace").rows
    1
    """
    chosen = table(source)
    wanted = _query(columns, where, None, None, 0, None)
    rows = replace(chosen, steps=(*chosen.steps, wanted)).reader()
    return save(
        rows, target, mode=mode, key=key, partition_by=partition_by, verify=verify,
        progress=progress, timeout=timeout,
    )  # fmt: skip


def tables(store: str | None = None) -> pd.DataFrame:
    """Return the tables of one store, or of all: store, table, rows, columns.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.tables("memory").columns.tolist()
    ['store', 'table', 'rows', 'columns']
    """
    import pandas as pd  # noqa: PLC0415

    from dkdata import catalog  # noqa: PLC0415
    from dkdata.frames import envelope  # noqa: PLC0415

    found = [
        (name, table, opened.count(table), len(envelope.labels(opened.schema(table))))
        for name in ([store] if store else catalog.STORES)
        for opened in [catalog.open_store(name)]
        for table in opened.tables()
    ]
    return pd.DataFrame(found, columns=["store", "table", "rows", "columns"])


def history(target: Target) -> pd.DataFrame:
    """Return the versions of a Delta table, the newest first.

    Raises
    ------
    UnsupportedError
        The store of the target keeps no versions.
    """
    return _versioned(target, "history")


def optimize(target: Target) -> None:
    """Merge the small parts of a Delta table into larger ones; rows may change their order."""
    _versioned(target, "optimize")


def _versioned(target: Target, method: str) -> Any:  # noqa: ANN401 - the method decides
    location = _location(target)
    if not hasattr(location.store, method):
        message = f"{location.label!r}: its store keeps no versions. Delta folders do: 'out/orders/'."
        raise UnsupportedError(message)
    return getattr(location.store, method)(location.table)


def validate(
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    suite: Any,  # noqa: ANN401 - a suite in any form
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    engine: Literal["auto", "gx"] = "auto",
) -> Result:
    """Return which rows and rules of a suite a frame or a table breaks.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``.
    suite
        ``dk.expect(column)…``, a ``Suite``, a suite of Great Expectations, its JSON (a dict or
        a path), one expectation, or a list of them.
    result_format
        ``"BOOLEAN_ONLY"``, ``"BASIC"``, ``"SUMMARY"``, ``"COMPLETE"``, or a mapping with Great
        Expectations' options: how much ``to_dict()`` tells, not what is found.
    engine
        ``"auto"`` or ``"gx"``: Great Expectations itself.

    Raises
    ------
    ColumnNotFoundError
        A rule is about a column that is not there.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> ages = pd.DataFrame({"age": [36, 410]})
    >>> dk.validate(ages, dk.expect("age").between(0, 120)).invalid()["age"].tolist()
    [410]
    """
    from dkdata import validation  # noqa: PLC0415
    from dkdata.lazy import Table  # noqa: PLC0415

    given = frame_or_source
    if isinstance(given, (str, PathLike, Table)):
        given = table(given).to_pandas()
    return validation.validate(given, suite, result_format=result_format, engine=engine)
