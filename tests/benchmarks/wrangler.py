"""awswrangler in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.apart import Apart, version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

VERSION = version("awswrangler")


def Wrangler(  # noqa: N802 - stands for a class
    frame: pd.DataFrame, folder: Path, root: str, variables: Mapping[str, str]
) -> Apart:
    """Return what does the jobs of ``wrangled.py`` below the URL of a prefix."""
    return Apart("awswrangler", "wrangled.py", frame, folder, root, variables=variables)
