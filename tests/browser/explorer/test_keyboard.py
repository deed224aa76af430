"""Everything is done by the keyboard alone, and the notebook does not take the keys."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer.shown import SHOW_PEOPLE


def _open_a_column(shown):
    shown.press("/")
    shown.page.keyboard.type("ag")
    expect(shown.columns.get_by_role("rowheader")).to_have_count(1)
    shown.tab_to(shown.columns.get_by_role("rowheader"))
    shown.press("Enter")
    expect(shown.panel.get_by_role("heading", level=3)).to_contain_text("age")


def _bound_its_values(shown):
    bounds = shown.region("Distribution")
    shown.tab_to(bounds.get_by_role("slider", name="Maximum of the values"))
    shown.press("PageDown", "ArrowLeft")
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    shown.press("Enter")
    expect(shown.region("Expectations of this column")).to_contain_text("1 of 5 fail")
    assert shown.lab.value("len(explorer.suite)") == 1


def _tick_a_value(shown):
    values = shown.region("Top values")
    shown.tab_to(values.get_by_role("checkbox", name="410"))
    shown.press("Space")
    expect(values.get_by_role("status")).to_have_text("✗ failed 3 of 5 fail")
    shown.tab_to(values.get_by_role("button", name="Add: one of 1"))
    shown.press("Enter")
    expect(shown.region("Expectations of this column")).to_contain_text("3 of 5 fail")
    assert shown.lab.value("len(explorer.suite)") == 2


def _change_the_list_of_rules(shown):
    shown.tab_to(shown.box.get_by_role("tab", name="Column"), "Shift+Tab")
    shown.press("ArrowRight")
    expect(shown.box.get_by_role("tab", name="Expectations")).to_be_focused()
    rules = shown.rules.get_by_role("rowheader")
    shown.tab_to(rules.first)
    shown.press("Space")
    expect(rules.first).to_contain_text("disabled")
    shown.press("Space", "d")
    expect(rules).to_have_count(3)
    shown.press("Delete")
    expect(rules).to_have_count(2)
    shown.press("Control+z")
    expect(rules).to_have_count(3)
    shown.press("Control+Shift+z")
    expect(rules).to_have_count(2)


def _edit_a_rule_in_its_form(shown):
    shown.press("Control+Home", "Enter")
    form = shown.box.get_by_role("form", name="Edit the expectation")
    expect(form).to_be_visible()
    shown.tab_to(form.get_by_label("At most"))
    for bound, told in (("500", "✓ met 0 of 5 fail"), ("100", "✗ failed 1 of 5 fail")):
        shown.press("Control+a")
        shown.page.keyboard.type(bound)
        expect(form.get_by_role("status")).to_have_text(told)
    shown.press("Enter")
    expect(form).to_have_count(0)
    expect(shown.found("max_value=100")).to_have_text("1 of 5 fail")
    expect(shown.rules.locator(":focus")).to_have_count(1)


def _see_the_cell_that_fails(shown):
    shown.press("f")
    expect(shown.panel.get_by_role("status").first).to_have_text("1 of 5 rows")
    marked = shown.row(0).get_by_role("gridcell").first
    expect(marked).to_be_focused()
    expect(marked).to_have_text("✗ violates the rule: 410")
    shown.press("Enter")
    expect(shown.box.get_by_role("dialog")).to_contain_text("410")
    shown.press("Escape")
    expect(shown.box.get_by_role("dialog")).to_have_count(0)
    expect(marked).to_be_focused()
    shown.tab_to(shown.box.get_by_role("button", name="Remove: ✗"), "Shift+Tab")
    shown.press("Enter")


def _sort_rows_and_jump(shown):
    shown.expect_row(0, "36", "Ada", "NY")
    shown.tab_to(shown.box.get_by_role("textbox", name="Jump to row"))
    shown.page.keyboard.type("4")
    shown.press("Enter")
    shown.tab_to(shown.row(4).locator("[tabindex='0']"))
    shown.press("Control+Home", "ArrowRight", "Enter")
    shown.expect_row(0, "7", "Di", "NY")
    shown.press("Control+End")
    expect(shown.row(4).get_by_role("gridcell").last).to_be_focused()


def _save_and_compare(shown):
    shown.tab_to(shown.button("Save"))
    shown.press("Enter")
    shown.tab_to(shown.field("Name, or path ending in .json"), "Shift+Tab")
    shown.press("Control+a")
    shown.page.keyboard.type("people")
    shown.press("Enter")
    expect(shown.region("Save").get_by_role("status")).to_contain_text("version 1")
    shown.tab_to(shown.box.get_by_role("tab", name="Rows"), "Shift+Tab")
    shown.press("ArrowRight")
    shown.tab_to(shown.field("Compare with"))
    shown.page.keyboard.type("people@1")
    shown.press("Enter")
    expect(shown.panel).to_contain_text("There is no difference.")


def test_everything_is_done_by_the_keyboard_alone(explore):
    shown = explore(SHOW_PEOPLE)
    shown.expect_row(0, "36", "Ada", "NY")
    shown.button("Compute everything anew").focus()  # from here on, keys alone
    _open_a_column(shown)
    _bound_its_values(shown)
    _tick_a_value(shown)
    _change_the_list_of_rules(shown)
    _edit_a_rule_in_its_form(shown)
    _see_the_cell_that_fails(shown)
    _sort_rows_and_jump(shown)
    _save_and_compare(shown)


def test_keys_that_would_change_the_notebook_do_not(explore):
    shown = explore(SHOW_PEOPLE)
    cells = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    shown.row(0).get_by_role("gridcell").first.click()
    for key in ("d", "d", "x", "a", "b", "m", "z", "i", "i"):
        shown.page.keyboard.press(key)
    assert shown.page.evaluate(cells) == 2
    shown.page.keyboard.press("?")
    expect(shown.box.get_by_role("dialog", name="Keys")).to_be_visible()
    shown.page.keyboard.press("Escape")
    expect(shown.row(0).get_by_role("gridcell").first).to_be_focused()
    expect(shown.lab.output(1)).not_to_contain_text("Error")
