"""A widget works wherever notebooks are shown: clicks reach the kernel, its answers the page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.front_ends import show_in_voila, shown_in_marimo

IMPORT = "from ipywidgets import Label, VBox\nfrom tests.browser.counter import Counter"
SHOW = """counter, label = Counter(), Label("kernel: 0")
counter.observe(lambda change: setattr(label, "value", f"kernel: {change.new}"), "count")
VBox([counter, label])"""
IN_MARIMO = (
    "import marimo as mo\nfrom tests.browser.counter import Counter",
    "counter = mo.ui.anywidget(Counter())\ncounter",
    'mo.md("kernel: {count}".format(**counter.value))',
)


def _answers(page):
    page.get_by_role("button", name="count is 0").click()
    expect(page.get_by_text("kernel: 1")).to_be_visible()


def test_in_notebook_7(notebook7):
    notebook7.open(IMPORT, SHOW)
    notebook7.run()
    _answers(notebook7.output(1))
    assert notebook7.value("counter.count") == 1


def test_in_voila(page, jupyter, watch):
    show_in_voila(page, jupyter, watch, IMPORT, SHOW)
    _answers(page)


def test_in_marimo(page, tmp_path):
    with shown_in_marimo(page, tmp_path, *IN_MARIMO):
        _answers(page)
