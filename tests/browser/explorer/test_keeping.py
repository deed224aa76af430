"""What was edited is saved, read again, compared and taken away."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.explorer.shown import PEOPLE, RULED


def test_a_suite_is_saved_and_read_again(explore, kernel):
    shown = explore(RULED, kernel=kernel)
    shown.button("Save").click()
    shown.field("Name, or path ending in .json").fill("people")
    shown.button("Save the suite").click()
    expect(shown.region("Save").get_by_role("status")).to_contain_text("version 1")
    expect(shown.box.get_by_text("people@1", exact=True)).to_be_visible()
    shown.button("Save").click()
    shown.go("Expectations")
    shown.button("Remove between(0, 120)").click()
    expect(shown.box.get_by_text("people@1, changed", exact=True)).to_be_visible()
    again = "list(dk.explore(people, 'people@1').suite.texts)"
    assert shown.lab.value(again) == ["age: between(0, 120)", "state: in_set(['NY', 'CA'])"]


def test_a_suite_is_saved_in_a_file(explore):
    shown = explore(RULED)
    shown.button("Save").click()
    shown.field("Name, or path ending in .json").fill("kept.json")
    shown.field("Name, or path ending in .json").press("Enter")
    expect(shown.region("Save").get_by_role("status")).to_contain_text("kept.json")
    written = json.loads((shown.lab.folder / "kept.json").read_text())
    assert [one["kwargs"]["column"] for one in written["expectations"]] == ["age", "state"]
    shown.page.keyboard.press("Escape")
    expect(shown.region("Save")).to_have_count(0)


def test_code_and_failing_rows_are_taken_away(explore):
    shown = explore(RULED)
    shown.button("Suite as code").click()
    python = shown.region("Python of the suite")
    expect(python).to_contain_text("between(0, 120)")
    shown.lab.execute(f"made = {{}}; exec({python.inner_text()!r}, made)")
    expect(shown.region("SQL of the suite")).to_contain_text("SELECT")
    shown.button("SQL of the view").click()
    expect(shown.region("SQL of the view").last).to_contain_text("FROM this")

    shown.button("Export").click()
    shown.region("Export").get_by_label("Rows").select_option(label="failing age between(0, 120)")
    with shown.page.expect_download() as download:
        shown.button("CSV").click()
    assert download.value.suggested_filename == "frame.csv"
    assert download.value.path().read_text() == "index,age,name,state\n13,410.0,Cy,TX\n"
    expect(shown.region("Export").get_by_role("status")).to_have_text("frame.csv is ready")
    with shown.page.expect_download() as download:
        shown.button("Report (HTML)").click()
    assert "between(0, 120)" in download.value.path().read_text()


def test_two_versions_are_compared(explore):
    other = (
        PEOPLE
        + "older = people.drop(columns='state').assign(age=['1'] * 5)\n"
        + "dk.save(older, 'older')\n"
        + "explorer = dk.explore(people, dk.expect('age').between(0, 120), name='people'); explorer"
    )
    shown = explore(other)
    shown.go("Compare")
    shown.field("Compare with").fill("older")
    shown.button("Compare").click()
    changes = shown.region("Changes")
    told = changes.get_by_role("row")
    expect(told.filter(has=shown.page.get_by_text("added", exact=True))).to_contain_text("state")
    expect(told.filter(has=shown.page.get_by_text("type", exact=True))).to_contain_text("age")
    comparison = shown.lab.value("explorer.comparison")
    expect(shown.panel).to_contain_text(comparison["told"])
    shown.button("Close").click()
    expect(changes).to_have_count(0)
    assert shown.lab.value("explorer.comparison") == {}
    shown.lab.execute("explorer.save('people'); explorer.suite = dk.expect('age').not_null()")
    shown.field("Compare with").fill("people@1")
    shown.field("Compare with").press("Enter")
    expect(told.filter(has_text="rule removed")).to_contain_text("between(0, 120)")
    expect(told.filter(has_text="nullable")).to_contain_text("not null")
    shown.field("Compare with").fill("nothing like it")
    shown.button("Compare").click()
    expect(shown.panel.get_by_role("alert")).to_contain_text("nothing like it")
