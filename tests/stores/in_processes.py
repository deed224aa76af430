"""Python code that tests run in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import dkdata as dk

# Eight appends: TARGET, the number of the writer, and what its run ids begin with.
APPENDS = """
    import sys, pandas as pd, dkdata as dk
    for n in range(8):
        frame = pd.DataFrame({"w": [int(sys.argv[2])], "n": [n]})
        dk.save(frame, sys.argv[1], mode="append", run_id=sys.argv[3] + str(n))
    """
# A save of a stream that is killed half-way: TARGET and MODE.
KILLED = """
    import os, signal, sys, pyarrow as pa, dkdata as dk
    def batches():
        for n in range(20):
            yield pa.record_batch({"id": pa.array(range(50_000)), "kind": ["z"] * 50_000})
        os.kill(os.getpid(), signal.SIGKILL)
    schema = pa.schema([("id", pa.int64()), ("kind", pa.string())])
    rows = pa.RecordBatchReader.from_batches(schema, batches())
    dk.save(rows, sys.argv[1], mode=sys.argv[2], progress=False)
    """


def in_process(code, *arguments):
    """Start a process that runs the code; what it prints is for the test to read."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            cwd=Path(dk.__file__).parent.parent)  # fmt: skip
