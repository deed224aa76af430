"""A widget lives in JupyterLab: what the harness does for the tests of other widgets."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import DARK, LIGHT, CellError

IMPORT = "from tests.browser.counter import Counter"
SHOW = "counter = Counter(); counter"


def _button(lab, cell=1):
    return lab.output(cell).get_by_role("button")


def test_a_click_reaches_the_kernel_and_a_change_there_the_page(lab, kernel):
    lab.open(IMPORT, SHOW, kernel=kernel)
    lab.run()
    _button(lab).click()
    expect(_button(lab)).to_have_text("count is 1")
    assert lab.value("counter.count") == 1
    lab.execute("counter.count = 7")
    expect(_button(lab)).to_have_text("count is 7")


def test_a_message_is_answered(lab, kernel):
    lab.open(IMPORT, SHOW, kernel=kernel)
    lab.run()
    lab.output(1).get_by_label("text to turn round").fill("dkdata")
    lab.page.keyboard.press("Enter")
    expect(lab.output(1).locator("output")).to_have_text("atadkd")


def test_values_and_errors_come_from_the_kernel(lab):
    lab.open("print('seen'); [1, 2]", "1 / 0")
    lab.run(0)
    assert lab.text(0) == "seen\n\n[1, 2]"
    with pytest.raises(CellError, match="ZeroDivisionError"):
        lab.run(1)
    long = {"a": (1, None), "b": ["x" * 3000, *range(3000)]}
    lab.execute(f"long = {long}")
    assert lab.value("long") == long
    with pytest.raises(CellError, match="NameError: name 'nothing' is not defined"):
        lab.value("nothing")


def test_two_views_of_a_widget_show_the_same(lab):
    lab.open(IMPORT, SHOW, "counter")
    lab.run()
    _button(lab, 1).click()
    expect(_button(lab, 2)).to_have_text("count is 1")


def test_the_theme_is_switched(lab, violations):
    lab.open(IMPORT, SHOW)
    lab.run()
    colours = []
    for theme in (LIGHT, DARK):
        lab.theme(theme)
        assert violations(lab.output(1)) == []
        colours.append(_button(lab).evaluate("button => getComputedStyle(button).color"))
    assert colours[0] != colours[1]


def test_a_restarted_kernel_has_forgotten_everything(lab):
    lab.open(IMPORT, SHOW)
    lab.run()
    assert lab.value("'counter' in globals()")
    lab.restart()
    assert not lab.value("'counter' in globals()")
    lab.run()
    expect(_button(lab)).to_have_text("count is 0")


def test_a_running_cell_is_interrupted(lab):
    lab.open("import time\nprint('began')\ntime.sleep(600)")
    lab.start(0)
    expect(lab.output(0)).to_contain_text("began")
    lab.interrupt()
    expect(lab.output(0)).to_contain_text("KeyboardInterrupt")


@pytest.mark.parametrize(("trusted", "state"), [(True, True), (True, False), (False, False)])
def test_a_notebook_is_opened_again(lab, trusted, state):
    lab.open(IMPORT, SHOW)
    lab.run()
    _button(lab).click()
    expect(_button(lab)).to_have_text("count is 1")
    assert ("widgets" in lab.save(state=state).metadata) == state
    lab.reopen(trusted=trusted)
    if trusted and state:
        expect(_button(lab)).to_have_text("count is 1")
    elif trusted:
        expect(lab.output(1)).to_contain_text("Error displaying widget")
        lab.watch.take_error("widget model not found")
    else:
        expect(lab.output(1)).to_contain_text("Counter")
        expect(_button(lab)).to_have_count(0)
