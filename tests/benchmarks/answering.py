"""Do the jobs of another program: for an environment of its own, which has neither dkdata nor us.

Started with the file of the program, that of a frame, and what its ``jobs`` takes besides, it reads
names of jobs, a line each, does them, and answers with the seconds that each took.
"""

from __future__ import annotations

import gc
import json
import runpy
import sys
import time

import pandas as pd


def main() -> None:
    """Answer until nobody asks any more."""
    program, file, *others = sys.argv[1:]
    known = runpy.run_path(program)["jobs"](pd.read_parquet(file), *others)
    for line in sys.stdin:
        run = known[line.strip()]
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        kept = run()
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)
        del kept


if __name__ == "__main__":
    main()
