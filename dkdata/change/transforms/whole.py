"""Transformations of whole frames, of streams and of records."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata import frames, spilling
from dkdata.errors import DkWarning
from dkdata.record.converting import from_records, to_records
from dkdata.record.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.change.transforms.running import Block
    from dkdata.change.transforms.transform import Transform, Transformed
    from dkdata.types import Rows

_BLOCK_ROWS: Final = 1 << 20
_BLOCK_BYTES: Final = 64 << 20


def called(transform: Transform, given: Any) -> Any:  # noqa: ANN401 - any frame
    """Return what a transformation makes of a frame; see ``Transform.__call__``."""
    match given:
        case Record() | Mapping():
            records = _records(transform, [given])
            return records if len(records) > 1 else next(iter(records), None)
        case list() | tuple() if all(isinstance(one, Mapping) for one in given):
            return _records(transform, given)
        case pa.RecordBatchReader():
            return _stream(transform, given)
        case pa.RecordBatch():
            table = run(transform, given).frame.combine_chunks()
            batches = table.to_batches()
            return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)
    made = run(transform, given)
    count = (
        made.rejected.collect().height if hasattr(made.rejected, "collect") else len(made.rejected)
    )
    _warn(count, "transform.run(frame).rejected has them, with the reasons.")
    return made.frame


def run(transform: Transform, given: Any) -> Transformed:  # noqa: ANN401 - any frame
    """Return what a transformation makes of a frame; see ``Transform.run``."""
    from dkdata.change.transforms.transform import Transformed  # noqa: PLC0415 - it imports this

    rows, kind = _opened(given)
    blocks = list(_blocks(transform, rows))
    made = pa.concat_tables([block.rows for block in blocks])
    rejected = pa.concat_tables([block.rejected for block in blocks])
    keeps = transform.keeps_rows and not rejected.num_rows
    return Transformed(
        frames.from_arrow(made, kind, filtered=not keeps),
        frames.from_arrow(rejected, kind, filtered=True),
    )


def _opened(given: Any) -> tuple[Rows, str]:  # noqa: ANN401 - any frame
    """Return a frame as rows, and what kind the result is to be."""
    if hasattr(given, "with_index"):  # a lazy table
        return given.with_index().reader(), "pandas"
    return frames.to_arrow(given), frames.kind_of(given)


def _blocks(transform: Transform, rows: Rows) -> Iterator[Block]:
    """Yield what becomes of rows, block by block; functions of Python get a table as a whole."""
    running = transform.on(rows.schema)
    if isinstance(rows, pa.Table) and (transform.has_python or rows.num_rows <= _BLOCK_ROWS):
        yield running.block(rows)
        return
    is_empty = True
    for batch in spilling.rebatched(
        rows, _BLOCK_ROWS, None if isinstance(rows, pa.Table) else _BLOCK_BYTES
    ):
        is_empty = False
        yield running.block(pa.Table.from_batches([batch], rows.schema))
    if is_empty:
        yield running.block(rows.schema.empty_table())


def _stream(transform: Transform, given: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return what becomes of a stream, as a stream: it is read when the result is."""
    rows = frames.to_arrow(given)
    blocks = _blocks(transform, rows)
    first = next(blocks)
    schema = frames.from_arrow(first.rows.slice(0, 0), "arrow").schema

    def batches() -> Iterator[pa.RecordBatch]:
        rejected = 0
        for block in chain([first], blocks):
            rejected += block.rejected.num_rows
            yield from frames.from_arrow(block.rows, "arrow").cast(schema).to_batches()
        _warn(rejected, "Give them to run() in parts to see them, with the reasons.")

    return pa.RecordBatchReader.from_batches(schema, batches())


def _warn(rejected: int, hint: str) -> None:
    if rejected:
        message = f"{rejected:,} rows were rejected, as on_error='reject' says. {hint}"
        warnings.warn(message, DkWarning, stacklevel=4)


def _records(transform: Transform, given: Sequence[Any]) -> list[Any]:
    """Return what becomes of records, with the ids and metadata of those they come from."""
    if not given:
        return []
    block = transform.on((rows := _rows_of(given)).schema).block(rows)
    _warn(block.rejected.num_rows, "Give run() a frame of them to see them, with the reasons.")
    made: list[Any] = []
    for record, number in zip(
        to_records(block.rows, metadata=None), block.numbers.to_pylist(), strict=True
    ):
        origin = given[number]
        if not isinstance(origin, Record):
            made.append(dict(record.data))
            continue
        record.describe(origin.own_id, origin.metadata)
        made.append(record)
    return made


def _rows_of(given: Sequence[Any]) -> pa.Table:
    """Return records as canonical rows."""
    if any(isinstance(one, Record) for one in given):
        given = from_records(given, as_="arrow", metadata=None)
    rows = frames.to_arrow(given)
    return rows if isinstance(rows, pa.Table) else rows.read_all()


def explained(transform: Transform, given: Any) -> str:  # noqa: ANN401 - any frame
    """Return what answers each step; see ``Transform.explain``."""
    rows, _ = _opened(given)
    return transform.on(rows.schema).explained(rows.schema.empty_table())
