"""From a click in the explorer to the pixel, measured by the page itself."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.explorer.tools import EXPLORER
from tests.browser import timing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.explorer.notebooks import Notebooks
    from tests.benchmarks.explorer.values import Values
    from tests.browser.lab import Lab

_IMPORTS = """import pandas as pd
import dkdata as dk
from tests.benchmarks.explorer import data"""
_SHOW = "explorer = dk.explore(frame, {suite})\nexplorer"
_CLICKS, _JUMPS = 10, 9
_SORTED = ("normal", "rare", "small", "id", "normal")

_GRID = '[aria-label="Rows of the data"]'
_RULES = '[role=grid][aria-label="Expectations"]'
_FOUND = f"{_RULES} [aria-rowindex='4'] [role=gridcell]:nth-child(3)"
# A frame later, what was changed has been painted.
_TIMED = """async given => {
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const button = %s, known = %s;
    const began = performance.now();
    button(given).click();
    while (!known(given)) {
        if (performance.now() - began > 60_000) throw new Error("nothing after a minute");
        await painted();
    }
    await painted();
    return (performance.now() - began) / 1000;
}"""
_TAB = "name => document.querySelector(`[data-tab=${name}]`)"
_IS_CHOSEN = "name => document.querySelector(`[data-tab=${name}]`).ariaSelected === 'true'"
_JUMP = (
    """() => document.querySelector('[aria-label^="Jump to row"]').form.querySelector("button")"""
)
_IS_AT = f"""row => document.querySelector(
    `{_GRID} [aria-rowindex="${{row + 2}}"] [role=gridcell]`)?.textContent"""
_HEAD = f"""name => [...document.querySelectorAll('{_GRID} [role=columnheader]')]
    .find(head => head.title.startsWith(`${{name}} (`))"""
_LABEL = f"""document.querySelector('{_GRID} [aria-rowindex="2"] [role=rowheader]')?.textContent"""
_IS_SORTED = f"""name => {{
    const head = ({_HEAD})(name), label = {_LABEL} ?? "…";
    return head?.ariaSort !== "none" && label !== "…" && label !== window.before;
}}"""
_ROWS = f"""place => [...document.querySelectorAll('{_RULES} button')]
    .filter(button => button.textContent === "rows")[place]"""
_IS_MARKED = (
    f"""() => document.querySelector('{_GRID}')?.textContent.includes("violates the rule")"""
)
_UPDATE = """() => document.querySelector('[aria-label="Edit the expectation"] [type=submit]')"""
_IS_COUNTED = f"""() => {{
    const text = document.querySelector(`{_FOUND}`)?.textContent;
    return text && text !== window.before && !text.startsWith("waiting");
}}"""


def seconds(lab: Lab, button: str, known: str, given: object = None) -> float:
    """Click and return the seconds until something is known and painted."""
    return float(lab.page.evaluate(_TIMED % (button, known), given))


def on_frame(notebooks: Notebooks, path: Path) -> None:
    """Measure clicks, orders, rules and failing rows of a million rows in memory."""
    with notebooks.lab() as lab:
        _opened(lab, f"frame = pd.read_parquet({str(path)!r})", "data.suite()")
        _clicks(notebooks.values, lab)
        _failing(notebooks.values, lab)
        _edits(notebooks.values, lab)
        _sorts(notebooks.values, lab, "sort 1M")


def on_many(notebooks: Notebooks, path: Path) -> None:
    """Measure jumps and orders of ten million rows in memory."""
    with notebooks.lab() as lab:
        _opened(lab, f"frame = pd.read_parquet({str(path)!r})", "None")
        _jumps(notebooks.values, lab, "jump 10M")
        _sorts(notebooks.values, lab, "sort 10M")


def on_file(notebooks: Notebooks, path: Path) -> None:
    """Measure jumps in a Parquet file."""
    with notebooks.lab() as lab:
        _opened(lab, f"frame = dk.table({str(path)!r})", "None")
        _jumps(notebooks.values, lab, "jump Parquet")


def _opened(lab: Lab, read: str, suite: str) -> None:
    lab.open(_IMPORTS, read, _SHOW.format(suite=suite))
    lab.run()
    lab.output(2).locator(EXPLORER.first).first.wait_for()
    lab.value("explorer.wait(300)")
    timing.settle(lab)


def _clicks(values: Values, lab: Lab) -> None:
    found = [
        seconds(lab, _TAB, _IS_CHOSEN, ("rules", "rows")[number % 2]) for number in range(_CLICKS)
    ]
    values.note("click", found)


def _jumps(values: Values, lab: Lab, key: str) -> None:
    rows = int(lab.value("explorer.rows"))
    places = [rows - 1, *np.random.default_rng(5).integers(0, rows, _JUMPS - 1).tolist()]
    found = [_jump(lab, place) for place in places]
    _jump(lab, 0)
    values.note(key, median(found))
    values.note(f"{key}, slowest", max(found))


def _jump(lab: Lab, place: int) -> float:
    lab.page.get_by_label("Jump to row").fill(str(place))
    return seconds(lab, _JUMP, _IS_AT, place)


def _sorts(values: Values, lab: Lab, key: str) -> None:
    lab.page.locator("[data-tab=rows]").click()
    found: list[Any] = []
    for name in _SORTED:
        lab.page.evaluate(f"() => {{ window.before = {_LABEL}; }}")
        found.append(seconds(lab, _HEAD, _IS_SORTED, name))
        lab.value("explorer.wait(300)")
    values.note(key, found)


def _failing(values: Values, lab: Lab) -> None:
    """Show the failing rows of two rules, of which none were shown before."""
    found = []
    for place in (0, 1):
        lab.page.locator("[data-tab=rules]").click()
        found.append(seconds(lab, _ROWS, _IS_MARKED, place))
        lab.execute("explorer.showing = ''")
        lab.page.wait_for_function(f"() => !({_IS_MARKED})()")
    values.note("failing 1M", found)


def _edits(values: Values, lab: Lab) -> None:
    """Change the upper end of the third rule in its form."""
    lab.page.locator("[data-tab=rules]").click()
    found = []
    for most in (100, 200, 300):
        lab.page.locator(f"{_RULES} [aria-rowindex='4'] [role=gridcell]").first.click()
        lab.page.get_by_label("At most", exact=True).fill(str(most))
        lab.value("explorer.wait(60)")
        timing.settle(lab)
        before = lab.page.locator(_FOUND).inner_text()
        lab.page.evaluate("text => { window.before = text; }", before)
        found.append(seconds(lab, _UPDATE, _IS_COUNTED))
    values.note("edit 1M", found)
