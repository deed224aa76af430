"""The options of a configured DuckDB file."""

from __future__ import annotations

from dkdata.options import PathOption, StoreOptions


class DuckDBOptions(StoreOptions):
    """The file."""

    path: PathOption
