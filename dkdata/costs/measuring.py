"""What rows become in a store, measured by writing them where nobody else looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dkdata.stores.file.formats import format_name, suffix_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dkdata.costs.sampling import Sample
    from dkdata.query import Write
    from dkdata.store import Store

# As a save of a Delta table divides its rows.
PART_ROWS = 1_000_000
PART_BYTES = 48 << 20
GROUP_ROWS = 122_880
_LOG = "_delta_log"


@dataclass(frozen=True)
class Part:
    """One file of a table: its bytes and how many row groups it has."""

    size: int
    groups: int


@dataclass(frozen=True)
class Kept:
    """What rows are in a store.

    Parameters
    ----------
    size
        Bytes, with those of the log.
    parts
        The files that a save writes, without those of the log.
    columns
        Of a Delta table, the bytes of each column in them, in their order.
    form
        Of a single file, its format.
    is_reckoned
        Whether nothing was written to find that out.
    """

    size: int
    parts: tuple[Part, ...] = ()
    columns: Mapping[str, int] | None = None
    form: str | None = None
    is_reckoned: bool = False


def kept(store: Store, table: str, sample: Sample, write: Write) -> Kept:
    """Return what all rows would be in a store, which is neither asked nor changed."""
    with TemporaryDirectory(prefix="dkdata-") as made:
        folder = Path(made)
        trial = store.trial(table, folder)
        if trial is None:
            return Kept(sample.scaled(store.kept_bytes(sample.rows)), is_reckoned=True)
        other, name = trial
        with other:
            other.write(name, sample.rows, write)
        files = [path for path in folder.rglob("*") if path.is_file()]
        log = sum(_size(path) for path in files if _LOG in path.parts)
        data = [path for path in files if _LOG not in path.parts]
        if log:
            return _kept_in_parts(data, log, sample, write.partition_by)
        forms = (suffix_of(path.name)[1:].lower() for path in data if format_name(path.name))
        parts = tuple(Part(sample.scaled(_size(path)), 1) for path in data)
        return Kept(sum(part.size for part in parts), parts, form=next(forms, None))


def _size(path: Path) -> int:
    return path.stat().st_size


def _kept_in_parts(
    files: Sequence[Path], log: int, sample: Sample, partition_by: tuple[str, ...]
) -> Kept:
    footers = [pq.read_metadata(path) for path in files]
    sizes = list(map(_size, files))
    columns: dict[str, int] = {}
    for footer in footers:
        for group in map(footer.row_group, range(footer.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                name = chunk.path_in_schema.partition(".")[0]
                columns[name] = columns.get(name, 0) + chunk.total_compressed_size
    if sample.is_all:
        found = zip(sizes, footers, strict=True)
        parts = tuple(Part(size, footer.num_row_groups) for size, footer in found)
        return Kept(sum(sizes) + log, parts, columns)
    size = sample.scaled(sum(sizes))
    rows = _rows_of_parts(sample, partition_by)
    parts = tuple(
        Part(size * count // sample.total_rows, math.ceil(count / GROUP_ROWS)) for count in rows
    )
    # Each file has a line in the log.
    log = log * len(parts) // len(files) if len(parts) > len(files) else log
    return Kept(size + log, parts, {name: sample.scaled(n) for name, n in columns.items()})


def _rows_of_parts(sample: Sample, partition_by: tuple[str, ...]) -> list[int]:
    """Return how many rows each file has, where all rows are saved at once."""
    most = PART_ROWS
    if sample.total_bytes > PART_BYTES:
        most = max(1, min(most, sample.total_rows * PART_BYTES // sample.total_bytes))
    counts = [sample.total_rows]
    if partition_by:
        known = sample.rows if sample.whole is None else sample.whole
        groups = known.group_by(list(partition_by)).aggregate([([], "count_all")])
        found = groups["count_all"].to_pylist()
        counts = [count * sample.total_rows // known.num_rows for count in found]
    return [min(most, count - start) for count in counts for start in range(0, max(count, 1), most)]
