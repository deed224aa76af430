"""A notebook with an explorer is opened again, or converted: the report, or what was saved."""

from __future__ import annotations

import pytest
from nbconvert import HTMLExporter, MarkdownExporter
from playwright.sync_api import expect

from tests.browser.explorer.shown import RULED


def _report(shown):
    return shown.lab.output(1).locator("[data-dk-report]")


def _saved(shown, **options):
    shown.expect_row(0, "36", "Ada", "NY")
    assert shown.lab.value("explorer.wait(60)")
    expect(_report(shown)).to_contain_text("between(0, 120): 1 failing")
    return shown.lab.save(**options)


@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
def test_without_saved_state_the_report_is_there(explore, trusted):
    shown = explore(RULED)
    _saved(shown)
    shown.lab.reopen(trusted=trusted)
    table = shown.lab.output(1).get_by_role("table").first
    expect(table).to_be_visible()
    expect(table).to_contain_text("between(0, 120): 1 failing")
    expect(shown.rows).to_have_count(0)
    if trusted:
        shown.lab.watch.take_error("widget model not found")


def test_with_saved_state_the_page_shows_what_was_saved(explore):
    shown = explore(RULED)
    notebook = _saved(shown, state=True)
    assert len(str(notebook.metadata.widgets)) < 250_000
    shown.lab.reopen(trusted=True)
    alert = shown.box.get_by_role("alert")
    expect(alert).to_have_text("⚠ This is how it was saved. Run the cell to explore.")
    shown.expect_row(3, "410", "Cy", "TX")
    shown.go("Expectations")
    expect(shown.found("between(0, 120)")).to_have_text("1 of 5 fail")
    expect(_report(shown)).to_be_hidden()
    shown.lab.run()
    expect(alert).to_have_count(0)
    shown.go("Expectations")
    expect(shown.found("between(0, 120)")).to_have_text("1 of 5 fail")


def test_a_converted_notebook_has_the_report(explore):
    shown = explore(RULED)
    notebook = _saved(shown)
    html, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    markdown, _ = MarkdownExporter().from_notebook_node(notebook)
    for text in (html, markdown):
        assert "between(0, 120)" in text
        assert ": 1 failing" in text
    assert "<script" not in markdown
