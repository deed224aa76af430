"""The features, and the uses of them that are registered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "what-dkdata-does.md"
PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None], "age": [36.5, None, 41.0]})

FEATURES = {
    "frames": "DataFrames are the primary interface: `df.dk` on pandas, polars and Dask",
    "backends": "Push a frame to any backend; DuckDB is the embedded default",
    "queries": "DuckDB handles local queries over frames, files and every store",
    "expectations": "Schema constraints are Great Expectations suites",
    "explorer": "An interactive schema explorer",
    "binder": "Launch via Binder",
    "records": "Records with ids, fields and metadata; queries over them",
    "async": "Sync and async",
    "configuration": "Configuration of every backend: YAML, environment variables, defaults",
    "registry": "A registry of backends, open to third parties",
    "s3": "S3: tables, records, tags, multipart, caching, retries, any endpoint",
    "migration": "Migration between any two backends",
    "evolution": "Schema evolution: versions, generated migrations, forward and backward",
    "transformer": "Transformer: mapping, renaming, values, filters, pipelines",
    "schema": "Schema: fields, validation, strict mode, versions",
    "constraints": "Constraints: required, unique, ranges, lengths, patterns, sets, custom",
    "coercion": "Type coercion with a report of what failed",
    "record frames": "Records to frames and back, with types, index and metadata",
    "types": "Types mapped between fields, Arrow, pandas and polars; custom converters",
    "batches": "Bulk saves, query results as frames, pushed-down aggregates, chunks, export",
    "performance": "Caching, query optimisation, benchmarks, cost estimates",
    "documentation": "Documentation of each area, executed",
    "tests": "Tests run by `uv`, against real services",
    "exactness": "Exact dtypes everywhere; atomic, exactly-once, verified saves",
    "gate": "A quality gate on saves, with quarantine",
    "fast validation": "Suites at many times the speed of Great Expectations; every failing row",
    "suggestions": "Suites suggested from the data, with their evidence",
    "dask": "Scale-out on Dask",
    "command line": "A command line for pipelines",
}


@dataclass(frozen=True)
class Use:
    """One use of a feature; ``lacking`` is the error while it is not built."""

    feature: str
    run: Callable[[], None]
    lacking: type[Exception] | None

    @property
    def told(self):
        return self.run.__doc__


def collected():
    """Return a list of uses, and the decorator that registers a function as one of them."""
    uses = []

    def use(feature, *, not_built_yet=None):
        def register(run):
            uses.append(Use(feature, run, not_built_yet))
            return run

        return register

    return uses, use
