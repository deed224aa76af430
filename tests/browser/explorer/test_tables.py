"""A table of the workspace, and one that a server keeps, are explored where they are."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.explorer.shown import PEOPLE

SAVED = PEOPLE + "dk.save(people, 'people')\nexplorer = dk.explore('people'); explorer"
SERVED = """rows = pd.DataFrame({{"n": range(2_000), "part": ["a", "b"] * 1_000}})
dk.save(rows, {target!r})
explorer = dk.explore({target!r}); explorer"""


def test_a_table_of_the_workspace(explore):
    shown = explore(SAVED)
    expect(shown.box.get_by_role("heading", level=2)).to_have_text("people")
    expect(shown.box.get_by_text("table 'people': read by DuckDB where it is")).to_be_visible()
    shown.choose("age")
    shown.field("Maximum").fill("120")
    shown.field("Maximum").press("Enter")
    expect(shown.region("Expectations of this column")).to_contain_text("1 of 5 fail")
    shown.button("Failing rows of between(max_value=120)").click()
    shown.expect_row(0, "✗ violates the rule: 410", "Cy", "TX")
    assert shown.lab.value("explorer.failing(0)['name'].tolist()") == ["Cy"]
    shown.button("SQL of the view").click()
    expect(shown.region("SQL of the view").last).to_contain_text("FROM people")


@pytest.mark.parametrize("postgres_url", ["postgres"], indirect=True)
def test_a_table_in_postgresql(explore, postgres_url):
    shown = explore(SERVED.format(target=f"{postgres_url}#explored"))
    expect(shown.box.get_by_text("2,000 rows \u00d7 2 columns")).to_be_visible()
    expect(shown.box.get_by_text("its server answers, rows travel page by page")).to_be_visible()
    jump = shown.box.get_by_role("textbox", name="Jump to row")
    jump.fill("1999")
    jump.press("Enter")
    shown.expect_row(1_999, "1999", "b")
    shown.choose("n")
    shown.field("Maximum").fill("1989")
    expect(shown.region("Distribution").get_by_role("status")).to_have_text(
        "✗ failed 10 of 2,000 fail"
    )
    shown.field("Maximum").press("Enter")
    shown.button("Failing rows of between(max_value=1989)").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("10 of 2,000 rows")
    head = shown.rows.get_by_role("columnheader", name="n", exact=True)
    head.click()
    head.click()
    expect(shown.row(0).get_by_role("gridcell").first).to_contain_text("1999")
