"""Tables migrated, against saves and loads that do the one half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from tests.services.s3.buckets import Bucket

_MOST = 1.25
"""Four fifths of the rate."""


def jobs(folder: Path, url: str, bucket: Bucket, frame: pd.DataFrame) -> list[Job]:
    """Return migrations between Parquet, PostgreSQL, DuckDB and S3."""
    parquet, duckdb = folder / "migrated.parquet", f"duckdb:///{folder / 'migrated.duckdb'}#rows"
    warehouse, lake = "migrating_warehouse", "migrating_lake"
    dk.configure({
        "stores": {warehouse: {"backend": "postgres", "url": url}, lake: bucket.options}
    })  # fmt: skip

    def job(source: Any, target: Any, against: str, theirs: Any) -> Job:
        def setup() -> None:
            dk.save(frame, source, mode="replace", progress=False)

        def prepare() -> None:
            dk.drop(target, missing_ok=True)

        def ours() -> object:
            return dk.migrate(source, target, verify="count", progress=False)

        name = f"migrate {len(frame):,} rows {_told(source)} -> {_told(target)}"
        return Job(name, against, _MOST, ours, theirs, setup, prepare)

    def saved(target: Any) -> Any:
        return lambda: dk.save(frame, target, progress=False)

    def saved_and_loaded(source: Any, target: Any) -> Any:
        return lambda: dk.save(dk.load(source, as_="arrow", progress=False), target, progress=False)

    return [
        job(parquet, f"{warehouse}.moved", "dk.save of the frame", saved(f"{warehouse}.moved")),
        *(
            job(source, target, "dk.load, then dk.save", saved_and_loaded(source, target))
            for source, target in (
                (f"{warehouse}.held", folder / "moved.parquet"),
                (duckdb, f"{lake}.moved"),
                (f"{lake}.held", f"duckdb:///{folder / 'migrated.duckdb'}#moved"),
            )
        ),
    ]  # fmt: skip


def _told(target: Any) -> str:
    kinds = {"duckdb:": "DuckDB", "migrating_w": "PostgreSQL", "migrating_l": "S3"}
    return next((kind for start, kind in kinds.items() if str(target).startswith(start)), "Parquet")
