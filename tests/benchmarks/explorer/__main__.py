"""Print the table: ``python -m tests.benchmarks.explorer [--quick] [--rows N]``.

Every single value is in ``build/explorer-benchmark.json``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests import test_import
from tests.benchmarks.explorer import (
    data,
    displays,
    kernel,
    memory,
    notebooks,
    sizes,
    table,
    tools,
    using,
)
from tests.benchmarks.explorer.goals import GOALS, RENDERS
from tests.benchmarks.explorer.values import Values
from tests.browser import axe
from tests.browser.kernels import KERNELS

_MANY: Final = 10_000_000
_COLUMNS: Final = 1_000
_SAVED: Final = Path("build") / "explorer-benchmark.json"


def main() -> int:
    """Measure, print the table, and return 1 when a ceiling is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.explorer",
                                     description=__doc__)  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="no 10M rows, peers, many renders")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    goals = [goal for goal in GOALS if not (chosen.quick and goal.is_long)]
    values = Values()
    with tempfile.TemporaryDirectory() as made:
        os.environ["DKDATA_HOME"] = str(Path(made) / "workspace")
        _in_kernel(values, Path(made), quick=chosen.quick)
        values.save(_SAVED, goals)  # what follows takes long
        _in_browser(values, Path(made), chosen.repeats, quick=chosen.quick)
    values.save(_SAVED, goals)
    print("\n".join(["", *table.lines(goals, values), "", f"load: {values.load}"]))
    return int(not all(table.holds(goal, values) for goal in goals))


def _in_kernel(values: Values, folder: Path, *, quick: bool) -> None:
    """Measure what needs no browser."""
    values.note("import", test_import.seconds())
    sizes.ours(values)
    memory.above(values, data.stored(folder, 1_000_000), "memory 1M")
    kernel.short(values)
    if not quick:
        sizes.peers(values)
        memory.above(values, data.stored(folder, _MANY), "memory 10M")
        kernel.long(values, folder)


def _in_browser(values: Values, folder: Path, repeats: int, *, quick: bool) -> None:
    path, many, few = (data.stored(folder, count) for count in (1_000_000, _MANY, 1_000))
    wide = folder / "wide.parquet"
    data.wide(_COLUMNS).to_parquet(wide)
    script = axe.script(install=True)
    with notebooks.started(values) as opened:
        for _ in range(repeats):
            displays.shown(opened, tools.EXPLORER, path, "1M")
            displays.completed(opened, path, None, "figures 1M")
            displays.completed(opened, wide, "wide first", "wide figures")
        using.on_frame(opened, path)
        displays.kept(opened, tools.EXPLORER, path, script)
        if not quick:
            _many(opened, many, repeats)
            _peers(opened, path, script, repeats)
        for name in KERNELS:
            for tool in (tools.EXPLORER,) if quick else (tools.EXPLORER, tools.QUAK):
                displays.blank(opened, tool, few, name, 3 if quick else RENDERS)


def _many(opened: notebooks.Notebooks, path: Path, repeats: int) -> None:
    for _ in range(repeats):
        displays.shown(opened, tools.EXPLORER, path, "10M")
        displays.completed(opened, path, None, "figures 10M")
    using.on_many(opened, path)
    using.on_file(opened, path)


def _peers(opened: notebooks.Notebooks, path: Path, script: str, repeats: int) -> None:
    for tool in tools.PEERS:
        for _ in range(repeats):
            displays.shown(opened, tool, path, "1M")
        displays.kept(opened, tool, path, script)


if __name__ == "__main__":
    sys.exit(main())
