"""Somebody looks at a frame: its columns, one of them, its rows."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer.shown import SHOW_PEOPLE

MANY = """rows = np.arange(10_000_000)
frame = pd.DataFrame({"number": rows, "half": rows / 2, "part": rows % 7})
explorer = dk.explore(frame); explorer"""


def test_a_frame_is_rendered(explore, kernel):
    shown = explore(SHOW_PEOPLE, kernel=kernel)
    expect(shown.box.get_by_text("5 rows \u00d7 3 columns")).to_be_visible()
    shown.expect_row(3, "410", "Cy", "TX")
    expect(shown.row(3).get_by_role("rowheader")).to_have_text("13")
    expect(shown.row(2).get_by_role("gridcell").first).to_have_text("null")
    age = shown.columns.get_by_role("row").nth(1)
    histogram = "Histogram of values from 7 to 410, most at the lower end"
    expect(age.get_by_role("gridcell")).to_have_text([histogram, "20 %", "4", ""])
    expect(shown.lab.output(1).locator("[data-dk-report]")).to_be_hidden()


def test_columns_are_searched_and_one_is_opened(explore):
    shown = explore(SHOW_PEOPLE)
    heads = shown.columns.get_by_role("rowheader")
    shown.box.get_by_role("searchbox", name="Search columns").fill("A")
    expect(heads).to_contain_text(["age", "name", "state"])
    shown.box.get_by_role("searchbox").fill("AG")
    expect(heads).to_contain_text(["age"])
    shown.box.get_by_role("searchbox").fill("")
    shown.field("Type of columns").select_option("text")
    expect(heads).to_contain_text(["name", "state"])
    shown.button("nulls").click()
    expect(heads).to_contain_text(["name"])

    shown.choose("name")
    facts = shown.panel.locator("dl").first
    expect(facts).to_contain_text("distinct")
    expect(facts.get_by_text("1 (20 %)")).to_be_visible()
    assert shown.lab.value("explorer.selected") == 1
    shown.region("Regular expression").get_by_role("textbox").fill("^[A-C]")
    tried = shown.region("Regular expression")
    expect(tried.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    expect(tried).to_contain_text("do not match'Di'")


def test_rows_are_sorted_and_filtered(explore):
    shown = explore(SHOW_PEOPLE)
    age = shown.rows.get_by_role("columnheader", name="age")
    age.click()
    expect(age).to_have_attribute("aria-sort", "ascending")
    shown.expect_row(0, "7", "Di", "NY")
    age.click()
    shown.expect_row(0, "410", "Cy", "TX")
    expect(shown.row(0).get_by_role("rowheader")).to_have_text("13")
    assert shown.lab.value("explorer.sort") == [[0, True]]
    assert shown.lab.value("explorer.data().fetchall()[0]") == (410.0, "Cy", "TX")

    shown.choose("state")
    shown.box.get_by_role("checkbox", name="NY").check()
    shown.button("Filter rows").click()
    shown.go("Rows")
    shown.expect_row(0, "36", "Ada", "NY")
    expect(shown.panel.get_by_role("status").first).to_have_text("3 of 5 rows")
    assert shown.lab.value("explorer.data().fetchall()[0]") == (36.0, "Ada", "NY")
    shown.button("Remove: state = NY").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("5 rows")
    assert shown.lab.value("explorer.filters") == []


def test_rows_are_filtered_by_brushing_over_a_histogram(explore):
    shown = explore(SHOW_PEOPLE)
    shown.choose("age")
    plot = shown.region("Distribution").get_by_role("img").bounding_box()
    middle = plot["y"] + plot["height"] / 2
    shown.page.mouse.move(plot["x"] + plot["width"] * 0.5, middle)
    shown.page.mouse.down()
    shown.page.mouse.move(plot["x"] + plot["width"] * 0.9, middle, steps=3)
    shown.page.mouse.move(plot["x"] + plot["width"] + 30, middle)
    shown.page.mouse.up()
    expect(shown.region("Distribution")).to_contain_text("1 row")
    shown.button("See them").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("1 of 5 rows")
    shown.expect_row(0, "410", "Cy", "TX")
    (brushed,) = shown.lab.value("explorer.filters")
    assert (brushed["column"], brushed["op"], brushed["high"]) == (0, "between", 410)
    assert 180 < brushed["low"] < 240


def test_the_last_of_ten_million_rows_is_jumped_to(explore, kernel):
    shown = explore(MANY, kernel=kernel)
    expect(shown.box.get_by_text("10,000,000 rows \u00d7 3 columns")).to_be_visible()
    jump = shown.box.get_by_role("textbox", name="Jump to row")
    jump.fill("9,999,999")
    jump.press("Enter")
    shown.expect_row(9_999_999, "9999999", "4999999.5", "2")
    expect(shown.row(9_999_999).get_by_role("rowheader")).to_have_text("9999999")
    jump.fill("5000000")
    shown.button("Jump").click()
    shown.expect_row(5_000_000, "5000000", "2500000", "5")
    part = shown.rows.get_by_role("columnheader", name="part")
    part.click()
    part.click()
    expect(shown.row(0).get_by_role("gridcell").nth(2)).to_have_text("6")
    jump.fill("9999999")
    jump.press("Enter")
    expect(shown.row(9_999_999).get_by_role("gridcell").nth(2)).to_have_text("0")


def test_other_rows_are_read_from_the_first_on_where_one_was_across(explore):
    shown = explore(
        "frame = pd.DataFrame({f'c{n}': np.arange(5_000) for n in range(40)}); "
        "explorer = dk.explore(frame, dk.expect('c39').between(0, 9)); explorer"
    )
    jump = shown.box.get_by_role("textbox", name="Jump to row")
    changes = (
        "explorer.sort = [[0, True]]",
        "explorer.filters = [{'column': 0, 'op': 'between', 'low': 10, 'high': None}]",
        "explorer.filters = []",
        "explorer.showing = explorer.rules[0]['key']",
    )
    for change in changes:
        jump.fill("4000")
        jump.press("Enter")
        expect(shown.row(4_000)).to_be_visible()
        across = shown.rows.evaluate("grid => { grid.scrollLeft = 9999; return grid.scrollLeft; }")
        assert across > 2_000
        shown.lab.execute(change)
        expect(shown.row(0)).to_be_visible()
        place = shown.rows.evaluate("grid => [grid.scrollTop, grid.scrollLeft]")
        assert place == [0, across], change


def test_there_is_a_way_back_from_no_rows(explore):
    shown = explore(SHOW_PEOPLE)
    shown.choose("name")
    shown.field("Rows that contain").fill("nobody")
    shown.field("Rows that contain").press("Enter")
    shown.go("Rows")
    expect(shown.panel).to_contain_text("No rows: ")
    shown.button("Remove all filters").click()
    shown.expect_row(0, "36", "Ada", "NY")
    expect(shown.panel).not_to_contain_text("No rows")
    assert shown.lab.value("explorer.filters") == []


def test_what_is_no_number_of_a_row_is_told(explore):
    shown = explore(SHOW_PEOPLE)
    jump = shown.box.get_by_role("textbox", name="Jump to row")
    jump.fill("4.5")
    jump.press("Enter")
    expect(shown.panel.get_by_role("alert")).to_have_text("⚠ Not a whole number")
    expect(jump).to_have_attribute("aria-invalid", "true")
    jump.press("Backspace")
    expect(shown.panel.get_by_role("alert")).to_have_count(0)
    expect(jump).to_have_attribute("aria-invalid", "false")


def test_a_column_of_texts_shows_its_values_first_and_no_histogram_of_one_bar(explore):
    shown = explore(SHOW_PEOPLE)
    regions = shown.panel.get_by_role("region")
    for column, histograms in (("name", 1), ("state", 0)):
        shown.choose(column)
        expect(regions.first).to_have_accessible_name("Top values")
        expect(shown.region("Lengths").get_by_role("img")).to_have_count(histograms)
    expect(shown.region("Lengths")).to_contain_text("All lengths: 2")


def test_a_long_cell_is_opened_whole(explore):
    shown = explore(
        "frame = pd.DataFrame({'t': ['x' * 5000]}); explorer = dk.explore(frame); explorer"
    )
    cell = shown.row(0).get_by_role("gridcell")
    expect(cell).to_have_text("x" * 200 + "…")
    cell.dblclick()
    dialog = shown.box.get_by_role("dialog", name="t of row 0")
    expect(dialog.locator("pre")).to_have_text("x" * 5000)
    shown.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
