"""A dry run: everything but the commit."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from dkdata import engine, spilling
from dkdata.commit import refuse_taken
from dkdata.dialects import keys
from dkdata.dialects.fragment import Fragment
from dkdata.query import Query, SaveResult, Write, WriteMode

if TYPE_CHECKING:
    import pyarrow as pa

    from dkdata.store import Store
    from dkdata.types import Rows


class _UndoneError(Exception):
    """Raised before the commit, which undoes the write."""


def rehearsed(store: Store, table: str, rows: Rows, write: Write) -> SaveResult:
    """Return what a write would do; in the end everything is as it was.

    Raises as the write does. A store that writes each row by itself is not asked: it would keep
    them.
    """
    with spilling.rereadable(rows) as held:
        taken = 0
        if write.mode is not WriteMode.ERROR:
            taken = _taken(store, table, held, write)
        if write.mode is WriteMode.ERROR or not store.writes_by_row:
            _undone(store, table, held, write)
    new = held.num_rows - taken
    match write.mode:
        case WriteMode.UPSERT:
            return SaveResult(table, inserted=new, updated=taken)
        case WriteMode.SKIP:
            return SaveResult(table, inserted=new, skipped=taken)
    return SaveResult(table, inserted=new)


def _undone(store: Store, table: str, rows: pa.Table, write: Write) -> None:
    """Write rows, and undo that before they count."""

    def undo() -> None:
        raise _UndoneError

    try:
        store.write(table, rows, replace(write, before_commit=undo, repeatable=False))
    except _UndoneError:
        return


def _taken(store: Store, table: str, rows: pa.Table, write: Write) -> int:
    """Return how many keys of rows the table has; refuse them where an append would."""
    connection = engine.connection()
    with ExitStack() as stack:
        new = stack.enter_context(engine.register(connection, rows.select(list(write.key))))
        read = store.read(table, Query(columns=write.key))
        held = stack.enter_context(spilling.rereadable(read))
        old = stack.enter_context(engine.register(connection, held))
        if write.mode is WriteMode.APPEND:
            refuse_taken(connection, table, old, new, write.key)
        query = Fragment(keys.count_taken(old.sql, new.sql, write.key))
        return int(engine.fetched(connection, query)[0][0])
