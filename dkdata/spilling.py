"""Streams of rows kept for later: in memory as far as they are short, else on disk."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.types import Rows, batches_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

_IN_MEMORY_BYTES = 32 << 20
_held_whole: ContextVar[bool] = ContextVar("held_whole", default=False)


@contextmanager
def held_whole() -> Iterator[None]:
    """Let streams stay in memory: for what ends up there as a whole anyway."""
    token = _held_whole.set(True)
    try:
        yield
    finally:
        _held_whole.reset(token)


def holds_whole() -> bool:
    """Whether the rows that are read now end up in memory as a whole."""
    return _held_whole.get()


def spool(rows: Rows) -> pa.RecordBatchReader:
    """Read a stream to its end at once, and return it as one that needs nothing any more.

    Beyond 32 MB the rows wait in a temporary file, which nobody else sees; within
    ``held_whole`` they stay in memory.
    """
    if isinstance(rows, pa.Table):
        return rows.to_reader()
    held, rest = drained(rows)
    if rest is None:
        return pa.RecordBatchReader.from_batches(rows.schema, held)
    return pa.RecordBatchReader.from_batches(rows.schema, _reread(held, rest))


@contextmanager
def rereadable(rows: Rows) -> Iterator[pa.Table]:
    """Give the rows of a stream as a table, which can be read again and again."""
    if isinstance(rows, pa.Table):
        yield rows
        return
    held, rest = drained(rows)
    if rest is None:
        yield pa.Table.from_batches(held, rows.schema)
        return
    with rest, pa.memory_map(rest.name) as mapped, pa.ipc.open_file(mapped) as spilled:
        yield pa.concat_tables([pa.Table.from_batches(held, rows.schema), spilled.read_all()])


def drained(
    rows: pa.RecordBatchReader, *, together: bool = False
) -> tuple[list[pa.RecordBatch], Any]:
    """Return the first batches, and an open temporary Arrow file of the others or ``None``.

    Parameters
    ----------
    together
        Whether the file has the first batches too, if there is one.
    """
    held: list[pa.RecordBatch] = []
    room = _IN_MEMORY_BYTES
    whole = holds_whole()
    for batch in rows:
        if room < batch.nbytes and not whole:
            first = held if together else []
            file = _spilled(chain(first, [batch], rows), rows.schema)
            return ([] if together else held), file
        held.append(batch)
        room -= batch.nbytes
    return held, None


def _spilled(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Any:  # noqa: ANN401 - a file
    file = tempfile.NamedTemporaryFile(prefix="dkdata-", suffix=".arrow")  # noqa: SIM115 - returned
    try:
        with pa.ipc.new_file(file.name, schema) as to:
            for batch in batches:
                to.write_batch(batch)
    except BaseException:
        file.close()
        raise
    return file


def _reread(held: list[pa.RecordBatch], file: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    yield from held
    held.clear()
    with file, pa.OSFile(file.name) as handle, pa.ipc.open_file(handle) as spilled:
        for number in range(spilled.num_record_batches):
            yield spilled.get_batch(number)


def holding(rows: pa.RecordBatchReader, stack: ExitStack) -> pa.RecordBatchReader:
    """Return the same rows; what they need is given back after the last one."""

    def batches() -> Iterator[pa.RecordBatch]:
        with stack:
            yield from rows

    return pa.RecordBatchReader.from_batches(rows.schema, batches())


def rebatched(rows: Rows, size: int, most: int | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of ``size`` rows; the last may be shorter.

    Parameters
    ----------
    most
        How many bytes a batch has at most, if it would be made of several.

    Examples
    --------
    >>> [batch.num_rows for batch in rebatched(pa.table({"a": [1, 2, 3]}), 2)]
    [2, 1]
    """
    held: list[pa.RecordBatch] = []
    count = filled = 0  # rows and bytes of those held
    for given in batches_of(rows):
        batch = given
        if held and most is not None and filled + batch.nbytes > most:
            yield _joined(held)
            held, count, filled = [], 0, 0
        while count + batch.num_rows >= size:
            room = size - count
            yield _joined([*held, batch.slice(0, room)])
            batch, held, count, filled = batch.slice(room), [], 0, 0
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
            filled += batch.nbytes
    if held:
        yield _joined(held)


def in_batches(rows: Rows, size: int | None) -> Rows:
    """Return the same rows, a stream in batches of ``size`` rows; ``None`` leaves them."""
    if size is None or isinstance(rows, pa.Table):
        return rows
    return pa.RecordBatchReader.from_batches(rows.schema, rebatched(rows, size))


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    filled = [batch for batch in batches if batch.num_rows]
    return filled[0] if len(filled) == 1 else pa.concat_batches(filled)
