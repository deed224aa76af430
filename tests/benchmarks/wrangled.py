"""What awswrangler does: a program for an environment of its own, which has neither dkdata nor us.

It reads names of jobs, a line each, does them, and answers with the seconds that each took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
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


def main() -> None:
    """Answer until nobody asks any more."""
    known = jobs(pd.read_parquet(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        run = known[line.strip()]
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        kept = run()
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)
        del kept


if __name__ == "__main__":
    main()
