"""Print the table: ``python -m tests.benchmarks.explorer [--quick] [--places browser]``.

Every single value is in ``build/explorer-benchmark.json``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Error

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
from tests.browser.lab import CellError

if TYPE_CHECKING:
    from collections.abc import Callable

_MANY: Final = 10_000_000
_COLUMNS: Final = 1_000
_PLACES: Final = ("kernel", "browser")
_SAVED: Final = Path("build") / "explorer-benchmark.json"


def main() -> int:
    """Measure, print the table, and return 1 when a ceiling is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.explorer",
                                     description=__doc__)  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="no 10M rows, peers, many renders")
    parser.add_argument(
        "--places",
        nargs="+",
        choices=_PLACES,
        default=_PLACES,
        help="where to measure; of the other, the values of the last run are taken",
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--renders", type=int, help=f"{RENDERS} without it, 3 in quick runs")
    chosen = parser.parse_args()
    goals = [goal for goal in GOALS if not (chosen.quick and goal.is_long)]
    values = Values()
    if "kernel" not in chosen.places:
        values.read(_SAVED, chosen.places)
    with tempfile.TemporaryDirectory() as made:
        os.environ["DKDATA_HOME"] = str(Path(made) / "workspace")
        if "kernel" in chosen.places:
            _in_kernel(values, Path(made), quick=chosen.quick)
            values.save(_SAVED, goals)  # what follows takes long
        if "browser" in chosen.places:
            _in_browser(values, Path(made), chosen)
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


def _in_browser(values: Values, folder: Path, chosen: argparse.Namespace) -> None:
    quick, repeats = chosen.quick, chosen.repeats
    renders = chosen.renders or (3 if quick else RENDERS)
    path, many, few = (data.stored(folder, count) for count in (1_000_000, _MANY, 1_000))
    wide = folder / "wide.parquet"
    data.wide(_COLUMNS).to_parquet(wide)
    script = axe.script(install=True)
    with notebooks.started(values) as opened:
        for _ in range(repeats):
            _attempt(displays.shown, opened, tools.EXPLORER, path, "1M")
            _attempt(displays.completed, opened, path, None, "figures 1M")
            _attempt(displays.completed, opened, wide, "wide first", "wide figures")
        _attempt(using.on_frame, opened, path)
        _attempt(displays.kept, opened, tools.EXPLORER, path, script)
        if not quick:
            _many(opened, many, repeats)
            _peers(opened, path, script, repeats)
        for tool in (tools.EXPLORER,) if quick else (tools.EXPLORER, tools.QUAK):
            for name in KERNELS:
                _attempt(displays.blank, opened, tool, few, name, renders)


def _many(opened: notebooks.Notebooks, path: Path, repeats: int) -> None:
    for _ in range(repeats):
        _attempt(displays.shown, opened, tools.EXPLORER, path, "10M")
        _attempt(displays.completed, opened, path, None, "figures 10M")
    _attempt(using.on_many, opened, path)
    _attempt(using.on_file, opened, path)


def _peers(opened: notebooks.Notebooks, path: Path, script: str, repeats: int) -> None:
    for tool in tools.PEERS:
        for _ in range(repeats):
            _attempt(displays.shown, opened, tool, path, "1M")
        _attempt(displays.kept, opened, tool, path, script)


def _attempt(measure: Callable[..., None], *given: object) -> None:
    """Measure; where that fails, say so and go on: a row without a value does not hold."""
    try:
        measure(*given)
    except (Error, CellError, TimeoutError) as error:
        print(f"{measure.__name__} failed: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
