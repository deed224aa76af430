"""DuckDB files and Delta folders, against DuckDB and deltalake by hand."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

import dkdata as dk
from tests.benchmarks.mixed import mixed
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

_FEW = 10


def jobs(folder: Path, frame: pd.DataFrame) -> list[Job]:
    """Return the jobs on tables of databases and folders."""
    return [*_duckdb(folder, frame), *_upserts(folder, frame), *_appends(folder, frame)]


def arrow(frame: pd.DataFrame) -> pa.Table:
    """Return the frame as an Arrow table, as one writes it by hand."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def run(path: Path, *statements: str, **frames: pa.Table) -> None:
    """Open a DuckDB file, run the statements over frames, and close it."""
    with duckdb.connect(str(path)) as connection:
        for name, given in frames.items():
            connection.register(name, given)
        for statement in statements:
            connection.execute(statement)


def _fetched(path: Path, query: str) -> pa.Table:
    with duckdb.connect(str(path)) as connection:
        return connection.sql(query).to_arrow_table()


def _duckdb(folder: Path, frame: pd.DataFrame) -> list[Job]:
    ours, theirs = folder / "ours.duckdb", folder / "theirs.duckdb"
    target = f"duckdb:///{ours}#mixed"
    create = "CREATE OR REPLACE TABLE mixed AS FROM given"

    def by_hand() -> None:
        run(theirs, create, given=arrow(frame))

    def both() -> None:
        dk.save(frame, target, mode="replace")
        by_hand()

    one_percent = "score BETWEEN 500 AND 509"
    return [
        Job("save DuckDB", "CREATE TABLE AS", 1.2,
            lambda: dk.save(frame, target, mode="replace"), by_hand),
        Job("load DuckDB", "fetch as Arrow", 1.2,
            lambda: dk.load(target, as_="arrow"), lambda: _fetched(theirs, "FROM mixed"),
            setup=both),
        Job("load 1 % of DuckDB", "DuckDB query", 1.3,
            lambda: dk.load(target, where=one_percent, as_="arrow"),
            lambda: _fetched(theirs, f"FROM mixed WHERE {one_percent}"), setup=both),
    ]  # fmt: skip


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a tenth of the rows as new, half of them with ids that the table has."""
    count = len(frame) // 10
    ids = np.arange(len(frame) - count // 2, len(frame) - count // 2 + count)
    return frame.head(count).assign(id=ids, amount=-1.0)


def _upserts(folder: Path, frame: pd.DataFrame) -> list[Job]:
    changed = _changed(frame)
    kept, used = folder / "kept", folder / "used"
    target = f"duckdb:///{used}/ours.duckdb#mixed"
    others = ", ".join(f"{name} = new.{name}" for name in frame.columns[1:])
    merge = (
        f"MERGE INTO mixed AS old USING given AS new ON old.id = new.id"
        f" WHEN MATCHED THEN UPDATE SET {others} WHEN NOT MATCHED THEN INSERT BY NAME"
    )

    def setup() -> None:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        dk.save(frame, f"duckdb:///{kept}/ours.duckdb#mixed", key="id", mode="replace")
        run(kept / "theirs.duckdb", "CREATE TABLE mixed AS FROM given", given=arrow(frame))
        dk.save(frame, f"{kept}/ours/", key="id", mode="replace")
        write_deltalake(kept / "theirs", arrow(frame))

    def restore() -> None:
        shutil.rmtree(used, ignore_errors=True)
        shutil.copytree(kept, used)

    def merge_delta() -> None:
        merging = DeltaTable(used / "theirs").merge(
            arrow(changed),
            "old.id = new.id",
            source_alias="new",
            target_alias="old",
        )
        merging.when_matched_update_all().when_not_matched_insert_all().execute()

    return [
        Job("upsert DuckDB, a tenth", "MERGE", 1.5,
            lambda: dk.save(changed, target, mode="upsert", key="id"),
            lambda: run(used / "theirs.duckdb", merge, given=arrow(changed)),
            setup=setup, prepare=restore),
        Job("upsert Delta, a tenth", "DeltaTable.merge", 1.2,
            lambda: dk.save(changed, f"{used}/ours/", mode="upsert", key="id"),
            merge_delta, setup=setup, prepare=restore),
    ]  # fmt: skip


def _appends(folder: Path, frame: pd.DataFrame) -> list[Job]:
    """Return appends of few rows to a table of ten frames, against one of a tenth of a frame."""
    few = frame.head(_FEW)

    def setup(large: str, small: str) -> None:
        for seed in range(10):
            dk.save(mixed(len(frame), seed), large, mode="append" if seed else "replace")
        dk.save(frame.head(len(frame) // 10), small, mode="replace")

    def append(target: str) -> Callable[[], object]:
        return lambda: dk.save(few, target, mode="append")

    pairs = {
        "DuckDB": (f"duckdb:///{folder}/large.duckdb#t", f"duckdb:///{folder}/small.duckdb#t"),
        "Delta": (f"{folder}/large/", f"{folder}/small/"),
    }
    return [
        Job(f"append {_FEW} rows to {10 * len(frame):,}, {name}", "to a hundredth of it", 1.5,
            append(large), append(small), setup=partial(setup, large, small), seconds=0.3)
        for name, (large, small) in pairs.items()
    ]  # fmt: skip
