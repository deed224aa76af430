"""How a file gets onto the disk, with what is known of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dkdata import commit
from dkdata.frames.polars_frames import PolarsRows
from dkdata.stores.file import sidecar
from dkdata.stores.file.formats import SupportsPolarsRows

if TYPE_CHECKING:
    from pathlib import Path

    from dkdata.stores.file.formats import Contents, Format
    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows


def written(
    form: Format, path: Path, rows: Rows | PolarsRows, note: Note, tally: commit.Tally
) -> int | None:
    """Write a file, and return its CRC where what is known of it goes beside it."""
    if form.embeds_note:
        _write(form, path, rows, note, tally)
        return None
    with sidecar.following(path) as crc:
        _write(form, path, rows, note, tally)
    return crc.result()


def _write(
    form: Format, path: Path, rows: Rows | PolarsRows, note: Note, tally: commit.Tally
) -> None:
    match rows, form:
        case PolarsRows(frame), SupportsPolarsRows():
            tally.rows = frame.height
            form.write_polars(path, frame, note)
        case PolarsRows(), _:
            form.write(path, tally.watch(rows.to_arrow()), note)
        case _:
            form.write(path, tally.watch(rows), note)


def secured(file: Snapshot, contents: Contents) -> int:
    """Force a file onto the disk, and meanwhile count its rows."""
    with ThreadPoolExecutor(1, "dkdata-file") as pool:
        rows = pool.submit(contents.count)
        commit.sync(file.path)
        return rows.result()
