"""The Parquet files of one write: made before its commit, and removed if it fails."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dkdata.commit import new_run_id, remaining
from dkdata.errors import SchemaError
from dkdata.stores.delta.bounds import Bounds, bounds_in_units, footer_bounds, unit
from dkdata.stores.delta.log import DataFile
from dkdata.stores.delta.place import OURS
from dkdata.stores.delta.types import partition_text
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.delta.place import Place
    from dkdata.types import Rows

_PART_ROWS = 1_000_000
_PART_BYTES = 48 << 20
_HELD_BYTES = 96 << 20
_AT_ONCE = 2  # one is encoded while the other is on its way
_LONGEST_FOLDER = 150
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass
class Parts:
    """Writes rows into files of a table, in the background, part by part.

    Parameters
    ----------
    kept
        The types in which the files hold the columns.
    required
        Columns that may not hold null.

    Attributes
    ----------
    is_sent
        Whether a commit of them was sent, and may be there.
    """

    place: Place
    kept: pa.Schema
    partition_by: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    deadline: float | None = None
    write_id: str = field(default_factory=new_run_id)
    is_sent: bool = False
    _begun: list[str] = field(default_factory=list)

    def write(self, rows: Rows, moment: int = 0) -> list[DataFile]:
        """Write rows, of the kept types, and return the files in their order.

        Parameters
        ----------
        moment
            When the rows were added, where that was earlier.
        """
        with ThreadPoolExecutor(_AT_ONCE, "dkdata-delta") as pool:
            running: list[Future[DataFile]] = []
            try:
                for values, table in self._divided(rows):
                    if len(running) >= _AT_ONCE:
                        _result(running[-_AT_ONCE], self.deadline)
                    work = partial(self._write, self._begin(values), values, table, moment)
                    running.append(pool.submit(copy_context().run, work))
                    del table, work
                return [_result(future, self.deadline) for future in running]
            except BaseException:
                for future in running:
                    future.cancel()
                raise

    def discard(self) -> None:
        """Remove the files that were begun."""
        self.place.remove(self._begun)

    def _divided(self, rows: Rows) -> Iterator[tuple[tuple[Any, ...], pa.Table]]:
        """Yield partition values and the rows of one part."""
        held: dict[tuple[Any, ...], list[pa.Table]] = {}
        sizes: dict[tuple[Any, ...], list[int]] = {}
        for batch in _sliced(rows):
            for values, table in self._partitioned(batch):
                held.setdefault(values, []).append(table)
                size = sizes.setdefault(values, [0, 0])
                size[0] += table.num_rows
                size[1] += table.nbytes
                if size[0] >= _PART_ROWS or size[1] >= _PART_BYTES:
                    del sizes[values]
                    yield values, pa.concat_tables(held.pop(values))
            while sum(size[1] for size in sizes.values()) > _HELD_BYTES:
                largest = max(sizes, key=lambda values: sizes[values][1])
                del sizes[largest]
                yield largest, pa.concat_tables(held.pop(largest))
        for values, tables in held.items():
            yield values, pa.concat_tables(tables)

    def _partitioned(self, table: pa.Table) -> Iterator[tuple[tuple[Any, ...], pa.Table]]:
        """Yield the rows of each partition, in their order."""
        if not self.partition_by:
            yield (), table
            return
        codes = np.zeros(table.num_rows, np.int64)
        for name in self.partition_by:
            encoded = pc.dictionary_encode(table[name].combine_chunks(), null_encoding="encode")
            codes = codes * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        cuts = np.flatnonzero(np.diff(codes[order])) + 1
        inside = table.drop_columns(list(self.partition_by))
        for rows in np.split(order, cuts) if len(order) else ():
            first = int(rows[0])
            values = tuple(table[name][first].as_py() for name in self.partition_by)
            whole = len(rows) == table.num_rows
            yield values, inside if whole else inside.take(pa.array(rows))

    def _begin(self, values: tuple[Any, ...]) -> str:
        """Return the path of the next part."""
        pairs = zip(self.partition_by, values, strict=True)
        folder = "".join(f"{_folder(name, partition_text(name, value))}/" for name, value in pairs)
        path = f"{folder}part-{len(self._begun):05d}-{self.write_id}{OURS}"
        self._begun.append(path)
        return path

    def _write(
        self,
        path: str,
        values: tuple[Any, ...],
        table: pa.Table,
        moment: int,
    ) -> DataFile:
        """Write one file."""
        for name in self.required:
            if name in table.column_names and table[name].null_count:
                message = f"column {name!r} holds null, which the table does not allow. Fill it."
                raise SchemaError(message)
        footer, size = self.place.put(path, table)
        rows, told = footer.num_rows, footer_bounds(footer, table)
        partition = dict(zip(self.partition_by, values, strict=True))
        units = {name: unit(value, self.kept.field(name).type) for name, value in partition.items()}
        known = bounds_in_units(told, table.schema).with_partition(units, rows)
        url = quote(path, safe="/=")
        return DataFile(path, url, rows, size, moment, partition, known, _stats(rows, told))


def _stats(rows: int, told: Bounds) -> str:
    """Return what the log says of the values in a file."""
    stats = {
        "numRecords": rows,
        "minValues": told.lows,
        "maxValues": told.highs,
        "nullCount": told.nulls,
    }
    return json.dumps(stats, ensure_ascii=False)


def _result(future: Future[DataFile], deadline: float | None) -> DataFile:
    try:
        return future.result(remaining(deadline, "the rows to be written"))
    except TimeoutError:
        remaining(deadline, "the rows to be written")
        raise


def _sliced(rows: Rows) -> Iterator[pa.Table]:
    """Yield the rows in tables of at most the size of a part."""
    if isinstance(rows, pa.Table):
        step = _PART_ROWS
        if rows.num_rows and rows.nbytes > _PART_BYTES:
            step = min(step, -(-rows.num_rows * _PART_BYTES // rows.nbytes))  # a part at least
        for start in range(0, rows.num_rows, step):
            yield rows.slice(start, step)
        return
    for batch in batches_of(rows):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _folder(name: str, value: str | None) -> str:
    """Return the folder of a partition: as Hive names it, shortened where it is long."""
    folder = f"{_escaped(name)}={_NULL if value is None else _escaped(value)}"
    if len(folder) <= _LONGEST_FOLDER:
        return folder
    digest = hashlib.sha256(folder.encode()).hexdigest()[:16]
    return f"{folder[:_LONGEST_FOLDER].partition('%')[0]}-{digest}"


def _escaped(text: str) -> str:
    """Return a text in characters that every disk takes.

    Examples
    --------
    >>> _escaped("a b/c.")
    'a%20b%2Fc%2E'
    """
    return quote(text, safe="").replace(".", "%2E").replace("~", "%7E")
