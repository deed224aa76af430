"""What an explorer keeps in memory beside the frame, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.explorer.values import Values

_PROGRAM = """
import gc, sys, time
from pathlib import Path
import pandas as pd
import pyarrow

def resident():
    time.sleep(3)  # for what a query has used to go back to the system
    gc.collect()
    pyarrow.default_memory_pool().release_unused()
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024

frame = pd.read_parquet(sys.argv[1])
alone = resident()
import dkdata as dk
import dkdata.widgets
import duckdb, IPython.display
duckdb.connect().execute("SELECT 1")
loaded = resident()
explorer = dk.explore(frame, dk.expect("price").between(1, 500))
explorer._ipython_display_()
assert explorer.wait(300)
shown = resident()
explorer.sort = [(8, True)]
assert explorer.wait(300)
explorer.selected = 5
assert explorer.wait(300)
used = resident()
print(file=sys.stderr)
print(loaded - alone, shown - loaded, used - loaded, file=sys.stderr)
"""


def above(values: Values, path: Path, key: str) -> None:
    """Measure what is resident after the first display, and after an order and a detail."""
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    imports, shown, used = map(float, done.stderr.splitlines()[-1].split())
    values.note(key, shown)
    values.note(f"{key}, of imports", imports)
    values.note(f"{key}, after an order and a detail", used)
