"""Saving, copying, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from dkdata import showing
from dkdata.api.arguments import (
    UNSAID_MODE,
    Mode,
    Target,
    Where,
    deadline_of,
    located,
)
from dkdata.api.reading import table
from dkdata.errors import RejectedError, SchemaError, TableNotFoundError, UsageError, check_choice
from dkdata.predicate import as_condition
from dkdata.query import (
    SaveResult,
    Verify,
    Write,
    WriteMode,
    as_count,
    as_names,
    in_rows,
    query_of,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from dkdata.frames.polars_frames import PolarsRows
    from dkdata.gate import OnInvalid
    from dkdata.predicate import Predicate
    from dkdata.types import Rows


def save(  # noqa: PLR0913 - the public contract
    frame: Any,  # noqa: ANN401 - any frame
    target: Target,
    *,
    mode: Mode = UNSAID_MODE,
    key: Hashable | Sequence[Hashable] | None = None,
    suite: Any = None,  # noqa: ANN401 - a suite in any form
    on_invalid: OnInvalid = "raise",
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
    layout: Literal["delta", "objects"] | None = None,
) -> SaveResult:
    """Save a frame, wholly or not at all.

    Parameters
    ----------
    frame
        pandas, polars (eager or lazy), Arrow, a DuckDB relation, anything with
        ``__arrow_c_stream__``, a list of dictionaries or a ``Table``. Streams are saved in
        bounded memory.
    target
        A table name, a path or a URL.
    mode
        What to do with a table that is there: refuse (``"error"``), ``"append"``,
        ``"replace"``, ``"upsert"`` (rows of the same key take the new values) or ``"skip"``
        (only rows of new keys are inserted). All but the first create one that is not there.
        Without it, the ``save_mode`` that the configuration has for the store, else ``"error"``.
    key
        Columns that identify a row: unique and not null. Kept with the table, so that later
        saves need not name them.
    suite
        What the rows have to meet, in any form that ``validate`` takes. Failed rules of severity
        ``"warning"`` refuse nothing and warn.
    on_invalid
        What to do where critical rules of the suite are not met. ``"raise"`` writes nothing.
        ``"quarantine"`` saves the rows that break none, and appends the others, with the column
        ``_dk_reasons``, to the table ``<target>__invalid``. ``"warn"`` saves everything and
        warns. Rules that are not about single rows raise in any case.
    index
        ``None`` keeps every index but a default ``RangeIndex``; ``True`` stores that one too as
        a column; ``False`` drops the index.
    partition_by
        Columns by whose values a Delta folder is divided.
    batch_rows
        Rows of a stream that are held and written at a time; by default, as they come.
    verify
        What is read back before the save counts as done: ``"none"``, the number of rows, a
        checksum of every column, or everything.
    progress
        ``False`` shows nothing. Otherwise a save that takes longer than two seconds shows how far
        it is, with a Cancel button in notebooks, and ends with one line.
    timeout
        Seconds, or text such as ``"30s"``, for the whole save.
    run_id
        Names this save; the same id twice on one target writes once.
    lossy
        ``"allow"`` keeps values that cannot be kept exactly as near as they can be: floats of
        more than 64 bits rounded, others as text. Such a column is marked in the table.
    format, options
        Of a file: ``format="csv", options={"sep": ";"}``.
    layout
        How a new table in a bucket is kept: as a Delta table, or with ``"objects"`` each row as a
        JSON object of its own, ``<table>/<id>.json``, named by the one column of ``key``. It is
        fixed when the table is made, and found out afterwards. A save into a table of objects that
        is there is a save of each row: the rows before an error stay.

    Returns
    -------
    SaveResult
        Rows inserted, updated, skipped, rejected; bytes; seconds; the version of a Delta table.

    Raises
    ------
    ExistsError
        The table is there, and ``mode="error"``.
    SchemaError
        The frame does not fit the table, has no columns, holds a value that cannot be kept
        exactly, or its key is null or repeated.
    RejectedError
        The backend refuses rows; it carries them, with the reasons.
    ValidationError
        The suite does not let the rows pass; it carries the result.
    ConflictError
        A key of appended rows is taken, or somebody else wrote at the same time.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> frame = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, 41]})
    >>> dk.save(frame, "memory.people", mode="replace").rows
    2
    >>> adults = dk.expect("age").between(40, 120)
    >>> dk.save(frame, "memory.adults", suite=adults, on_invalid="quarantine").rejected
      name  age                 _dk_reasons
    0  Ada   36  [age: between(40, 120)]
    """
    from dkdata import commit, engine, frames  # noqa: PLC0415
    from dkdata.gate import Gate  # noqa: PLC0415
    from dkdata.lazy import Table  # noqa: PLC0415
    from dkdata.record.converting import check_plain  # noqa: PLC0415

    check_choice("mode", mode, [str(known) for known in WriteMode])
    check_choice("verify", verify, get_args(Verify))
    if lossy not in (None, "allow"):
        raise UsageError.choice("lossy", lossy, ["allow"])
    if layout is not None:
        check_choice("layout", layout, ["delta", "objects"])
    if index not in (None, True, False):
        raise UsageError.choice("index", index, [None, True, False])
    if run_id is not None and not (isinstance(run_id, str) and run_id and run_id.isprintable()):
        message = f"run_id={run_id!r} names no save. Give a text of characters that can be printed."
        raise UsageError(message)
    gate = Gate.of(suite, on_invalid)
    deadline = deadline_of(timeout)
    with engine.time_limit(deadline):  # a server may be asked how the table is kept
        location = located(target, format, options)
    write = Write(
        mode=location.save_mode if mode is UNSAID_MODE else WriteMode(mode),
        key=as_names(key),
        run_id=run_id or commit.new_run_id(),
        repeatable=run_id is not None,
        partition_by=as_names(partition_by),
        batch_rows=None if batch_rows is None else as_count("batch_rows", batch_rows, 1),
        verify=verify,
        format=format,
        options=dict(options or {}),
        layout=layout,
        deadline=deadline,
    )
    with showing.shown(f"saving to {location.label}", progress=progress) as work:
        work.outcome = "nothing was changed"
        check_plain(frame, write.key)
        given = frame.reader() if isinstance(frame, Table) else frame
        rows = frames.to_rows(given, index=index, lossy=lossy is not None)
        if not rows.schema.names:
            message = (
                f"the frame has no columns, so there is nothing to save as {location.label!r}."
            )
            raise SchemaError(message)

        def put(rows: Rows | PolarsRows, write: Write) -> SaveResult:
            work.outcome = ""  # the store knows
            work.count("rows", _rows_of(rows))
            watched = replace(write, progress=work.advance)
            with _as_given(frame):
                result = location.store.write(location.table, rows, watched)
            return replace(result, target=location.label)

        saved = put(rows, write) if gate is None else gate.save(frame, rows, location, write, put)
        work.line = _told(saved, work.seconds)
    return saved


@contextmanager
def _as_given(frame: Any) -> Iterator[None]:  # noqa: ANN401 - any frame
    """Let an error show the rows that the backend refused as the frame was given."""
    try:
        yield
    except RejectedError as error:
        from dkdata import frames  # noqa: PLC0415 - on use
        from dkdata.lazy import Table  # noqa: PLC0415

        kind = "pandas" if isinstance(frame, Table) else frames.kind_of(frame)
        kind = "polars" if kind == "lazy" else kind
        error.rejected = frames.from_arrow(error.rejected, kind, filtered=True)
        raise


def _rows_of(rows: Rows | PolarsRows) -> int | None:
    """Return how many rows there are, if that is known before they are read."""
    frame = getattr(rows, "frame", None)
    return getattr(rows, "num_rows", None) if frame is None else frame.height


def _told(saved: SaveResult, seconds: float) -> str:
    """Return a save in one line."""
    if saved.repeated:
        return str(saved)
    parts = "" if saved.inserted == saved.rows else f" ({saved.counts})"
    took = showing.rows_in(saved.rows, seconds)
    return f"saved {in_rows(saved.rows)}{parts} -> {saved.target} in {took}"


def copy(  # noqa: PLR0913 - the public contract
    source: Target,
    target: Target,
    *,
    columns: Hashable | Sequence[Hashable] | None = None,
    where: Where | None = None,
    mode: Mode = UNSAID_MODE,
    key: Hashable | Sequence[Hashable] | None = None,
    suite: Any = None,  # noqa: ANN401 - a suite in any form
    on_invalid: OnInvalid = "raise",
    partition_by: str | Sequence[str] | None = None,
    verify: Verify = "count",
    progress: bool | None = None,
    timeout: float | str | None = None,
    layout: Literal["delta", "objects"] | None = None,
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
    wanted = query_of(columns, where, None, None, 0, None)
    return save(
        chosen.then(wanted), target, mode=mode, key=key, suite=suite, on_invalid=on_invalid,
        partition_by=partition_by, verify=verify, progress=progress, timeout=timeout, layout=layout,
    )  # fmt: skip


def delete(target: Target, where: Where | None) -> int:
    """Delete the rows for which ``where`` is true and return how many there were.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1, 2]}), "memory.shrinking", mode="replace")
    >>> dk.delete("memory.shrinking", dk.col("a") > 1)
    1
    """
    hint = "To remove the table, dk.drop(target); to remove all rows, where='true'."
    predicate = _required(where, "delete", hint)
    location = located(target)
    return location.store.delete(location.table, predicate)


def _required(where: Where | None, verb: str, hint: str) -> Predicate:
    predicate = as_condition(where)
    if predicate is None:
        message = f"{verb} needs a predicate. {hint}"
        raise UsageError(message)
    return predicate


def update(target: Target, values: Mapping[Hashable, Any], where: Where | None) -> int:
    """Give columns of the rows for which ``where`` is true new values; return how many rows.

    Parameters
    ----------
    values
        ``{column: value}``; ``None`` is null. A value is taken as pandas takes it in
        ``frame.loc[row, column] = value``, if that changes neither the value nor the column's
        dtype; ISO 8601 text stands for a date or a time.
    where
        ``"true"`` changes every row.

    Raises
    ------
    ColumnNotFoundError
        The table has no such column.
    SchemaError
        A column cannot hold its value exactly.
    UsageError
        A column belongs to the key of the table, or an argument is missing.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> frame = pd.DataFrame({"item": ["pen", "ink"], "price": [1.5, 4.0]})
    >>> _ = dk.save(frame, "memory.prices", mode="replace")
    >>> dk.update("memory.prices", {"price": 2}, dk.col("item") == "pen")
    1
    >>> dk.load("memory.prices")["price"].tolist()
    [2.0, 4.0]
    """
    location = located(target)
    if not isinstance(values, Mapping):
        message = f"update takes the new values as {{column: value}}, not {values!r}."
        raise UsageError(message)
    predicate = _required(where, "update", "To change all rows, where='true'.")
    return location.store.update(location.table, values, predicate)


def rename(source: Target, target: Target) -> None:
    """Give a table another name in its store, with all that is kept about it.

    Raises
    ------
    ExistsError
        There is a table of that name.
    UsageError
        The new name is in another store: a rename moves no rows.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1]}), "memory.draft", mode="replace")
    >>> dk.rename("memory.draft", "memory.final")
    >>> dk.exists("memory.draft"), dk.exists("memory.final")
    (False, True)
    >>> dk.drop("memory.final")
    """
    old, new = located(source), located(target)
    if old.store.identity != new.store.identity:
        message = (
            f"{old.label!r} cannot be renamed to {new.label!r}: that is another store, and a rename"
            " moves no rows. Use dk.copy, then dk.drop."
        )
        raise UsageError(message)
    old.store.rename(old.table, new.table)


def drop(target: Target, *, missing_ok: bool = False) -> None:
    """Remove a table or a file.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> _ = dk.save(pd.DataFrame({"a": [1]}), "memory.gone", mode="replace")
    >>> dk.drop("memory.gone")
    >>> dk.drop("memory.gone", missing_ok=True)
    """
    location = located(target)
    try:
        location.store.drop(location.table)
    except TableNotFoundError:
        if not missing_ok:
            raise
