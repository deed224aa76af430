"""What it takes in JupyterLab from running a cell to what one sees, of any tool."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tests.benchmarks.explorer.tools import EXPLORER
from tests.browser import axe, timing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.explorer.notebooks import Notebooks
    from tests.benchmarks.explorer.tools import Tool
    from tests.browser.lab import Lab

_SHOW = 2
# Every column on screen has its distribution; those just outside of it are not looked at.
_COMPLETE = """() => {
    const list = document.querySelector('[aria-label="Columns of the data"]');
    if (!list) return false;
    const box = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll("[role=rowgroup] > [role=row]")].filter(row => {
        const {top, bottom} = row.getBoundingClientRect();
        return bottom > box.top && top < box.bottom;
    });
    const drawn = 'svg[role=img], [role=img][aria-label^="Most frequent"]';
    return rows.length > 0 && rows.every(row => row.querySelector(drawn));
}"""


def cells(tool: Tool, path: Path) -> tuple[str, str, str]:
    """Return a notebook whose last cell shows the frame of a Parquet file."""
    read = f"import pandas as pd\nframe = pd.read_parquet({str(path)!r})"
    return tool.imports, read, tool.show


def shown(notebooks: Notebooks, tool: Tool, path: Path, size: str) -> None:
    """Measure one display in a new kernel that has loaded the tool and the frame."""
    with notebooks.lab() as lab:
        _ready(lab, tool, path)
        found = timing.display(lab, _SHOW, tool.first)
        notebooks.values.note(f"first {size}", found.seconds, tool.name)
        notebooks.values.note(f"bytes {size}", found.received / 1_000, tool.name)
        notebooks.values.note(f"settled {size}", found.settled_seconds, tool.name)
        if size == "1M":
            notebooks.values.note("heap", found.heap / 1e6, tool.name)
            notebooks.values.note("nodes", found.nodes, tool.name)


def completed(notebooks: Notebooks, path: Path, first: str | None, figures: str) -> None:
    """Measure until all columns on screen have their statistics and histograms."""
    with notebooks.lab() as lab:
        _ready(lab, EXPLORER, path)
        began = time.perf_counter()
        lab.start(_SHOW)
        if first is not None:
            lab.output(_SHOW).locator(EXPLORER.first).first.wait_for()
            notebooks.values.note(first, time.perf_counter() - began)
        lab.page.wait_for_function(_COMPLETE)
        notebooks.values.note(figures, time.perf_counter() - began)


def _ready(lab: Lab, tool: Tool, path: Path) -> None:
    lab.open(*cells(tool, path))
    lab.run(0)
    lab.run(1)
    timing.settle(lab)


def kept(notebooks: Notebooks, tool: Tool, path: Path, script: str) -> None:
    """Measure what a display leaves: saved state, violations, requests to other machines."""
    with notebooks.lab() as lab:
        _ready(lab, tool, path)
        lab.run(_SHOW)
        lab.output(_SHOW).locator(tool.first).first.wait_for()
        timing.settle(lab)
        notebooks.values.note("axe", _violations(lab, tool, script), tool.name)
        state = lab.save(state=True).metadata.get("widgets", {})
        notebooks.values.note("state", len(json.dumps(state)) / 1_000, tool.name)
        notebooks.values.note("requests", len(lab.watch.refused), tool.name)


def _violations(lab: Lab, tool: Tool, script: str) -> int:
    """Return how many there are; of the explorer in all its panels."""
    output = lab.output(_SHOW)
    found = {*axe.violations(output, script)}
    tabs = output.get_by_role("tab") if tool is EXPLORER else None
    for number in range(tabs.count() if tabs else 0):
        tabs.nth(number).click()
        lab.page.wait_for_timeout(300)
        found |= {*axe.violations(output, script)}
    for one in sorted(found):
        print(f"  {tool.name}: {one}")
    return len(found)


def blank(notebooks: Notebooks, tool: Tool, path: Path, kernel: str, count: int) -> None:
    """Count the displays in new kernels that show nothing."""
    key = "blank" if kernel == "ipykernel" else "blank 7.0.1"
    with notebooks.lab() as lab:
        there = timing.renders(lab, count, *cells(tool, path), selector=tool.first, kernel=kernel)
    notebooks.values.note(key, count - there, tool.name)
    notebooks.values.note(f"{key}, displays", count, tool.name)
