"""What the kernel needs, in this process and without a browser, from the request to the answer."""

from __future__ import annotations

import gc
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import dkdata as dk
from dkdata.widgets import SchemaExplorer
from tests.benchmarks.explorer import data
from tests.benchmarks.explorer.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from tests.benchmarks.explorer.values import Values

_JUMPS, _REPEATS = 15, 5
_PAGE = {"limit": 100, "first": 0, "count": 20}


def short(values: Values) -> None:
    """Measure the rows about a million rows, and about many columns."""
    frame = data.frame(1_000_000)
    values.note("bundle 1M", _bundles(frame))
    _figures(values, "figures 1M kernel", frame, len(frame.columns))
    _sorts(values, "sort 1M kernel", frame)
    _rules(values, "rules 1M", frame)
    _edits(values, "edit 1M kernel", frame)
    _failing(values, "failing 1M kernel", frame, data.failing())
    _figures(values, "wide figures kernel", data.wide(1_000), 20)


def long(values: Values, folder: Path) -> None:
    """Measure those about ten million rows."""
    count = 10_000_000
    frame = data.frame(count)
    _jumps(values, "jump 10M kernel", frame, count)
    _figures(values, "figures 10M kernel", frame, len(frame.columns))
    _sorts(values, "sort 10M kernel", frame)
    _rules(values, "rules 10M", frame)
    _unique_texts(values, "detail of unique texts, 10M pandas", frame)
    del frame
    table = dk.table(str(data.stored(folder, count)))
    _jumps(values, "jump Parquet kernel", table, count)
    _figures(values, "figures 10M Parquet kernel", table, 10)
    _unique_texts(values, "detail of unique texts, 10M Parquet", table)
    _failing(values, "failing Parquet kernel", table, data.failing())
    _failing(values, "failing Parquet kernel, far from each other", table, data.seldom_failing())


def repeated(run: Callable[[], object], repeats: int = _REPEATS) -> list[float]:
    """Return the seconds of each run, after one to warm up."""
    found = []
    for _ in range(repeats + 1):
        gc.collect()
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
    return found[1:]


def _bundles(frame: pd.DataFrame) -> list[float]:
    """Return the seconds of a cell that shows an explorer, until its last statement ends."""
    InteractiveShell.instance()
    found = []
    for _ in range(_REPEATS + 1):
        with capture_output():  # until the report is updated, too
            began = time.perf_counter()
            explorer = SchemaExplorer(frame)
            explorer._ipython_display_()
            found.append(time.perf_counter() - began)
            explorer.wait()
        explorer.close()
    return found[1:]


def _figures(values: Values, key: str, given: Any, columns: int) -> None:
    def run() -> None:
        with Observed(given) as observed:
            observed.until(lambda: _complete(observed.explorer.figures, columns))

    values.note(key, repeated(run, 3))


def _complete(figures: dict[str, Any], columns: int) -> bool:
    """Whether so many columns have a histogram or their most frequent values."""
    return len(figures) == columns and all(
        "bins" in one or "top" in one for one in figures.values()
    )


def _jumps(values: Values, key: str, given: Any, count: int) -> None:
    places = np.random.default_rng(3).integers(0, count // 100, _JUMPS) * 100
    with Observed(given) as observed:
        observed.rest()
        found = [observed.ask("rows", offset=int(place), **_PAGE)[0] for place in places]
        values.note(key, median(found))
        values.note(f"{key}, slowest", max(found))


def _sorts(values: Values, key: str, frame: pd.DataFrame) -> None:
    with Observed(frame) as observed:
        observed.rest()
        found = {}
        for position, name in enumerate(frame.columns):
            found[name] = observed.put(sort=[[position, True]])
            observed.rest()  # the order of all rows, which the next sort would interrupt
        values.note(key, found.values())
        for name, seconds in found.items():
            values.note(f"{key}, {name}", seconds)


def _rules(values: Values, key: str, frame: pd.DataFrame) -> None:
    def run() -> float:
        with Observed(frame) as observed:
            observed.rest()
            began = time.perf_counter()
            observed.explorer.suite = data.suite()
            observed.until(observed.are_answered)
            return time.perf_counter() - began

    values.note(key, [run() for _ in range(3)])


def _edits(values: Values, key: str, frame: pd.DataFrame) -> None:
    """Change the upper end of a rule about numbers, as the form does."""
    with Observed(frame, data.suite()) as observed:
        observed.rest()
        explorer = observed.explorer
        edited = explorer.rules[2]["key"]

        def run(most: int) -> float:
            before = explorer.results[edited]["failing"]
            began = time.perf_counter()
            observed.ask("edit", action="change", key=edited, kwargs={"max_value": most})
            observed.until(lambda: explorer.results[edited]["failing"] not in {None, before})
            return time.perf_counter() - began

        values.note(key, [run(most) for most in range(100, 600, 100)])


def _failing(values: Values, key: str, given: Any, rule: dk.Suite) -> None:
    """Show the rows that break a rule, then further pages of them."""
    with Observed(given, rule) as observed:
        observed.rest()
        shown = observed.explorer.rules[0]["key"]
        first = observed.put(showing=shown)
        observed.rest()
        pages = [observed.ask("rows", offset=n * 100, **_PAGE)[0] for n in range(1, 6)]
        values.note(f"{key}, first page", first)
        values.note(key, pages if "Parquet" in key else first)


def _unique_texts(values: Values, key: str, given: Any) -> None:
    with Observed(given) as observed:
        observed.rest()
        began = time.perf_counter()
        observed.explorer.set_state({"selected": 5})
        observed.until(lambda: observed.explorer.detail)
        values.note(f"{key}, what is known soon", time.perf_counter() - began)
        observed.until(lambda: "others" in observed.explorer.detail
                       and observed.explorer.detail["others"])  # fmt: skip
        values.note(key, time.perf_counter() - began)
        observed.rest()
        values.note(f"{key}, with suggestions", time.perf_counter() - began)
