"""Everything is done by the keyboard alone, and the notebook does not take the keys."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer.shown import SHOW_PEOPLE

_FOCUSED = "() => document.activeElement.closest('.jp-OutputArea-output') !== null"


def test_a_pass_by_the_keyboard_alone(explore):
    shown = explore(SHOW_PEOPLE)
    keys = shown.page.keyboard
    shown.expect_row(0, "36", "Ada", "NY")
    shown.button("Compute everything anew").focus()  # from here on, keys alone

    def press(*names):
        for name in names:
            keys.press(name)
        assert shown.page.evaluate(_FOCUSED), names

    # search a column and open it
    press("/")
    keys.type("ag")
    expect(shown.columns.get_by_role("row")).to_have_count(2)
    shown.tab_to(shown.columns.get_by_role("rowheader"))
    press("Enter")
    expect(shown.panel.get_by_role("heading", level=3)).to_contain_text("age")
    # bounds by the keys of a slider
    bounds = shown.region("Distribution")
    maximum = bounds.get_by_role("slider", name="Maximum of the values")
    shown.tab_to(maximum)
    press("PageDown", "ArrowLeft")
    expect(bounds.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    press("Enter")
    expect(shown.region("Expectations of this column")).to_contain_text("1 of 5 fail")
    assert shown.lab.value("len(explorer.suite)") == 1
    # the panels, then the list of rules
    shown.tab_to(shown.box.get_by_role("tab", name="Column"), "Shift+Tab")
    press("ArrowRight")
    expect(shown.box.get_by_role("tab", name="Expectations")).to_be_focused()
    rule = shown.rules.get_by_role("rowheader")
    shown.tab_to(rule)
    press("Space")
    expect(rule).to_have_text("– disabled")
    press("Space", "d")
    expect(shown.rules.get_by_role("row")).to_have_count(3)
    press("Delete")
    expect(shown.rules.get_by_role("row")).to_have_count(2)
    press("Control+z")
    expect(shown.rules.get_by_role("row")).to_have_count(3)
    press("Control+Shift+z")
    expect(shown.rules.get_by_role("row")).to_have_count(2)
    # edit the rule by its form
    press("Enter")
    form = shown.box.get_by_role("form", name="Edit the expectation")
    expect(form).to_be_visible()
    press("Tab", "Tab")
    expect(form.get_by_label("At most")).to_be_focused()
    press("Control+a")
    keys.type("500")
    expect(form.get_by_role("status")).to_have_text("✓ met 0 of 5 fail")
    press("Control+a")
    keys.type("100")
    expect(form.get_by_role("status")).to_have_text("✗ failed 1 of 5 fail")
    press("Enter")
    expect(form).to_have_count(0)
    expect(shown.found("100")).to_have_text("1 of 5 fail")
    expect(shown.rules.locator(":focus")).to_have_count(1)
    # its failing rows, and the cell that fails
    press("f")
    expect(shown.panel.get_by_role("status").first).to_have_text("1 of 5 rows")
    marked = shown.row(0).get_by_role("gridcell").first
    shown.tab_to(marked)
    expect(marked).to_have_text("✗ violates the rule: 410")
    press("Enter")
    expect(shown.box.get_by_role("dialog")).to_contain_text("410")
    keys.press("Escape")
    expect(shown.box.get_by_role("dialog")).to_have_count(0)
    expect(marked).to_be_focused()
    # all rows again, sorted by a head
    shown.lab.execute("explorer.showing = ''")
    shown.expect_row(0, "36", "Ada", "NY")
    press("Control+Home", "ArrowRight", "Enter")
    shown.expect_row(0, "7", "Di", "NY")
    press("Control+End")
    expect(shown.row(4).get_by_role("gridcell").last).to_be_focused()
    assert shown.lab.value("len(people)") == 5


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
