"""The explorer works wherever notebooks are shown, and every time."""

from __future__ import annotations

import os

from playwright.sync_api import expect

from tests.browser.explorer.shown import PREPARE, SHOW_PEOPLE, Shown
from tests.browser.front_ends import show_in_voila, shown_in_marimo
from tests.browser.timing import renders

RENDERS = int(os.environ.get("DKDATA_TEST_RENDERS", "3"))
IN_VOILA = """from ipywidgets import Label
told = Label("suite: ")
explorer.observe(lambda change: setattr(
    told, "value", f"suite: {[one['text'] for one in change.new]}"), "rules")
told"""
IN_MARIMO = (
    "import marimo as mo\nimport pandas as pd\nimport dkdata as dk",
    "shown = mo.ui.anywidget(dk.explore(pd.DataFrame({'age': [36, 41, None, 410, 7]})))\nshown",
    "mo.md(f\"suite: {[one['text'] for one in shown.value['rules']]}\")",
)


def _edits(box):
    """Open a column, bound it, and see what fails."""
    box.get_by_role("rowheader").filter(has_text="age").click()
    box.get_by_label("Maximum", exact=True).fill("120")
    expect(box.get_by_text("1 of 5 fail").first).to_be_visible()
    box.get_by_label("Maximum", exact=True).press("Enter")
    box.get_by_role("button", name="Failing rows of between(max_value=120)").click()
    expect(box.get_by_role("gridcell", name="violates the rule: 410")).to_be_visible()


def test_in_notebook_7(notebook7):
    notebook7.open(PREPARE, SHOW_PEOPLE)
    notebook7.run()
    _edits(Shown(notebook7, 1).box)
    assert notebook7.value("list(explorer.suite.texts)") == ["age: between(max_value=120)"]


def test_in_voila(page, jupyter, watch):
    show_in_voila(page, jupyter, watch, PREPARE, SHOW_PEOPLE, IN_VOILA)
    _edits(page.locator("body"))
    expect(page.get_by_text("suite: ['between(max_value=120)']")).to_be_visible()


def test_in_marimo(page, tmp_path):
    with shown_in_marimo(page, tmp_path, *IN_MARIMO):
        page.get_by_role("tab", name="Columns").click()  # there an app is narrow
        _edits(page.locator("body"))
        expect(page.get_by_text("suite: ['between(max_value=120)']")).to_be_visible()


def test_an_explorer_renders_every_time(lab, kernel):
    shown = renders(
        lab, RENDERS, PREPARE, SHOW_PEOPLE, selector="[role=gridcell]:has-text('Cy')", kernel=kernel
    )
    assert shown == RENDERS
