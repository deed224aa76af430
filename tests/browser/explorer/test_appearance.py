"""How an explorer looks, and what those who cannot see it are told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.explorer.shown import RULED
from tests.browser.lab import DARK, LIGHT

_COLOURS = """element => ["color", "backgroundColor"].map(name => {
    for (let node = element; node; node = node.parentElement) {
        const value = getComputedStyle(node)[name];
        if (name === "color" || !/, 0\\)$|transparent/.test(value)) return value;
    }
})"""
PLACES = {
    "a cell": lambda shown: shown.row(0).get_by_role("gridcell").first,
    "a head": lambda shown: shown.rows.get_by_role("columnheader").last,
    "a tab": lambda shown: shown.box.get_by_role("tab").last,
    "a field": lambda shown: shown.box.get_by_role("searchbox"),
    "a button": lambda shown: shown.button("Jump"),
}


def test_an_explorer_follows_the_theme_at_once(explore):
    shown = explore(RULED)
    shown.expect_row(0, "36", "Ada", "NY")
    seen = {}
    for theme in (LIGHT, DARK, LIGHT):
        shown.lab.theme(theme)
        seen.setdefault(theme, []).append(
            {name: place(shown).evaluate(_COLOURS) for name, place in PLACES.items()}
        )
    (light, again), (dark,) = seen[LIGHT], seen[DARK]
    assert light == again
    for name in PLACES:
        assert light[name][0] != dark[name][0], name
        assert light[name][1] != dark[name][1], name


# How much lighter or darker a colour is than what it is drawn on, as WCAG 2 has it.
_CONTRAST = """([drawn, ground]) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    const light = colour => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const [less, more] = [light(drawn), light(ground)].sort((one, other) => one - other);
    return (more + 0.05) / (less + 0.05);
}"""


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_bars_and_what_fails_are_told_from_what_is_around_them(explore, theme):
    shown = explore(RULED)
    shown.lab.theme(theme)
    bar = shown.columns.locator("svg path").first.evaluate("bar => getComputedStyle(bar).fill")
    ground = shown.root.evaluate("root => getComputedStyle(root).backgroundColor")
    assert shown.page.evaluate(_CONTRAST, [bar, ground]) >= 3
    _failing(shown)
    colour = "cell => getComputedStyle(cell).backgroundColor"
    marked, other = (shown.row(0).get_by_role("gridcell").nth(n) for n in (0, 1))
    red = marked.evaluate(colour)
    assert red != other.evaluate(colour)
    marked.hover()
    assert marked.evaluate(colour) == red


def test_what_breaks_is_told_in_words_and_in_the_colour_of_failures(explore):
    shown = explore(RULED)
    shown.go("Compare")
    failed = shown.box.get_by_role("tab", name="Expectations").get_by_text("2").last
    colours = []
    others = {"explorer.suite": "✓ compatible both ways", "people.assign(age='x')": "✗"}
    for other, told in others.items():
        shown.lab.execute(f"explorer.diff({other})")
        verdict = shown.panel.get_by_role("strong").filter(has_text=told)
        expect(verdict).to_be_visible()
        colours.append(verdict.evaluate(_COLOURS)[0])
    assert colours[1] == failed.evaluate(_COLOURS)[0] != colours[0]


def _columns(shown):
    shown.box.get_by_role("searchbox").fill("a")


def _column(shown):
    shown.choose("age")
    shown.field("Maximum").fill("50")
    expect(shown.region("Distribution").get_by_role("status")).to_contain_text("fail")
    shown.panel.get_by_text("Histogram as a table").click()
    expect(shown.panel.get_by_role("table")).to_be_visible()


def _text_column(shown):
    shown.choose("name")
    shown.region("Regular expression").get_by_role("textbox").fill("^A")
    expect(shown.region("Regular expression")).to_contain_text("do not match")


def _rules(shown):
    shown.go("Expectations")
    shown.rule("state").get_by_role("checkbox").uncheck()
    expect(shown.rule("state")).to_contain_text("disabled")
    shown.rule("age").get_by_role("gridcell").first.click()
    expect(shown.box.get_by_role("form", name="Edit the expectation")).to_be_visible()


def _failing(shown):
    shown.go("Expectations")
    shown.button("Failing rows of between(0, 120)").click()
    expect(shown.panel.get_by_role("status").first).to_have_text("1 of 5 rows")


def _compare(shown):
    shown.lab.execute("explorer.diff(people.drop(columns='state'))")
    shown.go("Compare")
    expect(shown.region("Changes")).to_be_visible()


def _code(shown):
    shown.button("Suite as code").click()
    expect(shown.region("SQL of the suite")).to_be_visible()


def _export(shown):
    shown.button("Export").click()
    expect(shown.button("CSV")).to_be_visible()


def _help(shown):
    shown.button("Keys and help").click()
    expect(shown.box.get_by_role("dialog", name="Keys")).to_be_visible()


def _cell(shown):
    shown.go("Rows")
    shown.row(0).get_by_role("gridcell").first.dblclick()
    expect(shown.box.get_by_role("dialog", name="age of row 10")).to_be_visible()


STEPS = (_columns, _column, _text_column, _rules, _failing, _compare, _code, _export, _help, _cell)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_nothing_hinders_those_who_cannot_see_or_use_no_mouse(explore, violations, theme):
    shown = explore(RULED)
    shown.lab.theme(theme)
    found = {"at first": violations(shown.box)}
    for step in STEPS:
        step(shown)
        found[step.__name__] = violations(shown.box)
        if step in (_help, _cell, _rules, _code, _export):
            shown.page.keyboard.press("Escape")
        if step is _cell:
            expect(shown.box.get_by_role("dialog")).to_have_count(0)
        if step is _failing:
            shown.lab.execute("explorer.showing = ''")
    shown.page.set_viewport_size({"width": 700, "height": 900})
    expect(shown.box.get_by_role("tab", name="Columns")).to_be_visible()
    found["narrow"] = violations(shown.box)
    assert {name: told for name, told in found.items() if told} == {}


def test_in_a_narrow_page_the_columns_are_a_panel(explore):
    shown = explore(RULED)
    shown.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    shown.page.set_viewport_size({"width": 600, "height": 900})
    shown.go("Columns")
    shown.choose("age")
    expect(shown.region("Distribution")).to_be_visible()
    fits = "box => box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight"
    assert shown.root.evaluate(fits)
    shown.go("Expectations")
    found = shown.found("between(0, 120)")
    expect(found).to_have_text("1 of 5 fail")
    assert found.evaluate(fits)
    assert found.locator("div").evaluate(fits)
