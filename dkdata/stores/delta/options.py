"""The options of a configured folder of Delta tables."""

from __future__ import annotations

from dkdata.options import PathOption, StoreOptions


class DeltaOptions(StoreOptions):
    """The folder whose folders are the tables."""

    path: PathOption
