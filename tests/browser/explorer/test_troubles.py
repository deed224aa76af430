"""What an explorer says when something is not as it should be, and how it goes on."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer.shown import PEOPLE, PREPARE, RULED, SHOW_PEOPLE, Shown
from tests.browser.kernels import CURRENT

LONG = "rows = pd.DataFrame({'n': range(100_000)}); explorer = dk.explore(rows); explorer"
RUNS = """import pathlib, time
print("began")
while not pathlib.Path("go").exists():
    time.sleep(0.05)"""


def test_while_a_cell_runs_the_kernel_is_busy_or_answers_all_the_same(lab, kernel):
    lab.open(PREPARE, LONG, RUNS, kernel=kernel)
    lab.run(0)
    lab.run(1)
    shown = Shown(lab, 1)
    shown.expect_row(0, "0")
    lab.start(2)
    expect(lab.output(2)).to_contain_text("began")
    jump = shown.box.get_by_role("textbox", name="Jump to row")
    jump.fill("50000")
    jump.press("Enter")
    if kernel == CURRENT:
        expect(shown.box.get_by_role("status").first).to_have_text("kernel busy …")
        expect(shown.row(50_000).get_by_role("gridcell")).to_have_text("")
        (lab.folder / "go").touch()
        expect(shown.box.get_by_role("status").first).to_have_text("")
    shown.expect_row(50_000, "50000")
    (lab.folder / "go").touch()


def test_a_restarted_kernel_is_told(explore):
    shown = explore(RULED)
    shown.lab.restart()
    alert = shown.box.get_by_role("alert")
    expect(alert).to_have_text("⚠ The connection to the kernel is lost. Run the cell again.")
    shown.go("Expectations")
    expect(shown.rule("between(0, 120)")).to_be_visible()
    for name in ("+ Add expectation", "Save"):
        expect(shown.button(name)).to_have_count(0)
    shown.lab.run()
    expect(alert).to_have_count(0)
    shown.expect_row(0, "36", "Ada", "NY")
    assert shown.lab.value("len(explorer.suite)") == 2


def test_what_goes_wrong_in_the_kernel_is_told(explore):
    broken = PEOPLE + ("dk.save(people, 'people')\nexplorer = dk.explore('people'); explorer")
    shown = explore(broken)
    shown.expect_row(0, "36", "Ada", "NY")
    shown.lab.execute("explorer.wait(); dk.drop('people')")
    shown.rows.get_by_role("columnheader", name="age").click()
    expect(shown.box.get_by_role("alert")).to_contain_text("people")


def test_nobody_edits_what_is_readonly(explore):
    shown = explore(
        PEOPLE
        + "explorer = dk.explore(people, dk.expect('age').between(0, 120), readonly=True); explorer"
    )
    shown.choose("age")
    expect(shown.region("Distribution").get_by_role("slider")).to_have_count(0)
    expect(shown.field("Minimum")).not_to_be_editable()
    shown.go("Expectations")
    expect(shown.found("between(0, 120)")).to_have_text("1 of 5 fail")
    expect(shown.rule("between(0, 120)").get_by_role("checkbox")).to_be_disabled()
    for name in ("+ Add expectation", "Undo", "Remove between(0, 120)", "Save"):
        expect(shown.button(name)).to_have_count(0)
    shown.button("Failing rows of between(0, 120)").click()
    shown.expect_row(0, "✗ violates the rule: 410", "Cy", "TX")
    assert shown.lab.value("len(explorer.suite)") == 1


def test_two_views_of_one_explorer_show_the_same(explore):
    both = explore(SHOW_PEOPLE, "explorer")
    one, other = Shown(both.lab, 1), Shown(both.lab, 2)
    one.choose("state")
    other.go("Column")
    expect(other.panel.get_by_role("heading", level=3)).to_contain_text("state")
    other.box.get_by_role("checkbox", name="NY").check()
    other.button("Add: one of 1").click()
    expect(one.region("Expectations of this column")).to_contain_text("2 of 5 fail")
    one.button("Failing rows of in_set(['NY'])").click()
    expect(one.panel.get_by_role("status").first).to_have_text("2 of 5 rows")
    other.go("Rows")
    expect(other.panel.get_by_role("status").first).to_have_text("2 of 5 rows")
    for shown in (one, other):
        shown.expect_row(0, "41", "Bo", "✗ violates the rule: CA")
