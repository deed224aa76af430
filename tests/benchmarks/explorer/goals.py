"""The rows of the table: what is measured where, the goal, and what no value may be above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["s", "kB", "MB", "n"]
Place = Literal["kernel", "browser", "file"]

RENDERS: Final = 50


@dataclass(frozen=True)
class Goal:
    """One row of the table.

    Parameters
    ----------
    place
        Where it is measured: in a process without a browser, from the click to the pixel in
        JupyterLab, or as the size of what is made.
    is_long
        Whether it is left out of quick runs.
    """

    key: str
    what: str
    place: Place
    goal: float
    ceiling: float
    unit: Unit
    is_long: bool = False


GOALS: Final = (
    Goal("bundle", "ESM + CSS, minified", "file", 60, 80, "kB"),
    Goal("bundle gz", "ESM + CSS, gzip", "file", 20, 27, "kB"),
    Goal("bundle 1M", "to mimebundle, 1M", "kernel", 0.15, 0.5, "s"),
    Goal("first 1M", "first display, 1M", "browser", 0.8, 2, "s"),
    Goal("first 10M", "first display, 10M", "browser", 1.0, 2, "s", is_long=True),
    Goal("bytes 1M", "bytes to first display, 1M", "browser", 90, 120, "kB"),
    Goal("bytes 10M", "bytes to first display, 10M", "browser", 90, 120, "kB", is_long=True),
    Goal("figures 1M", "stats + histograms complete, 1M", "browser", 1.5, 4, "s"),
    Goal("figures 1M kernel", "the same", "kernel", 1.5, 4, "s"),
    Goal("settled 1M", "nothing comes any more, 1M", "browser", 1.5, 4, "s"),
    Goal("figures 10M", "stats + histograms complete, 10M", "browser", 8, 20, "s", is_long=True),
    Goal("figures 10M kernel", "the same", "kernel", 8, 20, "s", is_long=True),
    Goal("wide first", "1,000 columns: first display", "browser", 1.0, 3, "s"),
    Goal("wide figures", "1,000 columns: visible stats", "browser", 1.0, 3, "s"),
    Goal("wide figures kernel", "the same", "kernel", 1.0, 3, "s"),
    Goal("jump 10M", "jump to any row, 10M pandas, p50", "browser", 0.15, 0.8, "s", is_long=True),
    Goal("jump 10M kernel", "the same", "kernel", 0.15, 0.8, "s", is_long=True),
    Goal("jump Parquet", "jump to any row, 10M Parquet, p50", "browser", 0.25, 0.8, "s",
         is_long=True),
    Goal("jump Parquet kernel", "the same", "kernel", 0.25, 0.8, "s", is_long=True),
    Goal("sort 1M", "sort, then first page, 1M", "browser", 0.3, 1, "s"),
    Goal("sort 1M kernel", "the same, median of all columns", "kernel", 0.3, 1, "s"),
    Goal("sort 10M", "sort, then first page, 10M", "browser", 1.5, 5, "s", is_long=True),
    Goal("sort 10M kernel", "the same, median of all columns", "kernel", 1.5, 5, "s",
         is_long=True),
    Goal("rules 1M", "validate 5 rules, 1M", "kernel", 0.6, 2, "s"),
    Goal("rules 10M", "validate 5 rules, 10M", "kernel", 5, 12, "s", is_long=True),
    Goal("edit 1M", "edit one rule, its new count, 1M", "browser", 0.25, 1, "s"),
    Goal("edit 1M kernel", "the same", "kernel", 0.25, 1, "s"),
    Goal("failing 1M", "failing rows, first page, 1M", "browser", 0.15, 0.6, "s"),
    Goal("failing 1M kernel", "the same", "kernel", 0.15, 0.6, "s"),
    Goal("failing Parquet kernel", "failing rows, further page, 10M Parquet", "kernel", 0.15, 0.6,
         "s", is_long=True),
    Goal("click", "click, visible feedback", "browser", 0.05, 0.15, "s"),
    Goal("memory 1M", "kernel memory above the frame, 1M", "kernel", 54, 200, "MB"),
    Goal("memory 10M", "kernel memory above the frame, 10M", "kernel", 96, 200, "MB",
         is_long=True),
    Goal("heap", "browser heap", "browser", 15, 40, "MB"),
    Goal("nodes", "DOM nodes", "browser", 1_500, 3_000, "n"),
    Goal("import", "import dkdata beyond pandas, CPU", "kernel", 1.0, 2, "s"),
    Goal("html", "static HTML, 50 columns", "file", 40, 80, "kB"),
    Goal("state", "saved widget state", "browser", 150, 250, "kB"),
    Goal("axe", "axe-core violations, WCAG 2.1 AA", "browser", 0, 0, "n"),
    Goal("requests", "external requests", "browser", 0, 0, "n"),
    Goal("blank", "blank displays, ipykernel 7.4", "browser", 0, 0, "n"),
    Goal("blank 7.0.1", "blank displays, ipykernel 7.0.1", "browser", 0, 0, "n"),
)  # fmt: skip
