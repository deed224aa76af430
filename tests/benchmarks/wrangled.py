"""What awswrangler does: a program for ``answering.py``."""

from __future__ import annotations

from collections.abc import Callable

import awswrangler as wr
import pandas as pd


def jobs(frame: pd.DataFrame, root: str) -> dict[str, Callable[[], object]]:
    """Return what can be asked for; a job that reads wants what another has written.

    Parameters
    ----------
    root
        The URL of a prefix.
    """
    file, dataset = f"{root}/wrangled.parquet", f"{root}/wrangled/"
    return {
        "save file": lambda: wr.s3.to_parquet(frame, file),
        "save dataset": lambda: wr.s3.to_parquet(frame, dataset, dataset=True, mode="overwrite"),
        "load file": lambda: wr.s3.read_parquet(file),
        "load column": lambda: wr.s3.read_parquet(file, columns=["amount"]),
        "load column of parts": lambda: wr.s3.read_parquet(
            f"{root}/parts/", columns=["id", "amount"], path_suffix=".dk.parquet"
        ),
    }
